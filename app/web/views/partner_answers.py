"""A provider answers a request by the link in a mail: without account, made for a phone."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from app.core.clock import utc_now
from app.core.i18n import gettext as _
from app.core.secrets import session_secret
from app.operations.partner_answers import (
    CannotFollowError,
    EndedRequest,
    OpenRequest,
    note_shown,
    open_request,
    take_answer,
)
from app.web.access import public
from app.web.forms.partner_answers import read_answer
from app.web.rate_limits import RateLimit
from app.web.request_pages import show_request
from app.web.runtime import current_runtime

blueprint = Blueprint("partner_answers", __name__, url_prefix="/rueckmeldung")

REQUESTS_A_MINUTE: Final = 60
"""Of one link."""
WRONG_A_MINUTE: Final = 20
"""Of one address that tries links which open nothing."""
Answer = str | Response | tuple[str, int]


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    """No token of a session in the forms: the signed link gives the right (see `confirmation`)."""
    state.app.extensions["csrf"].exempt(blueprint)
    state.app.extensions["partner_answer_limits"] = (
        RateLimit(REQUESTS_A_MINUTE, 60),
        RateLimit(WRONG_A_MINUTE, 60),
    )


@blueprint.after_request
def keep_address_secret(response: Response) -> Response:
    """The address is the key: it is told to no other page and kept by no search engine."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("/<token>")
@public
def show(token: str) -> Answer:
    """Whose referral it is, as far as it may be told, and what can be answered. Changes nothing."""
    found = _open(token)
    if found is None:
        return _closed()
    return show_request(found, _address(token), is_done="notiert" in request.args)


@blueprint.post("/<token>")
@public
def answer(token: str) -> Answer:
    """One answer; sent twice, it is recorded once."""
    runtime = current_runtime()
    found = _open(token)
    if found is None:
        return _closed()
    report, problems = read_answer(request.form, runtime.today)
    if report is None:
        return show_request(found, _address(token), problems=problems), 422
    secret = session_secret(runtime.settings)
    try:
        with runtime.database.write() as session:
            seen = request.form.get("seen")
            is_taken = take_answer(session, secret, token, report, utc_now(), runtime.today, seen)
    except CannotFollowError:
        return show_request(_open(token) or found, _address(token), is_refused=True), 409
    if not is_taken:
        return _closed()
    return redirect(url_for(".show", token=token, notiert=""), 303)


def _open(token: str) -> OpenRequest | EndedRequest | None:
    runtime = current_runtime()
    known, wrong = current_app.extensions["partner_answer_limits"]
    with runtime.database.read() as session:
        secret = session_secret(runtime.settings)
        found = open_request(session, secret, token, utc_now(), runtime.today)
    if found is None and not wrong.allow(request.remote_addr or ""):
        abort(429)
    if found is not None and not known.allow(found.link_id or ""):
        abort(429)
    if isinstance(found, OpenRequest) and found.released:
        with runtime.database.write() as session:
            note_shown(session, found)
    return found


def _address(token: str) -> str:
    return url_for(".answer", token=token)


def _closed() -> tuple[str, int]:
    contact = current_runtime().settings.mail_from
    title = _("This link does not work any more")
    return render_template("partner_answers/closed.html", title=title, contact=contact), 404
