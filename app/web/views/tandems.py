"""Tandems: who waits for one and who is proposed, the wishes of both sides, agreeing and ending."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.queries import get_case_head
from app.core.errors import CaseClosedError, ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import current_language, format_day
from app.core.i18n import gettext as _
from app.core.ids import new_id
from app.directory.queries import get_offer_page
from app.matching.tandem_queries import load_case_tandems, load_volunteer_load
from app.matching.tandems import (
    NoPlaceLeftError,
    agree_tandem,
    drop_wish,
    end_tandem,
    set_volunteer_wish,
    wish_tandem,
)
from app.operations.tandem_proposals import CaseChoice, load_case_choice, load_overview, note_reading
from app.referrals.meetings import find_running
from app.web.access import current_actor, permission
from app.web.case_work_tabs import list_case_work_tabs
from app.web.forms.problems import put_error
from app.web.forms.referrals import read_version
from app.web.forms.tandems import AgreementForm, EndingForm, VolunteerForm, WishForm
from app.web.labels import tandems as tandem_words
from app.web.labels.waiting import waited_words
from app.web.runtime import current_runtime
from app.web.suggestions import matching_basis

blueprint = Blueprint("tandems", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "tandem_words": tandem_words,
        "waited_words": waited_words,
        "case_work_tabs": list_case_work_tabs,
        "taxonomy": current_runtime().taxonomy,
    }


@blueprint.get("/tandems")
@permission("case:read")
def overview() -> str:
    """Who waits and is proposed, who takes clients, who meets."""
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.read() as session:
        found = load_overview(session, actor, matching_basis(runtime), runtime.today)
    with runtime.database.write() as session:
        note_reading(session, actor)
    return render_template("tandems/overview.html", found=found)


@blueprint.get("/faelle/<client_id>/tandem")
@permission("case:read")
def of_case(client_id: str) -> str:
    """What the client wishes, who suits, whom they meet."""
    return _show_case(client_id)


@blueprint.post("/faelle/<client_id>/tandem/wunsch")
@permission("case:write")
def wish(client_id: str) -> Answer:
    """Keep that the client would like a tandem, and what of it."""
    runtime = current_runtime()
    form = WishForm()
    told = form.read(runtime.taxonomy, current_language())
    if told is None:
        return _show_case(client_id, wish_form=form), 422
    version = read_version(form.version.data) if form.version.data else None
    try:
        with runtime.database.write() as session:
            wish_tandem(session, current_actor(), client_id, told, version, runtime.today)
    except ConflictError as error:
        put_error(form.topics, str(error))
        return _show_case(client_id, wish_form=form), 409
    except CaseClosedError as error:
        flash(str(error), "warning")
    else:
        flash(_("The wish for a tandem is noted."), "success")
    return redirect(url_for(".of_case", client_id=client_id), 303)


@blueprint.post("/faelle/<client_id>/tandem/wunsch/streichen")
@permission("case:write")
def drop(client_id: str) -> Response:
    """The client wishes no tandem any more."""
    try:
        with current_runtime().database.write() as session:
            drop_wish(session, current_actor(), client_id)
    except CaseClosedError as error:
        flash(str(error), "warning")
    else:
        flash(_("The client wishes no tandem any more."), "success")
    return redirect(url_for(".of_case", client_id=client_id), 303)


@blueprint.post("/faelle/<client_id>/tandem")
@permission("case:write")
def agree(client_id: str) -> Answer:
    """The two have met and go on."""
    runtime = current_runtime()
    form = AgreementForm()
    agreement = form.read(runtime.today)
    if agreement is None:
        return _show_case(client_id, agreement_form=form), 422
    try:
        with runtime.database.write() as session:
            agree_tandem(session, current_actor(), client_id, agreement)
    except (NoPlaceLeftError, ConflictError) as error:
        put_error(form.offer_id, str(error))
        return _show_case(client_id, agreement_form=form), 409
    except (CaseClosedError, InvalidInputError) as error:
        flash(str(error), "warning")
    else:
        flash(_("The tandem is noted. We wish both a good time!"), "success")
    return redirect(url_for(".of_case", client_id=client_id), 303)


@blueprint.post("/faelle/<client_id>/tandem/<tandem_id>/beenden")
@permission("case:write")
def end(client_id: str, tandem_id: str) -> Answer:
    """The two meet no more."""
    runtime = current_runtime()
    form = EndingForm()
    ending = form.read(runtime.today)
    if ending is None:
        return _show_case(client_id, ending_form=form), 422
    version = read_version(form.version.data)
    try:
        with runtime.database.write() as session:
            end_tandem(session, current_actor(), client_id, tandem_id, ending, version)
    except InvalidInputError as error:
        put_error(form.ended_on, str(error))
        return _show_case(client_id, ending_form=form), 422
    except (CaseClosedError, ConflictError) as error:
        flash(str(error), "warning")
    else:
        flash(_("The end of the tandem is noted."), "success")
    return redirect(url_for(".of_case", client_id=client_id), 303)


@blueprint.route("/angebote/<offer_id>/tandem", methods=["GET", "POST"])
@permission("directory:edit")
def volunteer(offer_id: str) -> Answer:
    """What the volunteer behind an offer wishes, for the editors of the directory."""
    database, actor = current_runtime().database, current_actor()
    with database.read() as session:
        page = get_offer_page(session, offer_id)
        load = load_volunteer_load(session, actor, offer_id)
    if page.offer.kind != "volunteer":
        raise NotFoundError("not of a volunteer")
    form = VolunteerForm()
    form.offer_choices()
    if request.method == "GET":
        form.fill(load.wish)
        return render_template("tandems/volunteer.html", page=page, load=load, form=form)
    told = form.read()
    if told is None:
        return render_template("tandems/volunteer.html", page=page, load=load, form=form), 422
    version = read_version(form.version.data) if form.version.data else None
    try:
        with database.write() as session:
            set_volunteer_wish(session, actor, offer_id, told, version)
    except ConflictError as error:
        put_error(form.max_clients, str(error))
        return render_template("tandems/volunteer.html", page=page, load=load, form=form), 409
    flash(_("The wishes of the volunteer are noted."), "success")
    return redirect(url_for("directory.offer", offer_id=offer_id), 303)


def _show_case(
    client_id: str,
    *,
    wish_form: WishForm | None = None,
    agreement_form: AgreementForm | None = None,
    ending_form: EndingForm | None = None,
) -> str:
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.write() as session:  # for the audit entry; kept short
        head = get_case_head(session, client_id, actor)
    choice = CaseChoice((), ())
    with runtime.database.read() as session:
        tandems = load_case_tandems(session, client_id)
        current = tandems.current.tandem if tandems.current else None
        running = find_running(session, client_id, current.offer_id) if current else None
        if tandems.wish is not None and tandems.current is None:
            choice = load_case_choice(session, client_id, matching_basis(runtime), runtime.today)
    today = format_day(runtime.today)
    if wish_form is None:
        wish_form = WishForm(formdata=None)
        wish_form.fill(tandems.wish, runtime.taxonomy, current_language())
    if agreement_form is None:
        agreement_form = AgreementForm(formdata=None, creation_key=new_id(), started_on=today)
        agreement_form.offer_id.data = request.args.get("angebot", "")
    if ending_form is None:
        version = tandems.current.tandem.version if tandems.current else ""
        ending_form = EndingForm(formdata=None, ended_on=today, version=str(version))
    wish_form.offer_choices()
    agreement_form.offer_choices([(one.offer_id, _option_words(one)) for one in choice.options])
    ending_form.offer_choices()
    return render_template(
        "tandems/of_case.html",
        head=head,
        tandems=tandems,
        choice=choice,
        running=running,
        wish_form=wish_form,
        agreement_form=agreement_form,
        ending_form=ending_form,
    )


def _option_words(option: Any) -> str:
    if option.obstacle is None:
        return str(option.title)
    words = tandem_words.obstacle_words(option.obstacle, current_runtime().taxonomy)
    return _("%(title)s – against it: %(rule)s", title=option.title, rule=words)
