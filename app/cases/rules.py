"""Decisions about a case, without a database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.directory.codes import LEVELS

ADULT_AGE = 18
PROVEN = frozenset({"test", "certificate"})
"""Evidence that does not rest on the client's own word."""
_STRENGTH = {None: 0, "self": 1, "test": 2, "certificate": 3}


@dataclass(frozen=True, slots=True)
class LevelFact:
    """A level of German, how it is known, and since when."""

    level: str | None
    evidence: str | None = None
    on: date | None = None


def age_on(birth_date: date | None, day: date) -> int | None:
    """Full years at ``day``; `None` when the birth date is unknown or lies after it."""
    if birth_date is None or birth_date > day:
        return None
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (0 if had_birthday else 1)


def is_level_at_least(level: str | None, wanted: str) -> bool:
    """Whether ``level`` reaches ``wanted``; an unknown one does not."""
    return level is not None and LEVELS.index(level) >= LEVELS.index(wanted)


def level_after(known: LevelFact, reported: LevelFact) -> LevelFact:
    """The level to keep when ``reported`` comes in.

    News count, with one exception: a lower level does not replace a higher one that is known better
    (a certificate of B1 outlives a course in which somebody felt at A2), and a mere claim does not
    replace proof of the same level.
    """
    if reported.level is None:
        return known
    if known.level is None:
        return reported
    step = LEVELS.index(reported.level) - LEVELS.index(known.level)
    weaker = _STRENGTH[reported.evidence] < _STRENGTH[known.evidence]
    return known if (step <= 0 and weaker) else reported


def is_weaker_claim(known: LevelFact, told: LevelFact) -> bool:
    """Whether ``told`` says less than ``known`` and is known worse: nobody should lose proof by it.

    To say that a proven level is unknown counts, too.
    """
    if told.level is None:
        return known.evidence in PROVEN
    return told != known and level_after(known, told) == known


def is_minor(birth_date: date | None, day: date) -> bool | None:
    """Whether somebody is under age at ``day``; `None` when the birth date is unknown."""
    age = age_on(birth_date, day)
    return None if age is None else age < ADULT_AGE


def is_target_reached(target_level: str | None, now: LevelFact) -> bool:
    """Whether a goal with this level is reached: only proof counts, not the client's own word."""
    return (
        target_level is not None
        and now.evidence in PROVEN
        and is_level_at_least(now.level, target_level)
    )


def sheet_language(
    chosen: str | None,
    reads: Sequence[str] | None,
    spoken: Sequence[str] | None,
    printed: Collection[str],
) -> str:
    """The language of the printed sheet beside German; ``de`` when German alone will do.

    The chosen one, or the first language read that we print, or, when nobody asked yet what the
    client reads, the first one spoken. ``printed`` are the languages a sheet can be had in.
    """
    if chosen in printed:
        return str(chosen)
    for tag in reads if reads is not None else (spoken or ()):
        if tag in printed:
            return tag
    return "de"


def changed_fields(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """The names of those fields of ``after`` whose value differs, sorted."""
    return sorted(name for name, value in after.items() if before.get(name) != value)


def unique_words(words: Iterable[str]) -> list[str]:
    """``words`` without blanks and repetitions (upper and lower case are the same), in order."""
    kept: dict[str, str] = {}
    for word in words:
        text = " ".join(word.split())
        if text:
            kept.setdefault(text.casefold(), text)
    return list(kept.values())
