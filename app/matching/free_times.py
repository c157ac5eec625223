"""Weekly times put together and taken away; pure."""

from __future__ import annotations

from collections.abc import Iterable

from app.matching.types import TimeSpan


def join_times(spans: Iterable[TimeSpan]) -> tuple[TimeSpan, ...]:
    """The times in which at least one of ``spans`` lies, in order, none touching another."""
    joined: list[TimeSpan] = []
    for span in sorted(spans, key=_order):
        last = joined[-1] if joined else None
        if last is not None and last.weekday == span.weekday and span.from_minute <= last.to_minute:
            end = max(last.to_minute, span.to_minute)
            joined[-1] = TimeSpan(last.weekday, last.from_minute, end)
        elif span.from_minute < span.to_minute:
            joined.append(span)
    return tuple(joined)


def remove_times(spans: Iterable[TimeSpan], taken: Iterable[TimeSpan]) -> tuple[TimeSpan, ...]:
    """What is left of ``spans`` outside of ``taken``, in order, none touching another."""
    left = list(join_times(spans))
    for hole in taken:
        left = [part for span in left for part in _cut(span, hole)]
    return tuple(left)


def _cut(span: TimeSpan, hole: TimeSpan) -> tuple[TimeSpan, ...]:
    is_apart = hole.to_minute <= span.from_minute or span.to_minute <= hole.from_minute
    is_apart |= hole.from_minute >= hole.to_minute  # a moment takes no time
    if hole.weekday != span.weekday or is_apart:
        return (span,)
    before = TimeSpan(span.weekday, span.from_minute, hole.from_minute)
    after = TimeSpan(span.weekday, hole.to_minute, span.to_minute)
    return tuple(part for part in (before, after) if part.from_minute < part.to_minute)


def _order(span: TimeSpan) -> tuple[int, int, int]:
    return span.weekday, span.from_minute, span.to_minute
