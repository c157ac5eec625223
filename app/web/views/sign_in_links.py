"""Signing in by a link in a mail (``/zugang``): for volunteers and people of providers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask_login import login_user
from werkzeug.wrappers import Response

from app.core.clock import utc_now
from app.core.i18n import gettext as _
from app.operations.sign_in_links import ask_for_link, is_link_open, use_link
from app.web.access import public
from app.web.forms.accounts import LinkRequestForm
from app.web.rate_limits import RateLimit, network_of
from app.web.runtime import current_runtime
from app.web.session import SignedInUser
from app.web.views.auth import start_address

blueprint = Blueprint("sign_in_links", __name__, url_prefix="/zugang")

ASKED: Final = 10
ASKED_SECONDS: Final = 600
WRONG_A_MINUTE: Final = 20
"""Of one network that tries links which do not exist."""
_LIMITS: Final = "sign_in_link_limits"
Page = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Limits:
    asked: RateLimit
    wrong: RateLimit


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions[_LIMITS] = _Limits(
        RateLimit(ASKED, ASKED_SECONDS), RateLimit(WRONG_A_MINUTE, 60)
    )


@blueprint.after_request
def keep_address_secret(response: Response) -> Response:
    """The address is the key: it is told to no other page."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.get("")
@public
def ask() -> str:
    """Where is the link to go?"""
    return render_template("sign_in_links/ask.html", form=LinkRequestForm(), is_sent=False)


@blueprint.post("")
@public
def send() -> Page:
    """Send it, if there is an account; the page says the same in any case."""
    form = LinkRequestForm()
    if not form.validate_on_submit():
        return render_template("sign_in_links/ask.html", form=form, is_sent=False), 422
    if not _limits().asked.allow(network_of(request.remote_addr)):
        abort(429)
    runtime = current_runtime()
    with runtime.database.write() as db:
        ask_for_link(db, runtime, form.email.data or "")
    return render_template("sign_in_links/ask.html", form=form, is_sent=True)


@blueprint.get("/<token>")
@public
def show(token: str) -> Page:
    """One button. Opening changes nothing: mail programs open links by themselves."""
    runtime = current_runtime()
    with runtime.database.read() as db:
        is_open = is_link_open(db, runtime, token)
    return render_template("sign_in_links/enter.html", token=token) if is_open else _closed()


@blueprint.post("/<token>")
@public
def enter(token: str) -> Page:
    """Sign in; the link is used up."""
    runtime = current_runtime()
    with runtime.database.write() as db:
        found = use_link(db, runtime, token)
        user = found and SignedInUser(found, runtime.today, int(utc_now().timestamp()))
    if not user:
        return _closed()
    session.clear()  # a session id from before the sign-in is worth nothing afterwards
    session.permanent = True
    login_user(user)
    return redirect(start_address(user.actor), 303)


def _closed() -> tuple[str, int]:
    if not _limits().wrong.allow(network_of(request.remote_addr)):
        abort(429)
    title = _("This link does not work any more")
    return render_template("sign_in_links/closed.html", title=title, ask=url_for(".ask")), 404


def _limits() -> _Limits:
    limits: _Limits = current_app.extensions[_LIMITS]
    return limits
