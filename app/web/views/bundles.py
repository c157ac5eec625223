"""Several referrals at once: a group to one offer, one client's choices in an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.errors import ConflictError, NotFoundError
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.ids import new_id
from app.operations.referring_together import (
    MOST_PEOPLE,
    NotAllReferredError,
    Part,
    can_take_group_back,
    refer_together,
    take_group_back,
    take_up,
)
from app.printouts.phrases import SHEET_LANGUAGES
from app.referrals.bundle_queries import load_group
from app.referrals.models import Referral
from app.referrals.opening import ReferralCase, open_referral
from app.referrals.preferences import FEWEST, MOST
from app.referrals.service import ConsentMissingError
from app.referrals.states import PROPOSED
from app.referrals.taking_up import cancel_waiting
from app.web.access import current_actor, permission
from app.web.forms.problems import put_error
from app.web.forms.referrals import (
    BY_MAIL,
    REFUSALS,
    ReferralForm,
    list_sheet_languages,
    preset_day,
    put_refusal,
    read_version,
)
from app.web.forms.together import WAYS, Row, TogetherForm, preset_releases
from app.web.labels import consents as consent_words
from app.web.labels import matching as match_words
from app.web.labels import referrals as referral_words
from app.web.referral_panel import (
    ReferralPanel,
    address_after,
    load_panel,
    load_panels,
    load_panels_of_client,
)
from app.web.runtime import current_runtime
from app.web.suggestions import matching_basis

blueprint = Blueprint("bundles", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "consent_words": consent_words,
        "match_words": match_words,
        "referral_words": referral_words,
        "taxonomy": current_runtime().taxonomy,
        "languages": list_sheet_languages(SHEET_LANGUAGES),
        "ways": WAYS,
        "by_mail": BY_MAIL,
    }


@blueprint.get("/angebote/<offer_id>/gemeinsam")
@permission("referral:create")
def group(offer_id: str) -> str | Response:
    """Several clients to this offer: who, and what is handed over of each."""
    panels = _load_people(offer_id)
    if not panels:
        return _choose_people(offer_id)
    form = TogetherForm(formdata=None)
    _preset(form, panels)
    rows = [Row(one.client_id, one, is_chosen=one.is_clear, language=one.language) for one in panels]
    return _show_group(form, rows)


@blueprint.post("/angebote/<offer_id>/gemeinsam")
@permission("referral:create")
def refer_group(offer_id: str) -> Answer:
    """Refer those who are chosen: all, or nobody."""
    panels = _load_people(offer_id)
    if not panels:
        return _choose_people(offer_id)
    form = TogetherForm()
    form.offer_releases(panels)
    rows = form.read_group(panels)
    parts = form.build_group(rows, MOST_PEOPLE, current_runtime().today)
    if parts is not None and _lacks_seats(form, rows):
        parts = None
    if parts is None:
        return _show_group(form, rows), 422
    referrals = _refer(form, rows, parts, by_client=True)
    if isinstance(referrals, int):
        return _show_group(form, rows), referrals
    flash(ngettext("%(num)s person referred.", "%(num)s people referred.", len(referrals)), "success")
    return redirect(url_for(".show", bundle_id=referrals[0].bundle_id), 303)


@blueprint.get("/vermittlungen/gemeinsam/<bundle_id>")
@permission("case:read")
def show(bundle_id: str) -> str:
    """Who was referred together, with the sheet of each."""
    with current_runtime().database.write() as session:
        found = load_group(session, bundle_id, current_actor())
        can_be_taken_back = can_take_group_back(session, bundle_id, current_actor())
    return render_template("referrals/group.html", found=found, can_be_taken_back=can_be_taken_back)


@blueprint.post("/vermittlungen/gemeinsam/<bundle_id>/rueckgaengig")
@permission("referral:create")
def take_back(bundle_id: str) -> Response:
    """Undo the requests of the group that still wait; what was made with them is cancelled, too."""
    runtime = current_runtime()
    with runtime.database.write() as session:
        done = take_group_back(session, current_actor(), bundle_id, runtime.today)
    if done.count:
        words = ngettext(
            "%(num)s request is taken back: no mail was sent.",
            "%(num)s requests are taken back: no mail was sent.",
            done.count,
        )
        flash(words, "success")
    if done.too_late:
        flash(_("Some mails are on their way already: please call the provider."), "warning")
    elif not done.count:
        flash(_("No request was waiting any more."), "info")
    return redirect(url_for(".show", bundle_id=bundle_id), 303)


@blueprint.get("/faelle/<client_id>/reihenfolge")
@permission("referral:create")
def order(client_id: str) -> str | Response:
    """One client to several offers: in which order, and what is tried now."""
    panels = _load_choices(client_id)
    if not FEWEST <= len(panels) <= MOST:
        return _choose_offers(client_id)
    form = TogetherForm(formdata=None)
    _preset(form, panels)
    rows = [
        Row(one.card.id, one, place=place, is_now=place == 1, language=one.language)
        for place, one in enumerate(panels, start=1)
    ]
    return _show_order(form, rows, panels[0].language)


@blueprint.post("/faelle/<client_id>/reihenfolge")
@permission("referral:create")
def refer_in_order(client_id: str) -> Answer:
    """Refer to what is tried now, and note down the rest: all, or nothing."""
    panels = _load_choices(client_id)
    if not panels:
        return _choose_offers(client_id)
    form = TogetherForm()
    form.offer_releases(panels)
    language = request.form.get("sprache", panels[0].language)
    rows = form.read_choices(panels)
    parts = form.build_choices(rows, language, current_runtime().today)
    if parts is None:
        return _show_order(form, rows, language), 422
    referrals = _refer(form, rows, parts, by_client=False)
    if isinstance(referrals, int):
        return _show_order(form, rows, language), referrals
    flash(_("The order is noted; the later choices wait for their turn."), "success")
    first = min(referrals, key=lambda one: one.preference or 0)
    return redirect(url_for("referrals.show_referral", referral_id=first.id), 303)


@blueprint.get("/vermittlungen/<referral_id>/aufnehmen")
@permission("referral:create")
def take_up_panel(referral_id: str) -> str | Response:
    """A later choice: refer to it now, under the rules and with the consent as they are today."""
    found = _open_waiting(referral_id)
    panel = None if found.referral.state != PROPOSED else _find_panel(found)
    if panel is None or found.details is None:
        if found.referral.state != PROPOSED:
            flash(_("This choice was taken up or ended in the meantime."), "info")
        return redirect(url_for("referrals.show_referral", referral_id=referral_id))
    form = ReferralForm(formdata=None)
    form.offer_choices(SHEET_LANGUAGES, panel.case.open_goals)
    form.version.data = str(found.referral.version)
    form.follow_up_on.data = preset_day(panel.follow_up_on(current_runtime().today))
    form.sheet_language.data = found.referral.sheet_language or panel.language
    form.goal_id.data = panel.goal_for(found.details.goal_id)
    form.released.data = found.details.released or panel.preset
    return _show_taking_up(form, panel, found)


@blueprint.post("/vermittlungen/<referral_id>/aufnehmen")
@permission("referral:create")
def take_up_now(referral_id: str) -> Answer:
    """Refer to the later choice."""
    runtime = current_runtime()
    found = _open_waiting(referral_id)
    panel = _find_panel(found)
    if panel is None:
        return redirect(url_for("referrals.show_referral", referral_id=referral_id), 303)
    form = ReferralForm()
    form.creation_key.data = found.referral.creation_key
    form.offer_choices(SHEET_LANGUAGES, panel.case.open_goals)
    wanted = form.read(panel.client_id, panel.card.id, runtime.today)
    if wanted is None:
        return _show_taking_up(form, panel, found), 422
    version, by_mail = read_version(form.version.data), form.asks_by_mail
    actor, basis = current_actor(), matching_basis(runtime)
    try:
        with runtime.database.write() as session:
            take_up(session, runtime, actor, referral_id, wanted, version, basis, asks_by_mail=by_mail)
    except REFUSALS as error:
        status = put_refusal(form, error)
        lacks_consent = isinstance(error, ConsentMissingError)
        return _show_taking_up(form, panel, found, lacks_consent=lacks_consent), status
    except ConflictError as error:
        flash(str(error), "warning")
        return redirect(url_for("referrals.show_referral", referral_id=referral_id), 303)
    where = address_after(referral_id, wanted.mode, is_sensitive=panel.card.is_sensitive)
    return redirect(where, 303)


@blueprint.post("/vermittlungen/<referral_id>/uebrige-absagen")
@permission("referral:create")
def cancel_others(referral_id: str) -> Response:
    """Cancel the later choices that nobody was told of, as this one gives a place."""
    runtime = current_runtime()
    with runtime.database.write() as session:
        count = cancel_waiting(session, current_actor(), referral_id, runtime.today)
    if count:
        words = ngettext(
            "%(num)s later choice is cancelled.", "%(num)s later choices are cancelled.", count
        )
        flash(words, "success")
    return redirect(url_for("referrals.show_referral", referral_id=referral_id), 303)


def _choose_people(offer_id: str) -> Response:
    flash(_("Please choose at least one person."), "warning")
    return redirect(url_for("offer_clients.show", offer_id=offer_id), 303)


def _choose_offers(client_id: str) -> Response:
    flash(_("Please choose two to five offers."), "warning")
    return redirect(url_for("cases.suitable_offers", client_id=client_id), 303)


def _load_people(offer_id: str) -> tuple[ReferralPanel, ...]:
    """The panels of those who are named in the address or the form, each once."""
    ids = list(dict.fromkeys(request.values.getlist("fall")))
    if len(ids) > MOST_PEOPLE:
        flash(_("At most %(num)s people can go together.", num=MOST_PEOPLE), "warning")
    return load_panels(ids[:MOST_PEOPLE], offer_id)


def _load_choices(client_id: str) -> tuple[ReferralPanel, ...]:
    ids = list(dict.fromkeys(request.values.getlist("angebot")))
    return load_panels_of_client(client_id, ids[: MOST + 1])


def _preset(form: TogetherForm, panels: Sequence[ReferralPanel]) -> None:
    form.released.data = preset_releases(panels, form.offer_releases(panels))
    form.creation_key.data = new_id()
    # Of several offers the one to be asked about first counts.
    days = [day for panel in panels if (day := panel.follow_up_on(current_runtime().today))]
    form.follow_up_on.data = preset_day(min(days, default=None))


def _refer(
    form: TogetherForm, rows: Sequence[Row], parts: Sequence[Part], *, by_client: bool
) -> tuple[Referral, ...] | int:
    """The referrals, or the status of the answer with the errors in the form."""
    runtime = current_runtime()
    basis = matching_basis(runtime)
    try:
        with runtime.database.write() as session:
            return refer_together(session, current_actor(), parts, basis, runtime.today, runtime)
    except NotAllReferredError as error:
        found = {key[0 if by_client else 1]: problem for key, problem in error.problems.items()}
        form.refuse(rows, found, str(error))
        return 422
    except ConflictError as error:
        put_error(form.chosen, str(error))
        return 409


def _seats(rows: Sequence[Row]) -> tuple[int | None, int]:
    """How many places are free by the directory (`None`: not known or not to be told), for how many."""
    card = rows[0].panel.card
    return None if card.is_sensitive else card.seats_free, sum(row.is_chosen for row in rows)


def _lacks_seats(form: TogetherForm, rows: Sequence[Row]) -> bool:
    """Whether more are chosen than there are places, and the page has not said so yet."""
    free, wanted = _seats(rows)
    if free is None or free >= wanted or wanted <= read_version(request.form.get("gewarnt")):
        return False
    words = _("By the directory there is not a seat for everybody. Press the button again to go on.")
    put_error(form.chosen, words)
    return True


def _show_group(form: TogetherForm, rows: Sequence[Row]) -> str:
    card = rows[0].panel.card
    free, wanted = _seats(rows)
    return render_template(
        "referrals/together.html",
        form=form,
        rows=rows,
        card=card,
        wanted=wanted,
        seats_free=free if free is not None and free < wanted else None,
        can_be_asked=rows[0].panel.can_be_asked,
    )


def _show_order(form: TogetherForm, rows: Sequence[Row], language: str) -> str:
    return render_template(
        "referrals/order.html", form=form, rows=rows, case=rows[0].panel.case, language=language
    )


def _open_waiting(referral_id: str) -> ReferralCase:
    with current_runtime().database.write() as session:
        found = open_referral(session, referral_id, current_actor())
    if not found.is_writable:
        abort(404)
    return found


def _find_panel(found: ReferralCase) -> ReferralPanel | None:
    """The panel of a later choice; `None`, with a word about it, when the offer is no longer there."""
    if found.details is None:
        return None
    try:
        return load_panel(found.referral.client_id, found.details.offer_id)
    except NotFoundError:
        flash(_("This offer is no longer published: please cancel this choice."), "warning")
        return None


def _show_taking_up(
    form: ReferralForm, panel: ReferralPanel, found: ReferralCase, *, lacks_consent: bool = False
) -> str:
    form.despite_rules.data = " ".join(rule.code for rule in panel.check.excluded_by)
    return render_template(
        "referrals/refer.html",
        form=form,
        panel=panel,
        taken_up=found.referral,
        lacks_consent=lacks_consent,
        releases=panel.releases,
        housemates=(),
    )
