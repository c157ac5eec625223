"""How sheets are printed: chosen where they are opened, kept nowhere but in the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from werkzeug.datastructures import MultiDict

from app.printouts.pdf import PaperFormat
from app.printouts.phrases import SHEET_LANGUAGES

FORMAT_OF_WORD: Final[dict[str, PaperFormat]] = {"a4": "a4", "a5": "a5", "gross": "large"}
"""Word in the address → format. Large print is always A4: on A5 nothing would find room."""


@dataclass(frozen=True, slots=True)
class PrintWishes:
    """How and in which language."""

    paper: PaperFormat
    language: str
    is_list: bool
    """A compact list instead of a page for each offer."""


def read_print_wishes(args: MultiDict[str, str], preset_language: str | None) -> PrintWishes:
    """The wishes in an address; what is missing or unknown is as usual: A4, the preset language."""
    language = args.get("sprache", "")
    return PrintWishes(
        paper=FORMAT_OF_WORD.get(args.get("format", ""), "a4"),
        language=language if language in SHEET_LANGUAGES else (preset_language or "de"),
        is_list=args.get("art") == "liste",
    )
