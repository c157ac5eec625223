"""The fixed words of the sheets, one catalogue (``phrases/*.toml``) per language.

A phrase stands under ``[checked]`` once somebody whose mother tongue it is has read it, and under
``[unchecked]`` before. Names of days, months and languages are not kept here: they come from CLDR.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import babel
import babel.dates

PHRASES = Path(__file__).with_name("phrases")
GERMAN = "de"
PLAIN_GERMAN = "de-simple"
SHEET_LANGUAGES = (
    "de",
    "de-simple",
    "en",
    "uk",
    "ru",
    "ar",
    "fa",
    "tr",
    "kmr",
    "sq",
    "ti",
    "ps",
    "sr",
    "so",
    "fr",
)
"""BCP 47 tags of the languages a sheet can be printed in, as they are offered for choice."""

_SAME_SHEET = {"prs": "fa", "ku": "kmr", "hr": "sr", "bs": "sr"}
"""Languages that are read with the catalogue of another one; ``ku`` only in Latin script."""

_LEFT_TO_RIGHT_VALUES = frozenset({"span", "time", "phone", "stop"})
_LEFT_TO_RIGHT_ISOLATE, _POP_ISOLATE = "\u2066", "\u2069"

Direction = Literal["ltr", "rtl"]


@dataclass(frozen=True, slots=True)
class Words:
    """A text in one language."""

    text: str
    language: str
    """BCP 47 tag."""
    is_checked: bool = True
    """Whether somebody whose mother tongue it is has read it; given texts count as read."""


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """The fixed words in one language, and how it writes days and lists."""

    language: str
    name: str
    """The language in its own words."""
    direction: Direction
    locale: str
    """Its name in CLDR."""
    list_separator: str
    texts: Mapping[str, str]
    unchecked: frozenset[str]

    def say(self, key: str, **values: str) -> Words:
        """The phrase ``key`` with ``{name}`` filled in; the German one when it is missing here.

        Times and phone numbers are isolated in right-to-left text, or their ranges turn around.
        """
        if key not in self.texts and self.language != GERMAN:
            return load_phrase_book(GERMAN).say(key, **values)
        if self.direction == "rtl":
            values = {
                name: isolate(text) if name in _LEFT_TO_RIGHT_VALUES else text
                for name, text in values.items()
            }
        text = self.texts[key].format_map(values) if values else self.texts[key]
        return Words(text, self.language, key not in self.unchecked)

    def day_in_words(self, day: date) -> str:
        """Weekday, day, month in words and year."""
        return babel.dates.format_date(day, "full", locale=self.locale)

    def short_day(self, day: date) -> str:
        """Day and month without the year: 24.12., 24 Dec."""
        skeleton = "Md" if self.locale == GERMAN else "MMMd"
        return str(babel.dates.format_skeleton(skeleton, day, locale=self.locale))

    def weekday_name(self, weekday: int) -> str:
        """The name of a weekday, 1 = Monday, with a capital letter where the script has them."""
        # Not the "stand-alone" names: once Babel has read Pashto, it gives them for others, too.
        name = str(babel.dates.get_day_names("wide", "format", self.locale)[weekday - 1])
        return name[:1].upper() + name[1:]

    def language_name(self, tag: str) -> str:
        """The name of the language ``tag``; in German where CLDR has none, the tag where nobody has."""
        for names in (_language_names(self.locale), _language_names(GERMAN)):
            for key in (tag.replace("-", "_"), tag.split("-")[0]):
                if key in names:
                    return names[key]
        return tag

    def left_to_right(self, text: str) -> str:
        """``text`` (times, numbers) as it can stand among these words."""
        return isolate(text) if self.direction == "rtl" else text

    def join(self, parts: list[str]) -> str:
        """``parts`` as a list in one line."""
        return self.list_separator.join(parts)


def isolate(text: str) -> str:
    """``text`` kept from left to right inside right-to-left text."""
    return f"{_LEFT_TO_RIGHT_ISOLATE}{text}{_POP_ISOLATE}"


@cache
def load_phrase_book(language: str) -> PhraseBook:
    """The catalogue of a language out of `SHEET_LANGUAGES`; raises `KeyError` for others."""
    if language not in SHEET_LANGUAGES:
        raise KeyError(language)
    data = tomllib.loads((PHRASES / f"{language}.toml").read_text(encoding="utf-8"))
    checked, unchecked = data.get("checked", {}), data.get("unchecked", {})
    return PhraseBook(
        language=data["language"],
        name=data["name"],
        direction=data["direction"],
        locale=data["locale"],
        list_separator=data["list_separator"],
        texts={**checked, **unchecked},
        unchecked=frozenset(unchecked),
    )


def find_sheet_language(tag: str | None) -> str | None:
    """The sheet language for a language somebody reads, or `None` when there is no sheet in it.

    Kurdish in Arabic script and Serbian in a script of the reader's choice are told apart by the
    script in the tag: another script than the catalogue's is another sheet for a reader.
    """
    if not tag:
        return None
    if tag in SHEET_LANGUAGES:
        return tag
    parts = tag.split("-")
    base = _SAME_SHEET.get(parts[0], parts[0])
    script = next((part for part in parts[1:] if len(part) == 4 and part.isalpha()), None)
    if script is not None and script != _script_of(base):
        return None
    return base if base in SHEET_LANGUAGES else None


def _script_of(language: str) -> str:
    scripts = {"uk": "Cyrl", "ru": "Cyrl", "ar": "Arab", "fa": "Arab", "ps": "Arab", "ti": "Ethi"}
    return scripts.get(language, "Latn")


@cache
def _language_names(locale: str) -> dict[str, str]:
    return dict(babel.Locale.parse(locale).languages)
