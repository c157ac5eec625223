"""How long a confirmation holds, and which reminder is due when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.codes import COURSE_KINDS, OFFER_KINDS
from app.directory.freshness import (
    DUE,
    EDITOR_STAGE,
    FRESHNESS_STATES,
    Freshness,
    add_period,
    days_over,
    entered_on,
    freshness_codes,
    freshness_of,
    freshness_values,
    latest_due,
    may_unpublish,
    reminder_stage,
)
from app.directory.freshness_rules import (
    FreshnessFileError,
    Period,
    load_freshness_rules,
    parse_freshness_rules,
    parse_period,
)
from app.directory.table_loading import OfferRow, build_offer_table
from app.settings import SHIPPED_DATA, TIMEZONE

SHIPPED = SHIPPED_DATA / "freshness.toml"
TEXT = SHIPPED.read_text(encoding="utf-8")
RULES = load_freshness_rules(SHIPPED)
TODAY = date(2026, 11, 23)

periods = st.one_of(
    st.builds(Period, st.integers(1, 3660), st.just("day")),
    st.builds(Period, st.integers(1, 120), st.just("month")),
)
days = st.dates(date(2000, 1, 1), date(2060, 12, 31))
kinds = st.one_of(
    st.tuples(st.just("language_course"), st.one_of(st.none(), st.sampled_from(COURSE_KINDS))),
    st.tuples(st.sampled_from(OFFER_KINDS), st.none()),
)


def _row(kind: tuple[str, str | None], verified: date | None, entered: date | None) -> OfferRow:
    at = None if entered is None else datetime.combine(entered, time(12), tzinfo=UTC)
    return OfferRow(
        offer_id="o",
        external_id="o",
        title="o",
        provider_id="p",
        provider_name="p",
        kind=kind[0],
        course_kind=kind[1],
        verified_on=verified,
        entered_at=at,
    )


def test_courses_are_asked_about_monthly_clubs_twice_a_year_authorities_yearly() -> None:
    assert RULES.period_of("language_course", "integration_general") == Period(1, "month")
    assert RULES.period_of("language_course", None) == Period(1, "month")
    assert RULES.period_of("language_course", "conversation") == Period(3, "month")
    assert RULES.period_of("club") == Period(6, "month")
    assert RULES.period_of("authority") == Period(12, "month")


@pytest.mark.parametrize("kind", OFFER_KINDS)
def test_every_kind_has_a_period(kind: str) -> None:
    assert RULES.period_of(kind).number > 0


@pytest.mark.parametrize(
    ("day", "period", "expected"),
    [
        (date(2026, 1, 31), Period(1, "month"), date(2026, 2, 28)),
        (date(2024, 1, 31), Period(1, "month"), date(2024, 2, 29)),
        (date(2026, 10, 23), Period(1, "month"), date(2026, 11, 23)),
        (date(2026, 8, 31), Period(6, "month"), date(2027, 2, 28)),
        (date(2026, 12, 31), Period(45, "day"), date(2027, 2, 14)),
        (date(9999, 12, 31), Period(1, "month"), date.max),
        (date(9999, 12, 31), Period(1, "day"), date.max),
    ],
    ids=["february", "leap year", "plain", "half a year", "days", "end of time", "its last day"],
)
def test_a_period_later(day: date, period: Period, expected: date) -> None:
    assert add_period(day, period) == expected


@given(days, periods)
def test_the_latest_due_day_is_due_and_the_next_one_is_not(today: date, period: Period) -> None:
    latest = latest_due(today, period)
    assert add_period(latest, period) <= today
    assert add_period(latest + timedelta(days=1), period) > today


@given(
    st.sampled_from(OFFER_KINDS),
    st.one_of(st.none(), st.sampled_from(COURSE_KINDS)),
    st.one_of(st.none(), days),
    days,
    days,
)
def test_an_entry_only_gets_older(
    kind: str, course_kind: str | None, verified: date | None, entered: date, today: date
) -> None:
    now = freshness_of(kind, course_kind, verified, entered, today, RULES)
    later = freshness_of(kind, course_kind, verified, entered, today + timedelta(days=1), RULES)
    assert (
        later.due_on
        == now.due_on
        == add_period(verified or entered, RULES.period_of(kind, course_kind))
    )
    assert later.days_over == now.days_over + 1
    assert FRESHNESS_STATES.index(later.state) >= FRESHNESS_STATES.index(now.state)
    assert (now.state == "fresh") == (today < now.due_on)
    assert (now.state == "expired") == (now.days_over >= RULES.after.unpublish)


@pytest.mark.parametrize(
    ("days_ago", "state"),
    [
        (0, "fresh"),
        (180, "fresh"),
        (184, "due"),
        (210, "due"),
        (211, "stale"),
        (239, "stale"),
        (240, "expired"),
    ],
)
def test_the_states_of_a_club(days_ago: int, state: str) -> None:
    verified = TODAY - timedelta(days=days_ago)
    assert freshness_of("club", None, verified, date(2020, 1, 1), TODAY, RULES).state == state


def test_the_day_of_entry_is_counted_in_utc() -> None:
    local = datetime(2026, 11, 23, 0, 30, tzinfo=TIMEZONE)
    assert entered_on(local) == date(2026, 11, 22)
    assert entered_on(datetime(2026, 11, 22, 23, 30, tzinfo=UTC)) == date(2026, 11, 22)


@given(st.lists(st.integers(0, 40), max_size=30))
def test_reminders_come_in_order_and_never_too_close(waits: list[int]) -> None:
    """Whenever the job happens to run: no stage is skipped or repeated, and the gaps are kept."""
    due_on = date(2026, 1, 10)
    today, last, sent = due_on, None, []
    for wait in waits:
        today += timedelta(days=wait)
        stage = reminder_stage(today, due_on, last, RULES)
        if stage is not None:
            last = (stage, today)
            sent.append(last)
            assert reminder_stage(today, due_on, last, RULES) is None
    assert [stage for stage, _ in sent] == list(range(1, len(sent) + 1))
    assert len(sent) <= EDITOR_STAGE
    steps = (*RULES.after.reminders, RULES.after.editor)
    for (stage, on), (_, next_on) in pairwise(sent):
        assert (next_on - on).days >= steps[stage] - steps[stage - 1]
    assert all((on - due_on).days >= steps[stage - 1] for stage, on in sent)


def test_run_daily_the_stages_come_on_the_days_of_the_file() -> None:
    last, sent = None, []
    for number in range(60):
        today = TODAY + timedelta(days=number)
        stage = reminder_stage(today, TODAY, last, RULES)
        if stage is not None:
            last = (stage, today)
            sent.append(number)
    assert sent == [0, 14, 28, 42]
    assert reminder_stage(TODAY - timedelta(days=1), TODAY, None, RULES) is None


def test_nothing_is_taken_out_before_the_editor_had_time_to_call() -> None:
    expired = Freshness("expired", TODAY - timedelta(days=400), 400)
    assert not may_unpublish(expired, None, TODAY, RULES)
    assert not may_unpublish(expired, TODAY - timedelta(days=13), TODAY, RULES)
    assert may_unpublish(expired, TODAY - timedelta(days=14), TODAY, RULES)
    stale = Freshness("stale", TODAY - timedelta(days=55), 55)
    assert not may_unpublish(stale, TODAY - timedelta(days=14), TODAY, RULES)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('club = "6 months"\n', "", "there is no period for club"),
        ('club = "6 months"', 'club = "six months"', "period.club: a period looks like"),
        ('club = "6 months"', "club = 6", "period.club: a period looks like"),
        ('club = "6 months"', 'club = "0 days"', "period.club: a period looks like"),
        ('club = "6 months"', 'club = "999 months"', "at most ten years"),
        ('club = "6 months"', 'clubs = "6 months"', "period.clubs"),
        ('other = "3 months"', 'others = "3 months"', "course_period.others"),
        ("[0, 14, 28]", "[0, 14]", "reminders must name 3 days"),
        ("[0, 14, 28]", "[0, 28, 14]", "one after the other"),
        ("[0, 14, 28]", "[-1, 14, 28]", "after.reminders.0"),
        ("editor = 42", "editor = 20", "one after the other"),
        ("unpublish = 56", "unpublish = 42", "one after the other"),
        ("stale = 28", "stale = 99", "stale must come"),
        ("days = 60", "days = 0", "link.days"),
        ("[link]", "[links]", "link"),
        ("[period]", "[period", "test.toml"),
    ],
    ids=[
        "kind missing", "not a number", "no unit", "zero", "too long", "unknown kind", "unknown course",
        "two reminders", "wrong order", "negative", "editor too early", "unpublished at once",
        "stale late", "no day", "unknown table", "no TOML",
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_its_place(old: str, new: str, told: str) -> None:
    assert old in TEXT
    with pytest.raises(FreshnessFileError, match=r"test\.toml") as caught:
        parse_freshness_rules(TEXT.replace(old, new), "test.toml")
    assert told in str(caught.value)


def test_a_missing_or_garbled_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FreshnessFileError, match="cannot be read"):
        load_freshness_rules(tmp_path / "none.toml")
    garbled = tmp_path / "garbled.toml"
    garbled.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FreshnessFileError, match="cannot be read"):
        load_freshness_rules(garbled)


@given(st.text(max_size=12))
def test_any_text_is_a_period_or_refused(text: str) -> None:
    try:
        period = parse_period(text)
    except ValueError:
        return
    assert period.number >= 1


@given(
    st.lists(
        st.builds(_row, kinds, st.one_of(st.none(), days), st.one_of(st.none(), days)), max_size=8
    ),
    days,
)
def test_columns_say_the_same_as_single_entries(rows: list[OfferRow], today: date) -> None:
    table = build_offer_table(rows)
    codes = freshness_codes(table, today, RULES)
    values = freshness_values(table, today, RULES)
    for number, row in enumerate(rows):
        if row.verified_on is None and row.entered_at is None:
            assert codes[number] == DUE
            continue
        entered = entered_on(row.entered_at) if row.entered_at else today
        found = freshness_of(row.kind, row.course_kind, row.verified_on, entered, today, RULES)
        assert FRESHNESS_STATES[codes[number]] == found.state
        assert days_over(table, today, RULES)[number] == found.days_over
        assert (values[number] == 1) == (found.days_over <= 0)
        assert (values[number] == 0) == (found.state == "expired")
