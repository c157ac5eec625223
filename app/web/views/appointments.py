"""Appointments of a client: made, changed, kept or missed, and for the calendar."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from icalendar import Calendar, Event
from werkzeug.wrappers import Response

from app.cases.appointments import (
    change_appointment,
    get_appointment,
    make_appointment,
    read_appointment_note,
    set_appointment_state,
)
from app.cases.queries import get_case_head
from app.core.clock import now as present_moment
from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
from app.web.access import current_actor, permission
from app.web.forms.legal import AppointmentForm
from app.web.labels import counselling as counselling_words
from app.web.labels.legal import appointment_kind_label
from app.web.own_paths import own_path
from app.web.runtime import current_runtime

blueprint = Blueprint("appointments", __name__, url_prefix="/faelle/<client_id>/termine")

Answer = str | Response | tuple[str, int]


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"counselling_words": counselling_words}


@blueprint.route("/neu", methods=["GET", "POST"])
@permission("case:write")
def new_appointment(client_id: str) -> Answer:
    """Note an appointment; ``?art=`` presets the kind."""
    form, title = AppointmentForm(), _("New appointment")
    if request.method == "GET":
        form.preset(request.args.get("art", ""))
        return _form(client_id, form, title)
    data = form.read(current_runtime().today)
    if data is None:
        return _form(client_id, form, title), 422
    with current_runtime().database.write() as session:
        make_appointment(session, current_actor(), client_id, data, form.key)
    return _saved(client_id)


@blueprint.route("/<appointment_id>", methods=["GET", "POST"])
@permission("case:write")
def appointment(client_id: str, appointment_id: str) -> Answer:
    """Move or correct an appointment. Opening it reads its note, which the log says."""
    form, title = AppointmentForm(), _("Change an appointment")
    if request.method == "GET":
        with current_runtime().database.write() as session:
            get_case_head(session, client_id, current_actor())
            found = get_appointment(session, client_id, appointment_id)
            if found.note is not None:
                read_appointment_note(session, current_actor(), client_id, appointment_id)
        form.fill(found)
        return _form(client_id, form, title)
    data = form.read(current_runtime().today)
    if data is None:
        return _form(client_id, form, title), 422
    with current_runtime().database.write() as session:
        change_appointment(session, current_actor(), client_id, appointment_id, data)
    return _saved(client_id)


@blueprint.post("/<appointment_id>/stand")
@permission("case:write")
def set_state(client_id: str, appointment_id: str) -> Response:
    """Say what came of it."""
    state = request.form.get("state", "")
    try:
        with current_runtime().database.write() as session:
            set_appointment_state(session, current_actor(), client_id, appointment_id, state)
    except InvalidInputError as error:
        flash(str(error), "warning")
    back = own_path(request.form.get("next"))
    return redirect(back or url_for("legal.show", client_id=client_id), 303)


@blueprint.get("/<appointment_id>/notiz")
@permission("case:read")
def read_note(client_id: str, appointment_id: str) -> str:
    """The note: a page of its own, or swapped into the line."""
    actor = current_actor()
    with current_runtime().database.write() as session:
        text = read_appointment_note(session, actor, client_id, appointment_id)
        if request.headers.get("HX-Request"):
            return render_template("notes/text.html", text=text)
        head = get_case_head(session, client_id, actor)
    return render_template("contacts/note.html", head=head, text=text)


@blueprint.get("/<appointment_id>/kalender.ics")
@permission("case:read")
def calendar(client_id: str, appointment_id: str) -> Response:
    """The appointment for a calendar program: when and where, not whose it is."""
    settings = current_runtime().settings
    with current_runtime().database.write() as session:
        get_case_head(session, client_id, current_actor())
        found = get_appointment(session, client_id, appointment_id)
    event = Event()
    event.add("uid", f"{found.id}@lotsenbuch")
    event.add("summary", appointment_kind_label(found.kind))
    event.add("dtstart", found.starts_at)
    event.add("dtstamp", present_moment(settings))
    if found.place:
        event.add("location", found.place)
    feed = Calendar()
    feed.add("prodid", "-//Lotsenbuch//DE")
    feed.add("version", "2.0")
    feed.add_component(event)
    answer = make_response(feed.to_ical())
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="termin.ics"'
    return answer


def _form(client_id: str, form: AppointmentForm, title: str) -> str:
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, current_actor())
    return render_template("legal/form.html", head=head, form=form, form_title=title, can_remove=False)


def _saved(client_id: str) -> Response:
    flash(_("Saved."), "success")
    return redirect(url_for("legal.show", client_id=client_id), 303)
