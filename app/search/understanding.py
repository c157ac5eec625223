"""What a person means by what they type: levels, days, languages, a place; the rest are words.

"Deutschkurs B1 Zell" is the word "Deutschkurs", the level B1 and the place Zell. Typed text is never
syntax: quotes, operators and brackets are only what parts words.

A level means courses that lead to it or start from it. A language is understood after "auf" or
before "-sprachig"; its bare name only when nobody here offers courses of it ("arabisch", but not
"englisch", which is looked for as a subject). Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.text import Word, find_words
from app.directory.places import PREPOSITIONS, PlaceHit
from app.search.analysis import is_stop_word, normal_form
from app.search.types import NearPoint, PartKind, UnderstoodPart

MAX_TEXT_CHARACTERS: Final = 300
MAX_WORDS: Final = 16
"""More words than that are no question any more; the rest is left out."""

_UNREADABLE: Final = frozenset({"Cc", "Cs", "Co", "Cn"})
"""Unicode categories of control characters, half pairs, private and unassigned characters."""
_LEVEL = re.compile(r"[abc][12]")
_LEVEL_NAMES: Final = frozenset({"niveau", "level", "stufe", "sprachniveau", "sprachstand"})
_DAYS: Final = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
_DAY = re.compile(
    rf"({'|'.join(_DAYS)}|sonnabend)(?:s|e|en)?(?:(?:vor|nach)?mittag|morgen|abend|nacht)?s?"
)
_SHORT_DAYS: Final = {"Mo": 1, "Di": 2, "Mi": 3, "Do": 4, "Fr": 5, "Sa": 6, "So": 7}
_LANGUAGE_STEMS: Final = {
    "albanisch": "sq", "amharisch": "am", "arabisch": "ar", "armenisch": "hy", "bengalisch": "bn",
    "bosnisch": "bs", "bulgarisch": "bg", "chinesisch": "zh", "dari": "prs", "englisch": "en",
    "farsi": "fa", "franzosisch": "fr", "georgisch": "ka", "griechisch": "el", "hindi": "hi",
    "italienisch": "it", "kroatisch": "hr", "kurdisch": "ku", "kurmandschi": "kmr", "kurmanci": "kmr",
    "kurmanji": "kmr", "mazedonisch": "mk", "paschto": "ps", "paschtu": "ps", "pashto": "ps",
    "persisch": "fa", "polnisch": "pl", "portugiesisch": "pt", "romanes": "rom", "rumanisch": "ro",
    "russisch": "ru", "serbisch": "sr", "somali": "so", "somalisch": "so", "sorani": "ckb",
    "spanisch": "es", "tamil": "ta", "tigrinisch": "ti", "tigrinya": "ti", "turkisch": "tr",
    "ukrainisch": "uk", "ungarisch": "hu", "urdu": "ur", "vietnamesisch": "vi",
}  # fmt: skip
"""Normal forms of German language names."""
SAME_LANGUAGE: Final = (
    frozenset({"fa", "prs", "fa-AF"}),
    frozenset({"ku", "kmr", "ckb"}),
    frozenset({"sr", "hr", "bs"}),
)
"""Tags whose speakers understand one another well enough for one filter (Dari and Farsi …)."""
_SUBJECTS: Final = frozenset({"en", "fr", "es", "it"})
"""Languages that people here take courses of."""
_SPEAKING = re.compile(r"(.+)sprachig(?:e|en|er|es|em)?")
_HYPHENS: Final = ("-", "‐", "‑", "–")
_GROUP_NAMES: Final = """
frau frauen mütter mann männer väter kind kinder jugendliche jugend mädchen jungen senioren ältere
eltern familie familien geflüchtete flüchtlinge migranten migrantinnen anfänger
"""
_GROUP_WORDS: Final = frozenset(normal_form(word) for word in _GROUP_NAMES.split())
"""Words for whom it is: they lift an offer, but never exclude one."""
_PHRASES_OF_PART: Final[Mapping[PartKind, tuple[str, ...]]] = {
    "childcare": ("mit Kinderbetreuung",),
    "women_only": ("nur für Frauen", "nur Frauen"),
    "free_seats": ("mit freien Plätzen", "mit freiem Platz", "freie Plätze", "freier Platz"),
    "step_free": ("barrierefrei", "stufenlos", "rollstuhlgerecht"),
}
_PHRASES: Final = tuple(
    (tuple(normal_form(word) for word in phrase.split()), kind)
    for kind, phrases in _PHRASES_OF_PART.items()
    for phrase in phrases
)

PlaceFinder = Callable[[Sequence[str]], PlaceHit | None]
"""Finds the place named among words as typed (`Gazetteer.find_in_words`)."""


@dataclass(frozen=True, slots=True)
class QueryWord:
    """A word to be looked for in the index."""

    written: str
    start: int
    end: int
    is_optional: bool
    """Lifts an offer that has it, excludes none."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a text was taken for."""

    text: str
    """As it was read: cut, without control characters; what positions refer to."""
    words: tuple[QueryWord, ...]
    parts: tuple[UnderstoodPart, ...]
    place: NearPoint | None
    rest: str
    """``text`` with blanks in the place of the parts, so that positions stay."""

    def values(self, kind: PartKind) -> tuple[str, ...]:
        """The values of all parts of that kind."""
        return tuple(part.value for part in self.parts if part.kind == kind)


@dataclass(frozen=True, slots=True)
class _Found:
    kind: PartKind
    value: str
    first: int
    last: int
    """Words from ``first`` to ``last``, both included."""


def clean_text(text: str) -> str:
    """``text`` without control characters, blanks joined, cut to `MAX_TEXT_CHARACTERS`."""
    some = text[: 4 * MAX_TEXT_CHARACTERS]
    readable = "".join(" " if unicodedata.category(c) in _UNREADABLE else c for c in some)
    return " ".join(readable.split())[:MAX_TEXT_CHARACTERS]


