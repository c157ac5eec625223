"""Sorting, filtering and counting the list of cases. Pure: it gets the rows as the database has them.

Each filter says which rows fit. Beside each choice stands how many cases there would be with it: the
other filters count, those of the same group do not. A choice that nobody fits has no count.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, Final, Literal, NamedTuple, get_args

from app.core.text import fold_umlauts
from app.directory.codes import LEVELS

UNKNOWN: Final = "unknown"
"""The choice for rows where it is not known."""
NO_CONTACT_AFTER: Final = timedelta(days=60)
ENDS_WITHIN: Final = timedelta(days=183)
STATUS_WITHIN: Final = timedelta(days=92)

State = Literal["open", "closed", "all"]
STATES: Final[tuple[str, ...]] = get_args(State)
Way = Literal["own", "deputised", "team", "emergency"]
"""How the person asking comes to see a case."""
WAYS: Final[tuple[str, ...]] = get_args(Way)
Extra = Literal[
    "no_contact",
    "ends_soon",
    "status_expires",
    "without_plan",
    "without_information",
    "without_agreement",
    "without_consent",
]
EXTRAS: Final[tuple[str, ...]] = get_args(Extra)
Sort = Literal["name", "contact", "follow_up", "ends", "status", "level", "started"]
SORTS: Final[tuple[str, ...]] = get_args(Sort)


class CaseRow(NamedTuple):
    """A case as the list reads it: the columns of one row, in this order."""

    id: str
    given_name: str
    family_name: str
    birth_date: date | None
    case_worker_id: str
    closed_on: date | None
    started_on: date | None
    ends_on: date | None
    """The last day of the counselling (`app.cases.deadlines.counselling_end`)."""
    status_expires_on: date | None
    german_level: str | None
    german_level_evidence: str | None
    languages: Sequence[str] | None
    accommodation_id: str | None
    place: str | None
    """District of the accommodation, or the postal code of a private flat."""
    goal_areas: Sequence[str]
    """Of the open goals."""
    is_informed: bool
    is_agreed: bool
    has_recent_contact: bool
    """A talk that came about within `NO_CONTACT_AFTER`."""
    has_consent: bool
    can_be_handed_over: bool


@dataclass(frozen=True, slots=True)
class CaseloadFilters:
    """What to narrow the list to, and its order. Of a group several may be chosen: one has to fit."""

    text: str = ""
    """Beginnings of parts of the name; upper and lower case, umlauts and accents do not matter."""
    state: str = "open"
    """Chosen in the database: the rows are of this state."""
    ways: tuple[str, ...] = ()
    case_workers: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    accommodations: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    goal_areas: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    """All of them have to fit."""
    sort: str = "name"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class CaseloadFacts:
    """What decides beside the row itself."""

    today: date
    actor_id: str
    deputised: frozenset[str]
    """Case workers the person asking stands in for."""
    sees_team: bool
    follow_ups: Mapping[str, date] = field(default_factory=dict)
    """Client → the next follow-up; only needed for sorting by it."""
    last_contacts: Mapping[str, datetime] = field(default_factory=dict)
    """Client → the last talk that came about; only needed for sorting by it."""


Counts = dict[str, Counter[str]]
"""Group → choice → number of cases."""


def choose_cases(
    rows: Sequence[CaseRow], filters: CaseloadFilters, facts: CaseloadFacts
) -> tuple[list[CaseRow], Counts]:
    """The rows that fit, sorted, and the counts of each choice."""
    words = fold_umlauts(filters.text).split()
    groups, extras = _build_groups(filters, facts), _build_extras(facts)
    wanted_extras = [extras[name] for name in filters.extras]
    active = [(name, wanted, of) for name, wanted, of in groups if wanted]
    found: list[CaseRow] = []
    nearly: dict[str, list[CaseRow]] = defaultdict(list)
    """Rows that only one group keeps out, by that group."""
    for row in rows:
        if words and not has_name(row.given_name, row.family_name, words):
            continue
        if wanted_extras and not all(fits(row) for fits in wanted_extras):
            continue
        failed = [name for name, wanted, of in active if wanted.isdisjoint(of(row))]
        if not failed:
            found.append(row)
        elif len(failed) == 1:
            nearly[failed[0]].append(row)
    counts: Counts = {
        name: Counter(chain.from_iterable(map(of, chain(found, nearly[name]))))
        for name, _wanted, of in groups
    }
    counts["extra"] = Counter({name: sum(map(fits, found)) for name, fits in extras.items()})
    return sort_cases(found, filters.sort, facts, descending=filters.descending), counts


def has_name(given_name: str, family_name: str, folded_words: Iterable[str]) -> bool:
    """Whether each of the words (`fold_umlauts`) begins a part of the name."""
    parts = fold_umlauts(f"{given_name} {family_name}").replace("-", " ").split()
    return all(any(part.startswith(word) for part in parts) for word in folded_words)


def sort_cases(
    rows: Iterable[CaseRow], sort: str, facts: CaseloadFacts, *, descending: bool
) -> list[CaseRow]:
    """Sorted, equal ones by name. What is not known comes last; a contact that never was, first."""
    by_name = sorted(rows, key=_name_key)
    key = _sort_key(sort, facts)
    if key is None:
        return by_name[::-1] if descending else by_name
    known = [row for row in by_name if key(row) is not None]
    unknown = [row for row in by_name if key(row) is None]
    known.sort(key=key, reverse=descending)
    is_first = sort == "contact" and not descending
    return [*unknown, *known] if is_first else [*known, *unknown]


def way_to(row: CaseRow, facts: CaseloadFacts) -> Way:
    """How the person asking comes to see this case."""
    if row.case_worker_id == facts.actor_id:
        return "own"
    if row.case_worker_id in facts.deputised:
        return "deputised"
    return "team" if facts.sees_team else "emergency"


def fits_extra(name: str, row: CaseRow, facts: CaseloadFacts) -> bool:
    """Whether a case is one of those that the filter ``name`` is for."""
    return _build_extras(facts)[name](row)


def _build_extras(facts: CaseloadFacts) -> dict[str, Callable[[CaseRow], bool]]:
    end_limit, status_limit = facts.today + ENDS_WITHIN, facts.today + STATUS_WITHIN
    return {
        "no_contact": lambda r: not r.has_recent_contact,
        "ends_soon": lambda r: r.ends_on is not None and r.ends_on <= end_limit,
        "status_expires": lambda r: (
            r.status_expires_on is not None and r.status_expires_on <= status_limit
        ),
        "without_plan": lambda r: not r.goal_areas,
        "without_information": lambda r: not r.is_informed,
        "without_agreement": lambda r: not r.is_agreed,
        "without_consent": lambda r: not r.has_consent,
    }


_Group = tuple[str, frozenset[str], Callable[[CaseRow], Sequence[str]]]


def _build_groups(filters: CaseloadFilters, facts: CaseloadFacts) -> list[_Group]:
    return [
        ("way", frozenset(filters.ways), lambda r: (way_to(r, facts),)),
        ("case_worker", frozenset(filters.case_workers), lambda r: (r.case_worker_id,)),
        ("level", frozenset(filters.levels), lambda r: (r.german_level or UNKNOWN,)),
        (
            "language",
            frozenset(filters.languages),
            lambda r: (UNKNOWN,) if r.languages is None else r.languages,
        ),
        (
            "accommodation",
            frozenset(filters.accommodations),
            lambda r: (r.accommodation_id or UNKNOWN,),
        ),
        ("place", frozenset(filters.places), lambda r: (r.place or UNKNOWN,)),
        ("goal_area", frozenset(filters.goal_areas), lambda r: r.goal_areas),
    ]


def _name_key(row: CaseRow) -> tuple[str, str, str]:
    return fold_umlauts(row.family_name), fold_umlauts(row.given_name), row.id


def _sort_key(sort: str, facts: CaseloadFacts) -> Callable[[CaseRow], Any] | None:
    keys: dict[str, Callable[[CaseRow], Any]] = {
        "contact": lambda r: facts.last_contacts.get(r.id),
        "follow_up": lambda r: facts.follow_ups.get(r.id),
        "ends": lambda r: r.ends_on,
        "status": lambda r: r.status_expires_on,
        "level": lambda r: LEVELS.index(r.german_level) if r.german_level in LEVELS else None,
        "started": lambda r: r.started_on,
    }
    return keys.get(sort)
