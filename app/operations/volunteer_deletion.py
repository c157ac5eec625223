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
from app.mail.models import OutboxMail
from app.matching.models import VolunteerWish
from app.operations.leaving import forget_user
from app.operations.round_mail_models import NewsOptOut
from app.operations.sign_in_links import MAIL_PURPOSE as SIGN_IN_MAIL
from app.referrals.requests import MAIL_PURPOSE, REMINDER_PURPOSE
from app.volunteers.models import OfferPause, Volunteer

NAMELESS: Final = "Ehrenamtliche Person"
NAMELESS_OFFER: Final = "Ehrenamtliches Angebot"


_ABOUT_VOLUNTEERS: Final = ("registration", "tandem", "round_mail")


def erase_volunteer(session: Session, provider_id: str) -> list[str]:
    """Delete who the volunteer was: name, contact, checks, hours, words, history, mails, account.

    Harmless when repeated. The offers stay, withdrawn and nameless: referrals point to them. Answers
    the Message-IDs of the mails that went, for the files of the demo.
    """
    person = session.get(Volunteer, provider_id)
    if person is None:
        return []
    message_ids = _delete_mails(session, person.email)
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
        forget_user(user)
        session.add(user)
    record_access(session, None, "volunteer.erase", "provider", provider_id)
    session.flush()
    return message_ids


def _delete_mails(session: Session, email: str) -> list[str]:
    """Those that went to the person as a volunteer: the address may be known for other things, too."""
    of_volunteers = select(OutboxMail).where(
        OutboxMail.recipient == email,
        col(OutboxMail.subject_type).in_(_ABOUT_VOLUNTEERS)
        | col(OutboxMail.purpose).in_((SIGN_IN_MAIL, MAIL_PURPOSE, REMINDER_PURPOSE)),
    )
    mails = session.exec(of_volunteers).all()
    session.execute(delete(NewsOptOut).where(col(NewsOptOut.email) == email))
    for mail in mails:
        session.delete(mail)
    return [mail.message_id for mail in mails]


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
    for table in (VolunteerWish, OfferPause):
        session.execute(delete(table).where(col(table.offer_id) == offer.id))
    session.execute(delete(OfferPhrase).where(col(OfferPhrase.offer_id) == offer.id))
    session.execute(update(Verification).where(col(Verification.offer_id) == offer.id).values(name=""))
    session.add(DirectoryChange(offer_id=offer.id))
