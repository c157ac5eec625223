"""Duplicates: entries that may be the same, found and put before the editors.

Comparing everything with everything would take minutes. Pairs worth a look are those whose names are
alike as a whole (RapidFuzz over a matrix), or that share a rare word, a phone number, an address or a
site; only these are compared in full (`app.directory.similarity`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cdist
from sqlalchemy import delete
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.core.clock import utc_now
from app.directory.codes import EntryType
from app.directory.models import ContactPerson, Offer, OfferPlace, OfferSession, Place, Provider
from app.directory.records import PlaceRecord, ProviderRecord
from app.directory.similarity import (
    CANDIDATE_SCORE,
    OfferTraits,
    ProviderTraits,
    Similarity,
    build_traits,
    compare_offers,
    compare_providers,
    name_numbers,
    name_words,
    provider_traits,
    word_weights,
)
from app.directory.upkeep_models import DuplicateCandidate

MAX_SIMILAR: Final = 5
ALIKE_NAMES: Final = 78
"""From this similarity of the whole names on (0 to 100) a pair is compared in full."""
MAX_BLOCK: Final = 40
"""A word or place that more entries share tells too little to compare them all."""
ROWS_PER_MATRIX: Final = 500


@dataclass(frozen=True, slots=True)
class SimilarEntry:
    """A provider of the directory that a new entry may be."""

    provider_id: str
    name: str
    score: float
    """0 to 100."""
    parts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundPairs:
    """What a search came to, to be put into the queue."""

    pairs: Mapping[tuple[str, str, str], Similarity]
    """Type of the entries and both ids, the smaller first."""
    provider_ids: frozenset[str] | None
    """The providers that were looked at; `None`: all."""
    compared: int
    """How many they are."""


@dataclass(frozen=True, slots=True)
class FindReport:
    """What a search for duplicates came to."""

    compared: int
    """Entries that were looked at."""
    found: int
    """Pairs that are candidates now and were not before."""
    dropped: int
    """Pairs that are candidates no more."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The providers of the directory as they are compared."""

    ids: list[str]
    keys: list[tuple[str, str]]
    names: list[str]
    parents: list[str | None]
    changed_at: list[datetime]
    traits: list[ProviderTraits]


def find_similar(session: Session, records: Sequence[ProviderRecord]) -> dict[int, list[SimilarEntry]]:
    """For each of ``records`` (by position) the providers that it may be, the most alike first.

    Positions without any are left out. The provider that has the record's own key is not among them,
    nor are merged ones. 1,000 records against 5,000 providers take a few seconds.
    """
    known = _load_providers(session)
    fresh = [provider_traits(record) for record in records]
    weights = word_weights([*known.traits, *fresh])
    found: dict[int, list[SimilarEntry]] = defaultdict(list)
    for position, other in _pairs(fresh, known.traits):
        record = records[position]
        if known.keys[other] == (record.source, record.external_id):
            continue
        related = _is_parent(record, known.keys[other])
        alike = compare_providers(fresh[position], known.traits[other], weights, related=related)
        if alike.score >= CANDIDATE_SCORE:
            entry = SimilarEntry(known.ids[other], known.names[other], alike.score, alike.parts)
            found[position].append(entry)
    return {
        position: sorted(entries, key=lambda one: (-one.score, one.name))[:MAX_SIMILAR]
        for position, entries in sorted(found.items())
    }


def find_pairs(session: Session, changed_since: datetime | None = None) -> FoundPairs:
    """The pairs of entries that may be the same; only reads, and takes seconds for thousands.

    ``changed_since``: only what concerns providers that were changed since then, offers included.
    """
    known = _load_providers(session)
    wanted = [
        position
        for position, moment in enumerate(known.changed_at)
        if changed_since is None or moment >= changed_since
    ]
    pairs = {("provider", *pair): alike for pair, alike in _provider_pairs(known, wanted).items()}
    ids = frozenset(known.ids[position] for position in wanted)
    pairs |= {("offer", *pair): alike for pair, alike in _offer_pairs(session, ids).items()}
    return FoundPairs(pairs, None if changed_since is None else ids, len(ids))


