"""Comparing words in any script, whatever the spelling.

Two keys exist. `fold` makes spellings equal that mean the same letters ("Fußball", "FUSSBALL",
"Fussball"). `fold_umlauts` is rougher and also joins "Grünau", "Gruenau" and "Grunau": use it as a
second try, since it makes a few different words equal. Keys are for comparing, never for showing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_LETTERS = {
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ı": "i", "ł": "l",
    "đ": "d",
    # Arabic script: one letter where Arabic, Persian, Pashto or careless typing know several
    "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ۍ": "ي", "ک": "ك", "ګ": "گ", "ڪ": "ك",
    "ة": "ه", "ۀ": "ه", "ە": "ه", "ھ": "ه", "ہ": "ه", "ـ": "", "ء": "",
    # Apostrophes and hyphens: what keyboards and word processors make of them
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "‐": "-", "‑": "-", "–": "-", "—": "-",
    # Joiners: the soft hyphen and the zero-width joiner are no letters, the non-joiner parts a compound
    "\u00ad": "", "\u200d": "", "\u200c": " ", "\ufeff": "", "\u200e": "", "\u200f": "",
}  # fmt: skip
_SAME_SOUND = (("ሠ", "ሰ"), ("ፀ", "ጸ"))
"""Ethiopic series that Tigrinya writes for one another, seven vowels each."""
_TABLE = str.maketrans(
    _LETTERS
    | {chr(ord(a) + i): chr(ord(b) + i) for a, b in _SAME_SOUND for i in range(7)}
    | {chr(zero + i): str(i) for zero in (0x0660, 0x06F0) for i in range(10)}
)
_MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
_JOINERS = "\u00ad\u200d"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}{_JOINERS}]|['’ʼ](?=[^\W_]))*")
_LENGTHENED = re.compile(r"([aou])e+")


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """The comparison key of ``text``.

    Case, diacritics, umlaut spellings (ä = ae, ß = ss), Arabic vowel signs, stretching and letter
    variants, Eastern digits and repeated blanks make no difference. Pure and idempotent.
    """
    if text.isascii():
        return " ".join(text.lower().replace("`", "'").split())
    folded = unicodedata.normalize("NFKC", text).translate(_TABLE).casefold()
    folded = unicodedata.normalize("NFKC", folded).translate(_TABLE)
    letters = (c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return " ".join("".join(letters).translate(_TABLE).casefold().split())


@lru_cache(maxsize=50_000)
def fold_umlauts(text: str) -> str:
    """A rougher key than `fold`: ü, ue and u are one, so are ä, ae, a and ö, oe, o. Idempotent."""
    return _LENGTHENED.sub(r"\1", fold(text))


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: its place in the text (``text[start:end]``) and its `fold`."""

    start: int
    end: int
    folded: str


def find_words(text: str) -> tuple[Word, ...]:
    """The words of ``text`` in order, in any script; punctuation and hyphens part words."""
    return tuple(Word(m.start(), m.end(), fold(m.group())) for m in _WORD.finditer(text))


def fold_phrase(text: str) -> str:
    """The folded words of ``text`` joined by single blanks, without punctuation."""
    return " ".join(word.folded for word in find_words(text))
