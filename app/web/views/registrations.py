"""Those who would like to help, before anything of them is public: the editors' queue."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from app.accounts.queries import list_users_of_provider
from app.core.errors import ConflictError, InvalidInputError
from app.core.i18n import gettext as _
from app.core.ids import new_id
from app.operations.registrations import (
    ChecksMissingError,
    accept_registration,
    ask_applicant,
    find_known_organisations,
    find_place,
    missing_checks,
)
from app.volunteers.answers import VolunteerAnswers
from app.volunteers.building import default_title
from app.volunteers.checks import needs_clearance
from app.volunteers.mails import friendly_decline
from app.volunteers.models import Registration
from app.volunteers.moderation import (
    decline,
    get_registration,
    list_messages,
    read_checks,
    save_checks,
)
from app.volunteers.registering import list_queue, name_of, read_answers
from app.web.access import current_actor, permission
from app.web.forms.problems import put_error
from app.web.forms.registrations import AcceptForm, AskForm, ChecksForm, DeclineForm
from app.web.geocoder import current_geocoder
from app.web.labels import volunteers as volunteer_words
from app.web.runtime import current_runtime

blueprint = Blueprint("registrations", __name__, url_prefix="/pflege/anmeldungen")

MAX_VERSION_DIGITS: Final = 6
Page = str | Response | tuple[str, int]


@blueprint.get("")
@permission("directory:edit")
def queue() -> str:
    """Who waits for an answer."""
    with current_runtime().database.read() as session:
        lines = list_queue(session)
    return render_template("registrations/queue.html", lines=lines, words=volunteer_words)


@blueprint.get("/<registration_id>")
@permission("directory:edit")
def show(registration_id: str) -> str:
    """What was told, what is checked, and what to do."""
    return _show(registration_id)


@blueprint.post("/<registration_id>/pruefung")
@permission("directory:edit")
def check(registration_id: str) -> Page:
    """Keep what was seen and done."""
    form = ChecksForm()
    checks = form.read(current_runtime().today)
    if checks is None:
        return _show(registration_id, checks_form=form), 422
    try:
        with current_runtime().database.write() as session:
            save_checks(session, current_actor(), registration_id, checks, _version(form))
    except ConflictError as error:
        put_error(form.talk_on, str(error))
        return _show(registration_id, checks_form=form), 409
    flash(_("Saved."), "success")
    return redirect(url_for(".show", registration_id=registration_id), 303)


@blueprint.post("/<registration_id>/rueckfrage")
@permission("directory:edit")
def ask(registration_id: str) -> Page:
    """Ask back by mail."""
    form = AskForm()
    try:
        with current_runtime().database.write() as session:
            ask_applicant(
                session,
                current_runtime(),
                current_actor(),
                registration_id,
                form.question.data or "",
                (form.creation_key.data or "")[:36] or new_id(),
                _version(form),
            )
    except (ConflictError, InvalidInputError) as error:
        put_error(form.question, str(error))
        return _show(registration_id, ask_form=form), _status(error)
    flash(_("Your question is on its way."), "success")
    return redirect(url_for(".queue"), 303)


@blueprint.post("/<registration_id>/absage")
@permission("directory:edit")
def turn_down(registration_id: str) -> Page:
    """Decline, with a friendly mail."""
    form = DeclineForm()
    try:
        with current_runtime().database.write() as session:
            decline(session, current_actor(), registration_id, form.words.data or "", _version(form))
    except (ConflictError, InvalidInputError) as error:
        put_error(form.words, str(error))
        return _show(registration_id, decline_form=form), _status(error)
    flash(_("Declined; the mail is on its way."), "success")
    return redirect(url_for(".queue"), 303)


@blueprint.post("/<registration_id>/aufnahme")
@permission("directory:edit")
def accept(registration_id: str) -> Page:
    """Enter it into the directory."""
    form = AcceptForm()
    runtime = current_runtime()
    with runtime.database.read() as session:
        registration = get_registration(session, registration_id)
    place = find_place(registration, current_geocoder())  # may ask the network: no lock is held
    try:
        with runtime.database.write() as session:
            provider_id = accept_registration(
                session,
                runtime,
                current_actor(),
                registration_id,
                form.title.data or "",
                _version(form),
                place,
            )
    except ChecksMissingError as error:
        missing = ", ".join(map(volunteer_words.missing_label, error.missing))
        put_error(form.title, _("Still missing: %(what)s", what=missing))
        return _show(registration_id, accept_form=form), 422
    except (ConflictError, InvalidInputError) as error:
        put_error(form.title, str(error))
        return _show(registration_id, accept_form=form), _status(error)
    flash(_("Entered into the directory; the mail is on its way."), "success")
    with runtime.database.read() as session:
        if not list_users_of_provider(session, provider_id, active_only=True):
            words = _(
                "Without an access of their own: the address belongs to an account already, or they "
                "say to be an entry that is known. An administrator can open one."
            )
            flash(words, "warning")
    return redirect(url_for("directory.provider", provider_id=provider_id), 303)


def _show(registration_id: str, **forms: FlaskForm) -> str:
    runtime = current_runtime()
    with runtime.database.read() as session:
        registration = get_registration(session, registration_id)
        answers = read_answers(registration)
        messages = list_messages(session, registration_id)
        is_person = isinstance(answers, VolunteerAnswers)
        known = (
            [] if isinstance(answers, VolunteerAnswers) else find_known_organisations(session, answers)
        )
    return render_template(
        "registrations/show.html",
        registration=registration,
        answers=answers,
        name=name_of(answers),
        is_person=is_person,
        needs_clearance=isinstance(answers, VolunteerAnswers)
        and needs_clearance(answers.help_kinds, answers.whom),
        missing=missing_checks(registration, answers, runtime.today),
        messages=messages,
        known=known,
        words=volunteer_words,
        facts=volunteer_words.answer_facts(answers),
        offers=volunteer_words.offer_facts(answers, runtime.taxonomy),
        **_forms(registration, answers, forms),
    )


def _forms(registration: Registration, answers: Any, sent: dict[str, Any]) -> dict[str, Any]:
    """Those that were sent as they were, the others as they begin."""
    checks_form = ChecksForm(formdata=None)
    checks_form.fill(read_checks(registration))
    ask_form = AskForm(formdata=None, creation_key=new_id())
    decline_form = DeclineForm(formdata=None, words=friendly_decline())
    accept_form = AcceptForm(formdata=None)
    if isinstance(answers, VolunteerAnswers):
        helps = [volunteer_words.help_label(kind) for kind in answers.help_kinds]
        accept_form.title.data = default_title(helps, answers.first_name)
    forms: dict[str, Any] = {
        "checks_form": checks_form,
        "ask_form": ask_form,
        "decline_form": decline_form,
        "accept_form": accept_form,
    } | sent
    for form in forms.values():
        form.version.data = str(registration.version)
    return forms


def _version(form: Any) -> int:
    typed = form.version.data or ""
    is_number = typed.isascii() and typed.isdigit() and len(typed) <= MAX_VERSION_DIGITS
    return int(typed) if is_number else 0


def _status(error: Exception) -> int:
    return 409 if isinstance(error, ConflictError) else 422
