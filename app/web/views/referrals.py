"""Referrals: making one, the sheet, what came of it, the list."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.consent_rules import Standing, standing_on
from app.cases.privacy_models import Consent
from app.core.errors import CaseClosedError, ConflictError, InvalidInputError
from app.core.i18n import gettext as _
from app.core.ids import new_id
from app.matching.similar_offers import more_like
from app.operations.partner_requests import (
    RequestState,
    find_request_state,
    find_way_of_asking,
    refer_and_ask,
)
from app.operations.places_given import PassesOverError, record_outcome_of_place
from app.operations.referring import refer_with_sheet
from app.operations.referring_together import ReferredAlreadyError, require_first
from app.printouts.phrases import SHEET_LANGUAGES
from app.referrals.follow_ups import follow_up_day
from app.referrals.opening import ReferralCase, get_referral, open_referral, read_step_note
from app.referrals.outcomes import NoSeatFreeError, postpone_follow_up
from app.referrals.queries import (
    ReferralFilters,
    list_referrals,
)
from app.referrals.service import ConsentMissingError
from app.referrals.states import (
    OPEN_STATES,
    OPENS_NEXT_BEST,
    STATES,
    TAKES_LEVEL,
    is_open,
)
from app.referrals.transitions import BEFORE_CONTACT, next_states
from app.web.access import current_actor, permission
from app.web.bundle_part import load_bundle_part
from app.web.case_reading import open_case, read_case
from app.web.forms.problems import put_error
from app.web.forms.referrals import (
    REFUSALS,
    NoNewsForm,
    OutcomeForm,
    ReferralForm,
    preset_day,
    put_refusal,
    read_version,
)
from app.web.labels import cases as case_words
from app.web.labels import consents as consent_words
from app.web.labels import matching as match_words
from app.web.labels import referrals as referral_words
from app.web.labels.consents import Release, list_releases, missing_words
from app.web.referral_panel import ReferralPanel, address_after, load_housemates, load_panel
from app.web.runtime import current_runtime
from app.web.suggestions import Suggestion, matching_basis

blueprint = Blueprint("referrals", __name__)

Answer = str | Response | tuple[str, int]
FILTERS = ("open", "due", "unanswered", "ended", "all", *STATES)
NEXT_BEST: Final = 3


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "case_words": case_words,
        "consent_words": consent_words,
        "match_words": match_words,
        "referral_words": referral_words,
        "taxonomy": current_runtime().taxonomy,
        "is_open_state": is_open,
    }


@blueprint.get("/vermittlungen", endpoint="list_referrals")
@permission("case:read")
def list_mine() -> str:
    """The referrals of one's clients."""
    actor = current_actor()
    state = request.args.get("stand", "open")
    filters = ReferralFilters(
        state=state if state in FILTERS else "open",
        mine_only=actor.may("case:read_all") and request.args.get("wessen") == "meine",
        page=request.args.get("seite", 1, type=int),
        today=current_runtime().today,
    )
    with current_runtime().database.write() as session:
        page = list_referrals(session, actor, filters)
    return render_template(
        "referrals/list.html",
        page=page,
        filters=filters,
        open_states=OPEN_STATES,
        end_states=tuple(code for code in STATES if not is_open(code)),
        page_address=lambda number: url_for(
            ".list_referrals",
            stand=filters.state,
            wessen="meine" if filters.mine_only else None,
            seite=number if number > 1 else None,
        ),
    )


@blueprint.get("/faelle/<client_id>/verweisen/<offer_id>")
@permission("referral:create")
def refer(client_id: str, offer_id: str) -> str:
    """The panel: what is handed over, in which language, when to ask again."""
    today = current_runtime().today
    panel = load_panel(client_id, offer_id)
    form = ReferralForm()
    form.offer_choices(SHEET_LANGUAGES, panel.case.open_goals)
    form.creation_key.data = new_id()
    form.follow_up_on.data = preset_day(panel.follow_up_on(today))
    form.sheet_language.data = panel.language
    form.goal_id.data = panel.goal_for(request.args.get("ziel"))
    known = {release.code for release in panel.releases if release.value}
    form.released.data = [code for code in panel.preset if code in known]
    return _show_panel(form, panel)


