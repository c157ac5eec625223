"""The editor's work list: what in the directory waits for a word, a call or a correction."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for

from app.core.paging import page_number
from app.directory.queries import list_flagged_entries
from app.web.access import permission
from app.web.runtime import current_runtime

blueprint = Blueprint("upkeep", __name__, url_prefix="/pflege")

PER_PAGE = 50


@blueprint.get("/hinweise")
@permission("directory:edit")
def flagged() -> str:
    """Entries of the directory that lack something."""
    wanted = request.args.get("seite", 1, type=int)
    with current_runtime().database.read() as session:
        found = list_flagged_entries(session, PER_PAGE, 0)
        page = page_number(wanted, PER_PAGE, found.total)
        if page > 1:
            found = list_flagged_entries(session, PER_PAGE, (page - 1) * PER_PAGE)
    return render_template(
        "upkeep/flagged.html",
        cards=found.cards,
        total=found.total,
        page=page,
        page_count=max(1, -(-found.total // PER_PAGE)),
        page_address=lambda number: url_for(".flagged", seite=number if number > 1 else None),
    )
