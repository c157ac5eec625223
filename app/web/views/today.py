"""Today: what needs me, as short lists, each line with its one action."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.clock import now as present_moment
from app.core.i18n import gettext as _
from app.operations.new_offers import tick_off as tick_off_found
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


@blueprint.post("/heute/neue-angebote/erledigt")
@permission("case:write")
def tick_off() -> Response:
    """Do not tell of an offer for a client any more."""
    with current_runtime().database.write() as session:
        tick_off_found(
            session,
            current_actor(),
            request.form.get("client_id", ""),
            request.form.get("offer_id", ""),
        )
    flash(_("Done. The offer stays among the suitable ones of the case."), "success")
    return redirect(url_for(".show", _anchor="neu"), 303)
