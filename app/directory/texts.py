"""The text of an offer in the language of its reader, falling back language by language. Pure.

The order: the language itself, the same with fewer details ("sr-Latn" → "sr"), the languages that its
readers read as well ("prs" → "fa"), then plain German, then German. English is not put in between: few
of those who read Dari or Tigrinya read it, and the German text is what a case worker can explain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

GERMAN: Final = "de"
PLAIN_GERMAN: Final = "de-simple"
"""Not a language of its own: the description in plain German."""

_READ_AS_WELL: Final = {
    "prs": ("fa",),
    "fa": ("prs", "fa-AF"),
    "ku": ("kmr",),
    "kmr": ("ku",),
    "hr": ("bs", "sr-Latn"),
    "bs": ("hr", "sr-Latn"),
    "sr": ("sr-Latn",),
    "sr-Latn": ("sr", "bs", "hr"),
    "ro-MD": ("ro",),
    "nb": ("no",),
    "zh": ("zh-Hans", "zh-Hant"),
}
_OTHER_SCRIPT: Final = frozenset({"ku", "kmr", "uz", "az", "zh"})
"""Languages written in scripts that readers of the other one cannot read: no falling back over it."""
_RIGHT_TO_LEFT: Final = frozenset(
    {"ar", "fa", "prs", "ps", "ckb", "ur", "he", "dv", "sd", "ug", "yi", "pnb"}
)
_RIGHT_TO_LEFT_SCRIPTS: Final = frozenset({"Arab", "Hebr", "Thaa", "Syrc", "Nkoo"})
SCRIPT_LETTERS: Final = 4

Direction = Literal["ltr", "rtl"]


class Phrase(Protocol):
    """Title and description in a language; either may be missing."""

    @property
    def title(self) -> str | None: ...  # noqa: D102
    @property
    def description(self) -> str | None: ...  # noqa: D102


class Texts(Protocol):
    """The German texts of an offer: a row or a record."""

    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def description(self) -> str: ...  # noqa: D102
    @property
    def plain_description(self) -> str | None: ...  # noqa: D102


class Page(Protocol):
    """An offer with its texts, as `app.directory.queries.OfferPage`."""

    @property
    def offer(self) -> Texts: ...  # noqa: D102
    @property
    def phrases(self) -> Mapping[str, Phrase]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class OfferText:
    """Title and description, each with the language it is in (`GERMAN` also for plain German)."""

    title: str
    description: str
    language: str
    """Of the description; of the title when there is none in any language."""
    title_language: str


def text_in(page: Page, language: str) -> OfferText:
    """Title and description for a reader of ``language``; the title is never empty.

    Each falls back by itself: a Ukrainian title goes with a German description when there is no other.
    ``de-simple`` asks for plain German.
    """
    chain = [tag for tag in fallback_chain(language) if tag in page.phrases]
    offer = page.offer
    title, title_language = _first(page.phrases, chain, "title") or (offer.title, GERMAN)
    german = offer.description if language == GERMAN else offer.plain_description or offer.description
    found = _first(page.phrases, chain, "description")
    description, used = found or (german, GERMAN if german else title_language)
    return OfferText(title, description, used, title_language)


def languages_of(page: Page) -> tuple[str, ...]:
    """The languages to choose from: German first, plain German if there is any, then the others."""
    plain = (PLAIN_GERMAN,) if page.offer.plain_description else ()
    others = sorted(tag for tag, phrase in page.phrases.items() if phrase.title or phrase.description)
    return (GERMAN, *plain, *(tag for tag in others if tag != GERMAN))


def fallback_chain(language: str) -> tuple[str, ...]:
    """The languages to try before German, the best first; none for German itself."""
    if language in {GERMAN, PLAIN_GERMAN, ""}:
        return ()
    chain: list[str] = []
    for tag in _shortened(language):
        chain += [tag, *_READ_AS_WELL.get(tag, ())]
    return tuple(dict.fromkeys(chain))


def text_direction(tag: str) -> Direction:
    """Whether a language runs from right to left."""
    script = next((part for part in tag.split("-")[1:] if len(part) == SCRIPT_LETTERS), None)
    if script is not None:
        return "rtl" if script in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if tag.split("-")[0] in _RIGHT_TO_LEFT else "ltr"


def _shortened(tag: str) -> list[str]:
    """``tag`` and what remains when its last part is left out, again and again.

    A script is not left out where the language is read in another one otherwise.
    """
    parts = tag.split("-")
    tags = []
    while parts:
        tags.append("-".join(parts))
        dropped = parts.pop()
        if len(dropped) == SCRIPT_LETTERS and parts and parts[0] in _OTHER_SCRIPT:
            break
    return tags


def _first(phrases: Mapping[str, Phrase], chain: list[str], part: str) -> tuple[str, str] | None:
    for tag in chain:
        text = getattr(phrases[tag], part)
        if text:
            return text, tag
    return None
