"""What is stored about a client, for the client (Art. 15 GDPR), and deleting it (Art. 17)."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlmodel import col
from werkzeug.wrappers import Response

from app.cases.models import Client
from app.cases.policy import is_writable_by
from app.cases.queries import client_name, get_case_head
from app.core.errors import NotFoundError
from app.core.i18n import gettext as _
from app.core.i18n import language_name
from app.operations.client_deletion import erase_client
from app.operations.disclosure import Disclosure, disclose
from app.printouts.papers.book import PAPER_LANGUAGES, paper_language
from app.printouts.papers.disclosure import build_disclosure_paper
from app.printouts.papers.rendering import render_paper
from app.web.access import current_actor, permission
from app.web.disclosure_words import build_content
from app.web.runtime import current_runtime

blueprint = Blueprint("disclosure", __name__, url_prefix="/faelle/<client_id>")


@blueprint.get("/auskunft")
@permission("case:write")
def show(client_id: str) -> str:
    """What the information holds, and in which form to get it."""
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, current_actor())
    wanted = paper_language(head.client.sheet_language or next(iter(head.client.reads or ()), None))
    languages = [(tag, language_name(tag)) for tag in PAPER_LANGUAGES]
    return render_template("disclosure/show.html", head=head, languages=languages, wanted=wanted)


@blueprint.get("/auskunft.pdf")
@permission("case:write")
def paper(client_id: str) -> Response:
    """Everything stored, on paper: in German and the language asked for (``sprache``)."""
    runtime = current_runtime()
    content = build_content(_disclose(client_id), runtime.taxonomy, runtime.retention_rules)
    language = request.args.get("sprache")
    made = build_disclosure_paper(
        content, language if language in PAPER_LANGUAGES else None, runtime.today
    )
    answer = make_response(render_paper(made))
    answer.mimetype = "application/pdf"
    # The name of the file tells nothing about the client: it may stay in a folder.
    answer.headers["Content-Disposition"] = 'inline; filename="auskunft.pdf"'
    return answer


@blueprint.get("/auskunft.json")
@permission("case:write")
def as_json(client_id: str) -> Response:
    """Everything stored, to be read by programs."""
    found = _disclose(client_id)
    content = {
        "issued_on": current_runtime().today,
        "name": found.name,
        "household_members": found.household_members,
        "links": found.links,
        "mails": found.mails,
        "tables": found.tables,
        "readings": [{"at": one.at, "role": one.role, "action": one.action} for one in found.readings],
    }
    answer = make_response(json.dumps(content, default=_plain, ensure_ascii=False, indent=2))
    answer.mimetype = "application/json"
    answer.headers["Content-Disposition"] = 'attachment; filename="auskunft.json"'
    return answer


@blueprint.get("/loeschen")
@permission("case:read_all")
def ask_to_delete(client_id: str) -> str:
    """What deleting means; the name has to be typed."""
    return _render_deletion(client_id)


@blueprint.post("/loeschen")
@permission("case:read_all")
def delete(client_id: str) -> str | Response | tuple[str, int]:
    """Delete a closed case for good, when the name was typed as it stands."""
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.write() as session:
        head = get_case_head(session, client_id, actor)
    typed = " ".join(request.form.get("name", "").split())
    if not head.is_confided or head.client.closed_on is None:
        return _render_deletion(client_id), 409
    if typed.casefold() != client_name(head.client).casefold():
        return _render_deletion(client_id, typed=typed, is_wrong=True), 422
    is_closed = is_writable_by(actor) & col(Client.closed_on).is_not(None)
    erase_client(runtime.settings, runtime.database, client_id, condition=is_closed, actor_id=actor.id)
    flash(_("The case is deleted for good."), "success")
    return redirect(url_for("today.show"), 303)


def _render_deletion(client_id: str, *, typed: str = "", is_wrong: bool = False) -> str:
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, current_actor())
    if not head.is_confided:
        raise NotFoundError("no such case")
    return render_template("disclosure/delete.html", head=head, typed=typed, is_wrong=is_wrong)


def _disclose(client_id: str) -> Disclosure:
    with current_runtime().database.write() as session:
        return disclose(session, current_actor(), client_id)


def _plain(value: Any) -> str:
    """Days and moments as ISO 8601."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
