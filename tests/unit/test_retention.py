"""Periods of keeping data: the file, and what is due on a day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from app.cases.codes import CLOSING_REASONS
from app.cases.figures import FigureFacts, age_group, figure_counts, months_counselled
from app.cases.retention import (
    DATA_KINDS,
    DataKind,
    RetentionFileError,
    RetentionRules,
    load_retention_rules,
    parse_retention_rules,
)
from app.settings import SHIPPED_DATA

SHIPPED = (SHIPPED_DATA / "retention.toml").read_text(encoding="utf-8")
DAYS = st.dates(date(2015, 1, 1), date(2040, 12, 31))
PERIODS = st.tuples(st.integers(1, 120), st.sampled_from(["days", "months"])).map(
    lambda period: f"{period[0]} {period[1]}"
)


def _rules(period: str) -> RetentionRules:
    lines = []
    for line in SHIPPED.splitlines():
        name, is_setting, value = line.partition(" = ")
        lines.append(f'{name} = "{period}"' if is_setting and value.startswith('"') else line)
    return parse_retention_rules("\n".join(lines), "test")


def test_the_shipped_file_names_every_kind_and_deletes_nothing_by_itself() -> None:
    rules = load_retention_rules(SHIPPED_DATA / "retention.toml")
    assert not rules.job.deletes
    assert all(rules.period_of(kind).number > 0 for kind in DATA_KINDS)


@examples(max_examples=60)
@given(PERIODS, st.sampled_from(DATA_KINDS), DAYS, DAYS)
def test_what_is_due_is_the_same_whichever_way_one_counts(
    period: str, kind: DataKind, since: date, today: date
) -> None:
    rules = _rules(period)
    is_due = rules.due_on(kind, since) <= today
    assert is_due == (since <= rules.latest_due(kind, today))
    if is_due:  # and stays so
        assert since <= rules.latest_due(kind, today + timedelta(days=1))
    assert rules.due_on(kind, since) > since


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('whole = "36 months"', 'whole = "36 moons"', "closed_case.whole: a period looks like"),
        ('whole = "36 months"', 'whole = "6 months"', "closed_case: texts must not be kept longer"),
        ('mail = "3 months"', "", "other.mail"),
        ("deletes = false", 'deletes = "no"', "job.deletes"),
        ('link = "3 months"', 'link = "3 months"\nlinks = "3 months"', "other.links"),
        ('year = "120 months"', 'year = "9999 days"', "access_log.year: a period is at most ten"),
        ("[access_log]", "[access_log", "test.toml"),
    ],
    ids=["unit", "order", "missing", "no word", "unknown", "too long", "no TOML"],
)
def test_a_mistake_in_the_file_is_told_with_its_place(old: str, new: str, told: str) -> None:
    assert old in SHIPPED
    with pytest.raises(RetentionFileError, match=told.replace(".", r"\.")):
        parse_retention_rules(SHIPPED.replace(old, new), "test.toml")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RetentionFileError, match=r"nothing\.toml cannot be read"):
        load_retention_rules(tmp_path / "nothing.toml")


@examples(max_examples=60)
@given(st.none() | DAYS, st.none() | DAYS, DAYS)
def test_figures_are_too_rough_to_point_to_anybody(
    birth: date | None, start: date | None, end: date
) -> None:
    facts = FigureFacts(end, start, birth, CLOSING_REASONS[0], ("job", "b1"), (), ())
    months = months_counselled(facts)
    assert (months is None) == (start is None or start > end)
    assert months is None or months % 6 == 0
    assert age_group(birth, end) in {None, "0-15", "16-26", "27-44", "45-64", "65+"}


def test_figures_count_goals_and_referrals_by_what_became_of_them() -> None:
    goals = (("work", "reached"), ("work", "reached"), ("language", "open"))
    facts = FigureFacts(date(2026, 1, 1), None, None, None, ("job",), goals, (("club", "joined"),))
    assert figure_counts(facts) == {
        "outcomes": ["job"],
        "goals": {"language:open": 1, "work:reached": 2},
        "referrals": {"club:joined": 1},
    }
