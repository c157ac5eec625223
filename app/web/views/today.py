"""Today: what needs me, as short lists, each line with its one action."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from app.referrals.queries import list_day
from app.web.access import current_actor, permission
from app.web.labels import referrals as referral_words
from app.web.runtime import current_runtime

blueprint = Blueprint("today", __name__)

LINES = 10


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"referral_words": referral_words}


@blueprint.get("/heute")
@permission("case:read")
def show() -> str:
    """Follow-ups that are due, what comes next, and what ended lately."""
    runtime = current_runtime()
    with runtime.database.write() as session:
        day = list_day(session, current_actor(), runtime.today, LINES)
    return render_template("today/show.html", day=day)
