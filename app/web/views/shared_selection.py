"""A selection opened by its link: no account, no cookie, only public offers."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, make_response, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.core.clock import now as present_moment
from app.core.clock import utc_now
from app.core.secrets import session_secret
from app.directory.calendars import build_calendar
from app.directory.collection_models import Selection
from app.directory.texts import GERMAN, languages_of, text_in
from app.links.models import SignedLink
from app.links.service import find_link, note_opened
from app.operations.selection_lists import calendar_offer, load_public
from app.web.access import public
from app.web.entry_pages import text_language_name
from app.web.runtime import current_runtime

blueprint = Blueprint("shared_selection", __name__, url_prefix="/geteilt")

LINK_PURPOSE: Final = "selection"


@blueprint.after_request
def keep_address_secret(response: Response) -> Response:
    """The address is the key: it is told to no other page and kept by no search engine."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("/<token>")
@public
def show(token: str) -> str | tuple[str, int]:
    """The offers of the selection, in the chosen language where there is a text in it."""
    runtime = current_runtime()
    language = request.args.get("sprache", GERMAN)
    with runtime.database.write() as session:
        opened = _open(session, token)
        if opened is None:
            return render_template("selections/closed.html"), 404
        link, selection = opened
        note_opened(session, link.id, utc_now())
        pages = load_public(session, selection.id).shown
    languages = {tag for page in pages for tag in languages_of(page)} | {GERMAN}
    return render_template(
        "selections/shared.html",
        selection=selection,
        entries=[(page, text_in(page, language)) for page in pages],
        language=language if language in languages else GERMAN,
        languages=[(tag, text_language_name(tag)) for tag in (GERMAN, *sorted(languages - {GERMAN}))],
        expires_at=link.expires_at,
        token=token,
    )


@blueprint.get("/<token>/kalender.ics")
@public
def calendar(token: str) -> Response:
    """The dates of the selection for a calendar program."""
    runtime = current_runtime()
    with runtime.database.read() as session:
        opened = _open(session, token)
        if opened is None:
            return make_response(render_template("selections/closed.html"), 404)
        selection = opened[1]
        pages = load_public(session, selection.id).shown
    path = url_for(".show", token=token)
    offers = [calendar_offer(page, path) for page in pages]
    moment = present_moment(runtime.settings)
    answer = make_response(
        build_calendar(selection.title, offers, runtime.settings.public_url, moment, runtime.holidays)
    )
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="termine.ics"'
    answer.add_etag()
    return answer.make_conditional(request)


def _open(session: Session, token: str) -> tuple[SignedLink, Selection] | None:
    secret = session_secret(current_runtime().settings)
    link = find_link(session, secret, token, LINK_PURPOSE, utc_now())
    selection = session.get(Selection, link.subject_id) if link is not None else None
    return (link, selection) if link is not None and selection is not None else None
