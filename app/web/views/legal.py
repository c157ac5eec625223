"""The legal side of a case: status, papers, entitlements, appointments at the office, on one card."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.appointments import list_appointments
from app.cases.deadline_queries import load_warnings_of_case
from app.cases.legal import (
    add_permit,
    add_right,
    change_permit,
    change_right,
    correct_residence,
    get_permit,
    get_residence,
    get_right,
    load_legal_card,
    record_residence,
    remove_permit,
    remove_right,
    set_office_contact,
)
from app.cases.queries import get_case_head
from app.core.clock import now as present_moment
from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
from app.web.access import current_actor, permission
from app.web.forms.legal import PermitForm, ResidenceForm, RightForm
from app.web.labels import cases as case_words
from app.web.labels import counselling as counselling_words
from app.web.labels import legal as legal_words
from app.web.labels import papers as paper_words
from app.web.runtime import current_runtime

blueprint = Blueprint("legal", __name__, url_prefix="/faelle/<client_id>/recht")

Answer = str | Response | tuple[str, int]


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "case_words": case_words,
        "counselling_words": counselling_words,
        "legal_words": legal_words,
        "paper_words": paper_words,
    }


@blueprint.get("")
@permission("case:read")
def show(client_id: str) -> str:
    """Everything with its date, and how long it still holds."""
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.write() as session:  # for the audit entry; kept short
        head = get_case_head(session, client_id, actor)
    with runtime.database.read() as session:
        card = load_legal_card(session, head.client)
        appointments = list_appointments(session, client_id)
        warnings = load_warnings_of_case(session, client_id, actor, runtime.today)
    moment = present_moment(runtime.settings)
    is_coming = [one.state == "planned" and one.starts_at >= moment for one in appointments]
    return render_template(
        "legal/show.html",
        head=head,
        card=card,
        warnings=warnings,
        coming=[one for one, yes in zip(appointments, is_coming, strict=True) if yes][::-1],
        past=[one for one, yes in zip(appointments, is_coming, strict=True) if not yes],
        moment=moment,
    )


@blueprint.route("/status", methods=["GET", "POST"])
@permission("case:write")
def residence(client_id: str) -> Answer:
    """A new residence status; the one before stays in the history."""
    form = ResidenceForm()
    title = _("New residence status")
    if request.method == "GET":
        with current_runtime().database.write() as session:
            head = get_case_head(session, client_id, current_actor())
        form.preset(head.client)
        return _form(client_id, form, title)
    data = form.read(current_runtime().today)
    if data is None:
        return _form(client_id, form, title), 422
    with current_runtime().database.write() as session:
        record_residence(session, current_actor(), client_id, data)
    return _saved(client_id)


@blueprint.route("/status/<entry_id>", methods=["GET", "POST"])
@permission("case:write")
def residence_line(client_id: str, entry_id: str) -> Answer:
    """Correct a line of the history."""
    form, title = ResidenceForm(), _("Correct a residence status")
    if request.method == "GET":
        with current_runtime().database.write() as session:
            head = get_case_head(session, client_id, current_actor())
            form.fill(get_residence(session, head.client, entry_id))
        return _form(client_id, form, title)
    data = form.read(current_runtime().today)
    if data is None:
        return _form(client_id, form, title), 422
    with current_runtime().database.write() as session:
        correct_residence(session, current_actor(), client_id, entry_id, data)
    return _saved(client_id)


@blueprint.post("/zustaendig")
@permission("case:write")
def office_contact(client_id: str) -> Response:
    """Who is in charge at the foreigners' office."""
    words = request.form.get("office_contact", "")
    try:
        with current_runtime().database.write() as session:
            set_office_contact(session, current_actor(), client_id, words)
    except InvalidInputError as error:
        flash(str(error), "warning")
        return redirect(url_for(".show", client_id=client_id), 303)
    return _saved(client_id)


@blueprint.route("/papiere/neu", methods=["GET", "POST"])
@permission("case:write")
def new_permit(client_id: str) -> Answer:
    """A permit, a passport, a residence obligation."""
    form = PermitForm()
    if request.method == "GET":
        form.fill(None)
        return _form(client_id, form, _("New paper"))
    data = form.read(current_runtime().today)
    if data is None:
        return _form(client_id, form, _("New paper")), 422
    with current_runtime().database.write() as session:
        add_permit(session, current_actor(), client_id, data, form.key)
    return _saved(client_id)


@blueprint.route("/papiere/<permit_id>", methods=["GET", "POST"])
@permission("case:write")
def permit(client_id: str, permit_id: str) -> Answer:
    """Correct a paper, or take it out."""
    form, title = PermitForm(), _("Correct a paper")
    if request.method == "GET":
        with current_runtime().database.write() as session:
            head = get_case_head(session, client_id, current_actor())
            form.fill(get_permit(session, head.client, permit_id))
        return _form(client_id, form, title, can_remove=True)
    if "remove" in request.form:
        with current_runtime().database.write() as session:
            remove_permit(session, current_actor(), client_id, permit_id)
        return _saved(client_id)
    data = form.read(current_runtime().today)
    if data is None:
        return _form(client_id, form, title, can_remove=True), 422
    with current_runtime().database.write() as session:
        change_permit(session, current_actor(), client_id, permit_id, data)
    return _saved(client_id)


@blueprint.route("/berechtigungen/neu", methods=["GET", "POST"])
@permission("case:write")
def new_right(client_id: str) -> Answer:
    """An entitlement, admission or obligation."""
    form = RightForm()
    if request.method == "GET":
        form.fill(None)
        return _form(client_id, form, _("New entitlement"))
    data = form.read(current_runtime().today)
    if data is None:
        return _form(client_id, form, _("New entitlement")), 422
    with current_runtime().database.write() as session:
        add_right(session, current_actor(), client_id, data)
    return _saved(client_id)


@blueprint.route("/berechtigungen/<entitlement_id>", methods=["GET", "POST"])
@permission("case:write")
def right(client_id: str, entitlement_id: str) -> Answer:
    """Correct an entitlement, or take it out."""
    form, title = RightForm(), _("Correct an entitlement")
    if request.method == "GET":
        with current_runtime().database.write() as session:
            head = get_case_head(session, client_id, current_actor())
            form.fill(get_right(session, head.client, entitlement_id))
        return _form(client_id, form, title, can_remove=True)
    if "remove" in request.form:
        with current_runtime().database.write() as session:
            remove_right(session, current_actor(), client_id, entitlement_id)
        return _saved(client_id)
    data = form.read(current_runtime().today)
    if data is None:
        return _form(client_id, form, title, can_remove=True), 422
    with current_runtime().database.write() as session:
        change_right(session, current_actor(), client_id, entitlement_id, data)
    return _saved(client_id)


def _form(client_id: str, form: Any, title: str, *, can_remove: bool = False) -> str:
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, current_actor())
    return render_template(
        "legal/form.html", head=head, form=form, form_title=title, can_remove=can_remove
    )


def _saved(client_id: str) -> Response:
    flash(_("Saved."), "success")
    return redirect(url_for("legal.show", client_id=client_id), 303)
