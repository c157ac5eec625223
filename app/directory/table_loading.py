"""Fills the offer table from the database, in a handful of bulk queries, and keeps it at hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from app.core.db import Database
from app.directory.codes import (
    COURSE_KINDS,
    ENTITLEMENT_KINDS,
    GOAL_AREAS,
    LEVELS,
    OFFER_KINDS,
    PRECISE,
    RESIDENCE_STATUSES,
    SEXES,
    TARGET_GROUPS,
    VISIBILITIES,
)
from app.directory.models import (
    DirectoryChange,
    Offer,
    OfferPlace,
    OfferSession,
    OfferTopic,
    Place,
    Provider,
)
from app.directory.offer_table import UNKNOWN, BitSets, OfferTable
from app.directory.public_holidays import NO_HOLIDAYS, Holidays
from app.directory.timetable import Timetable
from app.directory.timetable_loading import load_timetables

MOST_SINGLE_CHANGES = 400
"""From more changed offers on, all are read anew: it is faster, and databases limit long lists."""

_T = TypeVar("_T")
_Unsigned = TypeVar("_Unsigned", np.uint8, np.uint16, np.uint32)


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """Where an offer takes place."""

    place_id: str
    latitude: float | None = None
    longitude: float | None = None
    precision: str = "unknown"
    town: str | None = None
    district: str | None = None
    step_free: bool | None = None
    plz: str | None = None


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One offer as plain values, as `build_offer_table` takes it. Meanings: `Offer`."""

    offer_id: str
    external_id: str
    title: str
    provider_id: str
    provider_name: str
    kind: str
    course_kind: str | None = None
    visibility: str = "public"
    entry_level: str | None = None
    target_level: str | None = None
    sex: str | None = None
    min_age: int | None = None
    max_age: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    registration_deadline: date | None = None
    individual_entry: bool | None = None
    by_appointment: bool = False
    has_childcare: bool | None = None
    seats_max: int | None = None
    seats_booked: int | None = None
    has_waiting_list: bool | None = None
    cost_cents: int | None = None
    verified_on: date | None = None
    residence_statuses: Sequence[str] = ()
    entitlement_kinds: Sequence[str] = ()
    goal_areas: Sequence[str] = ()
    target_groups: Sequence[str] = ()
    instruction_languages: Sequence[str] = ()
    onsite_languages: Sequence[str] = ()
    entered_at: datetime | None = None
    topics: Sequence[str] = ()
    sessions: Sequence[tuple[int, int, int]] = ()
    """Weekday (1 = Monday), from and to in minutes since midnight."""
    session_languages: Sequence[str] = ()
    """Spoken on site on some days."""
    places: Sequence[PlaceRow] = ()
    """The main one first."""
    timetable: Timetable | None = None
    """Given when the dates do not follow from weekdays, start and end alone."""


class OfferTableCache:
    """The current offer table, shared by the threads of a process.

    Brought up to date when the directory's revision has changed, which costs one short query to see.
    Then only the offers that changed are read from the database.
    """

    def __init__(self, database: Database, holidays: Holidays = NO_HOLIDAYS) -> None:
        """Loads nothing yet."""
        self._database = database
        self._holidays = holidays
        self._lock = threading.Lock()
        self._table: OfferTable | None = None
        self._rows: dict[str, OfferRow] = {}
        """What the table was built of, by offer."""

    def current(self) -> OfferTable:
        """The table of the newest committed revision. Opens its own transaction."""
        with self._database.read() as session:
            revision = current_revision(session)
            table = self._table
            if table is not None and table.revision == revision:
                return table
        with self._lock:
            table = self._table
            if table is None or table.revision < revision:
                with self._database.read() as session:
                    table = self._bring_up_to_date(session, table)
                self._table = table
            return table

    def _bring_up_to_date(self, session: Session, table: OfferTable | None) -> OfferTable:
        # First the revision: should a change slip in, the table is newer than it says and is only
        # loaded once more.
        revision = current_revision(session)
        changed = None if table is None else _changed_since(session, table.revision)
        if changed is None or len(changed) > MOST_SINGLE_CHANGES:
            self._rows = {row.offer_id: row for row in load_offer_rows(session)}
        else:
            fresh = {row.offer_id: row for row in load_offer_rows(session, changed)}
            gone = {*changed, *(i for i, row in self._rows.items() if row.provider_id in changed)}
            kept = {key: row for key, row in self._rows.items() if key not in gone}
            self._rows = dict(sorted((kept | fresh).items()))
        return build_offer_table(tuple(self._rows.values()), revision, self._holidays)


