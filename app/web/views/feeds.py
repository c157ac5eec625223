"""The dates of an offer for a calendar program."""

from __future__ import annotations

from flask import Blueprint, make_response, request, url_for
from werkzeug.wrappers import Response

from app.core.clock import now as present_moment
from app.core.errors import NotFoundError
from app.directory.calendars import build_calendar
from app.directory.queries import OfferCard, load_offer_cards
from app.web.access import permission
from app.web.calendar_offers import calendar_offer_of
from app.web.runtime import current_runtime

blueprint = Blueprint("feeds", __name__)


@blueprint.get("/angebote/<offer_id>/kalender.ics")
@permission("directory:read")
def offer(offer_id: str) -> Response:
    """The feed of any offer that is not protected."""
    with current_runtime().database.read() as session:
        card = load_offer_cards(session, [offer_id]).get(offer_id)
    if card is None:
        raise NotFoundError(f"no offer has the id {offer_id}")
    return answer_feed(card, url_for("directory.offer", offer_id=offer_id))


def answer_feed(card: OfferCard, path: str) -> Response:
    """The feed of one offer; ``path`` is the address of its page.

    Raises `NotFoundError` for a protected offer.
    """
    runtime = current_runtime()
    moment = present_moment(runtime.settings)
    entry = calendar_offer_of(card, path)
    answer = make_response(
        build_calendar(card.title, [entry], runtime.settings.public_url, moment, runtime.holidays)
    )
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="angebot-{card.id[:8]}.ics"'
    answer.add_etag()
    return answer.make_conditional(request)
