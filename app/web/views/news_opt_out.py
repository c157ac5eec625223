"""No more round mails, by the link at the end of each (``/rundmail``). No account, no cookie."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from app.core.i18n import gettext as _
from app.operations.round_mails import read_opt_out, set_wants_none, wants_none
from app.web.access import public
from app.web.rate_limits import RateLimit, network_of
from app.web.runtime import current_runtime

blueprint = Blueprint("news_opt_out", __name__, url_prefix="/rundmail")

REQUESTS_A_MINUTE: Final = 60
_LIMIT: Final = "news_opt_out_limit"
Page = str | Response | tuple[str, int]


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    """No token of a session in these forms: nobody is signed in by a cookie (see `confirmation`)."""
    state.app.extensions["csrf"].exempt(blueprint)
    state.app.extensions[_LIMIT] = RateLimit(REQUESTS_A_MINUTE, 60)


@blueprint.after_request
def keep_address_secret(response: Response) -> Response:
    """What a link opens is told to no other page."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.get("/<token>")
@public
def show(token: str) -> Page:
    """One button; opening changes nothing, as mail programs open links by themselves."""
    email = _address(token)
    if email is None:
        return _closed()
    with current_runtime().database.read() as session:
        is_out = wants_none(session, email)
    return render_template("round_mails/opt_out.html", token=token, email=email, is_out=is_out)


@blueprint.post("/<token>")
@public
def decide(token: str) -> Page:
    """No more, or again after all; a second time nothing happens."""
    email = _address(token)
    if email is None:
        return _closed()
    wants = request.form.get("action") != "again"
    with current_runtime().database.write() as session:
        set_wants_none(session, email, wants=wants)
    return redirect(url_for(".show", token=token), 303)


def _address(token: str) -> str | None:
    limit: RateLimit = current_app.extensions[_LIMIT]
    if not limit.allow(network_of(request.remote_addr)):
        abort(429)
    return read_opt_out(current_runtime().settings, token)


def _closed() -> tuple[str, int]:
    title = _("This link does not work")
    contact = current_runtime().settings.mail_from
    return render_template("confirmation/closed.html", title=title, contact=contact), 404
