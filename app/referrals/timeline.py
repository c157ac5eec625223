"""The timeline of a case: everything that was recorded about it, the newest first, page by page.

It stands here because it gathers what cases and referrals record, and imports go downwards only.
The database sorts and counts ids, kinds and moments (`UNION ALL`); only the rows of the page asked
for are loaded, and of these nothing sensitive: no note, no answer, no name of a sensitive offer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple, get_args

from sqlalchemy import (
    Integer,
    Row,
    Select,
    String,
    Subquery,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlmodel import Session, col

from app.accounts.permissions import Actor
from app.accounts.queries import load_user_names
from app.cases.counselling_models import Appointment, CaseNote, ContactEntry, SelfAssessment
from app.cases.models import CaseEvent, Client, Goal
from app.cases.policy import is_visible_to
from app.core.db import UtcDateTime, load_rows
from app.core.errors import NotFoundError
from app.core.paging import Page, page_number
from app.directory.models import Offer
from app.referrals.models import Referral, ReferralEvent
from app.referrals.timeline_marks import Mark, Source, load_marks
from app.settings import TIMEZONE

PAGE_SIZE: Final = 40
TimelineKind = Literal[
    "contact", "referral", "plan", "appointment", "note", "assessment", "legal", "consent", "passage",
    "case",
]  # fmt: skip
TIMELINE_KINDS: Final[tuple[str, ...]] = get_args(TimelineKind)

_CODES_OF_KIND: Final = {
    "contact": ("contact_",),
    "plan": ("goal", "plan_", "step_"),
    "note": ("note_",),
    "legal": ("residence_", "permit_", "entitlement_", "counselling_"),
    "consent": ("consent_", "client_informed", "client_agreed"),
    "passage": ("handed_over", "handover_", "case_closed", "case_reopened", "case_taken_over"),
}
"""Kind → how the codes of its case events begin; all other events are changes of the case itself."""
_TOPIC_OF_APPOINTMENT: Final = {
    "foreigners_office": "residence",
    "benefit_authority": "benefits",
    "course": "language",
    "health": "health",
    "school": "school",
}


@dataclass(frozen=True, slots=True)
class TimelineFilters:
    """What to narrow the timeline to; empty: everything."""

    kinds: frozenset[str] = frozenset()
    topic: str | None = None
    """A code of `app.cases.codes.ContactTopic`; goals and referrals count by the area of the goal."""
    actor_id: str | None = None
    from_on: date | None = None
    until_on: date | None = None
    """Included; days as people here live them."""
    page: int = 1
    page_size: int = PAGE_SIZE

    @property
    def is_empty(self) -> bool:
        """Whether everything is shown."""
        return not (self.kinds or self.topic or self.actor_id or self.from_on or self.until_on)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened."""

    id: str
    source: Source
    kind: str
    """A code of `TimelineKind`."""
    at: datetime
    actor_id: str | None
    actor_name: str
    """Empty: the client, a provider, or a command."""
    what: Mark


@dataclass(frozen=True, slots=True)
class TimelineCounts:
    """How much there is, for the filters."""

    by_kind: dict[str, int]
    """With the other filters (topic, person, period) as they are; kinds without entries are missing."""
    people: tuple[tuple[str, str], ...]
    """Id and name of everybody who recorded something in this case, by name."""


def load_timeline(
    session: Session, client_id: str, actor: Actor, filters: TimelineFilters
) -> Page[TimelineEntry]:
    """A page of the timeline of a case; raises `NotFoundError` when ``actor`` may not see it.

    The newest entries for another page: ``TimelineFilters(page_size=8)``. What one opens from here is
    for those whom the case is confided to, and leaves its own entry in the access log.
    """
    _require_visible(session, client_id, actor)
    number = max(1, filters.page)
    keys = _load_keys(session, client_id, filters, number)
    if keys or number == 1:
        total = keys[0].total if keys else 0
        return Page(_load_entries(session, keys), number, filters.page_size, total)
    # Behind the end: the last page.
    [(total,)] = load_rows(session, _total_of(_shape(filters)), _values(client_id, filters))
    return _load_page(session, client_id, filters, total)


def load_counted_timeline(
    session: Session, client_id: str, actor: Actor, filters: TimelineFilters
) -> tuple[Page[TimelineEntry], TimelineCounts]:
    """The same with what the filters need to know; raises `NotFoundError`."""
    _require_visible(session, client_id, actor)
    everybody = replace(filters, kinds=frozenset(), actor_id=None)
    rows = load_rows(session, _counts_of(_shape(everybody)), _values(client_id, everybody))
    by_kind: dict[str, int] = {}
    for kind, actor_id, count in rows:
        if filters.actor_id in {None, actor_id}:
            by_kind[kind] = by_kind.get(kind, 0) + count
    names = load_user_names(session, {actor_id for _kind, actor_id, _count in rows if actor_id})
    people = sorted(names.items(), key=lambda item: (item[1], item[0]))
    total = sum(by_kind.get(kind, 0) for kind in filters.kinds or by_kind)
    page = _load_page(session, client_id, filters, total)
    return page, TimelineCounts(by_kind, tuple(people))


