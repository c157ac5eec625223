"""A provider's own page, opened by the link in a mail: without account, made for a phone."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.core.clock import utc_now
from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
from app.core.secrets import session_secret
from app.directory.confirming import (
    confirm_all,
    confirm_one,
    get_asked_provider,
    report_change,
    report_end,
    tell_seats,
)
from app.directory.reminding import LINK_PURPOSE
from app.links.service import find_link
from app.web.access import public
from app.web.labels.confirmation import done_words, problem_words
from app.web.rate_limits import RateLimit
from app.web.runtime import current_runtime

blueprint = Blueprint("confirmation", __name__, url_prefix="/bestaetigung")

REQUESTS_A_MINUTE = 60
"""Of one link; a provider with many offers clicks often."""
WRONG_A_MINUTE = 20
"""Of one address that tries links which do not exist."""
SEATED_KINDS: Final = ("language_course", "education", "childcare")
MAX_DIGITS = 6


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    """Forms here carry no token of a session, on purpose.

    Nobody is signed in by a cookie on these pages, so another site has nothing to misuse: what gives
    the right is the signed link itself, which another site does not know. And they must work without
    cookies.
    """
    state.app.extensions["csrf"].exempt(blueprint)
    state.app.extensions["confirmation_limits"] = (
        RateLimit(REQUESTS_A_MINUTE, 60),
        RateLimit(WRONG_A_MINUTE, 60),
    )


@blueprint.get("/<token>")
@public
def show(token: str) -> str | tuple[str, int]:
    """What we have, with one button for all of it. Opening changes nothing."""
    with current_runtime().database.read() as session:
        provider_id = _provider_id(session, token)
        if provider_id is None:
            return _closed()
        asked = get_asked_provider(session, provider_id)
    done = done_words(request.args.get("getan", ""))
    return render_template("confirmation/show.html", **_values(asked, token, done=done))


@blueprint.post("/<token>")
@public
def confirm(token: str) -> Response | tuple[str, int]:
    """Everything is still right."""
    runtime = current_runtime()
    with runtime.database.write() as session:
        provider_id = _provider_id(session, token)
        if provider_id is None:
            return _closed()
        confirm_all(session, provider_id, runtime.today)
    return redirect(url_for(".show", token=token, getan="alles"), 303)


@blueprint.post("/<token>/<offer_id>")
@public
def answer(token: str, offer_id: str) -> Response | tuple[str, int]:
    """What the provider says of one offer."""
    said = request.form.get("answer", "")
    problem = None
    with current_runtime().database.write() as session:
        provider_id = _provider_id(session, token)
        if provider_id is None:
            return _closed()
        try:
            _take_over(session, provider_id, offer_id, said)
        except InvalidInputError as error:
            problem = problem_words(error.field)
            asked = get_asked_provider(session, provider_id)
    if problem is None:
        return redirect(url_for(".show", token=token, getan=said), 303)
    values = _values(asked, token, wrong=offer_id, problem=problem)
    return render_template("confirmation/show.html", **values), 422


def _take_over(session: Session, provider_id: str, offer_id: str, said: str) -> None:
    today = current_runtime().today
    match said:
        case "stimmt":
            confirm_one(session, provider_id, offer_id, today)
        case "geaendert":
            report_change(session, provider_id, offer_id, request.form.get("note", ""))
        case "vorbei":
            report_end(session, provider_id, offer_id)
        case "plaetze":
            most, free = _number("seats_max"), _number("seats_free")
            tell_seats(session, provider_id, offer_id, most, free, today)
        case _:
            abort(400)


def _number(field: str) -> int:
    text = request.form.get(field, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise InvalidInputError("not a number", field="seats")
    return int(text)


def _provider_id(session: Session, token: str) -> str | None:
    """Whom the link is for; `None`: it opens nothing (any more)."""
    known, wrong = current_app.extensions["confirmation_limits"]
    secret = session_secret(current_runtime().settings)
    link = find_link(session, secret, token, LINK_PURPOSE, utc_now())
    if link is None:
        if not wrong.allow(request.remote_addr or ""):
            abort(429)
        return None
    if not known.allow(link.id):
        abort(429)
    return link.subject_id


def _values(asked: Any, token: str, **more: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"done": "", "wrong": None, "problem": ""}
    return nothing | {"asked": asked, "token": token, "seated_kinds": SEATED_KINDS} | more


def _closed() -> tuple[str, int]:
    contact = current_runtime().settings.mail_from
    title = _("This link does not work any more")
    return render_template("confirmation/closed.html", title=title, contact=contact), 404
