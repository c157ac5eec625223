"""A rejection is news about the offer: seats are put right at once, the rest goes to the editors.

Nothing about the client is told, and nothing at all of an offer that is sensitive: the moment at which
something is told would lead to whoever was referred there.
"""

from __future__ import annotations

from datetime import date

from sqlmodel import Session

from app.core.i18n import gettext as _
from app.directory.history import Author
from app.directory.models import Offer
from app.directory.seats import SeatsReport, report_seats
from app.directory.suggesting import suggest_change
from app.referrals.models import Referral
from app.referrals.sealing import is_sealed


def correct_directory(
    session: Session, author: Author, referral: Referral, reason: str | None, today: date
) -> None:
    """Take what a rejection says about the offer into the directory."""
    if is_sealed(referral) or referral.offer_id is None:
        return
    offer = session.get_one(Offer, referral.offer_id)
    if reason == "full" and offer.seats_max is not None:
        full = SeatsReport(
            seats_max=offer.seats_max,
            seats_free=0,
            has_waiting_list=offer.has_waiting_list,
            told_by=_("Rejection of a referral"),
            told_on=today,
        )
        report_seats(session, author, offer.id, full)
    elif words := _words_of(reason):
        suggest_change(session, author, "offer", offer.id, {}, words)


def _words_of(reason: str | None) -> str | None:
    """What the editors are told; `None`: the reason says nothing about the entry."""
    return {
        "full": _("A referral was rejected because the offer is full. How many seats are there?"),
        "not_eligible": _(
            "A referral was rejected: the provider says that the person may not take part. Does the "
            "entry say for whom the offer is?"
        ),
        "level_too_low": _(
            "A referral was rejected: the person's German was not enough. Is the entry level right?"
        ),
        "level_too_high": _(
            "A referral was rejected: the person's German was too good. Is the target level right?"
        ),
        "offer_ended": _("A referral was rejected: the offer no longer exists."),
    }.get(reason or "")
