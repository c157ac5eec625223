"""The inbox of a provider's people: what they were asked, and their answers."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.clock import utc_now
from app.operations.partner_answers import CannotFollowError, EndedRequest, OpenRequest
from app.operations.partner_inbox import answer_in_inbox, list_inbox, open_in_inbox
from app.web.access import current_actor, permission
from app.web.forms.partner_answers import read_answer
from app.web.labels import partner_answers as partner_words
from app.web.request_pages import show_request
from app.web.runtime import current_runtime

blueprint = Blueprint("inbox", __name__, url_prefix="/anfragen")

Answer = str | Response | tuple[str, int]


@blueprint.get("")
@permission("inbox:answer")
def show_list() -> str:
    """What the provider was asked; nothing about clients."""
    runtime = current_runtime()
    with runtime.database.read() as session:
        inbox = list_inbox(session, current_actor(), utc_now(), runtime.today)
    return render_template("inbox/list.html", inbox=inbox, partner_words=partner_words)


@blueprint.get("/<request_id>")
@permission("inbox:answer")
def show(request_id: str) -> str:
    """One request, as far as it may be told, and what can be answered. Changes nothing."""
    return _page(request_id, is_done="notiert" in request.args)


@blueprint.post("/<request_id>")
@permission("inbox:answer")
def answer(request_id: str) -> Answer:
    """One answer; sent twice, it is recorded once."""
    runtime = current_runtime()
    found = _open(request_id)
    report, problems = read_answer(request.form, runtime.today)
    if report is None:
        return _show(found, request_id, problems=problems), 422
    try:
        with runtime.database.write() as session:
            seen = request.form.get("seen")
            actor, now = current_actor(), utc_now()
            answer_in_inbox(session, actor, request_id, report, now, runtime.today, seen)
    except CannotFollowError:
        return _page(request_id, is_refused=True), 409
    return redirect(url_for(".show", request_id=request_id, notiert=""), 303)


def _open(request_id: str) -> OpenRequest | EndedRequest:
    runtime = current_runtime()
    with runtime.database.write() as session:
        return open_in_inbox(session, current_actor(), request_id, utc_now(), runtime.today)


def _page(request_id: str, *, is_done: bool = False, is_refused: bool = False) -> str:
    return _show(_open(request_id), request_id, is_done=is_done, is_refused=is_refused)


def _show(
    found: OpenRequest | EndedRequest,
    request_id: str,
    *,
    is_done: bool = False,
    is_refused: bool = False,
    problems: Mapping[str, str] | None = None,
) -> str:
    return show_request(
        found,
        url_for(".answer", request_id=request_id),
        inbox_address=url_for(".show_list"),
        is_done=is_done,
        is_refused=is_refused,
        problems=problems,
    )
