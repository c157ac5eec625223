"""Help in a crisis, one click from every page of a case: whom to call, and the people around."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.crisis import load_crisis_services
from app.cases.queries import get_case_head
from app.cases.related_people import (
    PersonRole,
    add_person,
    change_person,
    get_person,
    list_people,
    remove_person,
)
from app.core.i18n import gettext as _
from app.web.access import current_actor, permission
from app.web.forms.lifecycle import PersonForm
from app.web.labels import cases as case_words
from app.web.labels import lifecycle as lifecycle_words
from app.web.runtime import current_runtime

blueprint = Blueprint("emergency", __name__, url_prefix="/faelle/<client_id>/notfall")

Answer = str | Response | tuple[str, int]
CRISIS_CONCEPT = "psychosocial"
"""The topic under which the directory keeps help for the soul."""


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"case_words": case_words, "lifecycle_words": lifecycle_words}


@blueprint.get("")
@permission("case:read")
def show(client_id: str) -> str:
    """Numbers large enough to read while the other hand dials."""
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, current_actor(), action="client.read_crisis")
        people = list_people(session, client_id)
    return render_template(
        "emergency/show.html",
        head=head,
        people=people,
        services=load_crisis_services(),
        topic=current_runtime().taxonomy.label(CRISIS_CONCEPT, "de"),
    )


@blueprint.route("/personen/neu", methods=["GET", "POST"])
@permission("case:write")
def new_person(client_id: str) -> Answer:
    """Enter an emergency contact, or with ``?rolle=sorge`` a guardian."""
    role: PersonRole = "guardian" if request.args.get("rolle") == "sorge" else "emergency"
    form, title = _person_form(role), _titles()[role]
    if request.method == "GET":
        return _form(client_id, form, title)
    data = form.read(current_runtime().today, is_guardian=role == "guardian")
    if data is None:
        return _form(client_id, form, title), 422
    with current_runtime().database.write() as session:
        add_person(session, current_actor(), client_id, role, data)
    return _saved(client_id)


@blueprint.route("/personen/<person_id>", methods=["GET", "POST"])
@permission("case:write")
def person(client_id: str, person_id: str) -> Answer:
    """Change an entry, or take it out."""
    with current_runtime().database.write() as session:
        get_case_head(session, client_id, current_actor())
        found = get_person(session, client_id, person_id)
    role: PersonRole = "guardian" if found.role == "guardian" else "emergency"
    form, title = _person_form(role), _titles()[role]
    if request.method == "GET":
        form.fill(found)
        return _form(client_id, form, title, can_remove=True)
    if "remove" in request.form:
        with current_runtime().database.write() as session:
            remove_person(session, current_actor(), client_id, person_id)
        return _saved(client_id)
    data = form.read(current_runtime().today, is_guardian=role == "guardian")
    if data is None:
        return _form(client_id, form, title, can_remove=True), 422
    with current_runtime().database.write() as session:
        change_person(session, current_actor(), client_id, person_id, data)
    return _saved(client_id)


def _titles() -> dict[str, str]:
    return {"guardian": _("Guardian"), "emergency": _("Emergency contact")}


def _person_form(role: PersonRole) -> PersonForm:
    form = PersonForm()
    form.offer()
    if role != "guardian":
        del form.may_consent
    return form


def _form(client_id: str, form: PersonForm, title: str, *, can_remove: bool = False) -> str:
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, current_actor())
    return render_template(
        "emergency/person.html", head=head, form=form, form_title=title, can_remove=can_remove
    )


def _saved(client_id: str) -> Response:
    flash(_("Saved."), "success")
    return redirect(url_for("emergency.show", client_id=client_id), 303)
