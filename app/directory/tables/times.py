"""Weekly times in one cell: ``Mo–Do 9:00–12:15; Fr 14–16 Uhr (Raum 3)``. Pure."""

from __future__ import annotations

import re
from typing import Final

from pydantic import ValidationError

from app.core.day_times import MINUTES_PER_HOUR, clock_time_of
from app.core.text import fold
from app.directory.records import SessionRecord

SHORT_DAYS: Final = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
_DAY_NAMES: Final = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
_NUMBER_OF_DAY: Final = (
    {name: number for number, name in enumerate(_DAY_NAMES, start=1)}
    | {name.lower(): number for number, name in enumerate(SHORT_DAYS, start=1)}
    | {"sonnabend": 6}
)
_DAY: Final = r"[a-z]{2,10}\.?"
_CLOCK: Final = r"(\d{1,2})(?:[:.](\d{2}))?"
_PART: Final = re.compile(
    rf"({_DAY}(?:\s*(?:,|und|u\.|\+|/|&|-|bis)\s*{_DAY})*)\s*:?\s*"
    rf"{_CLOCK}\s*(?:uhr)?\s*(?:-|bis)\s*{_CLOCK}\s*(?:uhr)?\s*(?:\((.*)\))?"
)
_DASHES: Final = str.maketrans("–—−", "---")
MAX_PARTS: Final = 100


class UnreadableTimesError(ValueError):
    """A cell does not hold weekly times as we can read them; the message is the part at fault."""


def parse_times(text: str) -> tuple[SessionRecord, ...]:
    """The weekly times in ``text``, set off by ``;`` or lines; raises `UnreadableTimesError`."""
    parts = [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]
    if len(parts) > MAX_PARTS:
        raise UnreadableTimesError(f"{len(parts)} ×")
    return tuple(session for part in parts for session in _parse_part(part))


def format_times(sessions: tuple[SessionRecord, ...]) -> str:
    """The weekly times as `parse_times` reads them; place, rhythm and languages are not in it."""
    return "; ".join(
        f"{SHORT_DAYS[time.weekday - 1]} {time.starts}–{time.ends}"
        + (f" ({time.note})" if time.note else "")
        for time in sessions
    )


def _parse_part(part: str) -> list[SessionRecord]:
    note = re.search(r"\(([^()]*)\)\s*$", part)
    found = _PART.fullmatch(fold(part).translate(_DASHES))
    if found is None:
        raise UnreadableTimesError(part)
    days, from_hour, from_minute, to_hour, to_minute = found.group(1, 2, 3, 4, 5)
    try:
        return [
            SessionRecord(
                weekday=weekday,
                starts=_clock(from_hour, from_minute),
                ends=_clock(to_hour, to_minute),
                note=note.group(1).strip() or None if note else None,
            )
            for weekday in _weekdays(days)
        ]
    except (ValidationError, KeyError):
        raise UnreadableTimesError(part) from None


def _weekdays(words: str) -> list[int]:
    """``mo-do, sa`` → 1, 2, 3, 4, 6; raises `KeyError` for what is no weekday."""
    days: list[int] = []
    for span in re.split(r",|und|u\.|\+|/|&", words):
        ends = [_NUMBER_OF_DAY[word.strip(" .")] for word in re.split(r"-|bis", span)]
        first, last = ends[0], ends[-1]
        days += range(first, last + 1) if first <= last else [*range(first, 8), *range(1, last + 1)]
    return list(dict.fromkeys(days))


def _clock(hour: str, minute: str | None) -> str:
    """Raises `KeyError` for minutes that no clock shows."""
    if int(minute or 0) >= MINUTES_PER_HOUR:
        raise KeyError(minute)
    return clock_time_of(int(hour) * MINUTES_PER_HOUR + int(minute or 0))
