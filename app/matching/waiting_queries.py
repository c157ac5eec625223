"""Reading waiting lists: who waits, in which order, and who was passed over and why.

Everybody who works on cases sees the order; names, and the rules that kept somebody out, only of those
whose case they may see. What is confidential (sensitive offers) stands on no list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sqlalchemy import bindparam
from sqlmodel import Session, col, or_, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.models import Client
from app.cases.policy import is_visible_to
from app.core.errors import NotFoundError
from app.directory.codes import COURSE_KINDS
from app.directory.models import Offer
from app.matching.models import PassedOver, WaitingEntry
from app.matching.waiting_rules import PASS_REASONS, Waiting, list_before, waiting_order

RULE = "rule"
"""Stands for a rule that is not told: which one would say something about somebody else's client."""


@dataclass(frozen=True, slots=True)
class PassedLine:
    """Once somebody was passed over."""

    id: str
    on: date
    offer_title: str
    reason: str
    has_note: bool


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """Somebody on a list."""

    entry_id: str
    position: int
    entered_on: date
    date_reason: str | None
    only_offer: str | None
    """The title of the one offer that they wait for; `None`: any course of the kind."""
    client_id: str | None
    """`None`, as the names: of somebody whose case the person asking may not see."""
    client_name: str | None
    case_worker_name: str | None
    passed: tuple[PassedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitingList:
    """Who waits for a course of a kind, or for one offer, in order."""

    course_kind: str
    offer: Offer | None
    lines: tuple[WaitingLine, ...]
    starts: tuple[Offer, ...]
    """Courses of the kind that are still to start, the next one first."""

    @property
    def visible_lines(self) -> tuple[WaitingLine, ...]:
        """Those whose case the person asking may see."""
        return tuple(line for line in self.lines if line.client_id is not None)


@dataclass(frozen=True, slots=True)
class ListSummary:
    """One waiting list in a line."""

    course_kind: str
    offer_id: str | None
    offer_title: str | None
    count: int
    longest_since: date
    own_count: int
    """Of clients whose case the person asking may see."""
    next_start: Offer | None = None
    """The next course of the kind with a free seat, or with seats that nobody has told."""


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """What a client waits for, or waited for."""

    entry: WaitingEntry
    offer_title: str | None
    is_hidden: bool
    """The offer became confidential: its name is not told in lists."""
    position: int
    """Among those who wait for the same; 0: does not wait any more."""
    count: int
    passed: tuple[PassedLine, ...]


@dataclass(frozen=True, slots=True)
class OfferQueue:
    """Who waits for places in one offer: all in number, one's own clients by name."""

    count: int
    longest_since: date | None
    own: tuple[WaitingLine, ...]


@dataclass(frozen=True, slots=True)
class _Names:
    clients: dict[str, str] = field(default_factory=dict)
    workers: dict[str, str] = field(default_factory=dict)


def list_waiting(session: Session, actor: Actor) -> tuple[ListSummary, ...]:
    """All lists on which somebody waits: of kinds first (the longest list first), then of offers."""
    rows = _list_open(session)
    visible = _load_names(session, actor, {row.client_id for row in rows}).clients
    offers = _load_offers(session, {row.offer_key for row in rows if row.offer_key})
    groups: dict[tuple[str, str], list[WaitingEntry]] = defaultdict(list)
    for row in rows:
        if row.course_kind:
            groups[row.course_kind, ""].append(row)
        if row.offer_key in offers:
            groups[row.course_kind, row.offer_key].append(row)
    starts = _load_starts(session, {kind for kind, offer_id in groups if not offer_id}, today=actor.day)
    summaries = [
        ListSummary(
            course_kind=kind,
            offer_id=offer_id or None,
            offer_title=offers[offer_id].title if offer_id else None,
            count=len({row.client_id for row in group}),
            longest_since=min(row.entered_on for row in group),
            own_count=len({row.client_id for row in group} & visible.keys()),
            next_start=_next_start([offers[offer_id]] if offer_id else starts.get(kind, ()), actor.day),
        )
        for (kind, offer_id), group in groups.items()
    ]
    return tuple(
        sorted(summaries, key=lambda one: (one.offer_id is not None, -one.count, one.course_kind))
    )


def _next_start(offers: Sequence[Offer], today: date | None) -> Offer | None:
    """The first of the courses that starts today or later and has (or may have) a free seat."""
    ahead = (
        o for o in offers if o.starts_on is not None and today is not None and o.starts_on >= today
    )
    return next((offer for offer in ahead if has_seat(offer)), None)


def _summary_order(one: ListSummary) -> tuple[bool, int, str]:
    return one.offer_id is not None, -one.count, one.offer_title or one.course_kind


def get_waiting_list(session: Session, actor: Actor, key: str) -> WaitingList:
    """The list of a course kind or of an offer, with an audit entry: names are on it.

    Raises `NotFoundError` when ``key`` is neither, and for a sensitive offer.
    """
    offer = None if key in COURSE_KINDS else _get_offer(session, key)
    kind = (offer.course_kind or "") if offer else key
    rows = _list_open(session, kind=kind, offer_id=offer.id if offer else None)
    note_reading(session, actor, key)
    starts = _load_starts(session, {kind}, today=actor.day).get(kind, []) if kind and not offer else []
    return WaitingList(kind, offer, _build_lines(session, actor, rows), tuple(starts))


def note_reading(session: Session, actor: Actor, key: str) -> None:
    """Put into the audit log that ``actor`` read names on the list of a course kind or an offer."""
    record_access(session, actor.id, "waiting.list", "waiting_list", key)


# To make a statement takes longer than to run it, so those of every case are made once.
_OF_CLIENT: Final = (
    select(WaitingEntry)
    .where(col(WaitingEntry.client_id) == bindparam("client"))
    .order_by(col(WaitingEntry.entered_on), col(WaitingEntry.id))
)
_OPEN_OF_CLIENT: Final = _OF_CLIENT.where(col(WaitingEntry.ended_at).is_(None))


def load_case_entries(
    session: Session, client_id: str, *, only_open: bool = False
) -> tuple[CaseEntry, ...]:
    """What the client, whose case the caller has opened, waits and waited for; open ones first."""
    statement = _OPEN_OF_CLIENT if only_open else _OF_CLIENT
    rows = session.exec(statement, params={"client": client_id}).all()
    offers = _load_offers(
        session, {row.offer_key for row in rows if row.offer_key}, with_sensitive=True
    )
    passed = _load_passed(session, [row.id for row in rows])
    entries = []
    for row in rows:
        is_open = row.ended_at is None
        queue = (
            _list_open(session, kind=row.course_kind, offer_id=row.offer_key or None) if is_open else []
        )
        offer = offers.get(row.offer_key)
        is_hidden = offer is not None and offer.is_sensitive
        entries.append(
            CaseEntry(
                entry=row,
                offer_title=offer.title if offer and not is_hidden else None,
                is_hidden=is_hidden,
                position=_position(queue, row) if is_open else 0,
                count=len(queue),
                passed=tuple(passed.get(row.id, ())),
            )
        )
    return tuple(sorted(entries, key=lambda one: one.entry.ended_at is not None))


def load_offer_queue(session: Session, actor: Actor, offer: Offer) -> OfferQueue:
    """Who waits for a place in the offer; of a sensitive one nothing is told. With names in it, the
    caller notes the reading (`note_reading`) in a short transaction of its own."""
    if offer.is_sensitive:
        return OfferQueue(0, None, ())
    rows = _list_open(session, kind=offer.course_kind or "", offer_id=offer.id)
    own = tuple(line for line in _build_lines(session, actor, rows) if line.client_id is not None)
    since = min((row.entered_on for row in rows), default=None)
    return OfferQueue(len(rows), since, own)


def list_waiting_before(session: Session, offer: Offer, client_id: str) -> tuple[Waiting, ...]:
    """Who waits longer than the client for a place in the offer, each of them once, in order."""
    rows = _list_open(session, kind=offer.course_kind or "", offer_id=offer.id)
    return list_before(map(as_waiting, rows), client_id)


def as_waiting(row: WaitingEntry) -> Waiting:
    """A stored entry as a plain value."""
    return Waiting(row.id, row.client_id, row.entered_on, row.created_at)


def has_seat(offer: Offer) -> bool:
    """Whether a seat is free, or nobody told how many are."""
    if offer.seats_max is None or offer.seats_booked is None:
        return True
    return offer.seats_booked < offer.seats_max


def _list_open(
    session: Session, *, kind: str | None = None, offer_id: str | None = None
) -> list[WaitingEntry]:
    """Open entries of open cases, in order: all, of a kind, or those that want a place in one offer.

    Of a kind and of an offer, everybody stands on the list once, with the first entry.
    """
    statement = (
        select(WaitingEntry)
        .join(Client, col(Client.id) == WaitingEntry.client_id)
        .where(col(WaitingEntry.ended_at).is_(None), col(Client.closed_on).is_(None))
    )
    if offer_id is not None:
        any_course = (col(WaitingEntry.course_kind) == kind) & (col(WaitingEntry.offer_key) == "")
        only_this = col(WaitingEntry.offer_key) == offer_id
        statement = statement.where(or_(any_course, only_this) if kind else only_this)
    elif kind is not None:
        statement = statement.where(col(WaitingEntry.course_kind) == kind)
    rows = sorted(session.exec(statement).all(), key=lambda row: waiting_order(as_waiting(row)))
    if kind is None and offer_id is None:
        return rows
    first: dict[str, WaitingEntry] = {}
    for row in rows:
        first.setdefault(row.client_id, row)
    return list(first.values())


def _build_lines(
    session: Session, actor: Actor, rows: Sequence[WaitingEntry]
) -> tuple[WaitingLine, ...]:
    names = _load_names(session, actor, {row.client_id for row in rows})
    offers = _load_offers(session, {row.offer_key for row in rows if row.offer_key})
    passed = _load_passed(session, [row.id for row in rows])
    lines = []
    for position, row in enumerate(rows, start=1):
        is_visible = row.client_id in names.clients
        told = passed.get(row.id, [])
        lines.append(
            WaitingLine(
                entry_id=row.id,
                position=position,
                entered_on=row.entered_on,
                date_reason=row.date_reason,
                only_offer=offers[row.offer_key].title if row.offer_key in offers else None,
                client_id=row.client_id if is_visible else None,
                client_name=names.clients.get(row.client_id),
                case_worker_name=names.workers.get(row.client_id),
                passed=tuple(told if is_visible else map(_without_rule, told)),
            )
        )
    return tuple(lines)


def _without_rule(line: PassedLine) -> PassedLine:
    """The line as it is told about somebody whose case one may not see."""
    reason = line.reason if line.reason in PASS_REASONS else RULE
    return PassedLine(line.id, line.on, line.offer_title, reason, has_note=False)


def _load_names(session: Session, actor: Actor, client_ids: Collection[str]) -> _Names:
    """Names of those among the clients whose case ``actor`` may see."""
    rows = session.exec(
        select(Client.id, Client.given_name, Client.family_name, User.name)
        .join(User, col(User.id) == Client.case_worker_id)
        .where(col(Client.id).in_(client_ids), is_visible_to(actor))
    ).all()
    return _Names(
        {client_id: f"{given} {family}".strip() for client_id, given, family, _worker in rows},
        {client_id: worker for client_id, _given, _family, worker in rows},
    )


def _load_offers(
    session: Session, ids: Collection[str], *, with_sensitive: bool = False
) -> dict[str, Offer]:
    if not ids:
        return {}
    statement = select(Offer).where(col(Offer.id).in_(ids))
    if not with_sensitive:
        statement = statement.where(col(Offer.is_sensitive).is_(False))
    return {offer.id: offer for offer in session.exec(statement).all()}


def _get_offer(session: Session, offer_id: str) -> Offer:
    offer = session.get(Offer, offer_id)
    if offer is None or offer.is_sensitive:
        raise NotFoundError("no such waiting list")
    return offer


def _load_starts(
    session: Session, kinds: Collection[str], *, today: date | None
) -> dict[str, list[Offer]]:
    """Course kind → published courses that start today or later, the next one first."""
    if today is None:
        return {}
    found: dict[str, list[Offer]] = defaultdict(list)
    rows = session.exec(
        select(Offer)
        .where(
            col(Offer.course_kind).in_(kinds),
            Offer.status == "published",
            col(Offer.is_sensitive).is_(False),
            col(Offer.starts_on) >= today,
        )
        .order_by(col(Offer.starts_on), col(Offer.title), col(Offer.id))
    ).all()
    for offer in rows:
        found[offer.course_kind or ""].append(offer)
    return found


def _load_passed(session: Session, entry_ids: Collection[str]) -> dict[str, list[PassedLine]]:
    """Entry id → when and why they were passed over, the latest first; nothing of sensitive offers."""
    if not entry_ids:
        return {}
    rows = session.exec(
        select(PassedOver, Offer.title)
        .join(Offer, col(Offer.id) == PassedOver.offer_id)
        .where(col(PassedOver.entry_id).in_(entry_ids), col(Offer.is_sensitive).is_(False))
        .order_by(col(PassedOver.at).desc(), col(PassedOver.id))
    ).all()
    found: dict[str, list[PassedLine]] = defaultdict(list)
    for row, title in rows:
        found[row.entry_id].append(
            PassedLine(row.id, row.at.date(), title, row.reason, row.note is not None)
        )
    return found


def _position(queue: Sequence[WaitingEntry], row: WaitingEntry) -> int:
    return next((i for i, one in enumerate(queue, start=1) if one.client_id == row.client_id), 0)
