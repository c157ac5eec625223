"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import click

from app.operations.runtime import Runtime, open_runtime
from app.settings import load_settings


class Day(click.ParamType[date]):
    """A day as ``YYYY-MM-DD``."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or a usage error (exit 2)."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date of the form YYYY-MM-DD.", param, ctx)


def today_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--today``: the day to be taken for today."""
    return click.option("--today", type=Day(), help="Take this day for today.")(function)


def open_from_environment(today: date | None = None) -> Runtime:
    """The runtime that the environment describes, with the schema up to date."""
    return open_runtime(load_settings().with_today(today))
