"""The public holidays of a German state, by the library ``holidays``. Pure."""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache
from typing import Protocol

import holidays

_MOST_YEARS = 200


class Holidays(Protocol):
    """Anything that knows the public holidays."""

    def find(self, day: date) -> str | None:
        """The holiday's name; `None`: a day like others."""


class PublicHolidays:
    """The public holidays of one state. Get it from `load_public_holidays`."""

    def __init__(self, state: str) -> None:
        """``state`` as in ISO 3166-2:DE (``BW``); reckons nothing yet."""
        self.state = state
        self._of_year = lru_cache(_MOST_YEARS)(self._list_year)

    def find(self, day: date) -> str | None:
        """The holiday's German name; `None`: a day like others (or outside 1990–2100)."""
        return self._of_year(day.year).get(day)

    def _list_year(self, year: int) -> dict[date, str]:
        return dict(holidays.country_holidays("DE", subdiv=self.state, years=year, language="de"))


class NoHolidays:
    """Every day is a day like others."""

    def find(self, day: date) -> str | None:
        """Always `None`."""


NO_HOLIDAYS = NoHolidays()


@cache
def load_public_holidays(state: str) -> PublicHolidays:
    """The holidays of ``state`` (``BW``), one calendar per process."""
    return PublicHolidays(state)