def current_revision(session: Session) -> int:
    """The number of the newest change of the directory; 0: none yet."""
    return session.execute(select(func.max(DirectoryChange.seq))).scalar_one() or 0


def load_offer_table(session: Session, holidays: Holidays = NO_HOLIDAYS) -> OfferTable:
    """All published offers, in seven queries whatever their number, ordered by id."""
    revision = current_revision(session)
    return build_offer_table(load_offer_rows(session), revision, holidays)


def load_offer_rows(session: Session, changed: Collection[str] | None = None) -> list[OfferRow]:
    """The published offers, ordered by id; when ``changed`` is given, those that it (or whose provider
    it) names.
    """

    def some(query: Any, offer_id: Any) -> Any:
        return query if ids is None else query.where(offer_id.in_(ids))

    ids: list[str] | None = None
    offers_query = _offer_columns()
    if changed is not None:
        of_these = or_(col(Offer.id).in_(changed), col(Offer.provider_id).in_(changed))
        offers_query = offers_query.where(of_these)
    offers: Sequence[Sequence[Any]] = session.execute(offers_query).all()
    if changed is not None:
        ids = [offer[0] for offer in offers]
    topics = _grouped(session.execute(some(_TOPICS, col(OfferTopic.offer_id))), lambda row: str(row[1]))
    sessions = _grouped(session.execute(some(_SESSIONS, col(OfferSession.offer_id))), tuple)
    places = _grouped(
        session.execute(some(_PLACES, col(OfferPlace.offer_id))), lambda row: PlaceRow(*row[1:])
    )
    timetables = load_timetables(session, ids)
    rows = []
    for offer in offers:
        times = sessions.get(offer[0], ())
        rows.append(
            OfferRow(
                **dict(zip(_OWN_FIELDS, offer, strict=True)),
                topics=topics.get(offer[0], ()),
                sessions=tuple(time[1:4] for time in times),
                session_languages=tuple({tag for time in times for tag in time[4] or ()}),
                places=places.get(offer[0], ()),
                timetable=timetables.get(offer[0]),
            )
        )
    return rows


def _changed_since(session: Session, revision: int) -> set[str]:
    changes = select(col(DirectoryChange.offer_id)).where(col(DirectoryChange.seq) > revision)
    return set(session.execute(changes.distinct()).scalars())


