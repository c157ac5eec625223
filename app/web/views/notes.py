"""Notes on a case: the list says that there are some; each text is opened on its own."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.notes import change_note, delete_note, list_notes, read_note, write_note
from app.cases.queries import get_case_head
from app.core.clock import now
from app.core.errors import ConflictError
from app.core.i18n import gettext as _
from app.web.access import current_actor, permission
from app.web.forms.contacts import NoteForm, form_key
from app.web.runtime import current_runtime

blueprint = Blueprint("notes", __name__, url_prefix="/faelle/<client_id>/notizen")

Answer = str | Response | tuple[str, int]


@blueprint.get("")
@permission("case:read")
def show(client_id: str) -> str:
    """The notes without their texts, and a form for a new one."""
    form = NoteForm(formdata=None)
    form.preset()
    return _show_list(client_id, form)


@blueprint.post("")
@permission("case:write")
def add_note(client_id: str) -> Answer:
    """Write a note."""
    runtime = current_runtime()
    form, moment = NoteForm(), now(runtime.settings)
    data = form.read(moment)
    if data is None:
        return _show_list(client_id, form), 422
    with runtime.database.write() as session:
        write_note(session, current_actor(), client_id, data, form_key(form), moment)
    flash(_("The note is saved, encrypted."), "success")
    return redirect(url_for(".show", client_id=client_id), 303)


@blueprint.get("/<note_id>")
@permission("case:read")
def read(client_id: str, note_id: str) -> str:
    """One note: a page of its own, or swapped into the list."""
    actor = current_actor()
    with current_runtime().database.write() as session:
        opened = read_note(session, actor, client_id, note_id)
        is_part = bool(request.headers.get("HX-Request"))
        head = get_case_head(session, client_id, actor)
    template = "notes/opened.html" if is_part else "notes/read.html"
    return render_template(template, head=head, opened=opened)


@blueprint.route("/<note_id>/bearbeiten", methods=["GET", "POST"])
@permission("case:write")
def edit(client_id: str, note_id: str) -> Answer:
    """Change a note; what it said is kept, encrypted."""
    runtime, actor = current_runtime(), current_actor()
    form = NoteForm()
    if request.method == "GET":
        with runtime.database.write() as session:
            opened = read_note(session, actor, client_id, note_id)
        form.fill(opened.note, opened.as_read)
        return _show_form(client_id, note_id, form)
    moment = now(runtime.settings)
    data = form.read(moment)
    if data is None:
        return _show_form(client_id, note_id, form), 422
    try:
        with runtime.database.write() as session:
            change_note(session, actor, client_id, note_id, data, form.as_read.data or "", moment)
    except ConflictError as error:
        return _show_form(client_id, note_id, form, str(error)), 409
    flash(_("Saved."), "success")
    return redirect(url_for(".show", client_id=client_id), 303)


@blueprint.post("/<note_id>/loeschen")
@permission("case:write")
def remove(client_id: str, note_id: str) -> Response:
    """Delete a note."""
    with current_runtime().database.write() as session:
        delete_note(session, current_actor(), client_id, note_id)
    flash(_("The note is deleted."), "success")
    return redirect(url_for(".show", client_id=client_id), 303)


def _show_list(client_id: str, form: NoteForm) -> str:
    actor = current_actor()
    number = request.args.get("seite", 1, type=int)
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, actor)
        page = list_notes(session, actor, client_id, number)
    return render_template(
        "notes/show.html",
        head=head,
        page=page,
        form=form,
        page_address=lambda number: url_for(".show", client_id=client_id, seite=number),
    )


def _show_form(client_id: str, note_id: str, form: NoteForm, conflict: str = "") -> str:
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, current_actor())
    return render_template("notes/edit.html", head=head, note_id=note_id, form=form, conflict=conflict)
