"""Who may enter which course, by status, papers and day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.directory.codes import COURSE_KINDS, OFFER_KINDS, RESIDENCE_STATUSES
from app.matching.course_entries import CourseRules
from app.matching.course_rules import (
    NO,
    UNKNOWN,
    YES,
    age_on,
    birthday,
    decide_course_access,
    decide_course_group,
    is_latin,
)
from app.matching.rule_checks import RuleProblem, check_rules, problem_text
from app.matching.rule_files import FACTORS, RULES_FOLDER, RuleFileError, load_rules
from app.matching.types import ClientFacts, EntitlementFact

RULES = load_rules().courses
TODAY = date(2026, 11, 23)
AFTER = date(2027, 1, 11)
INTEGRATION = [kind for kind in COURSE_KINDS if kind.startswith("integration_")]
VOCATIONAL = [kind for kind in COURSE_KINDS if kind.startswith("vocational_")]
CLAIM = ["23(2)", "23(4)", "25(1)", "25(2)", "25(4a)", "25b", "38a", "family", "work"]
ADMISSION = ["24", "25(3)", "25(5)", "25a", "104c", "gestattung", "duldung", "eu", "german"]


def decide(kind: str, on: date = TODAY, **facts):
    return decide_course_access(kind, on, ClientFacts(**facts), RULES)


def paper(kind: str, issued: str | None = "2026-01-15", until: str | None = None) -> EntitlementFact:
    return EntitlementFact(
        kind,
        date.fromisoformat(issued) if issued else None,
        date.fromisoformat(until) if until else None,
    )


@pytest.mark.parametrize("kind", INTEGRATION)
@pytest.mark.parametrize("status", ADMISSION)
def test_without_paper_the_suspension_excludes_and_names_the_way_round(kind, status):
    decision = decide(kind, residence_status=status, entitlements=())
    assert (decision.answer, decision.code) == (NO, "admission_suspended")
    assert decision.facts["since"] == "2026-02-09"
    assert decision.facts["way_round"] == "self_paying"
    assert decision.facts["residence_status"] == status


@pytest.mark.parametrize("kind", INTEGRATION)
@pytest.mark.parametrize(
    "held", [paper("admission"), paper("obligation", "2026-06-01"), paper("entitlement", "2026-06-01")]
)
def test_a_paper_opens_the_course_despite_the_suspension(kind, held):
    decision = decide(kind, residence_status="24", entitlements=(held,))
    assert (decision.answer, decision.code) == (YES, "entitled")
    assert decision.facts["kind"] == held.kind


@pytest.mark.parametrize("issued", [None, "2026-02-09", "2026-08-01"])
def test_an_admission_dated_within_the_suspension_is_checked(issued):
    decision = decide(
        "integration_general", residence_status="24", entitlements=(paper("admission", issued),)
    )
    assert (decision.answer, decision.code) == (UNKNOWN, "check_admission")


@pytest.mark.parametrize("status", [None, *RESIDENCE_STATUSES])
def test_unknown_papers_never_exclude(status):
    for kind in COURSE_KINDS:
        assert decide(kind, residence_status=status).answer != NO
    assert decide("integration_general", residence_status=status).code == "entitlement_unknown"


@pytest.mark.parametrize("status", CLAIM)
def test_a_claim_without_certificate_is_to_be_applied_for(status):
    decision = decide("integration_general", residence_status=status, entitlements=())
    assert (decision.answer, decision.code) == (UNKNOWN, "apply_for_certificate")


@pytest.mark.parametrize("status", ["settlement", "fiction"])
def test_a_status_that_the_rules_do_not_name_is_checked(status):
    assert decide("integration_general", residence_status=status, entitlements=()).code == (
        "access_to_be_checked"
    )


def test_without_papers_an_unknown_status_is_asked_for():
    decision = decide("integration_general", entitlements=())
    assert (decision.answer, decision.code) == (UNKNOWN, "residence_status_unknown")


@pytest.mark.parametrize("status", ["24", "25(2)", "settlement"])
@pytest.mark.parametrize("kind", ["integration_general", "orientation"])
def test_a_residence_status_counts_to_its_last_day(status, kind):
    facts = {"residence_status": status, "entitlements": (), "residence_valid_until": TODAY}
    assert decide(kind, TODAY, **facts) == decide(kind, TODAY, residence_status=status, entitlements=())
    after = decide(kind, TODAY + timedelta(days=1), **facts)
    assert (after.answer, after.code) == (UNKNOWN, "residence_status_expires")
    held = facts | {"entitlements": (paper("obligation"),)}
    assert decide("integration_general", TODAY + timedelta(days=1), **held).answer == YES


def test_minors_with_a_claim_are_asked_about_school():
    decision = decide(
        "integration_general",
        residence_status="25(2)",
        entitlements=(),
        birth_date=date(2010, 5, 1),
    )
    assert decision.code == "pupil_at_school"


@pytest.mark.parametrize(("on", "code"), [(date(2026, 12, 31), "admission_suspended")])
def test_the_day_of_entry_decides_about_the_suspension(on, code):
    facts = {"residence_status": "24", "entitlements": ()}
    assert decide("integration_general", on, **facts).code == code
    after = decide("integration_general", AFTER, **facts)
    assert (after.answer, after.code) == (UNKNOWN, "apply_for_admission")
    assert after.facts["review"] is True
    before = decide("integration_general", date(2026, 2, 8), **facts)
    assert before.code == "apply_for_admission"
    assert "review" not in before.facts


@pytest.mark.parametrize(
    ("until", "on", "answer"),
    [("2026-11-23", TODAY, YES), ("2026-11-22", TODAY, NO), ("2026-12-01", date(2026, 12, 2), NO)],
)
def test_a_paper_counts_to_its_last_day(until, on, answer):
    held = paper("entitlement", until=until)
    decision = decide("integration_general", on, residence_status="24", entitlements=(held,))
    assert decision.answer == answer
    if answer == NO:
        assert decision.facts["expired_on"] == until


@pytest.mark.parametrize("kind", VOCATIONAL)
def test_vocational_courses_need_their_own_paper(kind):
    assert decide(kind, entitlements=(paper("vocational_course"),)).code == "entitled"
    assert decide(kind, entitlements=()).code == "apply_for_entitlement"
    assert decide(kind, entitlements=(paper("obligation"),)).code == "apply_for_entitlement"
    assert decide(kind).code == "entitlement_unknown"


def test_orientation_is_for_those_who_cannot_attend_an_integration_course():
    assert decide("orientation", residence_status="gestattung", entitlements=()).answer == YES
    for held in ((paper("obligation"),), (paper("entitlement"),)):
        decision = decide("orientation", residence_status="25(2)", entitlements=held)
        assert (decision.answer, decision.code) == (UNKNOWN, "integration_course_first")
    claim = decide("orientation", residence_status="25(2)", entitlements=())
    assert claim.code == "integration_course_first"


@pytest.mark.parametrize("kind", ["state_german", "conversation", "other"])
def test_other_courses_are_open_by_law(kind):
    assert decide(kind, residence_status="duldung", entitlements=()).answer == YES


@pytest.mark.parametrize(
    ("kind", "reads", "answer"),
    [
        ("integration_literacy", (), YES),
        ("integration_literacy", ("ar",), UNKNOWN),
        ("integration_literacy", None, UNKNOWN),
        ("integration_second_script", ("ar", "fa"), YES),
        ("integration_second_script", ("ar", "en"), UNKNOWN),
        ("integration_second_script", (), UNKNOWN),
        ("integration_general", None, YES),
        ("integration_support", ("ar",), UNKNOWN),
        ("integration_intensive", ("ar",), UNKNOWN),
        ("vocational_special_b1", ("ar",), UNKNOWN),
        ("vocational_job", ("ar",), UNKNOWN),
    ],
)
def test_special_courses_ask_for_what_is_not_on_record(kind, reads, answer):
    assert decide_course_group(kind, TODAY, ClientFacts(reads=reads), RULES).answer == answer


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("tr", True), ("ar", False), ("sr", False), ("sr-Latn", True), ("ku-Arab", False)],
)
def test_scripts_follow_from_the_language_tag(tag, expected):
    assert is_latin(tag) is expected


def test_a_birthday_on_a_leap_day_is_reached_in_march():
    assert birthday(date(2008, 2, 29), 18) == date(2026, 3, 1)
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18
    assert age_on(date(2026, 12, 1), TODAY) == 0


# --- the files ----------------------------------------------------------------------------------


def test_the_shipped_rules_have_no_gap_and_a_source_everywhere():
    assert check_rules(RULES, date(2026, 6, 1)) == ()
    assert {course.kind for course in RULES.course} == set(COURSE_KINDS)


def test_the_uncertain_end_of_the_suspension_is_told_two_months_before():
    told = [RuleProblem("review", "suspension", "admission", date(2027, 1, 1))]
    assert list(check_rules(RULES, date(2026, 11, 1))) == told
    assert list(check_rules(RULES, date(2027, 6, 1))) == told
    after = RULES.suspension[0].model_copy(
        update={"valid_from": date(2027, 1, 1), "valid_to": date(2027, 12, 31)}
    )
    followed = RULES.model_copy(update={"suspension": (*RULES.suspension, after)})
    assert check_rules(followed, date(2026, 11, 1)) == ()


def test_the_checker_finds_gaps_overlaps_missing_and_ended_kinds():
    course = RULES.course[0]
    first = course.model_copy(update={"valid_to": date(2020, 1, 1)})
    overlapping = course.model_copy(update={"valid_from": date(2019, 1, 1)})
    late = course.model_copy(update={"valid_from": date(2021, 1, 1)})
    others = RULES.course[1:]

    def problems(*courses) -> list[str]:
        rules = RULES.model_copy(update={"course": (*courses, *others)})
        return [problem_text(problem) for problem in check_rules(rules, date(2026, 6, 1))]

    kind = "course integration_general"
    assert problems(course) == []
    assert problems() == [f"{kind}: no entry"]
    assert problems(first, overlapping) == [f"{kind}: two entries hold on 2019-01-01"]
    assert problems(first, late) == [f"{kind}: no entry from 2020-01-02 to 2020-12-31"]
    assert problems(first) == [f"{kind}: no entry from 2020-01-02 on"]
    soon = course.model_copy(update={"valid_to": date(2026, 12, 31)})
    assert problems(soon) == [f"{kind}: no entry from 2027-01-01 on"]
    far = course.model_copy(update={"valid_to": date(2030, 12, 31)})
    assert problems(far) == []


_DAYS = st.dates(date(2020, 1, 1), date(2020, 2, 28))


@given(st.lists(st.tuples(_DAYS, st.one_of(st.none(), _DAYS)), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_the_checker_agrees_with_asking_every_day(spans):
    spans = [(first, last) for first, last in spans if last is None or first <= last]
    assume(spans)
    course = RULES.course[0]
    entries = [course.model_copy(update={"valid_from": f, "valid_to": t}) for f, t in spans]
    rules = RULES.model_copy(update={"course": (*entries, *RULES.course[1:])})
    found = {problem.code for problem in check_rules(rules, date(2020, 3, 1))}
    begin = min(first for first, _ in spans)
    days = [begin + timedelta(days=n) for n in range((date(2020, 3, 2) - begin).days)]
    held = [sum(entry.is_in_force(day) for entry in entries) for day in days]
    assert ("overlap" in found) == any(count > 1 for count in held)
    last = max((n for n, count in enumerate(held) if count), default=0)
    assert ("gap" in found) == (0 in held[:last])
    assert ("ended" in found) == (held[-1] == 0)


def test_a_day_without_entry_is_a_question():
    gone = RULES.course[0].model_copy(update={"valid_to": date(2020, 1, 1)})
    rules = CourseRules(version="x", access=RULES.access, course=(gone,))
    decision = decide_course_access("integration_general", TODAY, ClientFacts(), rules)
    assert (decision.answer, decision.code) == (UNKNOWN, "course_rule_missing")


def test_every_kind_has_weights_that_add_up_to_one():
    weights = load_rules().weights
    for kind in OFFER_KINDS:
        assert sum(weights.shares(kind)) == pytest.approx(1)
    assert len(weights.shares("club")) == len(FACTORS)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("courses.toml", 'kind = "conversation"', 'kind = "chat"', "courses.toml: course.13.kind"),
        ("courses.toml", "valid_to = 2026-12-31", "valid_to = 2025-12-31", "valid_to lies before"),
        ("courses.toml", 'version = "2026-11.2"', "version = ", "courses.toml:"),
        ("courses.toml", 'statuses = ["24",', 'statuses = ["24", "25(1)",', "two entries hold"),
        ("weights.toml", "interest = ", "interest = -", "weight must lie"),
        ("weights.toml", "interest = ", "curiosity = ", "must name exactly"),
        ("weights.toml", "walk = 1.0", "walk = 0", "half_distance_km.walk"),
        ("weights.toml", "level = 4.0", "levle = 4.0", "unknown factor levle"),
    ],
)
def test_a_broken_file_is_refused_with_its_name(tmp_path: Path, file, old, new, message):
    for shipped in RULES_FOLDER.glob("*.toml"):
        text = shipped.read_text(encoding="utf-8")
        (tmp_path / shipped.name).write_text(
            text.replace(old, new, 1) if shipped.name == file else text, encoding="utf-8"
        )
    with pytest.raises(RuleFileError) as error:
        load_rules(tmp_path)
    assert message in str(error.value)


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(RuleFileError, match=r"courses\.toml cannot be read"):
        load_rules(tmp_path)


def test_the_version_changes_with_the_content(tmp_path: Path):
    for shipped in RULES_FOLDER.glob("*.toml"):
        (tmp_path / shipped.name).write_bytes(shipped.read_bytes() + b"\n# changed\n")
    changed = load_rules(tmp_path)
    assert changed.version != load_rules().version
    assert len(changed.version) <= 80
    assert replace(changed, version="") == replace(load_rules(), version="")
