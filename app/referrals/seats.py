"""The seat of a client in what was referred to: booked once, given back once.

The number of booked seats stands with the offer, where everybody reads it; the referral remembers
whether one of them is its client's. Of a sensitive offer no seats are counted: a number that goes up
at the moment of a referral would tell who goes there.
"""

from __future__ import annotations

from sqlmodel import Session

from app.directory.seats import book_seat, give_seat_back
from app.referrals.models import Referral
from app.referrals.sealing import is_sealed


def hold_seat(session: Session, referral: Referral) -> bool | None:
    """Book a seat for the client unless one is held already; whether there was one.

    `None`: nobody knows the seats, or they are not counted. Two who want the last one at the same
    moment: one gets it.
    """
    if referral.seat_held:
        return True
    if is_sealed(referral) or referral.offer_id is None:
        return None
    found = book_seat(session, referral.offer_id)
    if found:
        referral.seat_held = True
        session.add(referral)
    return found


def release_seat(session: Session, referral: Referral) -> None:
    """Give the seat back, if one is held."""
    if referral.seat_held and referral.offer_id is not None:
        give_seat_back(session, referral.offer_id)
    referral.seat_held = False
    session.add(referral)
