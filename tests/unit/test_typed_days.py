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


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("3.4.85", "vier Ziffern"),
        ("31.2.1990", "Tag gibt es nicht"),
        ("31.2.", "Tag so: 19"),
        ("heute", "Tag so: 19"),
    ],
    ids=["short year", "impossible", "no year", "word"],
)
def test_what_is_wrong_with_a_day_is_said(typed: str, words: str):
    with pytest.raises(ValueError, match=words):
        parse_day(typed)