@blueprint.post("/faelle/<client_id>/verweisen/<offer_id>")
@permission("referral:create")
def refer_now(client_id: str, offer_id: str) -> Answer:
    """Refer; the answer is the sheet."""
    runtime = current_runtime()
    panel = load_panel(client_id, offer_id)
    form = ReferralForm()
    form.offer_choices(SHEET_LANGUAGES, panel.case.open_goals)
    order = form.read(client_id, offer_id, runtime.today)
    if order is None:
        return _show_panel(form, panel), 422
    try:
        with runtime.database.write() as session:
            actor, basis = current_actor(), matching_basis(runtime)
            if not form.despite_earlier.data:
                require_first(session, actor, order)
            if form.asks_by_mail:
                referral = refer_and_ask(session, runtime, actor, order, basis)
            else:
                referral = refer_with_sheet(session, actor, order, basis, runtime.today)
    except REFUSALS as error:
        status = put_refusal(form, error)
        lacks_consent = isinstance(error, ConsentMissingError)
        if isinstance(error, ReferredAlreadyError):
            panel = load_panel(client_id, offer_id)  # it may have been made since
        return _show_panel(form, panel, lacks_consent=lacks_consent), status
    where = address_after(referral.id, order.mode, is_sensitive=panel.card.is_sensitive)
    return redirect(where, 303)


@blueprint.get("/vermittlungen/<referral_id>")
@permission("case:read")
def show_referral(referral_id: str) -> str:
    """A referral with its history, and the form for what came of it."""
    with current_runtime().database.write() as session:
        found = get_referral(session, referral_id, current_actor())
    return _show_afresh(found)


@blueprint.get("/vermittlungen/<referral_id>/vertraulich")
@permission("case:read")
def show_sealed(referral_id: str) -> str:
    """The same with what is sealed in it: which offer, and why."""
    with current_runtime().database.write() as session:
        found = open_referral(session, referral_id, current_actor())
    return _show_afresh(found)


@blueprint.get("/vermittlungen/<referral_id>/notizen/<referral_step_id>")
@permission("case:read")
def read_note(referral_id: str, referral_step_id: str) -> str:
    """The note of one step: a page of its own, or swapped into the history."""
    with current_runtime().database.write() as session:
        step, name = read_step_note(session, referral_id, referral_step_id, current_actor())
    is_part = bool(request.headers.get("HX-Request"))
    template = "referrals/note_opened.html" if is_part else "referrals/note.html"
    return render_template(template, step=step, client_name=name)


@blueprint.post("/vermittlungen/<referral_id>")
@permission("referral:create")
def record(referral_id: str) -> Answer:
    """Record what came of a referral."""
    runtime = current_runtime()
    form = OutcomeForm()
    report, passing_over = form.read(runtime.today), form.read_passing_over()
    if report is None or form.errors:
        return _outcome_again(referral_id, form), 422
    try:
        with runtime.database.write() as session:
            record_outcome_of_place(
                session,
                current_actor(),
                referral_id,
                report,
                read_version(form.version.data),
                basis=matching_basis(runtime),
                passing_over=passing_over,
                today=runtime.today,
            )
    except PassesOverError as error:
        put_error(form.passing_reason, str(error))
        return _outcome_again(referral_id, form), 422
    except NoSeatFreeError as error:
        put_error(form.despite_full, str(error))
        return _outcome_again(referral_id, form), 409
    except InvalidInputError as error:
        put_error(form[error.field], str(error))
        return _outcome_again(referral_id, form), 422
    except ConsentMissingError as error:
        put_error(form.to_state, missing_words(error.coverage))
        return _outcome_again(referral_id, form), 422
    except (CaseClosedError, ConflictError) as error:
        put_error(form.to_state, str(error))
        return _outcome_again(referral_id, form), 409
    flash(_("Recorded."), "success")
    return redirect(url_for(".show_referral", referral_id=referral_id), 303)


@blueprint.post("/vermittlungen/<referral_id>/wiedervorlage")
@permission("referral:create")
def postpone(referral_id: str) -> Answer:
    """Nothing new yet: ask again later."""
    runtime = current_runtime()
    form = NoNewsForm()
    news = form.read(runtime.today)
    if news is None:
        return _no_news_again(referral_id, form), 422
    try:
        with runtime.database.write() as session:
            version = read_version(form.version.data)
            postpone_follow_up(session, current_actor(), referral_id, news, version)
    except (InvalidInputError, ConflictError) as error:
        put_error(form.follow_up_on, str(error))
        return _no_news_again(referral_id, form), 409
    flash(_("Recorded."), "success")
    return redirect(url_for(".show_referral", referral_id=referral_id), 303)


