"""The clock of the counselling, and warnings of what runs out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.deadlines import (
    FORGET_DAYS,
    WARN_DAYS,
    Deadline,
    counselling_end,
    list_warnings,
)

TODAY = date(2026, 11, 23)
DAYS = st.dates(date(2015, 1, 1), date(2040, 12, 31))
DEADLINES = st.builds(
    Deadline,
    code=st.sampled_from(sorted(WARN_DAYS)),
    on=st.dates(date(2025, 6, 1), date(2027, 12, 31)),
    kind=st.sampled_from([None, "work", "passport"]),
)


@pytest.mark.parametrize(
    ("started_on", "is_extended", "end"),
    [
        (date(2024, 3, 1), False, date(2027, 2, 28)),
        (date(2024, 3, 1), True, date(2028, 2, 29)),
        (date(2024, 2, 29), False, date(2027, 2, 28)),
        (date(2024, 2, 29), True, date(2028, 2, 28)),
        (date(2025, 1, 1), False, date(2027, 12, 31)),
    ],
)
def test_counselling_lasts_three_years_and_with_a_reason_four(
    started_on: date, is_extended: bool, end: date
) -> None:
    assert counselling_end(started_on, None, is_extended=is_extended) == end


def test_an_agreed_end_counts_before_the_rule_and_an_unknown_start_has_none() -> None:
    agreed = date(2026, 12, 31)
    assert counselling_end(date(2020, 1, 1), agreed, is_extended=True) == agreed
    assert counselling_end(None, None, is_extended=False) is None


@given(started_on=DAYS)
def test_the_fourth_year_is_a_year_longer(started_on: date) -> None:
    normal = counselling_end(started_on, None, is_extended=False)
    longer = counselling_end(started_on, None, is_extended=True)
    assert normal is not None
    assert longer is not None
    assert 365 <= (longer - normal).days <= 366
    assert 1095 <= (normal - started_on).days + 1 <= 1096


@given(deadlines=st.lists(DEADLINES, max_size=12))
def test_each_deadline_near_or_over_is_told_once_and_the_most_urgent_first(
    deadlines: list[Deadline],
) -> None:
    warnings = list_warnings([*deadlines, *deadlines], TODAY)
    told = [warning.deadline for warning in warnings]
    assert len(told) == len(set(told))
    near = {d for d in deadlines if -FORGET_DAYS <= (d.on - TODAY).days <= WARN_DAYS[d.code]}
    assert set(told) == near
    assert [w.days_left for w in warnings] == sorted(w.days_left for w in warnings)


@pytest.mark.parametrize(
    ("days", "severity"), [(-1, "over"), (0, "soon"), (30, "soon"), (31, "coming")]
)
def test_how_urgent_it_is_depends_on_the_days_left(days: int, severity: str) -> None:
    (warning,) = list_warnings([Deadline("permit_expires", TODAY + timedelta(days=days))], TODAY)
    assert (warning.severity, warning.days_left) == (severity, days)


def test_half_a_year_before_its_end_the_counselling_is_told() -> None:
    assert list_warnings([Deadline("counselling_ends", TODAY + timedelta(days=183))], TODAY)
    assert not list_warnings([Deadline("counselling_ends", TODAY + timedelta(days=184))], TODAY)
