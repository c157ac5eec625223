"""Typed words become values: days, times, numbers, languages, lists.

What cannot be read raises `ValueError` with words to show.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date
from functools import cache

from babel import Locale

from app.core.i18n import INTERFACE_LANGUAGES, language_name
from app.core.i18n import gettext as _
from app.core.text import fold
from app.directory.records import LANGUAGE_TAG

_GERMAN_DAY = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})")
_SHORT_YEAR = re.compile(r"\d{1,2}\.\s*\d{1,2}\.\s*\d{2}")
"""Of which century, the day does not say."""
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_MONTH = re.compile(r"(\d{1,2})\s*[./]\s*(\d{4})")
_AMOUNT = re.compile(r"(\d{1,6})(?:[.,](\d{1,2}))?")
_TIME = r"(\d{1,2})(?:[:.](\d{2}))?(?:\s*uhr)?"
_SPAN = re.compile(rf"{_TIME}\s*(?:-|bis|to)\s*{_TIME}")
MINUTES_A_DAY = 24 * 60
LAST_MINUTE = 59
CENTS_PER_EURO = 100
MAX_DIGITS = 9
_WORD_BREAK = re.compile(r"[,;\n،؛]+")
FIRST_YEAR = 1900
"""An earlier year is a slip of the hand, such as 0026."""
LAST_YEAR = 2099
"""A later one, too, such as 20226."""
MAX_TYPED = 60
"""Longer texts are no day, number or time."""


def parse_day(text: str, *, month_is_enough: bool = False) -> date | None:
    """A day as 19.05.1992 or 1992-05-19, with ``month_is_enough`` also 05.2026; `None` when empty."""
    typed = text.strip()
    if not typed:
        return None
    if found := _GERMAN_DAY.fullmatch(typed[:MAX_TYPED]):
        day, month, year = map(int, found.groups())
    elif found := _ISO_DAY.fullmatch(typed[:MAX_TYPED]):
        year, month, day = map(int, found.groups())
    elif month_is_enough and (found := _MONTH.fullmatch(typed[:MAX_TYPED])):
        day, (month, year) = 1, map(int, found.groups())
    elif _SHORT_YEAR.fullmatch(typed[:MAX_TYPED]):
        raise ValueError(_("Please write the year with four digits, like 19.05.1992."))
    else:
        raise ValueError(_("Please write the day like this: 19.05.1992."))
    try:
        found_day = date(year, month, day)
    except ValueError:
        raise ValueError(_("There is no such day. Please write it like this: 19.05.1992.")) from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(_("Please check the year."))
    return found_day


def parse_kilometres(text: str) -> float | None:
    """A number with a decimal comma or point, "km" may follow; `None` when empty."""
    typed = fold(text[:MAX_TYPED]).removesuffix("km").strip().replace(",", ".")
    if not typed:
        return None
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", typed):
        raise ValueError(_("Please write a number of kilometres, for example 5 or 2,5."))
    return float(typed)


def parse_spans(text: str) -> list[tuple[str, str]]:
    """Times of a day such as "8:30-12, 17 bis 20 Uhr", each as ``(HH:MM, HH:MM)``."""
    spans = []
    for part in split_words(text[:MAX_TYPED]):
        found = _SPAN.fullmatch(fold(part))
        if found is None:
            raise ValueError(_("Please write times like this: 8:30–12:00, 17–20:00."))
        spans.append((_clock(found[1], found[2]), _clock(found[3], found[4])))
    return spans


def parse_clock(text: str) -> str | None:
    """A time of the day such as "9", "9.30" or "18:00 Uhr" as ``HH:MM``; `None` when empty."""
    typed = fold(text[:MAX_TYPED])
    if not typed:
        return None
    found = re.fullmatch(_TIME, typed)
    if found is None:
        raise ValueError(_("Please write the time like this: 9:30."))
    try:
        return _clock(found[1], found[2])
    except ValueError:
        raise ValueError(_("Please write the time like this: 9:30.")) from None


def parse_cents(text: str) -> int | None:
    """An amount of euros such as "12,50" or "12 €" in cents; `None` when empty."""
    typed = fold(text[:MAX_TYPED]).removesuffix("euro").removesuffix("eur").removesuffix("€").strip()
    if not typed:
        return None
    found = _AMOUNT.fullmatch(typed)
    if found is None or not typed.isascii():
        raise ValueError(_("Please write the amount in euros, for example 12,50; 0 when it is free."))
    return int(found[1]) * CENTS_PER_EURO + int((found[2] or "0").ljust(2, "0"))


def parse_count(text: str) -> int | None:
    """A whole number; `None` when empty."""
    typed = text.strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) <= MAX_DIGITS):
        raise ValueError(_("Please write a whole number."))
    return int(typed)


def _clock(hour: str, minute: str | None) -> str:
    if int(hour) * 60 + int(minute or 0) > MINUTES_A_DAY or int(minute or 0) > LAST_MINUTE:
        raise ValueError(_("Please write times like this: 8:30–12:00, 17–20:00."))
    return f"{int(hour):02d}:{int(minute or 0):02d}"


def split_words(text: str) -> list[str]:
    """The parts between commas, semicolons and line ends, blanks stripped, empty ones left out."""
    return [part.strip() for part in _WORD_BREAK.split(text) if part.strip()]


def parse_languages(text: str, also: Collection[str] = ()) -> list[str]:
    """The BCP 47 tags of languages named in German, English or their own words.

    ``also``: tags that may be typed as they are, because they stood there before.
    """
    tags = []
    for word in split_words(text):
        tag = word if word in also else _language_names().get(fold(word)) or _as_tag(word)
        if tag is None:
            raise ValueError(_("“%(word)s” is not a language we know.", word=word[:40]))
        tags.append(tag)
    return tags


def languages_as_typed(tags: Iterable[str]) -> str:
    """``tags`` as somebody would type them, so that `parse_languages` gives them back."""
    return ", ".join(_as_typed(tag) for tag in tags)


def _as_typed(tag: str) -> str:
    name = next((word for word, known in _EVERYDAY_NAMES.items() if known == tag), language_name(tag))
    return name if _language_names().get(fold(name)) == tag else tag


def _as_tag(word: str) -> str | None:
    """A tag with script or country is its own name: "zh-Hant", "pt-BR"."""
    return word if LANGUAGE_TAG.fullmatch(word) and word.split("-")[0] in _known_tags() else None


@cache
def _known_tags() -> frozenset[str]:
    return frozenset(map(str, Locale("en").languages))


@cache
def list_language_names(interface_language: str) -> list[str]:
    """The names of the languages one may type, sorted, for suggestions."""
    words = Locale(interface_language).languages
    names = {str(words[tag]) for tag in map(str, words) if re.fullmatch("[a-z]{2,3}", tag)}
    return sorted(names, key=fold)


@cache
def _language_names() -> dict[str, str]:
    names: dict[str, str] = {}
    known = [tag for tag in map(str, Locale("en").languages) if re.fullmatch("[a-z]{2,3}", tag)]
    for tag in known:
        names.setdefault(fold(tag), tag)
    for interface in INTERFACE_LANGUAGES:
        words = Locale(interface).languages
        for tag in known:
            if tag in words:
                names.setdefault(fold(str(words[tag])), tag)
    for tag in _OWN_NAMES.split():
        own = Locale(tag).get_language_name(tag)
        if own:
            names.setdefault(fold(own), tag)
    return names | {fold(word): tag for word, tag in _EVERYDAY_NAMES.items()}


_OWN_NAMES = "ar uk ru fa tr ps ti en sq sr so fr es pt it pl ro bg ka hy az ur hi bn vi am de"
"""Languages that may also be named by their own word."""

_EVERYDAY_NAMES = {
    "Kurmandschi": "kmr",
    "Kurmanci": "kmr",
    "Kurdisch": "kmr",
    "Sorani": "ckb",
    "Dari": "fa",
    "Farsi": "fa",
    "Paschtu": "ps",
    "Afghanisches Persisch": "prs",
    "Tigrinisch": "ti",
}
"""Names that people use and that the language lists do not have, or have for something else."""