def _show_panel(form: ReferralForm, panel: ReferralPanel, *, lacks_consent: bool = False) -> str:
    form.despite_rules.data = " ".join(rule.code for rule in panel.check.excluded_by)
    return render_template(
        "referrals/refer.html",
        form=form,
        panel=panel,
        lacks_consent=lacks_consent,
        releases=panel.releases,
        taken_up=None,
        housemates=load_housemates(panel.client_id, panel.card.id),
    )


def _show_afresh(found: ReferralCase) -> str:
    outcome, no_news = OutcomeForm(formdata=None), NoNewsForm(formdata=None)
    outcome.version.data = no_news.version.data = str(found.referral.version)
    no_news.follow_up_on.data = _next_follow_up(found)
    return _show_referral(found, outcome, no_news)


def _show_referral(found: ReferralCase, outcome: OutcomeForm, no_news: NoNewsForm) -> str:
    referral = found.referral
    outcome.offer_choices(referral.state, referral.mode)
    return render_template(
        "referrals/show.html",
        found=found,
        outcome=outcome,
        no_news=no_news,
        possible=next_states(referral.state),
        takes_level=TAKES_LEVEL,
        releases=_list_handed_over(found),
        consent_standing=_standing(found.consent),
        asked=_find_request(found),
        way_of_asking=_find_way_of_asking(found),
        next_best=_find_next_best(found),
        **load_bundle_part(found),
    )


def _find_request(found: ReferralCase) -> RequestState | None:
    """How far the mail to the provider has come; for those who work on the case."""
    if not found.is_writable:
        return None
    with current_runtime().database.read() as session:
        return find_request_state(session, found.referral)


def _find_way_of_asking(found: ReferralCase) -> str | None:
    """How the provider can be asked now, other than by phone."""
    if found.details is None or found.referral.state != BEFORE_CONTACT:
        return None
    with current_runtime().database.read() as session:
        return find_way_of_asking(session, found.details.offer_id)


def _find_next_best(found: ReferralCase) -> list[Suggestion] | None:
    """After an end that was not the client's: what is most like it; `None`: nothing is to be shown."""
    is_asked = found.referral.state in OPENS_NEXT_BEST and found.is_writable
    if not is_asked or found.is_sealed or found.details is None:
        return None
    runtime = current_runtime()
    basis = matching_basis(runtime)
    with open_case(found.referral.client_id) as (_session, _case, facts):
        others = more_like(
            facts,
            basis.table,
            basis.rules,
            basis.taxonomy,
            runtime.today,
            found.details.offer_id,
            NEXT_BEST,
        )
    cards = runtime.offer_cards.load(basis.table.revision, [one.offer_id for one in others])
    return [Suggestion(one, cards[one.offer_id]) for one in others if one.offer_id in cards]


def _standing(consent: Consent | None) -> Standing | None:
    if consent is None:
        return None
    today = current_runtime().today
    return standing_on(today, valid_until=consent.valid_until, revoked_on=consent.revoked_on)


def _list_handed_over(found: ReferralCase) -> list[Release]:
    """What the provider may be told, as it is recorded today; for those who work on the case."""
    if found.details is None or not found.details.released or not found.is_confided:
        return []
    case = read_case(found.referral.client_id)
    return list_releases(case, len(case.household), found.details.released)


def _outcome_again(referral_id: str, form: OutcomeForm) -> str:
    with current_runtime().database.write() as session:
        found = get_referral(session, referral_id, current_actor())
    no_news = NoNewsForm(formdata=None)
    no_news.version.data = str(found.referral.version)
    no_news.follow_up_on.data = _next_follow_up(found)
    return _show_referral(found, form, no_news)


def _no_news_again(referral_id: str, form: NoNewsForm) -> str:
    with current_runtime().database.write() as session:
        found = get_referral(session, referral_id, current_actor())
    outcome = OutcomeForm(formdata=None)
    outcome.version.data = str(found.referral.version)
    return _show_referral(found, outcome, form)


def _next_follow_up(found: ReferralCase) -> str:
    today, kind = current_runtime().today, found.open_kind
    return preset_day(follow_up_day(found.referral.state, today, kind=kind))
