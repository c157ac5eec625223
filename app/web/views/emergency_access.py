"""Opening a foreign case in an emergency, and the team lead's look at who did."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from app.cases.emergencies import (
    EmergencyRequest,
    get_reason,
    list_emergencies,
    list_opened,
    mark_reviewed,
    open_in_emergency,
)
from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
from app.web.access import current_actor, permission
from app.web.case_work_tabs import list_case_work_tabs
from app.web.forms.case_work import EmergencyForm
from app.web.forms.parsing import parse_day
from app.web.forms.problems import put_error
from app.web.rate_limits import RateLimit
from app.web.runtime import current_runtime

blueprint = Blueprint("emergency_access", __name__)

TRIES: Final = 6
TRIES_WITHIN_SECONDS: Final = 15 * 60


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions["emergency_limit"] = RateLimit(TRIES, TRIES_WITHIN_SECONDS)


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"case_work_tabs": list_case_work_tabs}


@blueprint.get("/faelle/notzugriff")
@permission("case:emergency")
def search() -> str:
    """The form, and what is open now."""
    return _render(EmergencyForm())


@blueprint.post("/faelle/notzugriff")
@permission("case:emergency")
def open_case() -> str | Response | tuple[str, int]:
    """Open the case that fits exactly; whether there is one is only told with a reason on record."""
    form, actor = EmergencyForm(), current_actor()
    wanted = _read(form) if form.validate_on_submit() else None
    if wanted is None:
        return _render(form), 422
    if not current_app.extensions["emergency_limit"].allow(actor.id):
        return _render(
            form, problem=_("Too many tries. Please wait a few minutes, or call the team lead.")
        ), 429
    address = url_for(".review_list")
    settings = current_runtime().settings
    try:
        with current_runtime().database.write() as session:
            found = open_in_emergency(
                session, actor, wanted, f"{settings.public_url.rstrip('/')}{address}"
            )
    except InvalidInputError as error:
        put_error(form[error.field], str(error))
        return _render(form), 422
    if not found:
        return _render(
            form,
            problem=_("There is no case with exactly these particulars. Your try was noted."),
        ), 404
    if len(found) == 1:
        flash(_("The case is open to you to read for 8 hours. The team lead has been told."), "info")
        return redirect(url_for("cases.show_case", client_id=found[0]), 303)
    flash(_("Several cases have these particulars. They are open to you to read."), "info")
    return redirect(url_for(".search"), 303)


@blueprint.get("/notzugriffe")
@permission("case:review_emergencies")
def review_list() -> str:
    """Who opened a case in an emergency; what was not reviewed comes first."""
    with current_runtime().database.write() as session:
        lines = list_emergencies(session, current_actor())
    return render_template("emergency_access/review.html", lines=lines)


@blueprint.get("/notzugriffe/<access_id>/grund")
@permission("case:review_emergencies")
def reason(access_id: str) -> str:
    """Why the case was opened."""
    with current_runtime().database.write() as session:
        text = get_reason(session, current_actor(), access_id)
    is_part = "HX-Request" in request.headers
    page = "handovers/note_text.html" if is_part else "handovers/note.html"
    return render_template(page, text=text, back=url_for(".review_list"))


@blueprint.post("/notzugriffe/<access_id>/geprueft")
@permission("case:review_emergencies")
def review(access_id: str) -> Response:
    """The team lead has looked at it."""
    with current_runtime().database.write() as session:
        mark_reviewed(session, current_actor(), access_id)
    flash(_("Marked as reviewed."), "success")
    return redirect(url_for(".review_list"), 303)


def _read(form: EmergencyForm) -> EmergencyRequest | None:
    try:
        birth_date = parse_day(form.birth_date.data or "")
    except ValueError as error:
        put_error(form.birth_date, str(error))
        return None
    return EmergencyRequest(
        reason=form.reason.data or "",
        name=form.name.data or "",
        birth_date=birth_date,
        case=form.case.data or "",
    )


def _render(form: EmergencyForm, problem: str = "") -> str:
    with current_runtime().database.read() as session:
        opened = list_opened(session, current_actor())
    return render_template("emergency_access/search.html", form=form, opened=opened, problem=problem)
