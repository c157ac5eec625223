"""A provider's or volunteer's own page: still right, a break, other times, places, leaving."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import logout_user
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.accounts.permissions import Actor
from app.accounts.queries import find_provider_of
from app.core.errors import InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.operations.own_entries import (
    change_times,
    change_wish,
    confirm_own,
    end_break,
    leave,
    load_own_entries,
    take_break,
    tell_change,
    tell_own_seats,
)
from app.web.access import current_actor, permission
from app.web.forms.parsing import parse_count, parse_day
from app.web.labels.confirmation import done_words, problem_words
from app.web.runtime import current_runtime

blueprint = Blueprint("own_entries", __name__, url_prefix="/meine-angebote")

SEATED_KINDS: Final = ("language_course", "education", "childcare", "club", "meeting")
Page = str | Response | tuple[str, int]


@blueprint.get("")
@permission("own_entries:edit")
def show() -> str:
    """All own offers, each with what can be done about it."""
    return _show()


@blueprint.post("")
@permission("own_entries:edit")
def confirm() -> Response:
    """Everything is still right."""
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.write() as session:
        confirm_own(session, actor, _own(session, actor), runtime.today)
    return redirect(url_for(".show", getan="alles"), 303)


@blueprint.post("/<offer_id>")
@permission("own_entries:edit")
def change(offer_id: str) -> Page:
    """One change of one offer."""
    actor, said = current_actor(), request.form.get("answer", "")
    try:
        with current_runtime().database.write() as session:
            _take_over(session, actor, _own(session, actor), offer_id, said)
    except InvalidInputError as error:
        return _show(wrong=(offer_id, error.field or said), problem=_problem(error)), 422
    return redirect(url_for(".show", getan=said) + f"#angebot-{offer_id}", 303)


@blueprint.get("/aufhoeren")
@permission("own_entries:edit")
def ask_to_leave() -> str:
    """What happens when one leaves; nothing yet."""
    actor = current_actor()
    with current_runtime().database.read() as session:
        own = load_own_entries(session, _own(session, actor))
    return render_template("own_entries/leave.html", own=own)


@blueprint.post("/aufhoeren")
@permission("own_entries:edit")
def leave_now() -> Response:
    """Leave, with thanks."""
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.write() as session:
        leave(session, actor, _own(session, actor), runtime.today)
    logout_user()
    flash(_("Thank you for everything! You are signed out, and your access is closed."), "success")
    return redirect(url_for("auth.sign_in"), 303)


def _take_over(session: Session, actor: Actor, own_id: str, offer_id: str, said: str) -> None:
    today = current_runtime().today
    match said:
        case "stimmt":
            confirm_own(session, actor, own_id, today, offer_id)
        case "pause":
            take_break(session, actor, own_id, offer_id, _day("until"), today)
        case "weiter":
            end_break(session, actor, own_id, offer_id)
        case "zeiten":
            change_times(session, actor, own_id, offer_id, request.form.get("times", ""), today)
        case "plaetze":
            most, free = _count("seats_max"), _count("seats_free")
            tell_own_seats(session, own_id, offer_id, most, free, today)
        case "tandem":
            people, far = _number("max_clients"), _number("radius_km")
            change_wish(session, actor, own_id, offer_id, people, far)
        case "geaendert":
            tell_change(session, own_id, offer_id, request.form.get("note", ""))
        case _:
            abort(400)


def _day(field: str) -> date | None:
    try:
        return parse_day(request.form.get(field, ""))
    except ValueError as error:
        raise InvalidInputError(str(error), field=field) from None


def _number(field: str) -> int | None:
    """A number, or `None` when nothing was typed."""
    try:
        return parse_count(request.form.get(field, ""))
    except ValueError as error:
        raise InvalidInputError(str(error), field=field) from None


def _count(field: str) -> int:
    try:
        count = parse_count(request.form.get(field, ""))
    except ValueError:
        count = None
    if count is None:
        raise InvalidInputError("not a number", field="seats")
    return count


def _problem(error: InvalidInputError) -> str:
    return problem_words(error.field) if error.field in {"seats", "note"} else str(error)


def _own(session: Session, actor: Actor) -> str:
    """The provider that the person answers for; raises `NotFoundError`."""
    provider_id = find_provider_of(session, actor)
    if provider_id is None:
        raise NotFoundError("no own entries")
    return provider_id


def _show(wrong: tuple[str, str] | None = None, problem: str = "") -> str:
    actor, done = current_actor(), request.args.get("getan", "")
    with current_runtime().database.read() as session:
        own = load_own_entries(session, _own(session, actor))
    typed: dict[str, Any] = dict(request.form) if wrong else {}
    return render_template(
        "own_entries/show.html",
        own=own,
        done=done_words(done),
        wrong=wrong,
        problem=problem,
        typed=typed,
        seated_kinds=SEATED_KINDS,
    )
