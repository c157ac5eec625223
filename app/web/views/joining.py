"""Registering on public pages: no account, no cookie, made for a phone (``/mitmachen``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidInputError
from app.core.i18n import current_language
from app.core.i18n import gettext as _
from app.core.secrets import session_secret
from app.operations.registrations import (
    CONFIRM_PURPOSE,
    REPLY_PURPOSE,
    find_known_organisations,
    find_registration_link,
    take_registration,
    withdraw_registration,
)
from app.volunteers.answers import MOST_OFFERS
from app.volunteers.moderation import list_messages, take_reply
from app.volunteers.registering import (
    Answers,
    NewRegistration,
    confirm,
    find_registration,
    name_of,
    read_answers,
)
from app.volunteers.registration_states import IN_THE_QUEUE
from app.web.access import public
from app.web.form_keys import new_form_key, read_form_key
from app.web.forms.joining import OrganisationForm, VolunteerForm
from app.web.forms.parsing import list_language_names
from app.web.forms.problems import list_problems
from app.web.forms.row_actions import do_row_action
from app.web.labels import volunteers as volunteer_words
from app.web.rate_limits import RateLimit, network_of
from app.web.runtime import current_runtime

blueprint = Blueprint("joining", __name__, url_prefix="/mitmachen")

REGISTRATIONS: Final = 5
REGISTRATION_SECONDS: Final = 600
"""So many registrations from one network in so many seconds; whoever comes too often waits, and nothing
typed is lost. A training room full of volunteers gets through within minutes."""
REQUESTS_A_MINUTE: Final = 60
WRONG_A_MINUTE: Final = 20
"""Of one network that tries links which do not exist."""
_LIMITS: Final = "joining_limits"
Page = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Limits:
    registrations: RateLimit
    requests: RateLimit
    wrong: RateLimit


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    """No token of a session in these forms: nobody is signed in by a cookie (see `confirmation`)."""
    state.app.extensions["csrf"].exempt(blueprint)
    state.app.extensions[_LIMITS] = _Limits(
        RateLimit(REGISTRATIONS, REGISTRATION_SECONDS),
        RateLimit(REQUESTS_A_MINUTE, 60),
        RateLimit(WRONG_A_MINUTE, 60),
    )


@blueprint.after_request
def keep_address_secret(response: Response) -> Response:
    """What a link opens is told to no other page."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.get("")
@public
def choose() -> str:
    """A person, or an organisation?"""
    return render_template("joining/choose.html")


@blueprint.get("/ehrenamt")
@public
def new_volunteer() -> str:
    """The form of a person who would like to help."""
    return _show_volunteer(VolunteerForm(opened=_key()))


@blueprint.post("/ehrenamt")
@public
def register_volunteer() -> Page:
    """Keep it and ask by mail whether the address is theirs."""
    _slow_down()
    form = VolunteerForm(request.form)
    answers = form.read(current_runtime().today)
    if answers is None:
        return _show_volunteer(form), 422
    return _keep(form, answers) or _ask_to_wait(_show_volunteer(form, is_busy=True))


@blueprint.get("/organisation")
@public
def new_organisation() -> str:
    """The form of a club or provider."""
    form = OrganisationForm(opened=_key())
    form.offers.add_row()
    return _show_organisation(form)


@blueprint.post("/organisation")
@public
def register_organisation() -> Page:
    """Ask whether it is one that we know, keep it, and ask by mail whether the address is theirs."""
    _slow_down()
    runtime = current_runtime()
    form = OrganisationForm(request.form)
    action = request.form.get("action", "")
    if action.startswith("known:"):
        form.known.data = action.partition(":")[2]
    elif do_row_action(form, action):
        return _show_organisation(form)
    answers = form.read(runtime.today, runtime.taxonomy, current_language())
    if answers is None:
        return _show_organisation(form), 422
    with runtime.database.read() as session:
        known = find_known_organisations(session, answers)
    if not form.known.data and known:
        return _show_organisation(form, known=known)
    if answers.known_provider_id and answers.known_provider_id not in {
        one.provider_id for one in known
    }:
        answers = answers.model_copy(update={"known_provider_id": None})
    return _keep(form, answers) or _ask_to_wait(_show_organisation(form, is_busy=True))


@blueprint.get("/fast-fertig")
@public
def almost_done() -> str:
    """The mail is on its way."""
    return render_template("joining/almost_done.html")


@blueprint.get("/bestaetigen/<token>")
@public
def show_confirmation(token: str) -> Page:
    """What was told, with one button. Opening changes nothing."""
    with current_runtime().database.read() as session:
        registration_id = _subject(session, token, CONFIRM_PURPOSE)
        registration = registration_id and find_registration(session, registration_id)
        if not registration:
            return _closed()
        if registration.state != "unconfirmed":
            can_withdraw = registration.state in IN_THE_QUEUE
            return render_template("joining/confirmed.html", token=token, can_withdraw=can_withdraw)
        answers = read_answers(registration)
    return render_template(
        "joining/confirm.html",
        token=token,
        name=name_of(answers),
        facts=volunteer_words.answer_facts(answers),
    )


