"""Today: what needs me, as short lists, each line with its one action."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from app.referrals.queries import ReferralFilters, list_follow_ups_due, list_referrals
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
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.read() as session:
        due = list_follow_ups_due(session, actor, runtime.today)
        running = list_referrals(
            session,
            actor,
            ReferralFilters("open", mine_only=True, page_size=len(due) + LINES),
        )
        ended = list_referrals(
            session, actor, ReferralFilters("ended", mine_only=True, page_size=LINES)
        )
    due_ids = {line.id for line in due}
    return render_template(
        "today/show.html",
        due=due,
        coming=[line for line in running.items if line.id not in due_ids],
        open_total=running.total,
        ended=ended.items,
    )
