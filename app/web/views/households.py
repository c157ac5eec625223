"""Households: who lives with the client, and what holds for all of them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.households import (
    SHARED_FIELDS,
    add_member,
    find_people,
    join_household,
    leave_household,
    share_entries,
)
from app.cases.queries import get_case_head, list_household
from app.cases.rules import age_on, is_minor
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.ids import new_id
from app.web.access import current_actor, permission
from app.web.forms.intake import NewCaseForm
from app.web.forms.new_case import read_new_case
from app.web.labels import cases as case_words
from app.web.runtime import current_runtime

blueprint = Blueprint("households", __name__, url_prefix="/faelle/<client_id>/haushalt")

MAX_KEY = 36
MAX_SEARCH = 200
Page = str | Response | tuple[str, int]


@blueprint.get("")
@permission("case:write")
def show(client_id: str) -> str:
    """The members, and the ways to add some."""
    form = NewCaseForm()
    form.creation_key.data = new_id()
    return _show(client_id, form)


def _show(client_id: str, form: NewCaseForm) -> str:
    runtime, actor = current_runtime(), current_actor()
    wanted = request.args.get("q", "")[:MAX_SEARCH].strip()
    with runtime.database.write() as session:
        head = get_case_head(session, client_id, actor)
        members = list_household(session, head.client, actor)
        found = find_people(session, actor, client_id, wanted) if wanted else ()
    return render_template(
        "households/show.html",
        head=head,
        members=members,
        wanted=wanted,
        found=found,
        form=form,
        case_words=case_words,
        age_on=age_on,
        is_minor=is_minor,
    )


@blueprint.post("/neu")
@permission("case:write")
def add(client_id: str) -> Page:
    """Open a case for somebody of the household."""
    runtime = current_runtime()
    form = NewCaseForm(request.form)
    data = read_new_case(form, runtime.today)
    if data is None:
        return _show(client_id, form), 422
    with runtime.database.write() as session:
        member = add_member(
            session,
            current_actor(),
            client_id,
            data,
            (form.creation_key.data or "")[:MAX_KEY] or new_id(),
            taxonomy=runtime.taxonomy,
            today=runtime.today,
        )
        name = f"{member.given_name} {member.family_name}".strip()
    flash(_("%(name)s is in the household now, with an own case.", name=name), "success")
    return redirect(url_for(".show", client_id=client_id), 303)


@blueprint.post("/aufnehmen")
@permission("case:write")
def join(client_id: str) -> Response:
    """Take somebody into the household who has a case already."""
    with current_runtime().database.write() as session:
        join_household(session, current_actor(), client_id, request.form.get("person", ""))
    flash(_("They live in one household now."), "success")
    return redirect(url_for(".show", client_id=client_id), 303)


@blueprint.post("/verlassen")
@permission("case:write")
def leave(client_id: str) -> Response:
    """The client, or a member whose case one may change, lives elsewhere."""
    person = request.form.get("person") or client_id
    with current_runtime().database.write() as session:
        leave_household(session, current_actor(), person)
    flash(_("The household is changed."), "success")
    return redirect(url_for(".show", client_id=client_id), 303)


@blueprint.post("/gilt-fuer-alle")
@permission("case:write")
def share(client_id: str) -> Response:
    """Copy home, phone or childcare to all members."""
    what = [key for key in SHARED_FIELDS if key in request.form.getlist("was")]
    if not what:
        flash(_("Please choose what holds for all."), "warning")
        return redirect(url_for(".show", client_id=client_id), 303)
    with current_runtime().database.write() as session:
        done = share_entries(session, current_actor(), client_id, what)
    flash(ngettext("%(num)s case is changed.", "%(num)s cases are changed.", done.changed), "success")
    if done.untouched:
        flash(_("The cases of other case workers, and closed ones, stay as they are."), "info")
    return redirect(url_for(".show", client_id=client_id), 303)
