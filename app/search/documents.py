"""What the index holds of an offer: its own words; nothing of any client, no contact person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.directory.models import (
    DirectoryChange,
    Offer,
    OfferPhrase,
    OfferPlace,
    Place,
    Provider,
)
from app.search.kind_words import (
    CHILDCARE_WORDS,
    COURSE_WORDS,
    GROUP_WORDS,
    KIND_WORDS,
    LEVEL_WORDS,
    SEX_GROUP,
)

CHUNK = 500
"""Offers loaded at a time; keeps lists of ids below every database's limit."""


@dataclass(frozen=True, slots=True)
class OfferDocument:
    """The texts of one published offer, by how much they say about it."""

    offer_id: str
    title: str
    provider: str
    other_titles: str
    """Its titles in other languages."""
    kind_words: str
    places: str
    description: str


def newest_change(session: Session) -> int:
    """The number of the newest change of the directory, 0 when there is none."""
    return session.exec(select(func.max(DirectoryChange.seq))).one() or 0


def find_origin(session: Session) -> str:
    """What tells this database from another one that was made in its place; empty when it is empty."""
    first = session.exec(select(func.min(Provider.created_at))).one()
    return "" if first is None else str(first)


def list_changed_offers(session: Session, after: int) -> list[str]:
    """Ids of the offers that changed after the change with number ``after``, each once.

    All offers of a provider that changed are among them: its name is found with each.
    """
    changes = select(DirectoryChange.offer_id).where(col(DirectoryChange.seq) > after).distinct()
    changed = list(session.exec(changes))
    of_providers = select(Offer.id).where(col(Offer.provider_id).in_(changes))
    return list(dict.fromkeys((*changed, *session.exec(of_providers))))


def list_published_offers(session: Session) -> list[str]:
    """Ids of all offers that belong into the index."""
    return list(session.exec(select(Offer.id).where(Offer.status == "published").order_by(Offer.id)))


def load_documents(session: Session, offer_ids: Iterable[str]) -> Iterator[OfferDocument]:
    """The documents of those of ``offer_ids`` that are published, in bulk queries."""
    ids = iter(offer_ids)
    while chunk := list(islice(ids, CHUNK)):
        yield from _load_chunk(session, chunk)


def _load_chunk(session: Session, ids: Sequence[str]) -> Iterator[OfferDocument]:
    offers = session.exec(
        select(Offer, Provider)
        .join(Provider, col(Provider.id) == Offer.provider_id)
        .where(col(Offer.id).in_(ids), Offer.status == "published")
    ).all()
    other_titles: dict[str, list[str]] = defaultdict(list)
    for phrase in session.exec(select(OfferPhrase).where(col(OfferPhrase.offer_id).in_(ids))):
        other_titles[phrase.offer_id].append(phrase.title or "")
    places: dict[str, list[str]] = defaultdict(list)
    for offer_id, place in session.exec(
        select(OfferPlace.offer_id, Place)
        .join(Place, col(Place.id) == OfferPlace.place_id)
        .where(col(OfferPlace.offer_id).in_(ids))
    ):
        names = (place.name, place.street, place.plz, place.town, place.district)
        places[offer_id].extend(name for name in names if name)
    for offer, provider in offers:
        yield OfferDocument(
            offer.id,
            offer.title,
            provider.name,
            " ".join(other_titles[offer.id]),
            words_of_kind(offer),
            " ".join(dict.fromkeys(places[offer.id])),
            f"{offer.description} {offer.plain_description or ''}",
        )


def words_of_kind(offer: Offer) -> str:
    """The words by which an offer of this kind, course kind and target group is looked for."""
    groups = dict.fromkeys(offer.target_groups)
    if group := SEX_GROUP.get(offer.sex or ""):
        groups[group] = None
    words = [KIND_WORDS.get(offer.kind, ""), COURSE_WORDS.get(offer.course_kind or "", "")]
    if offer.kind == "language_course":
        words.append(LEVEL_WORDS.get(offer.entry_level or "", ""))
    words += [GROUP_WORDS.get(group, "") for group in groups]
    if offer.has_childcare:
        words.append(CHILDCARE_WORDS)
    return " ".join(word for word in words if word)
