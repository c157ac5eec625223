"""What the cells of a directory table mean, and how values are written into them. Pure.

Codes are written in the words of a value table (``[values.kind]`` of a mapping: word → code), days and
amounts as Germans write them. An empty cell is an unknown value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.core.i18n import gettext as _
from app.core.text import fold
from app.directory.records import LANGUAGE_TAG
from app.directory.tables.times import UnreadableTimesError, format_times, parse_times

LIST_SEPARATOR: Final = "|"
_GERMAN_DAY: Final = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4}|\d{2})")
_ISO_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.*)?")
_AMOUNT: Final = re.compile(r"(\d{1,3}(?:\.\d{3})+|\d{1,6})(?:,(\d{1,2}))?|(\d{1,6})\.(\d{1,2})")
_YES: Final = frozenset({"ja", "yes", "j", "y", "x", "1", "wahr", "true"})
_NO: Final = frozenset({"nein", "no", "n", "0", "falsch", "false"})
_FREE: Final = frozenset({"kostenlos", "kostenfrei", "frei", "gratis", "umsonst"})
_CENTURY: Final = 2000
_CENTS: Final = 100
_PLZ_DIGITS: Final = 5


class CellError(ValueError):
    """A cell cannot be read; the message says what would be."""


@dataclass(frozen=True, slots=True)
class CellWords:
    """What reading and writing cells needs beside the cell."""

    values: Mapping[str, Mapping[str, str]]
    """Field → word → code."""
    concepts: Collection[str]
    """Keys of the taxonomy."""


Parse = Callable[[str, str, CellWords], Any]
Format = Callable[[str, Any, CellWords], Any]


@dataclass(frozen=True, slots=True)
class CellKind:
    """How a kind of field is read (field, text → value) and written (field, value → cell)."""

    parse: Parse
    format: Format


def parse_cell(kind: CellKind, field: str, text: str, words: CellWords) -> Any:
    """The value of a cell that is not empty; raises `CellError`."""
    return kind.parse(field, text.strip(), words)


def _text(_field: str, text: str, _words: CellWords) -> str:
    return text


def _as_is(_field: str, value: Any, _words: CellWords) -> Any:
    return value


def _code(field: str, text: str, words: CellWords) -> str:
    table = words.values.get(field, {})
    by_fold = {fold(word): code for word, code in table.items()}
    codes = set(table.values())
    code = by_fold.get(fold(text)) or (text if text in codes else None)
    if code is None:
        known = ", ".join(table) or "–"
        raise CellError(_("“%(text)s” is not known; known are: %(known)s", text=text, known=known))
    return code


def _code_word(field: str, value: str, words: CellWords) -> str:
    return next((word for word, code in words.values.get(field, {}).items() if code == value), value)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[|\n]", text) if part.strip()]


def _codes(field: str, text: str, words: CellWords) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_code(field, part, words) for part in _parts(text)))


def _code_words(field: str, values: tuple[str, ...], words: CellWords) -> str:
    return f" {LIST_SEPARATOR} ".join(_code_word(field, value, words) for value in values)


def _texts(_field: str, text: str, _words: CellWords) -> tuple[str, ...]:
    return tuple(_parts(text))


def _joined(_field: str, values: tuple[str, ...], _words: CellWords) -> str:
    return f" {LIST_SEPARATOR} ".join(values)


def _tags(field: str, text: str, words: CellWords) -> tuple[str, ...]:
    tags = []
    for part in re.split(r"[|,;\n]", text):
        word = part.strip()
        if not word:
            continue
        known = words.values.get(field, {}).get(word, word)
        if not LANGUAGE_TAG.fullmatch(known):
            raise CellError(_("“%(text)s” is no language code such as de or uk", text=word))
        tags.append(known)
    return tuple(dict.fromkeys(tags))


def _tag_list(_field: str, values: tuple[str, ...], _words: CellWords) -> str:
    return ", ".join(values)


def _topics(field: str, text: str, words: CellWords) -> tuple[str, ...]:
    table = {fold(word): code for word, code in words.values.get(field, {}).items()}
    topics = [table.get(fold(part), part) for part in _parts(text)]
    for topic in topics:
        if topic not in words.concepts:
            raise CellError(_("there is no topic “%(text)s”", text=topic))
    return tuple(sorted(set(topics)))


def parse_table_day(text: str) -> date:
    """A day as 1.2.2027, 01.02.27 or 2027-02-01; raises `CellError`."""
    try:
        if found := _GERMAN_DAY.fullmatch(text):
            day, month, year = map(int, found.groups())
            return date(year if year >= _CENTS else year + _CENTURY, month, day)
        if found := _ISO_DAY.fullmatch(text):
            year, month, day = map(int, found.groups())
            return date(year, month, day)
    except ValueError:
        pass
    raise CellError(_("“%(text)s” is no day such as 01.02.2027", text=text))


def _day(_field: str, text: str, _words: CellWords) -> date:
    return parse_table_day(text)


def _number(_field: str, text: str, _words: CellWords) -> int:
    plain = text.removesuffix(",0").removesuffix(".0")
    if not (plain.isascii() and plain.isdigit() and len(plain) < 9):
        raise CellError(_("“%(text)s” is no whole number", text=text))
    return int(plain)


def parse_table_cents(text: str) -> int:
    """An amount such as ``12,50``, ``1.200 €`` or ``kostenlos`` in cents; raises `CellError`."""
    plain = fold(text)
    if plain in _FREE:
        return 0
    plain = re.sub(r"\s*(€|euro?)$|^€\s*", "", plain).strip()
    found = _AMOUNT.fullmatch(plain)
    if found is None or not plain.isascii():
        raise CellError(_("“%(text)s” is no amount in euros such as 12,50", text=text))
    euros, cents = (found[1] or found[3]).replace(".", ""), (found[2] or found[4] or "0")
    return int(euros) * _CENTS + int(cents.ljust(2, "0"))


def _plz(_field: str, text: str, _words: CellWords) -> str:
    """Spreadsheets take the zero off ``01067``; a ``D-`` before it says nothing new."""
    plain = text.removeprefix("D-").removesuffix(",0").removesuffix(".0")
    if not (plain.isascii() and plain.isdigit() and len(plain) in {_PLZ_DIGITS - 1, _PLZ_DIGITS}):
        raise CellError(_("“%(text)s” is no postal code", text=text))
    return plain.zfill(_PLZ_DIGITS)


def _cents(_field: str, text: str, _words: CellWords) -> int:
    return parse_table_cents(text)


def _euros(_field: str, value: int, _words: CellWords) -> str:
    return f"{value // _CENTS},{value % _CENTS:02d}"


def _yes_no(_field: str, text: str, _words: CellWords) -> bool:
    word = fold(text)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellError(_("“%(text)s” is neither yes nor no", text=text))


def _yes_no_word(_field: str, value: bool, _words: CellWords) -> str:
    return "ja" if value else "nein"


def _times(_field: str, text: str, _words: CellWords) -> Any:
    try:
        return parse_times(text)
    except UnreadableTimesError as error:
        raise CellError(
            _("“%(text)s” is no weekly time such as Mo 9:00–12:15", text=str(error))
        ) from None


def _times_text(_field: str, value: Any, _words: CellWords) -> str:
    return format_times(value)


TEXT: Final = CellKind(_text, _as_is)
CODE: Final = CellKind(_code, _code_word)
CODES: Final = CellKind(_codes, _code_words)
TEXTS: Final = CellKind(_texts, _joined)
TAGS: Final = CellKind(_tags, _tag_list)
TOPICS: Final = CellKind(_topics, _code_words)
DAY: Final = CellKind(_day, _as_is)
NUMBER: Final = CellKind(_number, _as_is)
CENTS: Final = CellKind(_cents, _euros)
PLZ: Final = CellKind(_plz, _as_is)
YES_NO: Final = CellKind(_yes_no, _yes_no_word)
TIMES: Final = CellKind(_times, _times_text)

OFFER_CELLS: Final[dict[str, CellKind]] = {
    **dict.fromkeys(
        ("title", "description", "plain_description", "schedule_note", "cost_note", "what_to_bring"),
        TEXT,
    ),
    **dict.fromkeys(
        ("contact_name", "contact_role", "contact_phone", "contact_email", "website", "seats_told_by"),
        TEXT,
    ),
    **dict.fromkeys(
        ("kind", "course_kind", "status", "visibility", "entry_level", "target_level", "sex", "payer"),
        CODE,
    ),
    **dict.fromkeys(("target_groups", "residence_statuses", "entitlement_kinds", "goal_areas"), CODES),
    **dict.fromkeys(("instruction_languages", "onsite_languages"), TAGS),
    "topics": TOPICS,
    "required_documents": TEXTS,
    **dict.fromkeys(
        ("starts_on", "ends_on", "registration_deadline", "seats_told_on"),
        DAY,
    ),
    **dict.fromkeys(("lesson_units", "min_age", "max_age", "seats_max", "seats_booked"), NUMBER),
    "cost_cents": CENTS,
    **dict.fromkeys(
        ("individual_entry", "has_childcare", "has_waiting_list", "on_public_holidays"), YES_NO
    ),
    **dict.fromkeys(("is_sensitive", "by_appointment"), YES_NO),
    "sessions": TIMES,
}
"""The fields of an offer that a table can carry."""
PROVIDER_CELLS: Final[dict[str, CellKind]] = {
    **dict.fromkeys(("name", "description", "website", "email", "phone", "approach_note"), TEXT),
    "kind": CODE,
}
PLACE_CELLS: Final[dict[str, CellKind]] = {
    **dict.fromkeys(("name", "street", "house_number", "town", "district", "directions"), TEXT),
    "plz": PLZ,
    "step_free": YES_NO,
    "visibility": CODE,
}
