"""Today: what needs me, as short lists, each line with its one action."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from app.core.clock import now as present_moment
from app.web.access import current_actor, permission
from app.web.labels import referrals as referral_words
from app.web.runtime import current_runtime
from app.web.today_lists import load_today, unseen_words

blueprint = Blueprint("today", __name__)


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"referral_words": referral_words, "unseen_words": unseen_words}


@blueprint.get("/heute")
@permission("case:read")
def show() -> str:
    """What is due, what comes, what runs out and what is new; ``?alle=`` shows a group in full."""
    runtime = current_runtime()
    now = present_moment(runtime.settings)
    page = load_today(runtime, current_actor(), now, request.args.get("alle", ""))
    return render_template("today/show.html", page=page, day=page.day)