def build_offer_table(
    rows: Sequence[OfferRow], revision: int = 0, holidays: Holidays = NO_HOLIDAYS
) -> OfferTable:
    """The table of ``rows``, in their order. Pure.

    A code that `app.directory.codes` does not know raises `ValueError`: left out, a restriction
    would silently become none.
    """
    return OfferTable(
        revision=revision,
        ids=tuple(row.offer_id for row in rows),
        external_ids=tuple(row.external_id for row in rows),
        titles=tuple(row.title for row in rows),
        provider_ids=tuple(row.provider_id for row in rows),
        provider_names=tuple(row.provider_name for row in rows),
        kind=_codes(rows, "kind", OFFER_KINDS),
        course_kind=_codes(rows, "course_kind", COURSE_KINDS),
        entry_level=_codes(rows, "entry_level", LEVELS),
        target_level=_codes(rows, "target_level", LEVELS),
        visibility=_codes(rows, "visibility", VISIBILITIES),
        sex=_codes(rows, "sex", SEXES),
        min_age=_numbers(rows, "min_age").astype(np.int16),
        max_age=_numbers(rows, "max_age").astype(np.int16),
        starts_on=_days(rows, "starts_on"),
        ends_on=_days(rows, "ends_on"),
        registration_deadline=_days(rows, "registration_deadline"),
        individual_entry=_answers(row.individual_entry for row in rows),
        by_appointment=_answers(row.by_appointment for row in rows),
        childcare=_answers(row.has_childcare for row in rows),
        step_free=_answers(_is_step_free(row.places) for row in rows),
        seats_free=np.array([_seats_free(row) for row in rows], dtype=np.int32),
        has_seat_limit=np.array([row.seats_max is not None for row in rows], dtype=np.bool_),
        waiting_list=_answers(row.has_waiting_list for row in rows),
        cost_cents=_numbers(rows, "cost_cents"),
        verified_on=_days(rows, "verified_on"),
        entered_on=_days(rows, "entered_at"),
        residence_statuses=_masks(rows, "residence_statuses", RESIDENCE_STATUSES, np.uint32),
        entitlement_kinds=_masks(rows, "entitlement_kinds", ENTITLEMENT_KINDS, np.uint8),
        goal_areas=_masks(rows, "goal_areas", GOAL_AREAS, np.uint16),
        target_groups=_masks(rows, "target_groups", TARGET_GROUPS, np.uint16),
        weekdays=np.array([_weekdays(row) for row in rows], dtype=np.uint8),
        languages=BitSets.build(
            [(*r.instruction_languages, *r.onsite_languages, *r.session_languages) for r in rows]
        ),
        instruction=BitSets.build([row.instruction_languages for row in rows]),
        topics=BitSets.build([row.topics for row in rows]),
        **_session_columns(rows),
        timetables={i: row.timetable for i, row in enumerate(rows) if row.timetable is not None},
        holidays=holidays,
        **_place_columns(rows),
    )


def _offer_columns() -> Any:
    """The query whose columns are `_OWN_FIELDS`, in their order."""
    return (
        select(
            col(Offer.id),
            col(Offer.external_id),
            col(Offer.title),
            col(Offer.provider_id),
            col(Provider.name),
            col(Offer.kind),
            col(Offer.course_kind),
            col(Offer.visibility),
            col(Offer.entry_level),
            col(Offer.target_level),
            col(Offer.sex),
            col(Offer.min_age),
            col(Offer.max_age),
            col(Offer.starts_on),
            col(Offer.ends_on),
            col(Offer.registration_deadline),
            col(Offer.individual_entry),
            col(Offer.by_appointment),
            col(Offer.has_childcare),
            col(Offer.seats_max),
            col(Offer.seats_booked),
            col(Offer.has_waiting_list),
            col(Offer.cost_cents),
            col(Offer.verified_on),
            col(Offer.residence_statuses),
            col(Offer.entitlement_kinds),
            col(Offer.goal_areas),
            col(Offer.target_groups),
            col(Offer.instruction_languages),
            col(Offer.onsite_languages),
            col(Offer.created_at),
        )
        .join(Provider, col(Provider.id) == col(Offer.provider_id))
        .where(col(Offer.status) == "published")
        .order_by(col(Offer.id))
    )


_OWN_FIELDS = tuple(field.name for field in fields(OfferRow))[
    : list(OfferRow.__slots__).index("topics")
]
"""The fields of `OfferRow` that stand in the offer's own row."""
_TOPICS = select(col(OfferTopic.offer_id), col(OfferTopic.concept)).order_by(
    col(OfferTopic.offer_id), col(OfferTopic.concept)
)
_SESSIONS = select(
    col(OfferSession.offer_id),
    col(OfferSession.weekday),
    col(OfferSession.from_minute),
    col(OfferSession.to_minute),
    col(OfferSession.languages),
).order_by(col(OfferSession.offer_id), col(OfferSession.weekday), col(OfferSession.from_minute))
_PLACES = (
    select(
        col(OfferPlace.offer_id),
        col(Place.id),
        col(Place.latitude),
        col(Place.longitude),
        col(Place.precision),
        col(Place.town),
        col(Place.district),
        col(Place.step_free),
        col(Place.plz),
    )
    .join(Place, col(Place.id) == col(OfferPlace.place_id))
    .order_by(col(OfferPlace.offer_id), col(OfferPlace.position), col(Place.id))
)


