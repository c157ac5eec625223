"""Texts from lists as they are found, brought into shape without guessing.

What is repaired is only what cannot be meant otherwise: lost blanks and "strasse" at the end of a word.
Umlauts that were written out (``Gruenau``) stay so: "Goethe" and "Grünau" cannot be told apart by rule,
and the search finds either spelling.
"""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LOST_BLANK = re.compile(r"(?<=[a-zäöüß])(?<!\bMc)(?<!\bMac)(?=[A-ZÄÖÜ])")
_NUMBER_BEFORE = re.compile(r"(?<=[a-zäöüß])(?=\d)")
_NUMBER_AFTER = re.compile(r"(?<=\d)(?=[A-ZÄÖÜ][a-zäöü])")
_GLUED_ARTICLE = re.compile(r"^(An|Auf|In|Hinter|Vor|Unter|Bei)(de[rnm])(?= )")
_GLUED_STREET = re.compile(r"^(Strasse|Straße)(de[rs])(?= )")
_STREET_END = re.compile(r"(?<=[Ss])trasse\b")


def tidy(text: str) -> str:
    """``text`` on one line, without control characters and repeated blanks."""
    return " ".join(_CONTROL.sub(" ", text).split())


def restore_blanks(name: str) -> str:
    """A name with its lost blanks: ``UlmerStrasse`` → ``Ulmer Strasse``.

    Only names without any blank are touched: who wrote one blank wrote them all.
    """
    if " " in name:
        return name
    spaced = _LOST_BLANK.sub(" ", name)
    spaced = _NUMBER_AFTER.sub(". ", _NUMBER_BEFORE.sub(" ", spaced))
    spaced = _GLUED_ARTICLE.sub(r"\1 \2", spaced)
    return _GLUED_STREET.sub(r"\1 \2", spaced)


def tidy_street(name: str) -> str:
    """A street's name: blanks restored, ``strasse`` at the end of a word with ß."""
    return _STREET_END.sub("traße", restore_blanks(tidy(name)))
