"""Typed words become values, and codes become words."""

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.models import CaseEvent
from app.cases.records import ClientUpdate
from app.core.i18n import INTERFACE_LANGUAGES, language
from app.directory.codes import (
    ENTITLEMENT_KINDS,
    GOAL_AREAS,
    LEVELS,
    MOBILITIES,
    RESIDENCE_STATUSES,
    SEXES,
    LevelEvidence,
)
from app.matching.codes import RULE_CODES
from app.referrals.models import ReferralEvent
from app.referrals.states import ALL_REASONS, STATES
from app.referrals.transitions import next_states
from app.web.forms.parsing import (
    parse_day,
    parse_kilometres,
    parse_languages,
    parse_spans,
    split_words,
)
from app.web.labels import cases, referrals


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("19.05.1992", date(1992, 5, 19)),
        (" 1.5.1992 ", date(1992, 5, 1)),
        ("19. 5. 1992", date(1992, 5, 19)),
        ("1992-05-19", date(1992, 5, 19)),
        ("", None),
        ("   ", None),
    ],
)
def test_days_as_people_write_them(typed: str, day: date | None):
    assert parse_day(typed) == day


@pytest.mark.parametrize(
    "typed", ["31.02.2020", "19.05.92", "5/19/1992", "03.2026", "x" * 999, "0.0.0"]
)
def test_other_words_are_no_days(typed: str):
    with pytest.raises(ValueError, match=r"19\.05\.1992"):
        parse_day(typed)


def test_a_month_is_enough_where_it_is():
    assert parse_day("03.2026", month_is_enough=True) == date(2026, 3, 1)
    assert parse_day("3/2026", month_is_enough=True) == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("typed", "km"), [("5", 5), ("2,5", 2.5), ("2.5 km", 2.5), ("12KM", 12), ("", None)]
)
def test_kilometres(typed: str, km: float | None):
    assert parse_kilometres(typed) == km


@pytest.mark.parametrize("typed", ["fünf", "-3", "1e9", "5,5,5", "nan", "inf"])
def test_other_words_are_no_kilometres(typed: str):
    with pytest.raises(ValueError, match="2,5"):
        parse_kilometres(typed)


def test_times_of_a_day():
    assert parse_spans("8:30-12, 17 bis 20 Uhr") == [("08:30", "12:00"), ("17:00", "20:00")]
    assert parse_spans("9.15 – 24") == [("09:15", "24:00")]
    assert parse_spans("") == []


@pytest.mark.parametrize("typed", ["8:30", "25-26", "8:70-9:00", "morgens", "8-9-10", "24:30-25"])
def test_other_words_are_no_times(typed: str):
    with pytest.raises(ValueError, match="8:30"):
        parse_spans(typed)


def test_languages_by_whatever_name():
    words = "Arabisch, ukrainian; Türkçe\nDari، Kurdisch, العربية"
    assert parse_languages(words) == ["ar", "uk", "tr", "fa", "kmr", "ar"]
    with pytest.raises(ValueError, match="Quietschisch"):
        parse_languages("Quietschisch")


@given(st.text(max_size=100))
def test_no_text_breaks_the_parsers(typed: str):
    for parse in (parse_day, parse_kilometres, parse_spans, parse_languages):
        with suppress(ValueError):
            parse(typed)
    assert all(part == part.strip() != "" for part in split_words(typed))


@pytest.mark.parametrize("interface", INTERFACE_LANGUAGES)
def test_every_code_has_a_word(interface: str):
    with language(interface):
        words = [
            *map(cases.sex_label, SEXES),
            *map(cases.evidence_label, get_args(LevelEvidence)),
            *map(cases.mobility_label, MOBILITIES),
            *map(cases.residence_label, RESIDENCE_STATUSES),
            *map(cases.entitlement_label, ENTITLEMENT_KINDS),
            *map(cases.goal_area_label, GOAL_AREAS),
            *map(cases.goal_state_label, ("open", "reached", "given_up")),
            *map(cases.field_label, ClientUpdate.model_fields),
            *map(referrals.referral_state_label, STATES),
            *(
                referrals.referral_action_label(to, "arranged")
                for at in STATES
                for to in next_states(at)
            ),
            *map(referrals.referral_reason_label, ALL_REASONS),
            *(cases.level_words(level, None, None) for level in LEVELS),
        ]
        assert all(words)
        assert all(referrals.rule_label(code) != code for code in RULE_CODES)


def test_sentences_about_a_client():
    assert cases.level_words("A2", "certificate", date(2026, 3, 18)) == "A2 (Zertifikat vom März 2026)"
    assert cases.level_words(None, None, None) == "unbekannt"
    assert cases.reading_words(["ar", "en"]) == "Arabisch (arabische Schrift), Englisch"
    assert cases.reading_words([]) == "liest nicht"
    assert cases.age_words(1) == "1 Jahr alt"
    spans = [{"weekday": d, "from": "08:30", "to": "12:00"} for d in (2, 1)]
    assert cases.times_words(spans) == "Mo., Di. 08:30–12:00"
    assert cases.times_words(None) == "unbekannt"


@pytest.mark.parametrize(
    ("code", "facts", "words"),
    [
        ("client_created", {}, "Fall angelegt"),
        ("client_changed", {"fields": ["plz", "sex"]}, "Geändert: Postleitzahl, Geschlecht"),
        ("goal_reached", {"area": "work", "target_level": None}, "Ziel erreicht: Arbeit finden"),
        (
            "level_changed",
            {"level": "B1", "evidence": "test", "on": "2026-03-01"},
            "Deutschniveau: B1 (Einstufungstest vom März 2026)",
        ),
        ("from_a_later_version", {}, "from_a_later_version"),
    ],
)
def test_case_events_in_words(code: str, facts: dict, words: str):
    event = CaseEvent(client_id="x", code=code, facts=facts, at=datetime.now(UTC))
    assert cases.event_words(event) == words


def test_steps_of_a_referral_in_words():
    step = ReferralEvent(
        referral_id="x", from_state="started", to_state="completed", level_reached="B1",
        happened_on=date(2026, 11, 20),
    )  # fmt: skip
    assert referrals.step_words(step) == "abgeschlossen, Niveau B1 erreicht (am 20.11.2026)"


def test_plain_german_is_not_called_german():
    assert cases.spoken_language("de-simple") == "Einfaches Deutsch"
    assert cases.spoken_language("de") == "Deutsch"
