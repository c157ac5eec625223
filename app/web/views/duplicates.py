"""Entries that may be the same: the queue, comparing, merging, undoing."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.queries import list_users_of_provider
from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.directory.codes import EntryType
from app.directory.duplicate_queue import Comparison, compare_entries, list_candidates
from app.directory.duplicates import mark_distinct
from app.directory.editing import MeanwhileChangedError
from app.directory.merge_plans import UndoForbiddenError
from app.directory.merging import MergeOrder, get_merge
from app.operations.duplicates import look_for_duplicates
from app.operations.merging import merge_entries, undo_merge
from app.web.access import current_actor, permission
from app.web.entry_links import entry_address, history_address
from app.web.labels.differences import build_differences
from app.web.labels.entry_fields import build_entry_names, field_label
from app.web.labels.upkeep_words import similarity_part_label, undo_problem_words
from app.web.runtime import current_runtime

blueprint = Blueprint("duplicates", __name__, url_prefix="/pflege")

PER_PAGE = 15
Page = str | Response | tuple[str, int]
_TYPES: dict[str, EntryType] = {"anbieter": "provider", "angebote": "offer"}
_WORD_OF_TYPE = {code: word for word, code in _TYPES.items()}


@blueprint.context_processor
def _words() -> dict[str, object]:
    return {
        "field_label": field_label,
        "part_label": similarity_part_label,
        "entry_address": entry_address,
        "history_address": history_address,
        "word_of_type": _WORD_OF_TYPE,
    }


@blueprint.get("/doppelte")
@permission("directory:edit")
def queue() -> str:
    """The pairs that wait for a decision."""
    with current_runtime().database.read() as session:
        page = list_candidates(session, request.args.get("seite", 1, type=int), PER_PAGE)
    return render_template(
        "duplicates/queue.html",
        page=page,
        page_address=lambda number: url_for(".queue", seite=number if number > 1 else None),
    )


@blueprint.post("/doppelte/suchen")
@permission("directory:edit")
def find() -> Response:
    """Look for duplicates now."""
    report = look_for_duplicates(current_runtime().database)
    flash(
        ngettext("%(num)s new pair found.", "%(num)s new pairs found.", report.found)
        if report.found
        else _("Nothing new was found."),
        "success",
    )
    return redirect(url_for(".queue"), 303)


@blueprint.get("/doppelte/<word>/<one_id>/<other_id>")
@permission("directory:edit")
def compare(word: str, one_id: str, other_id: str) -> str:
    """Two entries beside each other: which one stays, and which side wins per field."""
    found = _compare(word, one_id, other_id, request.args.get("behalten"))
    return _show(found, found.from_merged)


@blueprint.post("/doppelte/<word>/<one_id>/<other_id>")
@permission("directory:edit")
def merge(word: str, one_id: str, other_id: str) -> Page:
    """Make the two one."""
    found = _compare(word, one_id, other_id, request.form.get("kept"))
    chosen = frozenset(
        name for name in found.choosable if request.form.get(f"field-{name}") == "merged"
    )
    order = MergeOrder(
        found.entry_type,
        found.kept.id,
        found.merged.id,
        chosen,
        (request.form.get("kept_digest", ""), request.form.get("merged_digest", "")),
    )
    try:
        with current_runtime().database.write() as session:
            merge_entries(session, current_actor(), order)
    except MeanwhileChangedError:
        problem = _("One of the entries was changed meanwhile. Please look once more.")
        return _show(found, chosen, problem), 409
    except InvalidInputError:
        problem = _("These values do not go together. Please choose differently.")
        return _show(found, chosen, problem), 422
    flash(_("The two are one entry now. You can undo this in the history."), "success")
    return redirect(history_address(found.entry_type, found.kept.id), 303)


@blueprint.post("/doppelte/<word>/<one_id>/<other_id>/verschieden")
@permission("directory:edit")
def distinct(word: str, one_id: str, other_id: str) -> Response:
    """Remember that these are not the same."""
    found = _compare(word, one_id, other_id, None)
    with current_runtime().database.write() as session:
        mark_distinct(session, current_actor().id, found.entry_type, one_id, other_id)
    flash(_("Remembered: “%(one)s” and “%(other)s” are not the same.", **_titles(found)), "success")
    return redirect(url_for(".queue"), 303)


@blueprint.post("/zusammenfuehrungen/<merge_id>/rueckgaengig")
@permission("directory:edit")
def undo(merge_id: str) -> Page:
    """Make two entries of one again."""
    with current_runtime().database.read() as session:
        row = get_merge(session, merge_id)
        entry_type: Literal["offer", "provider"] = "offer" if row.entry_type == "offer" else "provider"
        kept_id = row.kept_id
    try:
        with current_runtime().database.write() as session:
            undo_merge(session, current_actor(), merge_id)
    except UndoForbiddenError as error:
        problems = [undo_problem_words(entry_type, one) for one in error.problems]
        back = history_address(entry_type, kept_id)
        return render_template("duplicates/forbidden.html", problems=problems, back=back), 409
    flash(_("The merge is undone. There are two entries again."), "success")
    return redirect(history_address(entry_type, kept_id), 303)


def _titles(found: Comparison) -> dict[str, str]:
    return {"one": found.kept.title, "other": found.merged.title}


def _compare(word: str, one_id: str, other_id: str, kept_id: str | None) -> Comparison:
    entry_type = _TYPES.get(word)
    if entry_type is None:
        abort(404)
    kept_id = kept_id if kept_id in {one_id, other_id} else None
    with current_runtime().database.read() as session:
        return compare_entries(session, entry_type, one_id, other_id, kept_id)


def _show(found: Comparison, chosen: frozenset[str], problem: str = "") -> str:
    # Keys of places may be the same in both and mean different things: each side has its own names.
    kept, merged = build_entry_names(found.kept.provider), build_entry_names(found.merged.provider)
    rows = build_differences(found.entry_type, found.changes, kept, merged)
    with current_runtime().database.read() as session:
        people = list_users_of_provider(session, found.merged.id, active_only=True)
    return render_template(
        "duplicates/compare.html",
        found=found,
        people=[user.name for user in people],
        word=_WORD_OF_TYPE[found.entry_type],
        rows=rows,
        chosen=chosen,
        problem=problem,
    )
