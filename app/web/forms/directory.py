"""What the address of a directory page asks for.

The whole search stands in the address, so that it can be mailed to a colleague and the back button
works. Values that do not exist are left out and named, never an error page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from werkzeug.datastructures import MultiDict

from app.directory.codes import COURSE_KINDS, LEVELS, OFFER_KINDS
from app.directory.records import LANGUAGE_TAG
from app.search.types import SearchQuery, Sort

PAGE_SIZE = 20
MAX_TEXT_CHARACTERS = 200
DISTANCES_KM = (1, 2, 5, 10, 20)
MAX_PAGE = 400
MAX_LANGUAGES = 20

EXTRAS = {
    "frei": "free_seats",
    "stufenlos": "step_free",
    "kinder": "childcare",
    "frauen": "women_only",
}
"""Parameter → facet of the yes/no filters."""

_SORTS: dict[str, Sort] = {"passend": "fit", "nah": "distance", "beginn": "start"}
_FIELDS = {
    "q": "text",
    "art": "kinds",
    "kurs": "course_kinds",
    "niveau": "levels",
    "sprache": "languages",
    "tag": "weekdays",
}


@dataclass(frozen=True, slots=True)
class DirectoryRequest:
    """A search as its address says it."""

    query: SearchQuery
    place: str
    """The place typed into its own field; the view turns it into a position."""
    page: int
    was_cut: bool
    """Whether the text was longer than can be searched for."""


def read_request(args: MultiDict[str, str], today: date) -> DirectoryRequest:
    """The search behind the query string ``args``; whatever does not exist is left out."""
    text = " ".join(args.get("q", "").split())
    page = min(max(1, _number(args.get("seite")) or 1), MAX_PAGE)
    query = SearchQuery(
        text=text[:MAX_TEXT_CHARACTERS],
        kinds=_known(args, "art", OFFER_KINDS),
        course_kinds=_known(args, "kurs", COURSE_KINDS),
        levels=_known(args, "niveau", LEVELS),
        languages=_tags(args),
        weekdays=tuple(int(day) for day in _known(args, "tag", tuple("1234567"))),
        max_km=_distance(args.get("km")),
        free_seats_only="frei" in args,
        step_free="stufenlos" in args,
        childcare="kinder" in args,
        women_only="frauen" in args,
        limit=PAGE_SIZE,
        offset=(page - 1) * PAGE_SIZE,
        sort=_SORTS.get(args.get("sortierung", ""), "fit"),
        today=today,
    )
    place = " ".join(args.get("ort", "").split())[:MAX_TEXT_CHARACTERS]
    return DirectoryRequest(query, place, page, was_cut=len(text) > MAX_TEXT_CHARACTERS)


def as_arguments(wanted: DirectoryRequest) -> dict[str, list[str]]:
    """The query string of ``wanted`` without its page, as `url_for` takes it."""
    query = wanted.query
    arguments: dict[str, list[str]] = {
        parameter: [query.text] if field == "text" else [str(v) for v in getattr(query, field)]
        for parameter, field in _FIELDS.items()
    }
    arguments["ort"] = [wanted.place]
    arguments["km"] = [f"{query.max_km:g}"] if query.max_km is not None else []
    flags = (query.free_seats_only, query.step_free, query.childcare, query.women_only)
    for parameter, is_set in zip(EXTRAS, flags, strict=True):
        arguments[parameter] = ["1"] if is_set else []
    if query.sort != "fit":
        arguments["sortierung"] = [name for name, sort in _SORTS.items() if sort == query.sort]
    return {name: kept for name, values in arguments.items() if (kept := [v for v in values if v])}


def _known(args: MultiDict[str, str], name: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    chosen = set(args.getlist(name))
    return tuple(code for code in codes if code in chosen)


def _tags(args: MultiDict[str, str]) -> tuple[str, ...]:
    tags = {tag for tag in args.getlist("sprache") if LANGUAGE_TAG.fullmatch(tag)}
    return tuple(sorted(tags))[:MAX_LANGUAGES]


def _distance(text: str | None) -> float | None:
    number = _number(text)
    return float(number) if number in DISTANCES_KM else None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else None
