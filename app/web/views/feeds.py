"""The dates of an offer for a calendar program."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, make_response, request, url_for
from werkzeug.wrappers import Response

from app.core.clock import now as present_moment
from app.core.errors import NotFoundError
from app.directory.calendars import build_calendar
from app.directory.publicity import is_public_offer
from app.directory.queries import OfferCard, load_offer_cards
from app.referrals.opening import ReferralCase, get_referral, open_referral
from app.referrals.transitions import GIVES_A_PLACE
from app.web.access import current_actor, permission
from app.web.calendar_offers import calendar_of_referral, calendar_offer_of, has_dates
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


@blueprint.get("/vermittlungen/<referral_id>/termine.ics")
@permission("case:read")
def referral(referral_id: str) -> Response:
    """The dates of the offer that a client goes to, for the client's own calendar; names nobody."""
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.write() as session:
        found = get_referral(session, referral_id, actor, action="referral.calendar")
        if found.is_sealed:
            found = open_referral(session, referral_id, actor)
        details = found.details
        card = load_offer_cards(session, [details.offer_id]).get(details.offer_id) if details else None
    if card is None or not has_dates(card):
        raise NotFoundError("no dates are known")
    entry = calendar_of_referral(
        card,
        found.referral.id,
        _first_day(found) or found.referral.created_at.date(),
        path=_public_path(card),
        is_discreet=found.is_sealed or card.is_sensitive,
    )
    base, moment = runtime.settings.public_url, present_moment(runtime.settings)
    answer = make_response(build_calendar(entry.title, [entry], base, moment, runtime.holidays))
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="termine.ics"'
    return answer


@blueprint.app_template_global()
def dates_are_known(offer_id: str) -> bool:
    """Whether there is a calendar of this offer to be had."""
    runtime = current_runtime()
    cards = runtime.offer_cards.load(runtime.offer_table_cache.current().revision, [offer_id])
    return offer_id in cards and has_dates(cards[offer_id])


def _first_day(found: ReferralCase) -> date | None:
    """The day that was told last for the beginning."""
    told = [step.event for step in found.steps if step.event.to_state in GIVES_A_PLACE]
    return told[-1].happened_on if told else None


def _public_path(card: OfferCard) -> str:
    is_shown = current_runtime().settings.has_public_pages
    if is_shown and is_public_offer(card.status, card.visibility):
        return url_for("public.offer", offer_id=card.id)
    return "/"


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