def put_pairs(session: Session, found: FoundPairs) -> FindReport:
    """Bring the queue up to what was found.

    A pair that was judged stays judged. An open one that is no longer alike leaves the queue, and so
    does one whose entries were merged since.
    """
    earlier = {(r.entry_type, r.a_id, r.b_id): r for r in _load_rows(session, found.provider_ids)}
    merged = _load_merged_ids(session)
    count = 0
    for (entry_type, a_id, b_id), alike in found.pairs.items():
        if a_id in merged or b_id in merged:
            continue
        row = earlier.pop((entry_type, a_id, b_id), None)
        if row is None:
            row = DuplicateCandidate(entry_type=entry_type, a_id=a_id, b_id=b_id, score=alike.score)
            count += 1
        row.score, row.parts = alike.score, alike.parts
        session.add(row)
    gone = [row for row in earlier.values() if row.state == "open"]
    for row in gone:
        session.delete(row)
    session.flush()
    return FindReport(found.compared, count, len(gone))


def _load_merged_ids(session: Session) -> set[str]:
    ids = set(session.exec(select(Provider.id).where(col(Provider.merged_into_id).is_not(None))))
    return ids | set(session.exec(select(Offer.id).where(col(Offer.merged_into_id).is_not(None))))


def _load_rows(session: Session, ids: Collection[str] | None) -> list[DuplicateCandidate]:
    """The rows on these providers and their offers; `None`: all."""
    rows = list(session.exec(select(DuplicateCandidate)))
    if ids is None:
        return rows
    offers = set(session.exec(select(Offer.id).where(col(Offer.provider_id).in_(list(ids)))))
    about = offers | set(ids)
    return [row for row in rows if row.a_id in about or row.b_id in about]


def _provider_pairs(known: _Known, rows: Sequence[int]) -> dict[tuple[str, str], Similarity]:
    weights = word_weights(known.traits)
    pairs: dict[tuple[str, str], Similarity] = {}
    for position, b in _pairs([known.traits[i] for i in rows], known.traits):
        a = rows[position]
        pair = _ordered(known.ids[a], known.ids[b])
        if a == b or pair in pairs:
            continue
        alike = compare_providers(
            known.traits[a], known.traits[b], weights, related=_are_related(known, a, b)
        )
        if alike.score >= CANDIDATE_SCORE:
            pairs[pair] = alike
    return pairs


def _pairs(
    left: Sequence[ProviderTraits], right: Sequence[ProviderTraits]
) -> Iterator[tuple[int, int]]:
    """Positions in both of pairs that are worth a full comparison; a pair may come once only."""
    blocks: dict[object, list[int]] = defaultdict(list)
    for position, traits in enumerate(right):
        for key in _block_keys(traits):
            blocks[key].append(position)
    names = [traits.name for traits in right]
    for start in range(0, len(left), ROWS_PER_MATRIX):
        part = left[start : start + ROWS_PER_MATRIX]
        matrix = cdist(
            [traits.name for traits in part],
            names,
            scorer=fuzz.token_sort_ratio,
            score_cutoff=ALIKE_NAMES,
            dtype=np.uint8,
        )
        for row, traits in enumerate(part):
            others = set(np.flatnonzero(matrix[row]).tolist())
            for key in _block_keys(traits):
                block = blocks.get(key, ())
                if len(block) <= MAX_BLOCK:
                    others.update(block)
            yield from ((start + row, other) for other in sorted(others))


def _block_keys(traits: ProviderTraits) -> set[object]:
    """What two entries have in common when they are worth a look; a town alone is not."""
    keys: set[object] = {("word", word) for word in traits.words if word not in traits.towns}
    keys |= {("phone", phone) for phone in traits.phones}
    keys |= {("mail", mail) for mail in traits.mails}
    keys |= {("site", host) for host, _page in traits.sites}
    keys |= {("address", one.plz, one.street, one.number) for one in traits.addresses if one.number}
    return keys


def _is_parent(record: ProviderRecord, key: tuple[str, str]) -> bool:
    return record.parent_external_id is not None and key == (record.source, record.parent_external_id)


def _are_related(known: _Known, a: int, b: int) -> bool:
    """Whether one is a branch of the other, or both are branches of a third."""
    parents = known.parents[a], known.parents[b]
    return (
        parents[0] == known.ids[b]
        or parents[1] == known.ids[a]
        or (parents[0] is not None and parents[0] == parents[1])
    )


