"""Why an offer suits, as codes with facts, the strongest first.

Each reason reads the very columns that were scored or decided. Its strength is what the factor
behind it adds to the score; reasons that stand for a rule's yes have a strength of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from app.directory.codes import GOAL_AREAS, LEVELS, SEXES
from app.directory.freshness import FRESH
from app.matching.comparison import CLOSENESS_VALUES, Comparison
from app.matching.course_rules import UNKNOWN, YES
from app.matching.eligibility import Eligibility, has_demanded_paper
from app.matching.questions import course_decision, day_text, distance_facts
from app.matching.scoring import Scores
from app.matching.types import Reason

Weighed = tuple[float, Reason]

STRENGTH_ENTITLED: Final = 0.24
STRENGTH_NEEDED: Final = 0.21
"""Childcare or step-free access where the client needs it."""
STRENGTH_RESTRICTED: Final = 0.12
"""The offer is for people like the client (sex, age, status)."""
STRENGTH_MINOR: Final = 0.02
MAX_TOPICS = 3
MIN_SHARE_OF_TIMES = 0.5
"""Times are a reason from here on."""


def list_reasons(
    c: Comparison, eligibility: Eligibility, scores: Scores, row: int
) -> tuple[Reason, ...]:
    """At least one reason; the one that adds most to the score comes first."""
    weighed: list[Weighed] = []
    for source in (_interests, _goals, _levels, _place_and_time, _languages, _needs, _groups, _terms):
        weighed.extend(source(c, eligibility, scores, row))
    weighed.sort(key=lambda pair: -pair[0])
    return tuple(reason for _, reason in weighed) or (Reason("nothing_against"),)


def _interests(c: Comparison, _: Eligibility, scores: Scores, row: int) -> Iterator[Weighed]:
    if not c.facts.interests or not c.interest[row] > 0:
        return
    offered = c.offers.topic_sets.words_of(row)
    hits: list[tuple[float, str, str, str]] = []
    for concept in offered:
        if c.topic_values[c.table.topics.index[concept]] <= 0:
            continue
        for wanted in c.facts.interests:
            closeness = c.taxonomy.closeness(wanted, concept)
            if closeness is not None:
                hits.append((CLOSENESS_VALUES[closeness], concept, wanted, closeness))
    strength = scores.contribution("interest", row)
    told: set[str] = set()
    for value, concept, wanted, how in sorted(hits, key=lambda hit: (-hit[0], hit[1], hit[2])):
        if concept in told or wanted in told or len(told) >= 2 * MAX_TOPICS:
            continue
        told |= {concept, wanted}
        facts = {"concept": concept, "wanted": wanted, "closeness": how}
        yield strength * value, Reason("interest", facts)


def _goals(c: Comparison, _: Eligibility, scores: Scores, row: int) -> Iterator[Weighed]:
    mask = int(c.table.goal_areas[row])
    strength = scores.contribution("goal", row)
    for area in c.goal_areas:
        if mask >> GOAL_AREAS.index(area) & 1:
            yield strength, Reason("goal", {"area": area})
            strength *= 0.5  # several served goals: the first one tells most


def _levels(c: Comparison, eligibility: Eligibility, scores: Scores, row: int) -> Iterator[Weighed]:
    entry, target = int(c.offers.entry_level[row]), int(c.offers.target_level[row])
    strength = scores.contribution("level", row)
    if entry > 0 and c.level != UNKNOWN and eligibility.answers["entry_level"][row] == YES:
        facts: dict[str, Any] = {"level": LEVELS[entry], "client_level": c.facts.german_level}
        if c.facts.german_level_evidence is not None:
            facts["evidence"] = c.facts.german_level_evidence
        if c.facts.german_level_on is not None:
            facts["on"] = c.facts.german_level_on.isoformat()
        yield strength, Reason("entry_level", facts)
    elif entry == 0 and eligibility.answers["language"][row] == YES:
        yield STRENGTH_MINOR, Reason("open_to_all_levels")
    wanted = {goal.target_level for goal in c.facts.goals or () if goal.target_level}
    is_reached = c.level != UNKNOWN and target <= c.level
    if c.offers.is_course[row] and target > 0 and not is_reached:
        is_goal = LEVELS[target] in wanted
        yield (
            strength * (1.0 if is_goal else 0.3),
            Reason("target_level", {"level": LEVELS[target], "is_goal": is_goal}),
        )


def _place_and_time(c: Comparison, e: Eligibility, scores: Scores, row: int) -> Iterator[Weighed]:
    told = distance_facts(c, row)
    if told:
        yield scores.contribution("distance", row), Reason("distance", told)
    share = float(c.share_of_times[row])
    possible = c.free_hours.count_whole_times(row)
    if share >= MIN_SHARE_OF_TIMES and possible:
        sessions = int(c.table.session_start[row + 1] - c.table.session_start[row])
        facts = {"share": round(share, 2), "possible": possible, "sessions": sessions}
        yield scores.contribution("times", row), Reason("times", facts)
    elif int(c.table.by_appointment[row]) == YES:
        yield scores.contribution("times", row) * 0.3, Reason("by_appointment")
    next_on = int(c.offers.next_on[row])
    if next_on != UNKNOWN:
        yield scores.contribution("next_start", row), Reason("next_start", {"on": day_text(next_on)})
    if int(c.table.individual_entry[row]) == YES and e.answers["dates"][row] == YES:
        yield STRENGTH_MINOR, Reason("individual_entry")


def _languages(c: Comparison, _: Eligibility, scores: Scores, row: int) -> Iterator[Weighed]:
    tags = [
        t for t in c.offers.language_sets.words_of(row) if t.split("-")[0].lower() in c.language_tags
    ]
    own = [tag for tag in tags if tag.split("-")[0] != "de"]
    if own or (tags and not c.offers.is_course[row]):
        yield scores.contribution("languages", row), Reason("language", {"tags": own or tags})


def _needs(c: Comparison, _: Eligibility, scores: Scores, row: int) -> Iterator[Weighed]:  # noqa: ARG001
    if c.facts.needs_childcare and int(c.table.childcare[row]) == YES:
        yield STRENGTH_NEEDED, Reason("childcare")
    elif c.facts.needs_childcare and c.is_minded_at_home[row]:
        yield STRENGTH_NEEDED, Reason("childcare_at_home")
    if c.facts.needs_step_free and int(c.table.step_free[row]) == YES:
        yield STRENGTH_NEEDED, Reason("step_free")


def _groups(c: Comparison, e: Eligibility, scores: Scores, row: int) -> Iterator[Weighed]:  # noqa: ARG001
    sex = int(c.sex_index[row])
    if sex != UNKNOWN and e.answers["sex"][row] == YES:
        yield STRENGTH_RESTRICTED, Reason("sex_only", {"sex": SEXES[sex]})
    decision = c.target_groups.decide(row)
    if decision.answer == YES and decision.code:
        yield STRENGTH_RESTRICTED, Reason(decision.code, decision.facts)
    low, high = int(c.table.min_age[row]), int(c.table.max_age[row])
    if (low > 0 or high != UNKNOWN) and e.answers["age"][row] == YES:
        limits = ({"min_age": low} if low > 0 else {}) | ({"max_age": high} if high != UNKNOWN else {})
        yield STRENGTH_MINOR, Reason("age_fits", limits)
    if c.table.residence_statuses[row] and e.answers["residence_status"][row] == YES:
        facts = {"residence_status": c.facts.residence_status}
        yield STRENGTH_RESTRICTED, Reason("residence_status_accepted", facts)
    if int(c.table.course_kind[row]) != UNKNOWN and e.answers["course_access"][row] == YES:
        decision = course_decision(c, row)
        if decision.code:
            yield STRENGTH_ENTITLED, Reason(decision.code, decision.facts)
    elif (paper := has_demanded_paper(c, row)) is not None:
        yield STRENGTH_ENTITLED, Reason("entitled", {"kind": paper})


def _terms(c: Comparison, _: Eligibility, scores: Scores, row: int) -> Iterator[Weighed]:
    if c.earlier_experience.has_completed_with(row):
        yield scores.contribution("experience", row), Reason("knows_provider")
    if int(c.table.cost_cents[row]) == 0:
        yield scores.contribution("cost", row), Reason("free")
    free = int(c.table.seats_free[row])
    if free > 0:
        yield scores.contribution("seats", row), Reason("seats", {"free": free})
    if int(c.offers.freshness_code[row]) == FRESH:
        told = {"on": day_text(int(c.table.verified_on[row]))}
        yield STRENGTH_MINOR / 2, Reason("verified", told)
