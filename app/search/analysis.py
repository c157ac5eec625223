"""German analysis: how a text becomes the terms that are indexed and looked up.

The same steps on both sides, so that everything that should meet meets:

1. `words_of` cuts a text into words (letters and digits of any script).
2. `normal_form` folds case, ß, umlauts in either way of writing (Grünau, Gruenau, Grunau) and
   diacritics.
3. `stem` takes endings off: German rules for Latin letters, Russian ones for Cyrillic, Arabic ones
   for Arabic letters; good enough, as both sides get the same.
4. `split_compound` takes German compounds apart along a curated word list.

Pure; no index in here.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import Stemmer

from app.core.text import find_words, fold
from app.search.compound_words import COMPOUND_PARTS, JOINTS, KEEP_WHOLE, STEM_EXCEPTIONS

MAX_WORD_CHARACTERS: Final = 60
"""Longer "words" are noise; they are cut."""

PART_WEIGHT: Final = 0.6
"""How much a part of a compound counts against the whole word."""

_UMLAUT = re.compile(r"(?<![aeiouq])ue|ae|oe")
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu)'(?=.)")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_EXCEPTION = re.compile(rf"^(.*(?:{'|'.join(STEM_EXCEPTIONS)}))(?:e|es|en)?$")
_MIN_PART: Final = 3
_MIN_HEAD: Final = 4
_MIN_REST: Final = 4

_STOP_WORDS: Final = """
aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bist
bitte brauche braucht brauchen da damit dann das dass dem den denn der des dich die dies diese
diesem diesen dieser dieses dir doch dort du durch e ein eine einem einen einer eines er es etwas
euch euer für find finde finden findet ganz geben gerne gibt gibts hab habe haben hat hatte hätte
hier ich ihm ihn ihnen ihr ihre ihrem ihren im in ins ist ja jede jeden jeder jedes jemand kann
kannst kein keine können könnte mal man mehr mein meine meinem meinen meiner mich mir mit möchte
möchten möglich müssen muss nach neben nicht noch nur ob oder ohne sehr sein seine sich sie sind
so soll sollte suche suchen sucht über um und uns unser unsere unter v viel vom von vor wann war
was weil welche welcher welches wenn wer werden wie will wir wird wo wohin wollen würde z zu zum
zur
a and for from how i in my of or the to where with
le la les un une des du de et pour avec dans je mon ma mes où
для до з за і й на про та у в во и как мне не о по с я мені де где
من في على عن إلى و أو مع أين هل برای از به در با و کجا
için ve bir ile de da nerede için
"""


@dataclass(frozen=True, slots=True)
class WordTerms:
    """What one word stands for in the index."""

    whole: str
    parts: tuple[str, ...] = ()
    """Terms of the compound's parts, in their order; empty: not a compound."""
    heads: tuple[str, ...] = ()
    """Terms of the shorter compounds at its end (Deutschsprachkurs → Sprachkurs)."""


def words_of(text: str) -> list[str]:
    """The words of ``text`` as they are written, cut to `MAX_WORD_CHARACTERS`."""
    return [text[word.start : word.end][:MAX_WORD_CHARACTERS] for word in find_words(text)]


@lru_cache(maxsize=65_536)
def normal_form(word: str) -> str:
    """``word`` folded, umlauts and their two-letter writing reduced to the plain vowel.

    A French article or preposition before an apostrophe is left out ("l'environnement").
    """
    return _UMLAUT.sub(lambda found: found.group()[0], _ELISION.sub("", fold(word)))


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(normal_form(word) for word in _STOP_WORDS.split())


def is_stop_word(word: str) -> bool:
    """Whether ``word`` says nothing about what is looked for."""
    return normal_form(word) in _stop_words()


class _Stemmers(threading.local):
    """One set per thread: a stemmer must not be used by two at once."""

    def __init__(self) -> None:
        self.german = Stemmer.Stemmer("german")
        self.russian = Stemmer.Stemmer("russian")
        self.arabic = Stemmer.Stemmer("arabic")


_stemmers = _Stemmers()


