"""Who stands in for whom."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.cases.colleagues import Colleague, list_colleagues, list_team
from app.cases.substitutions import (
    SubstitutionCreate,
    create_substitution,
    end_substitution,
    list_substitutions,
)
from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
from app.core.ids import new_id
from app.web.access import current_actor, permission
from app.web.case_work_tabs import list_case_work_tabs
from app.web.forms.case_work import SubstitutionForm
from app.web.forms.problems import put_error
from app.web.runtime import current_runtime

blueprint = Blueprint("substitutions", __name__, url_prefix="/vertretungen")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"case_work_tabs": list_case_work_tabs}


@blueprint.get("")
@permission("case:write")
def show_list() -> str:
    """Substitutions now, to come and past, and the form for a new one."""
    form = _build_form()
    form.creation_key.data = new_id()
    form.absent_id.data = current_actor().id
    form.from_on.data = current_runtime().today
    return _render(form)


@blueprint.post("")
@permission("case:write")
def create() -> str | Response | tuple[str, int]:
    """Let somebody stand in."""
    form = _build_form()
    first, last = form.from_on.data, form.until_on.data
    if not form.validate_on_submit() or first is None or last is None:
        return _render(form), 422
    wanted = SubstitutionCreate(form.absent_id.data, form.deputy_id.data, first, last)
    runtime = current_runtime()
    key = (form.creation_key.data or "")[:36] or new_id()
    try:
        with runtime.database.write() as session:
            create_substitution(session, current_actor(), wanted, key, runtime.today)
    except InvalidInputError as error:
        put_error(form[error.field], str(error))
        return _render(form), 422
    flash(_("The substitution is entered."), "success")
    return redirect(url_for(".show_list"), 303)


@blueprint.post("/<substitution_id>/beenden")
@permission("case:write")
def end(substitution_id: str) -> Response:
    """End a substitution before its time."""
    runtime = current_runtime()
    with runtime.database.write() as session:
        end_substitution(session, current_actor(), substitution_id, runtime.today)
    flash(_("The substitution has ended."), "success")
    return redirect(url_for(".show_list"), 303)


def _build_form() -> SubstitutionForm:
    actor, form = current_actor(), SubstitutionForm()
    with current_runtime().database.read() as session:
        colleagues = list_colleagues(session)
        team = list_team(session, actor)
    absent = team or [person for person in colleagues if person.id == actor.id]
    form.offer_people(_choices(absent), _choices(colleagues))
    return form


def _choices(people: list[Colleague]) -> list[tuple[str, str]]:
    return [(person.id, person.name) for person in people]


def _render(form: SubstitutionForm) -> str:
    runtime = current_runtime()
    with runtime.database.read() as session:
        lines = list_substitutions(session, current_actor(), runtime.today)
    return render_template("substitutions/list.html", form=form, lines=lines)
