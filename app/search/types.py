"""What a search takes and gives. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from app.core.errors import InvalidInputError
from app.directory.codes import COURSE_KINDS, LEVELS, OFFER_KINDS

Sort = Literal["fit", "distance", "start"]
PartKind = Literal[
    "level", "weekday", "language", "place", "childcare", "free_seats", "step_free", "women_only"
]
NearKind = Literal["point", "town", "district", "postal_code"]
ReasonField = Literal["title", "topic", "provider", "text"]
MAX_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class NearPoint:
    """A place to measure from (WGS 84)."""

    latitude: float
    longitude: float
    label: str = ""
    is_precise: bool = False
    """Known to the street or better; otherwise distances are estimates ("ca.")."""
    kind: NearKind = "point"
    """What ``label`` names: every offer in a town, a district or a postal code is equally near."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search: words, and filters that must all hold. An empty filter holds for every offer."""

    text: str = ""
    kinds: tuple[str, ...] = ()
    course_kinds: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    """Courses that lead to, or start from, one of these levels."""
    languages: tuple[str, ...] = ()
    """BCP 47 tags; held in or spoken on site, one of them."""
    weekdays: tuple[int, ...] = ()
    """1 = Monday; takes place on one of them."""
    near: NearPoint | None = None
    """Wins over a place in ``text``."""
    max_km: float | None = None
    """Needs a place, in ``near`` or in ``text``; otherwise without effect."""
    free_seats_only: bool = False
    step_free: bool = False
    childcare: bool = False
    women_only: bool = False
    limit: int = 20
    offset: int = 0
    sort: Sort = "fit"
    today: date | None = None
    """For ``sort="start"``, by the next date from then on, and to let old confirmations count less."""

    def __post_init__(self) -> None:
        """Refuse codes that do not exist; raises `InvalidInputError` naming the field."""
        for name, values, known in (
            ("kinds", self.kinds, OFFER_KINDS),
            ("course_kinds", self.course_kinds, COURSE_KINDS),
            ("levels", self.levels, LEVELS),
        ):
            for value in values:
                if value not in known:
                    raise InvalidInputError(f"unknown value “{value}”", field=name)
        if not all(1 <= day <= 7 for day in self.weekdays):
            raise InvalidInputError("a weekday lies between 1 and 7", field="weekdays")
        if self.max_km is not None and not self.max_km > 0:
            raise InvalidInputError("the distance must be above 0", field="max_km")
        if not (0 <= self.limit <= MAX_LIMIT and self.offset >= 0):
            raise InvalidInputError("limit or offset out of range", field="limit")


@dataclass(frozen=True, slots=True)
class UnderstoodPart:
    """A part of the text that was taken for a filter or a place, to be shown as a removable chip."""

    kind: PartKind
    value: str
    """Code (level), number (weekday, 1 = Monday), language tag, or the name of the place."""
    words: str
    """As it was typed."""
    rest: str
    """The text without this part: what to search for when the chip is removed."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Words that exist nowhere in the directory; the hits are those of the corrected text."""

    text: str
    """The whole text with the words corrected, as it was searched for."""
    replaced: tuple[tuple[str, str], ...]
    """Pairs of word as typed, word as corrected."""


@dataclass(frozen=True, slots=True)
class MatchReason:
    """Why an offer was found: where it has what was typed."""

    field: ReasonField
    """``text``: somewhere in what is said of it, its address or the names of its kind."""
    words: str
    """As typed (or corrected)."""
    concept: str | None
    """For ``topic``: the key of the concept of the taxonomy that was meant and is served."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """An offer that was found."""

    row: int
    """Row in the offer table of the answer's `revision`."""
    offer_id: str
    external_id: str
    title: str
    provider: str
    kind: str
    score: float
    """0 to 1, relative to the best possible hit for these words; 1 when there are no words."""
    is_stale: bool
    """Nobody has confirmed it for long."""
    is_complete: bool
    """False: it lacks a word or a wish, or is only akin to what was asked for; such hits come last."""
    distance_km: float | None
    distance_is_estimate: bool
    matched_words: tuple[str, ...]
    """Words as typed (or corrected) that were found."""
    matched_concepts: tuple[str, ...]
    """Concepts of the taxonomy that were meant and that the offer serves."""
    reasons: tuple[MatchReason, ...] = ()
    granted: tuple[UnderstoodPart, ...] = ()
    """Understood parts of the text that it fulfils."""
    missing: tuple[UnderstoodPart, ...] = ()
    """Those that it does not fulfil."""
    unclear: tuple[UnderstoodPart, ...] = ()
    """Those of which the directory does not say."""


def is_found_openly(hit: SearchHit) -> bool:
    """Whether title, topics and provider alone led to it: nothing that may be an address."""
    return all(reason.field != "text" for reason in hit.reasons)


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What was found."""

    hits: tuple[SearchHit, ...]
    """One page of them (`SearchQuery.limit`, `SearchQuery.offset`)."""
    total: int
    complete_total: int
    """How many of them have all words; when these are few, some follow that are nearly it."""
    facets: Mapping[str, Mapping[str, int]]
    """``kind``, ``course_kind``, ``level``, ``language``, ``weekday`` (1–7), ``distance`` (within so
    many km; only with a place), ``extra`` (``free_seats``, ``step_free``, ``childcare``,
    ``women_only``): value → number of offers. Each counts respecting all filters but its own."""
    understood: tuple[UnderstoodPart, ...]
    near: NearPoint | None
    """The place distances are measured from."""
    sort: Sort
    """As asked, or ``distance`` when the text names a place."""
    revision: int
    correction: Correction | None = None
    unknown: Mapping[str, int] = field(default_factory=dict)
    """Filter → number of offers it left out only because the directory does not say."""
    ungranted: tuple[UnderstoodPart, ...] = ()
    """Parts of the text that none of the offers found fulfils, but for those that only mention it."""
    degraded: bool = False
    """The index is being rebuilt: only titles and providers were looked through."""

    @property
    def is_complete_match(self) -> bool:
        """False: no offer has all words; these have some of them, or are akin to it."""
        return self.complete_total > 0 or self.total == 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another search that is near the one that found nothing."""

    kind: Literal["part", "filter", "distance", "word", "topic"]
    what: str
    """What is left out: the words of an understood part or one word; the name of the filter. Or what is
    taken instead: so many km, the key of a concept."""
    query: SearchQuery
    total: int = 0
    """Offers it finds."""


@dataclass(frozen=True, slots=True)
class SearchSuggestion:
    """Help while typing."""

    kind: Literal["offer", "provider", "concept", "place"]
    text: str
    key: str
    """Offer id, provider id, key of the concept, or name of the place."""
