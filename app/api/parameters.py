"""The query parameters of the HSDS API: which there are, what they mean, and how they are read.

One list for both the OpenAPI document and the reading of requests, so that neither says more than the
other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from app.api.problems import bad_parameter

MAX_PER_PAGE: Final = 500
DEFAULT_PER_PAGE: Final = 50
MAX_TEXT_CHARACTERS: Final = 300
MAX_METERS: Final = 1_000_000
FORMATS: Final = ("json", "ndjson")
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_METERS = re.compile(r"[0-9]{1,7}(\.[0-9]{1,6})?", re.ASCII)
_POSTCODE = re.compile(r"[0-9]{5}", re.ASCII)
_LOST_PLUS = re.compile(r"(T\d\d:\d\d\S*) (\d\d:?\d\d)$", re.ASCII)
"""A plus sign that was not encoded arrives as a space."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter."""

    name: str
    schema: dict[str, Any]
    description: str
    read: Callable[[str, str], Any]
    """Name and text → value; raises `ProblemError`."""
    is_list: bool = False
    """May be given several times; all of them must hold."""


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What a list is asked for. An absent filter holds for everything."""

    page: int = 1
    per_page: int | None = None
    format: str = "json"
    search: str | None = None
    minimal: bool = False
    full: bool = False
    full_service: bool = False
    taxonomy_term_id: tuple[str, ...] = ()
    taxonomy_id: tuple[str, ...] = ()
    organization_id: str | None = None
    modified_after: datetime | None = None
    postcode: str | None = None
    proximity: float | None = None
    top_only: bool = False
    parent_id: str | None = None
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The parameters as they came, sorted: what the answer depends on."""


def read_request(values: MultiDict[str, str], allowed: tuple[str, ...]) -> ListRequest:
    """The request behind the query ``values``; raises `ProblemError` for what is not ``allowed``."""
    read: dict[str, Any] = {}
    for name in sorted(values):
        if name not in allowed:
            raise bad_parameter(name, f"not known here; there are: {', '.join(allowed) or 'none'}")
        parameter = PARAMETERS[name]
        texts = [text.strip() for text in values.getlist(name) if text.strip()]
        if len(texts) > 1 and not parameter.is_list:
            raise bad_parameter(name, "given more than once")
        found = tuple(parameter.read(name, text) for text in texts)
        if found:
            read[name] = found if parameter.is_list else found[0]
    if read.get("minimal") and read.get("full"):
        raise bad_parameter("minimal", "cannot be combined with full")
    if "proximity" in read and "postcode" not in read:
        raise bad_parameter("proximity", "needs a postcode to measure from")
    given = {name: tuple(values.getlist(name)) for name in sorted(values)}
    return ListRequest(**read, given=given)


def _text(name: str, text: str) -> str:
    if len(text) > MAX_TEXT_CHARACTERS:
        raise bad_parameter(name, f"longer than {MAX_TEXT_CHARACTERS} characters")
    return text


def _whole(name: str, text: str) -> int:
    if not _WHOLE.fullmatch(text) or int(text) < 1:
        raise bad_parameter(name, "must be a whole number from 1 on")
    return int(text)


def _per_page(name: str, text: str) -> int:
    number = _whole(name, text)
    if number > MAX_PER_PAGE:
        raise bad_parameter(name, f"must not be above {MAX_PER_PAGE}")
    return number


def _yes_or_no(name: str, text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise bad_parameter(name, "must be true or false")
    return text.lower() == "true"


def _format(name: str, text: str) -> str:
    if text.lower() not in FORMATS:
        raise bad_parameter(name, f"must be {' or '.join(FORMATS)}")
    return text.lower()


def _moment(name: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", _text(name, text)))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise bad_parameter(name, "must be a moment such as 2026-11-23T08:00:00Z") from None


def _postcode(name: str, text: str) -> str:
    if not _POSTCODE.fullmatch(text):
        raise bad_parameter(name, "must be a German postal code of five digits")
    return text


def _meters(name: str, text: str) -> float:
    if not _METERS.fullmatch(text) or not 0 < float(text) <= MAX_METERS:
        raise bad_parameter(name, f"must be a number of metres up to {MAX_METERS}")
    return float(text)


_STRING = {"type": "string"}
_NUMBER = {"type": "integer", "minimum": 1}
_BOOLEAN = {"type": "boolean", "default": False}

PARAMETERS: Final = {
    parameter.name: parameter
    for parameter in (
        Parameter(
            "search",
            {**_STRING, "maxLength": MAX_TEXT_CHARACTERS},
            "Words in any language; the best hits come first.",
            _text,
        ),
        Parameter("page", {**_NUMBER, "default": 1}, "Number of the page, from 1.", _whole),
        Parameter(
            "per_page",
            {**_NUMBER, "maximum": MAX_PER_PAGE, "default": DEFAULT_PER_PAGE},
            "Entries on a page. With minimal=true all are on one page unless this is given.",
            _per_page,
        ),
        Parameter(
            "format",
            {**_STRING, "enum": list(FORMATS), "default": FORMATS[0]},
            "json: a page; ndjson: all entries, one a line, without pages.",
            _format,
        ),
        Parameter("minimal", _BOOLEAN, "Only id and modified_date of each service.", _yes_or_no),
        Parameter("full", _BOOLEAN, "Each entry with everything that belongs to it.", _yes_or_no),
        Parameter("full_service", _BOOLEAN, "Each organisation with its services in full.", _yes_or_no),
        Parameter(
            "taxonomy_term_id",
            _STRING,
            "Only what bears this term itself (not those below it). Several: all of them.",
            _text,
            is_list=True,
        ),
        Parameter(
            "taxonomy_id",
            _STRING,
            "Only what bears a term of this taxonomy. Several: of each.",
            _text,
            is_list=True,
        ),
        Parameter("organization_id", _STRING, "Only services of this organisation.", _text),
        Parameter(
            "modified_after",
            {**_STRING, "format": "date-time"},
            "Only what was changed at this moment or later; UTC unless it says otherwise.",
            _moment,
        ),
        Parameter(
            "postcode",
            {**_STRING, "pattern": "^[0-9]{5}$"},
            "Only what takes place in this postal code; with proximity, around its centre.",
            _postcode,
        ),
        Parameter(
            "proximity",
            _STRING,
            "Metres around the centre of the postcode, as the crow flies.",
            _meters,
        ),
        Parameter("top_only", _BOOLEAN, "Only terms at the top, without a parent.", _yes_or_no),
        Parameter("parent_id", _STRING, "Only terms directly below this one.", _text),
    )
}

_PAGING = ("page", "per_page", "format")
_TAXONOMY = ("taxonomy_term_id", "taxonomy_id")
_AROUND = ("postcode", "proximity")
PARAMETERS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "/": (),
    "/openapi.json": (),
    "/services": (
        *("search", *_PAGING, *_TAXONOMY, "organization_id", "modified_after", *_AROUND),
        *("minimal", "full"),
    ),
    "/services/{id}": (),
    "/organizations": ("search", *_PAGING, *_TAXONOMY, "full_service", "full"),
    "/organizations/{id}": ("full_service",),
    "/service_at_locations": (
        *("search", *_PAGING, *_TAXONOMY, "organization_id", "modified_after", *_AROUND),
        "full",
    ),
    "/service_at_locations/{id}": (),
    "/taxonomies": ("search", *_PAGING),
    "/taxonomies/{id}": (),
    "/taxonomy_terms": ("search", *_PAGING, "taxonomy_id", "top_only", "parent_id"),
    "/taxonomy_terms/{id}": (),
}
"""Path below ``/hsds`` → its query parameters."""
