"""Every code of matching has words, in both languages, that say what its facts say."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.i18n import language
from app.directory.interests import load_taxonomy
from app.directory.table_loading import build_offer_table
from app.matching.codes import CLARIFY_CODES, REASON_CODES, RULE_CODES
from app.matching.ranking import rank
from app.matching.rule_files import load_rules
from app.matching.types import GROUPS, Reason
from app.web.labels.matching import clarify_words, group_label, reason_words, rule_words
from tests.unit.matching_strategies import TODAY, clients, offers

TAXONOMY = load_taxonomy()
RULES = load_rules()
DAY = "2026-03-12"
FACTS = {
    "time_taken": {"weekday": 1, "from": 480, "to": 720},
    "time_perhaps_taken": {"weekday": 7, "from": 0, "to": 1440},
    "set_aside": {"reason": "too_far"},
    "earlier_experience": {"outcome": "dropped_out", "reason": "too_far"},
    "interest": {"concept": "football", "wanted": "ball_sports", "closeness": "narrower"},
    "goal": {"area": "work"},
    "entry_level": {"level": "A2", "client_level": "A2", "evidence": "certificate", "on": DAY},
    "target_level": {"level": "B1", "is_goal": True},
    "distance": {"km": 1.2, "estimate": True},
    "times": {"share": 0.8, "possible": 4, "sessions": 5},
    "language": {"tags": ["ar"]},
    "seats": {"free": 4},
    "next_start": {"on": DAY},
    "sex_only": {"sex": "female"},
    "age_fits": {"min_age": 18},
    "residence_status_accepted": {"residence_status": "24"},
    "entitled": {"kind": "obligation", "until": DAY},
    "verified": {"on": DAY},
    "level_below_entry": {"needed": "B1", "level": "none", "evidence": "test"},
    "target_already_reached": {"target": "A2", "level": "B1", "evidence": "certificate", "on": DAY},
    "age_below_minimum": {"min_age": 60, "age": 30},
    "age_above_maximum": {"min_age": 6, "max_age": 12, "age": 30},
    "only_for_other_sex": {"sex": "male"},
    "residence_status_not_accepted": {"residence_status": "eu", "accepted": ["24"]},
    "entitlement_missing": {"demanded": ["obligation"]},
    "admission_suspended": {"since": DAY, "until": "2026-12-31", "way_round": "self_paying"},
    "deadline_passed": {"on": DAY},
    "already_started": {"on": DAY},
    "over": {"on": DAY},
    "too_far": {"km": 33.1, "estimate": True, "limit_km": 3.0, "mobility": "walk"},
    "german_level_unknown": {"needed": "B1"},
    "level_to_test": {"needed": "B1", "level": "A2"},
    "certificate_needed": {"needed": "B1"},
    "age_unknown": {"min_age": 18},
    "residence_status_expires": {"residence_status": "duldung", "on": DAY},
    "children_unknown": {"groups": ["parents", "families"]},
    "target_group_to_be_checked": {"groups": ["lgbt"]},
    "meant_for": {"groups": ["seniors"]},
    "child_age": {"min_age": 3, "max_age": 6},
    "sex_unknown": {"sex": "female"},
    "sex_ask_provider": {"sex": "female"},
    "apply_for_certificate": {"expired_kind": "entitlement", "expired_on": DAY},
    "apply_for_admission": {"review": True},
    "late_entry_unknown": {"on": DAY},
    "childcare_needed": {"offered": False},
    "no_shared_language": {"offered": ["tr"]},
    "reach_unknown": {"km": 12.0, "estimate": False},
    "distance_estimated": {"km": 12.0, "estimate": True, "limit_km": 10},
    "out_of_date": {"on": DAY},
}
WORDS = [
    *((reason_words, code) for code in REASON_CODES),
    *((clarify_words, code) for code in CLARIFY_CODES),
    *((rule_words, code) for code in RULE_CODES),
]


@pytest.mark.parametrize(("words", "code"), WORDS)
def test_each_code_has_words_in_both_languages(words, code):
    reason = Reason(code, FACTS.get(code, {}))
    spoken = {}
    for tongue in ("de", "en"):
        with language(tongue):
            spoken[tongue] = words(reason, TAXONOMY)
            assert words(reason.as_dict(), TAXONOMY) == spoken[tongue]
        assert spoken[tongue] != code
        assert "_" not in spoken[tongue]
        assert "%(" not in spoken[tongue]
    assert spoken["de"] != spoken["en"]


@pytest.mark.parametrize("code", GROUPS)
def test_each_group_has_a_name(code):
    with language("de"):
        german = group_label(code)
    with language("en"):
        assert group_label(code) != code
    assert german


@pytest.mark.parametrize(
    ("words", "code", "facts", "german"),
    [
        (reason_words, "distance", {"km": 1.2, "estimate": False}, "1,2 km entfernt"),
        (reason_words, "distance", {"km": 1.2, "estimate": True}, "ca. 1,2 km entfernt"),
        (
            reason_words,
            "entry_level",
            FACTS["entry_level"],
            "Einstieg A2 = Zertifikat vom März 2026",
        ),
        (
            reason_words,
            "interest",
            {"concept": "football", "wanted": "football", "closeness": "exact"},
            "Interesse: Fußball",
        ),
        (reason_words, "seats", {"free": 4}, "Plätze frei: 4"),
        (reason_words, "times", {"share": 1.0, "possible": 1, "sessions": 1}, "die Zeiten passen"),
        (clarify_words, "entitlement_unknown", {}, "Welche Berechtigung liegt vor?"),
        (
            clarify_words,
            "apply_for_certificate",
            {},
            "Es besteht ein Anspruch: Berechtigungsschein beantragen.",
        ),
        (
            rule_words,
            "admission_suspended",
            FACTS["admission_suspended"],
            "Zulassungen zum Integrationskurs sind vom 12.03.2026 bis 31.12.2026 ausgesetzt; "
            "Teilnahme auf eigene Kosten ist möglich",
        ),
        (clarify_words, "waiting_list", {}, "Ausgebucht, es gibt eine Warteliste."),
        (
            rule_words,
            "over",
            {"on": DAY, "is_ahead": True},
            "vor dem Ende am 12.03.2026 ist kein Termin mehr",
        ),
        (
            clarify_words,
            "age_unknown",
            {"groups": ["youth"]},
            "Wie alt ist die Person? Das Angebot ist gedacht für: Jugendliche.",
        ),
    ],
)
def test_words_are_what_a_case_worker_would_say(words, code, facts, german):
    with language("de"):
        assert words(Reason(code, facts), TAXONOMY) == german


@pytest.mark.parametrize("words", [reason_words, clarify_words, rule_words])
@pytest.mark.parametrize(
    "kept", [{"code": "distance"}, {"code": "gone"}, {"code": "too_far", "km": "x"}]
)
def test_old_referrals_with_other_facts_still_open(words, kept):
    assert words(kept, TAXONOMY) == kept["code"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(clients(), st.lists(offers(), min_size=1, max_size=6, unique_by=lambda o: o.offer_id))
def test_whatever_matching_says_can_be_said_in_words(facts, rows):
    table = build_offer_table(rows)
    result = rank(facts, table, RULES, TAXONOMY, TODAY, with_exclusions=True)
    said = [(reason_words, r) for match in result.matches for r in match.reasons]
    said += [(clarify_words, q) for match in result.matches for q in match.to_clarify]
    said += [(rule_words, r) for exclusion in result.exclusions for r in exclusion.rules]
    for tongue in ("de", "en"):
        with language(tongue):
            for words, reason in said:
                assert words(reason, TAXONOMY) not in {reason.code, ""}