@blueprint.post("/bestaetigen/<token>")
@public
def confirm_address(token: str) -> Page:
    """The address is theirs, or they think better of it."""
    with current_runtime().database.write() as session:
        registration_id = _subject(session, token, CONFIRM_PURPOSE)
        if registration_id is None:
            return _closed()
        wants_out = request.form.get("action") == "withdraw"
        if not wants_out and confirm(session, registration_id) is None:
            return _closed()
    # What is decided already is not deleted here: the page says so.
    if wants_out and withdraw_registration(current_runtime(), registration_id):
        return redirect(url_for(".forgotten"), 303)
    return redirect(url_for(".show_confirmation", token=token), 303)


@blueprint.get("/geloescht")
@public
def forgotten() -> str:
    """Everything told is deleted."""
    return render_template("joining/forgotten.html")


@blueprint.get("/antwort/<token>")
@public
def show_question(token: str) -> Page:
    """What the editor asked."""
    with current_runtime().database.read() as session:
        registration_id = _subject(session, token, REPLY_PURPOSE)
        if registration_id is None:
            return _closed()
        return _show_question(session, token, registration_id)


@blueprint.post("/antwort/<token>")
@public
def reply(token: str) -> Page:
    """The answer goes to the editor; a second time nothing happens."""
    form_key = read_form_key(_secret(), request.form.get("opened", ""), utc_now())
    text = request.form.get("text", "")
    with current_runtime().database.write() as session:
        registration_id = _subject(session, token, REPLY_PURPOSE)
        if registration_id is None:
            return _closed()
        try:
            if not take_reply(session, registration_id, text, form_key.key):
                return _closed()
        except (InvalidInputError, ConflictError) as error:
            page = _show_question(session, token, registration_id, text=text, problem=str(error))
            return page, 422
    return redirect(url_for(".show_question", token=token, getan="1"), 303)


def _keep(form: Any, answers: Answers) -> Response | None:
    """Keep the registration; `None`: too many came from this network just now."""
    runtime = current_runtime()
    if not _limits().registrations.allow(network_of(request.remote_addr)):
        return None
    form_key = read_form_key(_secret(), form.opened.data or "", utc_now())
    is_suspected = form_key.is_suspected or bool(form.homepage.data)
    with runtime.database.write() as session:
        take_registration(session, runtime, NewRegistration(answers, form_key.key, is_suspected))
    return redirect(url_for(".almost_done"), 303)


def _ask_to_wait(page: str) -> Response:
    answer = Response(page, 429)
    answer.headers["Retry-After"] = str(REGISTRATION_SECONDS // REGISTRATIONS)
    return answer


def _show_volunteer(form: VolunteerForm, *, is_busy: bool = False) -> str:
    return render_template(
        "joining/volunteer.html",
        form=form,
        is_busy=is_busy,
        problems=list_problems(form),
        words=volunteer_words,
        language_names=list_language_names("de"),
        contact=current_runtime().settings.mail_from,
    )


def _show_organisation(
    form: OrganisationForm, *, is_busy: bool = False, known: Sequence[Any] = ()
) -> str:
    return render_template(
        "joining/organisation.html",
        form=form,
        is_busy=is_busy,
        problems=list_problems(form),
        most_offers=MOST_OFFERS,
        known=known,
        contact=current_runtime().settings.mail_from,
    )


def _show_question(
    session: Session, token: str, registration_id: str, *, text: str = "", problem: str = ""
) -> str:
    return render_template(
        "joining/question.html",
        token=token,
        messages=list_messages(session, registration_id),
        opened=_key(),
        text=text,
        problem=problem,
        is_done=request.args.get("getan") == "1",
    )


def _subject(session: Session, token: str, purpose: str) -> str | None:
    """What the link is for; `None`: it opens nothing (any more)."""
    link = find_registration_link(session, current_runtime(), token, purpose)
    if link is None:
        if not _limits().wrong.allow(network_of(request.remote_addr)):
            abort(429)
        return None
    if not _limits().requests.allow(link.id):
        abort(429)
    return link.subject_id


def _closed() -> tuple[str, int]:
    title = _("This link does not work any more")
    contact = current_runtime().settings.mail_from
    return render_template("confirmation/closed.html", title=title, contact=contact), 404


def _slow_down() -> None:
    if not _limits().requests.allow(network_of(request.remote_addr)):
        abort(429)


def _limits() -> _Limits:
    limits: _Limits = current_app.extensions[_LIMITS]
    return limits


def _secret() -> str:
    return session_secret(current_runtime().settings)


def _key() -> str:
    return new_form_key(_secret())
