"""The timeline of a case."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from app.cases.codes import CONTACT_TOPICS
from app.cases.queries import get_case_head
from app.referrals.timeline import load_counted_timeline
from app.web.access import current_actor, permission
from app.web.case_timeline import read_filters, timeline_address, timeline_chips
from app.web.runtime import current_runtime

blueprint = Blueprint("timeline", __name__, url_prefix="/faelle/<client_id>/verlauf")


@blueprint.get("")
@permission("case:read")
def show(client_id: str) -> str:
    """Everything about the case, narrowed by kind, topic, person and period."""
    runtime, actor = current_runtime(), current_actor()
    filters = read_filters(request.args)
    with runtime.database.write() as session:  # for the audit entry; kept short
        head = get_case_head(session, client_id, actor)
    with runtime.database.read() as session:
        page, counts = load_counted_timeline(session, client_id, actor, filters)
    return render_template(
        "timeline/show.html",
        head=head,
        page=page,
        filters=filters,
        counts=counts,
        chips=timeline_chips(client_id, filters, counts),
        topics=CONTACT_TOPICS,
        page_address=lambda number: timeline_address(client_id, filters, page=number),
        clear_address=timeline_address(client_id, type(filters)()),
    )
