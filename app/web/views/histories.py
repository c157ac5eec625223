"""The history of an entry, and going back to an earlier state."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from app.accounts.queries import load_user_names
from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
from app.directory.codes import EntryType
from app.directory.editing import MeanwhileChangedError
from app.directory.entry_history import (
    EntryHistory,
    HistoryEvent,
    RestorePreview,
    get_history,
    preview_restore,
    restore_state,
)
from app.directory.history import Author
from app.web.access import current_actor, permission
from app.web.entry_links import entry_address, history_address
from app.web.labels.differences import Difference, build_differences
from app.web.labels.entry_fields import build_entry_names
from app.web.labels.upkeep_words import occasion_label, way_label
from app.web.runtime import current_runtime

blueprint = Blueprint("histories", __name__)

MAX_DIGITS = 18
Page = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Line:
    event: HistoryEvent
    differences: list[Difference]


@blueprint.context_processor
def _words() -> dict[str, object]:
    return {
        "occasion_label": occasion_label,
        "way_label": way_label,
        "entry_address": entry_address,
        "history_address": history_address,
    }


@blueprint.get("/angebote/<offer_id>/verlauf")
@permission("directory:read")
def offer_history(offer_id: str) -> str:
    """What happened to an offer."""
    return _show_history("offer", offer_id)


@blueprint.get("/anbieter/<provider_id>/verlauf")
@permission("directory:read")
def provider_history(provider_id: str) -> str:
    """What happened to a provider."""
    return _show_history("provider", provider_id)


@blueprint.get("/verlauf/<number>/wiederherstellen")
@permission("directory:edit")
def preview(number: str) -> Page:
    """What a restore would change."""
    try:
        with current_runtime().database.read() as session:
            found = preview_restore(session, _read_number(number))
    except InvalidInputError:
        return render_template("histories/impossible.html"), 422
    return _show_preview(found)


@blueprint.post("/verlauf/<number>/wiederherstellen")
@permission("directory:edit")
def restore(number: str) -> Page:
    """Make the entry say again what it said then."""
    actor = current_actor()
    seq = _read_number(number)
    with current_runtime().database.read() as session:
        found = preview_restore(session, seq)
    try:
        with current_runtime().database.write() as session:
            as_read = request.form.get("as_read", "")
            changes = restore_state(session, Author(actor.name, actor.id), seq, as_read=as_read)
    except MeanwhileChangedError:
        return _show_preview(found, is_changed=True), 409
    except InvalidInputError:
        return render_template("histories/impossible.html"), 422
    flash(_("Restored.") if changes else _("The entry says this already."), "success")
    return redirect(history_address(found.entry_type, found.entry_id), 303)


def _read_number(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit()):
        abort(404)
    return int(typed) if len(typed) <= MAX_DIGITS else 0


def _show_history(entry_type: EntryType, entry_id: str) -> str:
    with current_runtime().database.read() as session:
        history = get_history(session, entry_type, entry_id)
        names = load_user_names(session, _people(history))
    keys = build_entry_names(history.provider)
    lines = [
        _Line(
            event,
            build_differences(entry_type, event.revision.changes, keys) if event.revision else [],
        )
        for event in history.events
    ]
    newest = next((event.revision.seq for event in history.events if event.revision), None)
    return render_template(
        "histories/show.html", history=history, lines=lines, people=names, newest=newest
    )


def _people(history: EntryHistory) -> set[str]:
    """Ids of all users that are named by their id."""
    merges = [event.merge for event in history.events if event.merge]
    ids = {merge.actor_id for merge in merges} | {merge.undone_by for merge in merges}
    ids |= {event.verification.user_id for event in history.events if event.verification}
    return {one for one in ids if one}


def _show_preview(found: RestorePreview, *, is_changed: bool = False) -> str:
    rows = build_differences(found.entry_type, found.changes, build_entry_names(found.provider))
    return render_template("histories/preview.html", found=found, rows=rows, is_changed=is_changed)
