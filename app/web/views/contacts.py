"""Talks with a client: recorded in ten seconds, corrected, deleted, their notes opened one by one."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from app.cases.contacts import (
    OpenedContact,
    change_contact,
    delete_contact,
    open_contact,
    read_contact_note,
    record_contact,
)
from app.cases.queries import get_case_head
from app.core.clock import now
from app.core.errors import ConflictError, InvalidInputError
from app.core.i18n import gettext as _
from app.web.access import current_actor, permission
from app.web.forms.contacts import ContactForm, build_contact_form, form_key
from app.web.labels import counselling as counselling_words
from app.web.runtime import current_runtime

blueprint = Blueprint("contacts", __name__, url_prefix="/faelle/<client_id>/kontakte")

Answer = str | Response | tuple[str, int]


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    """The line to add a contact and the entries of a timeline stand on pages of other views, too."""
    state.app.jinja_env.globals.update(counselling_words=counselling_words)


@blueprint.route("/neu", methods=["GET", "POST"])
@permission("case:write")
def new_contact(client_id: str) -> Answer:
    """Note a talk or an attempt at one; ``?thema=`` ticks a topic."""
    runtime, actor = current_runtime(), current_actor()
    if request.method == "GET":
        form = build_contact_form(request.args.get("thema", ""), request.args.get("zurueck", ""))
        return _show(client_id, form)
    form, moment = ContactForm(), now(runtime.settings)
    data = form.read(moment)
    if data is None:
        return _show(client_id, form), 422
    with runtime.database.write() as session:
        record_contact(session, actor, client_id, data, form_key(form), moment)
    flash(_("The contact is recorded."), "success")
    if form.back.data == "fall":
        return redirect(url_for("cases.show_case", client_id=client_id), 303)
    return redirect(url_for("timeline.show", client_id=client_id), 303)


@blueprint.route("/<contact_id>", methods=["GET", "POST"])
@permission("case:write")
def edit_contact(client_id: str, contact_id: str) -> Answer:
    """Correct an entry."""
    runtime, actor = current_runtime(), current_actor()
    moment = now(runtime.settings)
    form = ContactForm()
    if request.method == "GET":
        with runtime.database.write() as session:
            opened = open_contact(session, actor, client_id, contact_id, moment)
        form.fill(opened.entry, opened.as_read)
        return _show(client_id, form, contact_id, opened)
    data = form.read(moment)
    if data is None:
        return _show(client_id, form, contact_id), 422
    try:
        with runtime.database.write() as session:
            change_contact(session, actor, client_id, contact_id, data, form.as_read.data or "", moment)
    except ConflictError as error:
        return _show(client_id, form, contact_id, conflict=str(error)), 409
    flash(_("Saved."), "success")
    return redirect(url_for("timeline.show", client_id=client_id), 303)


@blueprint.post("/<contact_id>/loeschen")
@permission("case:write")
def remove_contact(client_id: str, contact_id: str) -> Response:
    """Delete one's own entry of this week."""
    runtime = current_runtime()
    try:
        with runtime.database.write() as session:
            delete_contact(session, current_actor(), client_id, contact_id, now(runtime.settings))
    except InvalidInputError as error:
        flash(str(error), "warning")
        return redirect(url_for(".edit_contact", client_id=client_id, contact_id=contact_id), 303)
    flash(_("The contact is deleted."), "success")
    return redirect(url_for("timeline.show", client_id=client_id), 303)


@blueprint.get("/<contact_id>/notiz")
@permission("case:read")
def read_note(client_id: str, contact_id: str) -> str:
    """The note of an entry: a page of its own, or swapped into the line."""
    actor = current_actor()
    with current_runtime().database.write() as session:
        text = read_contact_note(session, actor, client_id, contact_id)
        if request.headers.get("HX-Request"):
            return render_template("notes/text.html", text=text)
        head = get_case_head(session, client_id, actor)
    return render_template("contacts/note.html", head=head, text=text)


def _show(
    client_id: str,
    form: ContactForm,
    contact_id: str | None = None,
    opened: OpenedContact | None = None,
    conflict: str = "",
) -> str:
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, current_actor())
    return render_template(
        "contacts/page.html",
        head=head,
        form=form,
        contact_id=contact_id,
        opened=opened,
        conflict=conflict,
    )
