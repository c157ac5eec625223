"""Two states of an entry side by side, field by field, with the words that differ marked. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from app.directory.differences import FieldChange
from app.web.labels.entry_fields import EntryNames, field_label, value_words

MIN_WORDS_TO_COMPARE = 4
"""Shorter texts are marked as a whole: single words of a phone number tell nothing."""
MIN_ALIKE = 0.3
"""Texts that have less in common are marked as a whole: scattered words help nobody."""
MAX_WORDS_TO_COMPARE_ALL = 1000
"""In longer texts the most frequent words are passed over, or it would take seconds."""
_WORD = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that is the same on both sides, or not."""

    text: str
    differs: bool


Lines = tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field before and after, in words. No lines: there is nothing in it."""

    field: str
    label: str
    old: Lines
    new: Lines


def build_differences(
    entry_type: str,
    changes: Iterable[FieldChange],
    names: EntryNames | None = None,
    new_names: EntryNames | None = None,
) -> list[Difference]:
    """Each change in words, in the order of ``changes``."""
    return [build_difference(entry_type, change, names, new_names) for change in changes]


def build_difference(
    entry_type: str,
    change: FieldChange,
    names: EntryNames | None = None,
    new_names: EntryNames | None = None,
) -> Difference:
    """One change in words; ``new_names``: the names for the new side, where they are others."""
    old = value_words(change.field, change.old, names)
    new = value_words(change.field, change.new, new_names or names)
    if isinstance(old, str) and isinstance(new, str):
        left, right = compare_texts(old, new)
        before, after = _one_line(left), _one_line(right)
    else:
        before, after = compare_lists(_as_list(old), _as_list(new))
    return Difference(change.field, field_label(entry_type, change.field), before, after)


def compare_texts(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both texts in pieces; put together again they are the texts."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    words = [word.strip() for word in before], [word.strip() for word in after]
    matcher = SequenceMatcher(None, *words, autojunk=len(before) > MAX_WORDS_TO_COMPARE_ALL)
    is_short = min(len(before), len(after)) < MIN_WORDS_TO_COMPARE
    if is_short or words[0] == words[1] or matcher.ratio() < MIN_ALIKE:
        differs = old != new
        return _whole(old, differs), _whole(new, differs)
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        differs = tag != "equal"
        left += _whole("".join(before[a:b]), differs)
        right += _whole("".join(after[c:d]), differs)
    return tuple(left), tuple(right)


def compare_lists(old: list[str], new: list[str]) -> tuple[Lines, Lines]:
    """Both lists line by line; a line that the other one has, too, does not differ."""
    return (
        tuple((Piece(line, line not in new),) for line in old),
        tuple((Piece(line, line not in old),) for line in new),
    )


def _whole(text: str, differs: bool) -> tuple[Piece, ...]:
    return (Piece(text, differs),) if text else ()


def _one_line(pieces: tuple[Piece, ...]) -> Lines:
    return (pieces,) if pieces else ()


def _as_list(words: str | list[str]) -> list[str]:
    return words if isinstance(words, list) else [words] if words else []