def _grouped(rows: Iterable[Any], value: Callable[[Any], _T]) -> dict[str, tuple[_T, ...]]:
    """``value`` of each row, by the offer in its first column."""
    groups: dict[str, list[_T]] = {}
    for row in rows:
        groups.setdefault(row[0], []).append(value(row))
    return {key: tuple(values) for key, values in groups.items()}


def _codes(rows: Sequence[OfferRow], name: str, codes: tuple[str, ...]) -> npt.NDArray[np.int8]:
    position: dict[str | None, int] = {code: i for i, code in enumerate(codes)} | {None: UNKNOWN}
    try:
        return np.array([position[v] for v in map(attrgetter(name), rows)], dtype=np.int8)
    except KeyError as error:
        raise ValueError(f"{name}: {error} is no known code") from None


def _masks(
    rows: Sequence[OfferRow], name: str, codes: tuple[str, ...], dtype: type[_Unsigned]
) -> npt.NDArray[_Unsigned]:
    bit = {code: 1 << i for i, code in enumerate(codes)}
    try:
        masks = [sum(bit[v] for v in set(values)) for values in map(attrgetter(name), rows)]
    except KeyError as error:
        raise ValueError(f"{name}: {error} is no known code") from None
    return np.array(masks, dtype=dtype)


def _numbers(rows: Sequence[OfferRow], name: str) -> npt.NDArray[np.int32]:
    values = map(attrgetter(name), rows)
    return np.array([UNKNOWN if value is None else value for value in values], dtype=np.int32)


def _days(rows: Sequence[OfferRow], name: str) -> npt.NDArray[np.int32]:
    values = map(attrgetter(name), rows)
    return np.array([UNKNOWN if day is None else day.toordinal() for day in values], dtype=np.int32)


def _answers(values: Iterable[bool | None]) -> npt.NDArray[np.int8]:
    return np.array([UNKNOWN if value is None else int(value) for value in values], dtype=np.int8)


def _is_step_free(places: Sequence[PlaceRow]) -> bool | None:
    answers = {place.step_free for place in places}
    if True in answers:
        return True
    return None if None in answers or not answers else False


def _seats_free(row: OfferRow) -> int:
    if row.seats_max is None or row.seats_booked is None:
        return UNKNOWN
    return max(0, row.seats_max - row.seats_booked)


def _weekdays(row: OfferRow) -> int:
    return sum(1 << (weekday - 1) for weekday in {session[0] for session in row.sessions})


def _starts(lengths: Iterable[int]) -> npt.NDArray[np.int32]:
    return np.array([0, *np.cumsum(list(lengths), dtype=np.int64)], dtype=np.int32)


def _session_columns(rows: Sequence[OfferRow]) -> dict[str, Any]:
    flat = [session for row in rows for session in row.sessions]
    return {
        "session_start": _starts(len(row.sessions) for row in rows),
        "session_weekday": np.array([s[0] for s in flat], dtype=np.int8),
        "session_from": np.array([s[1] for s in flat], dtype=np.int16),
        "session_to": np.array([s[2] for s in flat], dtype=np.int16),
    }


def _place_columns(rows: Sequence[OfferRow]) -> dict[str, Any]:
    flat = [place for row in rows for place in row.places]
    return {
        "place_start": _starts(len(row.places) for row in rows),
        "place_id": tuple(place.place_id for place in flat),
        # numpy turns None into NaN
        "place_latitude": np.array([place.latitude for place in flat], dtype=np.float64),
        "place_longitude": np.array([place.longitude for place in flat], dtype=np.float64),
        "place_precise": np.array([place.precision in PRECISE for place in flat], dtype=np.bool_),
        "place_plz": tuple(place.plz or "" for place in flat),
        "place_town": tuple(place.town or "" for place in flat),
        "place_district": tuple(place.district or "" for place in flat),
    }
