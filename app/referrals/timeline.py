"""The timeline of a case: everything that was recorded about it, the newest first, page by page.

It stands here because it gathers what cases and referrals record, and imports go downwards only.
The database sorts and counts ids, kinds and moments (`UNION ALL`); only the rows of the page asked
for are loaded, and of these nothing sensitive: no note, no answer, no name of a sensitive offer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, get_args

from sqlalchemy import (
    Row,
    Select,
    String,
    Subquery,
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
    "referral": ("referral_",),
    "plan": ("goal_", "plan_", "step_", "review_"),
    "appointment": ("appointment_",),
    "note": ("note_",),
    "assessment": ("assessment_",),
    "legal": ("residence_", "permit_", "entitlement", "office_", "clock_", "counselling_", "extension"),
    "consent": ("consent_", "release_", "client_informed", "client_agreed", "information_",
                "agreement"),
    "passage": (
        "handover", "handed_over", "case_closed", "case_reopened", "client_closed", "client_reopened",
        "closing_", "reopened", "takeover", "taken_over", "emergency_access",
    ),
}  # fmt: skip
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
    entries = _entries(client_id, filters)
    total = session.execute(select(func.count()).select_from(entries)).scalar_one()
    number = page_number(filters.page, filters.page_size, total)
    keys = session.execute(
        select(entries)
        .order_by(entries.c.at.desc(), entries.c.place.desc(), entries.c.id.desc())
        .limit(filters.page_size)
        .offset((number - 1) * filters.page_size)
    ).all()
    return Page(_load_entries(session, keys), number, filters.page_size, total)


def count_timeline(
    session: Session, client_id: str, actor: Actor, filters: TimelineFilters
) -> TimelineCounts:
    """How many entries of each kind there are, and who made them; raises `NotFoundError`."""
    _require_visible(session, client_id, actor)
    everybody = TimelineFilters(topic=filters.topic, from_on=filters.from_on, until_on=filters.until_on)
    entries = _entries(client_id, everybody)
    rows = session.execute(
        select(entries.c.kind, entries.c.actor_id, func.count()).group_by(
            entries.c.kind, entries.c.actor_id
        )
    ).all()
    by_kind: dict[str, int] = {}
    for kind, actor_id, count in rows:
        if filters.actor_id in {None, actor_id}:
            by_kind[kind] = by_kind.get(kind, 0) + count
    names = load_user_names(session, {actor_id for _kind, actor_id, _count in rows if actor_id})
    people = sorted(names.items(), key=lambda item: (item[1], item[0]))
    return TimelineCounts(by_kind, tuple(people))


def _require_visible(session: Session, client_id: str, actor: Actor) -> None:
    found = session.execute(
        select(col(Client.id)).where(col(Client.id) == client_id, is_visible_to(actor))
    ).first()
    if found is None:
        raise NotFoundError("no such case")


def _entries(client_id: str, filters: TimelineFilters) -> Subquery:
    """Source, id, moment, person and kind of all that fits."""
    parts = [
        _events(client_id, filters),
        _contacts(client_id, filters),
        _steps(client_id, filters),
        _appointments(client_id, filters),
        _notes(client_id, filters),
        _assessments(client_id, filters),
    ]
    return union_all(*(part for part in parts if part is not None)).subquery()


def _part(
    source: Source, identifier: Any, at: Any, actor_id: Any, kind: Any, filters: TimelineFilters,
    place: Any = None,
) -> Select[Any]:  # fmt: skip
    statement: Select[Any] = select(
        _word(source).label("source"),
        col(identifier).label("id"),
        col(at).label("at"),
        col(actor_id).label("actor_id"),
        kind.label("kind"),
        (literal_column("1") if place is None else place).label("place"),
    )
    if filters.actor_id:
        statement = statement.where(col(actor_id) == filters.actor_id)
    if filters.from_on:
        statement = statement.where(col(at) >= _midnight(filters.from_on))
    if filters.until_on and filters.until_on < date.max:
        statement = statement.where(col(at) < _midnight(filters.until_on + timedelta(days=1)))
    return statement


def _events(client_id: str, filters: TimelineFilters) -> Select[Any]:
    code = col(CaseEvent.code)
    kind = case(
        *(
            (or_(*(code.startswith(begin, autoescape=True) for begin in begins)), _word(name))
            for name, begins in _CODES_OF_KIND.items()
        ),
        else_=_word("case"),
    )
    # The opening of the case comes last of what happened at the same moment.
    place = case((code == "client_created", 0), else_=1)
    statement = _part(
        "event", CaseEvent.id, CaseEvent.at, CaseEvent.actor_id, kind, filters, place
    ).where(col(CaseEvent.client_id) == client_id)
    if filters.kinds:
        statement = statement.where(kind.in_(sorted(filters.kinds)))
    if filters.topic:
        area = f'"area": "{filters.topic}"'
        statement = statement.where(cast(CaseEvent.facts, String).contains(area, autoescape=True))
    return statement


def _contacts(client_id: str, filters: TimelineFilters) -> Select[Any] | None:
    if not _is_wanted("contact", filters):
        return None
    statement = _part(
        "contact", ContactEntry.id, ContactEntry.happened_at, ContactEntry.author_id, _word("contact"),
        filters,
    ).where(col(ContactEntry.client_id) == client_id)  # fmt: skip
    if filters.topic:
        word = f'"{filters.topic}"'
        statement = statement.where(cast(ContactEntry.topics, String).contains(word, autoescape=True))
    return statement


def _steps(client_id: str, filters: TimelineFilters) -> Select[Any] | None:
    if not _is_wanted("referral", filters):
        return None
    statement = (
        _part(
            "step", ReferralEvent.id, ReferralEvent.at, ReferralEvent.actor_id, _word("referral"),
            filters,
        )
        .join(Referral, col(Referral.id) == ReferralEvent.referral_id)
        .where(col(Referral.client_id) == client_id)
    )  # fmt: skip
    if filters.topic:
        # What a referral to a sensitive offer is about must not show by filtering.
        statement = (
            statement.join(Goal, col(Goal.id) == Referral.goal_id)
            .join(Offer, col(Offer.id) == Referral.offer_id)
            .where(col(Goal.area) == filters.topic, col(Offer.is_sensitive).is_(False))
        )
    return statement


def _appointments(client_id: str, filters: TimelineFilters) -> Select[Any] | None:
    if not _is_wanted("appointment", filters):
        return None
    statement = _part(
        "appointment", Appointment.id, Appointment.starts_at, Appointment.created_by,
        _word("appointment"), filters,
    ).where(col(Appointment.client_id) == client_id)  # fmt: skip
    if filters.topic:
        kinds = [kind for kind, topic in _TOPIC_OF_APPOINTMENT.items() if topic == filters.topic]
        statement = statement.where(col(Appointment.kind).in_(kinds))
    return statement


def _notes(client_id: str, filters: TimelineFilters) -> Select[Any] | None:
    if filters.topic or not _is_wanted("note", filters):
        return None
    return _part(
        "note", CaseNote.id, CaseNote.created_at, CaseNote.author_id, _word("note"), filters
    ).where(col(CaseNote.client_id) == client_id)


def _assessments(client_id: str, filters: TimelineFilters) -> Select[Any] | None:
    if filters.topic or not _is_wanted("assessment", filters):
        return None
    return _part(
        "assessment", SelfAssessment.id, SelfAssessment.created_at, SelfAssessment.recorded_by,
        _word("assessment"), filters,
    ).where(col(SelfAssessment.client_id) == client_id)  # fmt: skip


def _is_wanted(kind: str, filters: TimelineFilters) -> bool:
    return not filters.kinds or kind in filters.kinds


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