@lru_cache(maxsize=65_536)
def stem(normal: str) -> str:
    """The term of a word in `normal_form`."""
    if _CYRILLIC.search(normal):
        return str(_stemmers.russian.stemWord(normal))
    if _ARABIC.search(normal):
        return str(_stemmers.arabic.stemWord(normal)) or normal
    if exception := _EXCEPTION.match(normal):
        return exception.group(1)
    return str(_stemmers.german.stemWord(normal)) or normal


@cache
def _parts_known() -> frozenset[str]:
    return frozenset(normal_form(word) for word in COMPOUND_PARTS.split())


def is_known_part(normal: str) -> bool:
    """Whether a word in `normal_form` stands in the list of compound parts."""
    return normal in _parts_known() or stem(normal) in _parts_known()


@cache
def _kept_whole() -> frozenset[str]:
    return frozenset(normal_form(word) for word in KEEP_WHOLE.split())


@lru_cache(maxsize=65_536)
def split_compound(normal: str) -> tuple[str, ...]:
    """The parts of a compound in `normal_form`, in their order; empty when it is none.

    A word that consists wholly of known parts is split into as few as possible. Otherwise a known
    word at the end or at the beginning is taken off, and the rest stays as it is.
    """
    if len(normal) < 2 * _MIN_PART + 1 or normal in _kept_whole() or not normal.isalpha():
        return ()
    if normal in _parts_known():
        return _known_compound(normal, whole_allowed=False) or ()
    return _known_compound(normal, whole_allowed=False) or _known_end(normal) or _known_start(normal)


@lru_cache(maxsize=65_536)
def _known_compound(normal: str, *, whole_allowed: bool) -> tuple[str, ...] | None:
    known = _parts_known()
    if whole_allowed and is_known_part(normal):
        return (normal,)
    best: tuple[str, ...] | None = None
    for end in range(len(normal) - _MIN_PART, _MIN_PART - 1, -1):
        part = normal[:end]
        if part not in known:
            continue
        for joint in JOINTS:
            rest = normal[end + len(joint) :]
            if len(rest) < _MIN_PART or not normal.startswith(joint, end):
                continue
            tail = _known_compound(rest, whole_allowed=True)
            if tail is not None and (best is None or len(tail) + 1 < len(best)):
                best = (part, *tail)
    return best


def _known_end(normal: str) -> tuple[str, ...]:
    for start in range(_MIN_REST, len(normal) - _MIN_HEAD + 1):
        if is_known_part(normal[start:]):
            return (normal[:start], normal[start:])
    return ()


def _known_start(normal: str) -> tuple[str, ...]:
    for end in range(len(normal) - _MIN_REST, _MIN_HEAD, -1):
        if normal[:end] in _parts_known():
            return (normal[:end], normal[end:])
    return ()


@lru_cache(maxsize=65_536)
def terms_of(word: str) -> WordTerms:
    """The terms of one written word."""
    normal = normal_form(word)
    parts = split_compound(normal)
    if len(parts) < 2:
        return WordTerms(stem(normal))
    return WordTerms(stem(normal), tuple(stem(part) for part in parts), _heads(normal, parts))


def _heads(normal: str, parts: tuple[str, ...]) -> tuple[str, ...]:
    heads, position = [], 0
    for index, part in enumerate(parts):
        position = normal.index(part, position)
        if 0 < index < len(parts) - 1:
            heads.append(stem(normal[position:]))
        position += len(part)
    return tuple(heads)


def weighted_terms(text: str, weight: float = 1.0) -> dict[str, float]:
    """What ``text`` puts into the index: term → weight, summed over its words."""
    weights: dict[str, float] = {}
    for word in words_of(text):
        if is_stop_word(word):
            continue
        terms = terms_of(word)
        weights[terms.whole] = weights.get(terms.whole, 0.0) + weight
        for part in dict.fromkeys((*terms.parts, *terms.heads)):
            if part != terms.whole:
                weights[part] = weights.get(part, 0.0) + weight * PART_WEIGHT
    return weights
