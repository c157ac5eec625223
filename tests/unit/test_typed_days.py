"""Days as people type them."""

from __future__ import annotations

from datetime import date

import pytest

from app.web.forms.parsing import parse_day


@pytest.mark.parametrize(
    "typed", ["01.01.0001", "0026-11-22", "19.05.0192", "31.02.2026", "0001", "31.12.9999"]
)
def test_a_day_that_cannot_be_meant_is_refused(typed: str):
    with pytest.raises(ValueError, match=r"\w"):
        parse_day(typed)


def test_a_day_of_our_time_is_read():
    assert parse_day("19.05.1992") == date(1992, 5, 19)
