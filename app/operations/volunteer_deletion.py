"""Forgetting a volunteer who left: who it was goes; that there was an offer stays.

What stands on the sheets of clients (title, first name) belongs to their cases and goes with them.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.audit.service import record_access
from app.directory.models import (
    ContactPerson,
    DirectoryChange,
    Offer,
    OfferPhrase,
    Place,
    Provider,
)
from app.directory.upkeep_models import ChangeSuggestion, EntryRevision, Verification
from app.volunteers.models import Volunteer

NAMELESS: Final = "Ehrenamtliche Person"
NAMELESS_OFFER: Final = "Ehrenamtliches Angebot"
NO_ADDRESS: Final = "invalid"
"""A domain that never exists (RFC 2606)."""


def erase_volunteer(session: Session, provider_id: str) -> None:
    """Delete who the volunteer was: name, contact, checks, hours, words, history, account.

    Harmless when repeated. The offers stay, withdrawn and nameless: referrals point to them.
    """
    person = session.get(Volunteer, provider_id)
    if person is None:
        return
    session.delete(person)
    session.execute(
        update(Provider)
        .where(col(Provider.id) == provider_id)
        .values(
            name=NAMELESS,
            description="",
            website=None,
            email=None,
            phone=None,
            approach_note=None,
            source_digest="",
        )
    )
    session.execute(
        update(Place)
        .where(col(Place.provider_id) == provider_id)
        .values(
            name=None,
            street=None,
            house_number=None,
            plz=None,
            district=None,
            latitude=None,
            longitude=None,
            precision="unknown",
            directions=None,
        )
    )
    for table in (ContactPerson, EntryRevision, ChangeSuggestion):
        session.execute(delete(table).where(col(table.provider_id) == provider_id))
    for offer in session.exec(select(Offer).where(Offer.provider_id == provider_id)).all():
        _make_nameless(session, offer)
    for user in session.exec(select(User).where(User.provider_id == provider_id)).all():
        user.name, user.phone, user.is_active = NAMELESS, None, False
        user.email = f"{user.id}@{NO_ADDRESS}"
        user.session_epoch += 1
        session.add(user)
    record_access(session, None, "volunteer.erase", "provider", provider_id)
    session.flush()


def _make_nameless(session: Session, offer: Offer) -> None:
    offer.title, offer.description, offer.status = NAMELESS_OFFER, "", "withdrawn"
    for field in (
        "plain_description",
        "schedule_note",
        "cost_note",
        "what_to_bring",
        "contact_name",
        "contact_role",
        "contact_phone",
        "contact_email",
        "website",
        "verified_by",
        "seats_told_by",
    ):
        setattr(offer, field, None)
    offer.source_digest = ""
    session.add(offer)
    session.execute(delete(OfferPhrase).where(col(OfferPhrase.offer_id) == offer.id))
    session.execute(update(Verification).where(col(Verification.offer_id) == offer.id).values(name=""))
    session.add(DirectoryChange(offer_id=offer.id))