def _ordered(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def _load_providers(session: Session) -> _Known:
    places: dict[str, list[PlaceRecord]] = defaultdict(list)
    for provider_id, plz, street, number, town in session.execute(
        select_columns(
            col(Place.provider_id),
            col(Place.plz),
            col(Place.street),
            col(Place.house_number),
            col(Place.town),
        )
    ):
        places[provider_id].append(
            PlaceRecord.model_construct(key="", plz=plz, street=street, house_number=number, town=town)
        )
    persons: dict[str, list[tuple[str | None, str | None]]] = defaultdict(list)
    for provider_id, phone, email in session.exec(
        select(ContactPerson.provider_id, ContactPerson.phone, ContactPerson.email)
    ):
        persons[provider_id].append((phone, email))
    known = _Known([], [], [], [], [], [])
    for row in session.exec(
        select(Provider).where(col(Provider.merged_into_id).is_(None)).order_by(col(Provider.id))
    ):
        known.ids.append(row.id)
        known.keys.append((row.source, row.external_id))
        known.names.append(row.name)
        known.parents.append(row.parent_id)
        known.changed_at.append(row.updated_at)
        known.traits.append(
            build_traits(
                row.name,
                places=places[row.id],
                phones=[row.phone, *(phone for phone, _email in persons[row.id])],
                mails=[row.email, *(email for _phone, email in persons[row.id])],
                sites=[row.website],
            )
        )
    return known


def _offer_pairs(session: Session, provider_ids: Collection[str]) -> dict[tuple[str, str], Similarity]:
    """Pairs of offers of one provider that may be the same."""
    pairs: dict[tuple[str, str], Similarity] = {}
    for offers in _load_offers(session, provider_ids).values():
        for position, (a_id, a) in enumerate(offers):
            for b_id, b in offers[position + 1 :]:
                alike = compare_offers(a, b)
                if alike.score >= CANDIDATE_SCORE:
                    pairs[_ordered(a_id, b_id)] = alike
    return pairs


def _load_offers(
    session: Session, provider_ids: Collection[str]
) -> dict[str, list[tuple[str, OfferTraits]]]:
    """Provider → its offers, of those that have more than one to compare."""
    rows = session.exec(
        select(Offer)
        .where(col(Offer.merged_into_id).is_(None), Offer.status != "withdrawn")
        .order_by(col(Offer.id))
    ).all()
    by_provider: dict[str, list[Offer]] = defaultdict(list)
    for row in rows:
        if row.provider_id in provider_ids:
            by_provider[row.provider_id].append(row)
    several = {key: offers for key, offers in by_provider.items() if len(offers) > 1}
    if not several:
        return {}
    times: dict[str, set[tuple[int, int, int]]] = defaultdict(set)
    for time in session.exec(select(OfferSession)):
        times[time.offer_id].add((time.weekday, time.from_minute, time.to_minute))
    places: dict[str, set[str]] = defaultdict(set)
    for at in session.exec(select(OfferPlace)):
        places[at.offer_id].add(at.place_id)
    return {
        provider_id: [
            (offer.id, _offer_traits(offer, times[offer.id], places[offer.id])) for offer in offers
        ]
        for provider_id, offers in several.items()
    }


def _offer_traits(offer: Offer, times: set[tuple[int, int, int]], places: set[str]) -> OfferTraits:
    return OfferTraits(
        words=name_words(offer.title),
        numbers=name_numbers(offer.title),
        kind=offer.kind,
        course_kind=offer.course_kind,
        levels=(offer.entry_level, offer.target_level),
        starts_on=offer.starts_on.isoformat() if offer.starts_on else "",
        times=frozenset(times),
        places=frozenset(places),
    )


def mark_distinct(
    session: Session, editor_id: str, entry_type: EntryType, a_id: str, b_id: str
) -> None:
    """Remember for ever that these two are not the same. Twice is harmless."""
    judge(session, editor_id, entry_type, a_id, b_id, "distinct")


def judge(
    session: Session, editor_id: str, entry_type: EntryType, a_id: str, b_id: str, state: str
) -> None:
    """Note what became of a pair: ``distinct``, ``merged``, or ``open`` again after an undone merge."""
    a_id, b_id = _ordered(a_id, b_id)
    row = session.get(DuplicateCandidate, (entry_type, a_id, b_id))
    if row is None:
        row = DuplicateCandidate(entry_type=entry_type, a_id=a_id, b_id=b_id, score=100.0)
    row.state, row.decided_by, row.decided_at = state, editor_id, utc_now()
    session.add(row)
    session.flush()


def forget_entries(session: Session, entry_ids: Collection[str]) -> None:
    """Take the open pairs with these entries out of the queue (they were merged away)."""
    ids = list(entry_ids)
    session.execute(
        delete(DuplicateCandidate).where(
            col(DuplicateCandidate.state) == "open",
            col(DuplicateCandidate.a_id).in_(ids) | col(DuplicateCandidate.b_id).in_(ids),
        )
    )
