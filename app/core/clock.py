"""The time. Everything that asks for today or now asks here, so that a demo or a test can set it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from app.settings import TIMEZONE, Settings


def utc_now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def today(settings: Settings) -> date:
    """The calendar day in Germany, or the fixed day of a demo or test."""
    return settings.fixed_today or datetime.now(TIMEZONE).date()


def local_minute(settings: Settings) -> int | None:
    """Minutes since midnight in Germany; `None` on the fixed day of a demo or test."""
    if settings.fixed_today is not None:
        return None
    moment = datetime.now(TIMEZONE)
    return moment.hour * 60 + moment.minute


def now(settings: Settings) -> datetime:
    """The present moment in UTC; on the fixed day of a demo or test at the present time of the day."""
    moment = utc_now()
    if settings.fixed_today is None:
        return moment
    time_of_day = moment.astimezone(TIMEZONE).time()
    return datetime.combine(settings.fixed_today, time_of_day, TIMEZONE).astimezone(UTC)