def _load_page(
    session: Session, client_id: str, filters: TimelineFilters, total: int
) -> Page[TimelineEntry]:
    number = page_number(filters.page, filters.page_size, total)
    keys = _load_keys(session, client_id, filters, number)
    return Page(_load_entries(session, keys), number, filters.page_size, total)


def _load_keys(
    session: Session, client_id: str, filters: TimelineFilters, number: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    values = _values(client_id, filters) | {
        "most": filters.page_size,
        "skipped": (number - 1) * filters.page_size,
    }
    return load_rows(session, _keys_of(_shape(filters)), values)


def _require_visible(session: Session, client_id: str, actor: Actor) -> None:
    if not load_rows(session, _visible_to(actor), {"client": client_id}):
        raise NotFoundError("no such case")


@lru_cache(maxsize=512)
def _visible_to(actor: Actor) -> Select[Any]:
    return select(col(Client.id)).where(col(Client.id) == bindparam("client"), is_visible_to(actor))


class _Shape(NamedTuple):
    """Which filters there are; what they are set to is bound. Making a statement costs more than it
    takes the database to run it, so each shape is made once."""

    kinds: frozenset[str]
    by_topic: bool
    by_person: bool
    is_from: bool
    is_until: bool


def _shape(filters: TimelineFilters) -> _Shape:
    return _Shape(
        filters.kinds,
        by_topic=filters.topic is not None,
        by_person=filters.actor_id is not None,
        is_from=filters.from_on is not None,
        is_until=filters.until_on is not None and filters.until_on < date.max,
    )


def _values(client_id: str, filters: TimelineFilters) -> dict[str, Any]:
    """What the statement of the same shape binds."""
    shape = _shape(filters)
    values: dict[str, Any] = {"client": client_id}
    if shape.by_topic:
        kinds = [kind for kind, topic in _TOPIC_OF_APPOINTMENT.items() if topic == filters.topic]
        values |= {
            "topic": filters.topic,
            "topic_in_list": f'%"{filters.topic}"%',
            "topic_as_area": f'%"area": "{filters.topic}"%',
            "appointment_kinds": kinds,
        }
    if shape.by_person:
        values["person"] = filters.actor_id
    if shape.is_from and filters.from_on:
        values["since"] = _midnight(filters.from_on)
    if shape.is_until and filters.until_on:
        values["before"] = _midnight(filters.until_on + timedelta(days=1))
    return values


@lru_cache(maxsize=256)
def _total_of(shape: _Shape) -> Select[Any]:
    return select(func.count()).select_from(_entries(shape))


@lru_cache(maxsize=256)
def _counts_of(shape: _Shape) -> Select[Any]:
    entries = _entries(shape)
    return select(entries.c.kind, entries.c.actor_id, func.count()).group_by(
        entries.c.kind, entries.c.actor_id
    )


@lru_cache(maxsize=256)
def _keys_of(shape: _Shape) -> Select[Any]:
    entries = _entries(shape)
    return (
        select(entries, func.count().over().label("total"))
        .order_by(
            entries.c.at.desc(),
            entries.c.place.desc(),
            entries.c.recorded_at.desc(),
            entries.c.id.desc(),
        )
        .limit(bindparam("most", type_=Integer))
        .offset(bindparam("skipped", type_=Integer))
    )


def _entries(shape: _Shape) -> Subquery:
    """Source, id, moment, person and kind of all that fits."""
    parts = [
        _events(shape),
        _contacts(shape),
        _steps(shape),
        _appointments(shape),
        _notes(shape),
        _assessments(shape),
    ]
    return union_all(*(part for part in parts if part is not None)).subquery()


def _part(
    shape: _Shape,
    source: Source,
    client: Any,
    columns: tuple[Any, Any, Any],
    kind: Any,
    place: Any = None,
    recorded_at: Any = None,
) -> Select[Any]:
    """``columns``: id, moment and person of the table that belongs to ``client``.

    ``recorded_at`` puts in order what people typed for the same minute; it is the moment by default.
    """
    identifier, at, actor_id = (col(column) for column in columns)
    statement: Select[Any] = select(
        _word(source).label("source"),
        identifier.label("id"),
        at.label("at"),
        actor_id.label("actor_id"),
        kind.label("kind"),
        (literal_column("1") if place is None else place).label("place"),
        (at if recorded_at is None else col(recorded_at)).label("recorded_at"),
    ).where(col(client) == bindparam("client"))
    if shape.by_person:
        statement = statement.where(actor_id == bindparam("person"))
    if shape.is_from:
        statement = statement.where(at >= bindparam("since", type_=UtcDateTime))
    if shape.is_until:
        statement = statement.where(at < bindparam("before", type_=UtcDateTime))
    return statement


def _events(shape: _Shape) -> Select[Any]:
    code = col(CaseEvent.code)
    kind = case(
        *(
            (or_(*(code.startswith(begin, autoescape=True) for begin in begins)), _word(name))
            for name, begins in _CODES_OF_KIND.items()
        ),
        else_=_word("case"),
    )
    columns = (CaseEvent.id, CaseEvent.at, CaseEvent.actor_id)
    # The opening of the case comes last of what happened at the same moment.
    place = case((code == "client_created", 0), else_=1)
    statement = _part(shape, "event", CaseEvent.client_id, columns, kind, place)
    if shape.kinds:
        statement = statement.where(kind.in_(sorted(shape.kinds)))
    if shape.by_topic:
        statement = statement.where(cast(CaseEvent.facts, String).like(bindparam("topic_as_area")))
    return statement


def _contacts(shape: _Shape) -> Select[Any] | None:
    if not _is_wanted("contact", shape):
        return None
    columns = (ContactEntry.id, ContactEntry.happened_at, ContactEntry.author_id)
    statement = _part(
        shape,
        "contact",
        ContactEntry.client_id,
        columns,
        _word("contact"),
        recorded_at=ContactEntry.created_at,
    )
    if shape.by_topic:
        topics = cast(ContactEntry.topics, String)
        statement = statement.where(topics.like(bindparam("topic_in_list")))
    return statement


def _steps(shape: _Shape) -> Select[Any] | None:
    if not _is_wanted("referral", shape):
        return None
    columns = (ReferralEvent.id, ReferralEvent.at, ReferralEvent.actor_id)
    statement = _part(shape, "step", Referral.client_id, columns, _word("referral")).join_from(
        Referral, ReferralEvent, col(Referral.id) == ReferralEvent.referral_id
    )
    if shape.by_topic:
        # What a referral to a sensitive offer is about must not show by filtering.
        statement = (
            statement.join(Goal, col(Goal.id) == Referral.goal_id)
            .join(Offer, col(Offer.id) == Referral.offer_id)
            .where(col(Goal.area) == bindparam("topic"), col(Offer.is_sensitive).is_(False))
        )
    return statement


def _appointments(shape: _Shape) -> Select[Any] | None:
    if not _is_wanted("appointment", shape):
        return None
    columns = (Appointment.id, Appointment.starts_at, Appointment.created_by)
    statement = _part(shape, "appointment", Appointment.client_id, columns, _word("appointment"))
    if shape.by_topic:
        kinds: Any = bindparam("appointment_kinds", expanding=True)
        statement = statement.where(col(Appointment.kind).in_(kinds))
    return statement


def _notes(shape: _Shape) -> Select[Any] | None:
    if shape.by_topic or not _is_wanted("note", shape):
        return None
    columns = (CaseNote.id, CaseNote.created_at, CaseNote.author_id)
    return _part(shape, "note", CaseNote.client_id, columns, _word("note"))


def _assessments(shape: _Shape) -> Select[Any] | None:
    if shape.by_topic or not _is_wanted("assessment", shape):
        return None
    columns = (SelfAssessment.id, SelfAssessment.created_at, SelfAssessment.recorded_by)
    return _part(shape, "assessment", SelfAssessment.client_id, columns, _word("assessment"))


def _is_wanted(kind: str, shape: _Shape) -> bool:
    return not shape.kinds or kind in shape.kinds


def _word(word: str) -> Any:
    """A code of ours as a constant of the statement."""
    return literal_column(f"'{word}'", String)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TIMEZONE)


def _load_entries(session: Session, keys: Sequence[Row[Any]]) -> tuple[TimelineEntry, ...]:
    ids: dict[Source, list[str]] = {}
    for key in keys:
        ids.setdefault(key.source, []).append(key.id)
    marks = {source: load_marks(session, source, wanted) for source, wanted in ids.items()}
    names = load_user_names(session, {key.actor_id for key in keys if key.actor_id})
    return tuple(
        TimelineEntry(
            id=key.id,
            source=key.source,
            kind=key.kind,
            at=key.at,
            actor_id=key.actor_id,
            actor_name=names.get(key.actor_id or "", ""),
            what=marks[key.source][key.id],
        )
        for key in keys
    )
