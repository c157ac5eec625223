"""What pages show of the directory, loaded in bulk and handed out as plain values.

Internal and protected entries are included: the readers are case workers and editors. Whoever builds a
public output asks for `visibility` and `is_sensitive`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Text, cast, or_
from sqlmodel import Session, col, func, select

from app.core.errors import NotFoundError
from app.directory.dates import next_date
from app.directory.models import (
    Accommodation,
    ContactPerson,
    Offer,
    OfferPhrase,
    OfferPlace,
    OfferSession,
    OfferTopic,
    Place,
    Provider,
)
from app.directory.public_holidays import Holidays
from app.directory.timetable import Timetable, timetable_of_rows

BATCH = 500
"""Ids per query: SQLite limits the number of parameters."""

EMPTY_LIST_CHARACTERS = len("[]")
"""An empty list of flags as it is stored."""


@dataclass(frozen=True, slots=True)
class OfferPage:
    """Everything about one offer. The rows are for reading only."""

    offer: Offer
    provider: Provider
    places: tuple[Place, ...]
    """The main one first."""
    sessions: tuple[OfferSession, ...]
    """By weekday and time."""
    topics: tuple[str, ...]
    """Keys of taxonomy concepts."""
    phrases: dict[str, OfferPhrase]
    """Language → title and description."""
    contacts: tuple[ContactPerson, ...] = ()
    """Whom to ask: the persons named for this offer, else all of the provider; the main one first."""

    @property
    def seats_free(self) -> int | None:
        """Free seats; `None`: unknown."""
        return free_seats(self.offer.seats_max, self.offer.seats_booked)

    @property
    def timetable(self) -> Timetable:
        """All that its dates follow from."""
        return timetable_of_rows(self.offer, self.sessions)

    def next_date(self, today: date, holidays: Holidays) -> date | None:
        """The next day a newcomer can go there (see `app.directory.dates`)."""
        return next_date(self.timetable, today, holidays)


@dataclass(frozen=True, slots=True)
class OfferCard:
    """What a line of a list shows of an offer."""

    id: str
    external_id: str
    title: str
    provider_id: str
    provider_name: str
    kind: str
    course_kind: str | None
    status: str
    visibility: str
    is_sensitive: bool
    is_demo: bool
    entry_level: str | None
    target_level: str | None
    starts_on: date | None
    ends_on: date | None
    registration_deadline: date | None
    individual_entry: bool | None
    by_appointment: bool
    cost_cents: int | None
    has_childcare: bool | None
    seats_max: int | None
    seats_booked: int | None
    seats_told_on: date | None
    has_waiting_list: bool | None
    sex: str | None
    verified_on: date | None
    updated_at: datetime
    """When it was changed last (UTC)."""
    instruction_languages: tuple[str, ...]
    onsite_languages: tuple[str, ...]
    flags: tuple[str, ...]
    topics: tuple[str, ...]
    places: tuple[Place, ...]
    """The main one first."""
    sessions: tuple[OfferSession, ...]
    """By weekday and time."""
    timetable: Timetable
    """All that its dates follow from."""

    @property
    def seats_free(self) -> int | None:
        """Free seats; `None`: unknown."""
        return free_seats(self.seats_max, self.seats_booked)

    @property
    def step_free(self) -> bool | None:
        """Yes when at least one place is, no when none is, else unknown."""
        answers = {place.step_free for place in self.places}
        return True if True in answers else (False if answers == {False} else None)

    def next_date(self, today: date, holidays: Holidays) -> date | None:
        """The next day a newcomer can go there (see `app.directory.dates`)."""
        return next_date(self.timetable, today, holidays)


@dataclass(frozen=True, slots=True)
class ProviderPage:
    """Everything about one provider."""

    provider: Provider
    parent: Provider | None
    places: tuple[Place, ...]
    offers: tuple[OfferCard, ...]
    """All that are not withdrawn, by title."""
    contacts: tuple[ContactPerson, ...] = ()
    """The main one first."""
    branches: tuple[Provider, ...] = ()
    """The local branches of this organisation, by name."""


@dataclass(frozen=True, slots=True)
class FlaggedEntries:
    """One page of the entries that an editor should complete."""

    cards: tuple[OfferCard, ...]
    total: int


@dataclass(frozen=True, slots=True)
class _Parts:
    """What belongs to some offers, by offer id."""

    places: dict[str, list[Place]]
    sessions: dict[str, list[OfferSession]]
    topics: dict[str, list[str]]


def free_seats(seats_max: int | None, seats_booked: int | None) -> int | None:
    """Seats that are left; `None` when one of the numbers is unknown."""
    return None if seats_max is None or seats_booked is None else seats_max - seats_booked


def get_offer_page(session: Session, offer_id: str) -> OfferPage:
    """The offer with all its parts; raises `NotFoundError`."""
    row = session.exec(
        select(Offer, Provider)
        .join(Provider, col(Provider.id) == col(Offer.provider_id))
        .where(Offer.id == offer_id)
    ).first()
    if row is None:
        raise NotFoundError(f"no offer has the id {offer_id}")
    parts = _load_parts(session, [offer_id])
    phrases = session.exec(select(OfferPhrase).where(OfferPhrase.offer_id == offer_id)).all()
    persons = _load_contacts(session, row[1].id)
    named = tuple(person for person in persons if person.key in row[0].contacts)
    return OfferPage(
        offer=row[0],
        provider=row[1],
        places=tuple(parts.places[offer_id]),
        sessions=tuple(parts.sessions[offer_id]),
        topics=tuple(parts.topics[offer_id]),
        phrases={phrase.language: phrase for phrase in phrases},
        contacts=named or persons,
    )


def get_provider_page(session: Session, provider_id: str) -> ProviderPage:
    """The provider with its places and offers; raises `NotFoundError`."""
    provider = session.get(Provider, provider_id)
    if provider is None:
        raise NotFoundError(f"no provider has the id {provider_id}")
    ids = session.exec(
        select(Offer.id)
        .where(Offer.provider_id == provider_id, Offer.status != "withdrawn")
        .order_by(col(Offer.title), col(Offer.id))
    ).all()
    places = session.exec(
        select(Place).where(Place.provider_id == provider_id).order_by(col(Place.key))
    ).all()
    branches = session.exec(
        select(Provider)
        .where(Provider.parent_id == provider_id, col(Provider.merged_into_id).is_(None))
        .order_by(col(Provider.name))
    ).all()
    return ProviderPage(
        provider=provider,
        parent=session.get(Provider, provider.parent_id) if provider.parent_id else None,
        places=tuple(places),
        offers=tuple(load_offer_cards(session, ids).values()),
        contacts=_load_contacts(session, provider_id),
        branches=tuple(branches),
    )


def _load_contacts(session: Session, provider_id: str) -> tuple[ContactPerson, ...]:
    statement = (
        select(ContactPerson)
        .where(ContactPerson.provider_id == provider_id)
        .order_by(col(ContactPerson.position))
    )
    return tuple(session.exec(statement))


def load_offer_cards(session: Session, ids: Iterable[str]) -> dict[str, OfferCard]:
    """The cards of these offers, in the order of ``ids``; ids that do not exist are left out."""
    wanted = list(dict.fromkeys(ids))
    cards: dict[str, OfferCard] = {}
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        rows = session.exec(
            select(Offer, Provider)
            .join(Provider, col(Provider.id) == col(Offer.provider_id))
            .where(col(Offer.id).in_(batch))
        ).all()
        parts = _load_parts(session, batch)
        cards |= {offer.id: _build_card(offer, provider, parts) for offer, provider in rows}
    return {offer_id: cards[offer_id] for offer_id in wanted if offer_id in cards}


def list_flagged_entries(session: Session, limit: int = 50, offset: int = 0) -> FlaggedEntries:
    """The offers with something to complete (in themselves or their provider), by title."""
    has_flags = or_(
        func.length(cast(Offer.flags, Text)) > EMPTY_LIST_CHARACTERS,
        func.length(cast(Provider.flags, Text)) > EMPTY_LIST_CHARACTERS,
    )
    chosen = (
        select(Offer.id)
        .join(Provider, col(Provider.id) == col(Offer.provider_id))
        .where(Offer.status != "withdrawn", has_flags)
    )
    total = session.exec(select(func.count()).select_from(chosen.subquery())).one()
    ids = session.exec(
        chosen.order_by(col(Offer.title), col(Offer.id)).limit(limit).offset(offset)
    ).all()
    return FlaggedEntries(tuple(load_offer_cards(session, ids).values()), total)


def list_accommodations(session: Session) -> Sequence[Accommodation]:
    """All shared housing, by name."""
    return session.exec(select(Accommodation).order_by(col(Accommodation.name))).all()


def _load_parts(session: Session, ids: Sequence[str]) -> _Parts:
    places: dict[str, list[Place]] = defaultdict(list)
    for offer_id, place in session.exec(
        select(OfferPlace.offer_id, Place)
        .join(Place, col(Place.id) == col(OfferPlace.place_id))
        .where(col(OfferPlace.offer_id).in_(ids))
        .order_by(col(OfferPlace.position))
    ):
        places[offer_id].append(place)
    sessions: dict[str, list[OfferSession]] = defaultdict(list)
    for time in session.exec(
        select(OfferSession)
        .where(col(OfferSession.offer_id).in_(ids))
        .order_by(col(OfferSession.weekday), col(OfferSession.from_minute), col(OfferSession.id))
    ):
        sessions[time.offer_id].append(time)
    topics: dict[str, list[str]] = defaultdict(list)
    for topic in session.exec(
        select(OfferTopic).where(col(OfferTopic.offer_id).in_(ids)).order_by(col(OfferTopic.concept))
    ):
        topics[topic.offer_id].append(topic.concept)
    return _Parts(places, sessions, topics)


_OWN_WORDS = {
    "provider_name",
    "is_demo",
    "instruction_languages",
    "onsite_languages",
    "flags",
    "topics",
    "places",
    "sessions",
    "timetable",
}
_COPIED = tuple(name for name in OfferCard.__dataclass_fields__ if name not in _OWN_WORDS)


def _build_card(offer: Offer, provider: Provider, parts: _Parts) -> OfferCard:
    copied: dict[str, Any] = {name: getattr(offer, name) for name in _COPIED}
    return OfferCard(
        **copied,
        provider_name=provider.name,
        is_demo=provider.is_demo,
        instruction_languages=tuple(offer.instruction_languages),
        onsite_languages=tuple(offer.onsite_languages),
        flags=tuple(dict.fromkeys([*offer.flags, *provider.flags])),
        topics=tuple(parts.topics[offer.id]),
        places=tuple(parts.places[offer.id]),
        sessions=tuple(parts.sessions[offer.id]),
        timetable=timetable_of_rows(offer, parts.sessions[offer.id]),
    )