def understand(text: str, find_place: PlaceFinder) -> Understanding:
    """Take ``text`` apart. Never raises, whatever it is."""
    text = clean_text(text)
    words = find_words(text)[:MAX_WORDS]
    found = _find_parts(words, text)
    taken = {i for part in found for i in range(part.first, part.last + 1)}
    near: NearPoint | None = None
    lifting: frozenset[Word] = frozenset()
    hit = find_place([text[word.start : word.end] for word in words])
    if hit is not None and taken.isdisjoint(range(hit.start, hit.end)):
        place = hit.place
        near = NearPoint(place.latitude, place.longitude, place.name, kind=place.kind)
        found.append(_Found("place", place.name, hit.start, hit.end - 1))
        if _may_be_a_word(hit, words):
            lifting = frozenset(words[hit.start : hit.end])
        else:
            taken.update(range(hit.start, hit.end))
    found.sort(key=lambda part: part.first)
    parts = tuple(
        UnderstoodPart(
            part.kind,
            part.value,
            text[words[part.first].start : words[part.last].end],
            _without(text, words[part.first].start, words[part.last].end),
        )
        for part in found
    )
    rest = [word for i, word in enumerate(words) if i not in taken]
    unread = text
    for word in (words[i] for i in taken):
        unread = unread[: word.start] + " " * (word.end - word.start) + unread[word.end :]
    return Understanding(text, _query_words(text, rest, lifting), parts, near, unread)


def take_literally(text: str) -> Understanding:
    """``text`` as nothing but words, as for the name of an offer."""
    text = clean_text(text)
    return Understanding(text, _query_words(text, find_words(text)[:MAX_WORDS]), (), None, text)


def _may_be_a_word(hit: PlaceHit, words: Sequence[Word]) -> bool:
    """Whether the place's name is an ordinary word and nothing before it tells that it is meant."""
    is_told = hit.start > 0 and words[hit.start - 1].folded in PREPOSITIONS
    return hit.place.is_ordinary and not is_told


def _query_words(
    text: str, words: Iterable[Word], lifting: frozenset[Word] = frozenset()
) -> tuple[QueryWord, ...]:
    """The words that say something.

    Those ``lifting`` are optional, and so are those for whom it is, when there is something else.
    """
    written = [(word, text[word.start : word.end]) for word in words]
    telling = [(word, typed) for word, typed in written if not is_stop_word(typed)]
    groups = {word for word, typed in telling if normal_form(typed) in _GROUP_WORDS}
    if all(word in groups or word in lifting for word, _ in telling):
        groups = set()
    return tuple(
        QueryWord(typed, word.start, word.end, word in lifting or word in groups)
        for word, typed in telling
    )


def _find_parts(words: tuple[Word, ...], text: str) -> list[_Found]:
    found: list[_Found] = []
    position = 0
    while position < len(words):
        parts = _parts_at(words, position, text)
        found.extend(parts)
        position = parts[-1].last + 1 if parts else position + 1
    return found


def _parts_at(words: tuple[Word, ...], position: int, text: str) -> list[_Found]:
    """What begins at this word; two parts for a weekend."""
    normal = [normal_form(word.folded) for word in words[position : position + 4]]
    for phrase, kind in _PHRASES:
        if tuple(normal[: len(phrase)]) == phrase:
            return [_Found(kind, "yes", position, position + len(phrase) - 1)]
    if level := _level_at(normal, position):
        return [level]
    if normal[0] in {"wochenende", "wochenend", "wochenendkurs"}:
        return [_Found("weekday", day, position, position) for day in ("6", "7")]
    if day := _weekday(normal[0], text[words[position].start : words[position].end], position):
        return [_Found("weekday", str(day), position, position)]
    return _language_at(words, position, text)


def _level_at(normal: list[str], position: int) -> _Found | None:
    named = normal[0] in _LEVEL_NAMES
    at = 1 if named and len(normal) > 1 else 0
    if not _LEVEL.fullmatch(normal[at]):
        return None
    last = at
    if len(normal) > at + 1 and normal[at + 1] in {"1", "2"}:  # B1.2 is the second half of B1
        last += 1
    return _Found("level", normal[at].upper(), position, position + last)


def _weekday(normal: str, written: str, position: int) -> int | None:
    if written in _SHORT_DAYS and (position > 0 or written != "So"):
        return _SHORT_DAYS[written]
    if match := _DAY.fullmatch(normal):
        return 6 if match.group(1) == "sonnabend" else _DAYS.index(match.group(1)) + 1
    return None


def _language_at(words: tuple[Word, ...], position: int, text: str) -> list[_Found]:
    normal = [normal_form(word.folded) for word in words[position : position + 2]]
    at = 1 if normal[0] in {"auf", "in"} and len(normal) > 1 else 0
    speaking = _SPEAKING.fullmatch(normal[at])
    tag = _LANGUAGE_STEMS.get(speaking.group(1) if speaking else normal[at])
    if tag is None:
        return []
    is_clear = at == 1 or speaking is not None
    # "Russisch-Orthodoxe Gemeinde" names somebody; so does "Ukrainische Gesellschaft", which is no
    # name of a language at all.
    if not is_clear and (tag in _SUBJECTS or _is_hyphenated(words[position], text)):
        return []
    return [_Found("language", tag, position, position + at)]


def _is_hyphenated(word: Word, text: str) -> bool:
    return text[word.end : word.end + 1] in _HYPHENS or text[: word.start].endswith(_HYPHENS)


def _without(text: str, start: int, end: int) -> str:
    return " ".join(f"{text[:start]} {text[end:]}".split())
