"""The fonts of the sheets, and which characters they can show.

The layout engine prints an empty box for a character without a glyph and tells nobody: so every
text is looked through before. System fonts are never used, the paper looks the same everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

from app.core.errors import LotsenbuchError
from app.settings import PROJECT_ROOT

FONT_ROOT = PROJECT_ROOT / "node_modules" / "@expo-google-fonts"
FONT_FILES = (
    "noto-sans/400Regular/NotoSans_400Regular.ttf",
    "noto-sans/700Bold/NotoSans_700Bold.ttf",
    "noto-sans-arabic/400Regular/NotoSansArabic_400Regular.ttf",
    "noto-sans-arabic/700Bold/NotoSansArabic_700Bold.ttf",
    "noto-sans-ethiopic/400Regular/NotoSansEthiopic_400Regular.ttf",
    "noto-sans-ethiopic/700Bold/NotoSansEthiopic_700Bold.ttf",
)
REPLACEMENT = "\ufffd"
"""Stands visibly where a character cannot be shown."""

_JOINERS = frozenset("\u200c\u200d")
_ISOLATES = frozenset("\u2066\u2069")
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")


class FontsMissingError(LotsenbuchError):
    """The fonts of the printed sheets are not installed."""


def font_folders(root: Path = FONT_ROOT) -> list[Path]:
    """The folders that hold the fonts; raises `FontsMissingError` when one is missing."""
    files = [root / name for name in FONT_FILES]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise FontsMissingError(
            f"The fonts for printing are not installed ({', '.join(missing)}): run “make setup”."
        )
    return [file.parent for file in files]


@cache
def covered_characters() -> frozenset[int]:
    """Code points that at least one font shows, in regular and in bold."""
    font_folders()
    weights: dict[bool, set[int]] = {True: set(), False: set()}
    for name in FONT_FILES:
        with TTFont(FONT_ROOT / name, lazy=True) as font:
            weights["Bold" in name].update(font.getBestCmap())
    return frozenset(weights[True] & weights[False])


def printable(text: str) -> tuple[str, int]:
    """``text`` as the fonts can show it, and how many characters were replaced.

    White space becomes single spaces, control characters and overriding directions vanish, a run of
    characters without a glyph becomes one `REPLACEMENT`.
    """
    composed = unicodedata.normalize("NFC", _VARIATION_SELECTORS.sub("", text))
    shown: list[str] = []
    lost = 0
    for character in composed:
        kept = _kept(character)
        lost += kept == REPLACEMENT
        if kept and (kept != REPLACEMENT or shown[-1:] != [REPLACEMENT]):
            shown.append(kept)
    return _SPACES.sub(" ", "".join(shown)).strip(), lost


def printable_tree(value: Any) -> tuple[Any, int]:
    """`printable` for every text inside a structure of dicts, lists and tuples."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        items = {key: printable_tree(inner) for key, inner in value.items()}
        return {key: inner for key, (inner, _) in items.items()}, sum(n for _, n in items.values())
    if isinstance(value, list | tuple):
        parts = [printable_tree(inner) for inner in value]
        return [inner for inner, _ in parts], sum(lost for _, lost in parts)
    return value, 0


def _kept(character: str) -> str:
    if character.isspace():
        return character if character in "\u00a0\u202f" else " "
    if character in _JOINERS or character in _ISOLATES:
        return character
    category = unicodedata.category(character)
    if category in {"Cc", "Cf"}:
        return ""
    return character if ord(character) in covered_characters() else REPLACEMENT
