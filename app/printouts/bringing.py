"""What to bring, in the client's language as far as the papers and things are common ones. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.core.text import fold
from app.printouts.phrases import PhraseBook, Words

_KNOWN: tuple[tuple[str, str], ...] = (
    ("paper_residence", r"\baufenthalts(titel|papier|gestattung|erlaubnis)"),
    ("paper_entitlement", r"\b(berechtigungsschein|teilnahmeberechtigung)"),
    ("paper_benefits", r"\b(bescheid ueber (sozial)?leistungen|leistungsbescheid)"),
    ("paper_language", r"\bsprachzertifikat"),
    ("paper_lease", r"\bmietvertrag"),
    ("paper_cv", r"\blebenslauf"),
    ("paper_school", r"\bzeugnis(se)?\b"),
    ("paper_birth", r"\bgeburtsurkunde"),
    ("paper_insurance", r"\b(versichertenkarte|krankenversicherung)"),
    ("paper_vaccination", r"\bimpf(ausweis|pass|nachweis)"),
    ("paper_contract", r"\barbeitsvertrag"),
    ("paper_photo", r"\bpassfoto"),
    ("paper_passport", r"\b(reise)?pass\b|\bpaesse\b"),
    ("paper_id", r"\b(personal)?ausweis\b"),
    ("thing_sportswear", r"\bsportkleidung"),
    ("thing_swimwear", r"\bbade(kleidung|anzug|hose)"),
    ("thing_shoes", r"\b(hallen|turn|sport)?schuhe\b"),
    ("thing_pen", r"\b(stift|schreibblock|heft)\b"),
)
"""Phrase → how German entries name it, folded."""
_PATTERNS = tuple((key, re.compile(pattern)) for key, pattern in _KNOWN)


def known_things(item: str) -> tuple[str, ...]:
    """The phrases for the papers and things that ``item`` (German) names, in its order."""
    folded = fold(item)
    found = [(match.start(), key) for key, pattern in _PATTERNS if (match := pattern.search(folded))]
    return tuple(key for _, key in sorted(found))


def things_in(items: Iterable[str], book: PhraseBook) -> list[Words]:
    """A line for each item: the common things it names in the book's language, else its own words.

    "Pass oder Aufenthaltstitel" becomes both names; what nobody translated is better read in German,
    as the person at the door will say it, than left out.
    """
    return [_line(item, book) for item in items]


def _line(item: str, book: PhraseBook) -> Words:
    said = [book.say(key) for key in known_things(item)]
    if not said:
        return Words(f"• {item}", "de")
    return Words(
        "• " + " / ".join(words.text for words in said),
        said[0].language,
        all(words.is_checked for words in said),
    )
