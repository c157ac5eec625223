"""What to ask a client: unknown facts, by how many offers the answer would decide; pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.directory.offer_table import BoolColumn
from app.matching.comparison import Comparison
from app.matching.course_rules import UNKNOWN
from app.matching.eligibility import Eligibility
from app.matching.prepared import CHILDCARE
from app.matching.types import OpenQuestion


def rank_questions(
    c: Comparison, eligibility: Eligibility, candidates: BoolColumn
) -> tuple[OpenQuestion, ...]:
    """The questions about the client that some offer waits for, the one that decides most first.

    ``candidates``: the offers that count, usually those that nothing excludes. What only the provider
    knows is no question for the client and stands with the offer.
    """
    counted = [
        OpenQuestion(code, count)
        for code, waits in _unknown_facts(c, eligibility)
        if (count := int(np.count_nonzero(waits & candidates)))
    ]
    return tuple(sorted(counted, key=lambda one: (-one.offer_count, one.code)))


def _unknown_facts(c: Comparison, eligibility: Eligibility) -> Iterator[tuple[str, BoolColumn]]:
    """Code of the question → offers for which an answer is missing."""
    unknown = _Unknown(eligibility)
    yield from _about_german(c, unknown)
    yield from _about_papers(c, unknown)
    yield from _about_the_way(c, unknown)
    yield from _about_groups(c, unknown)
    for fact, code, rule, is_known_there in (
        ("sex", "sex_unknown", "sex", True),
        ("available", "availability_unknown", "times", np.diff(c.table.session_start) > 0),
        ("needs_childcare", "childcare_need_unknown", "childcare", True),
        ("needs_step_free", "step_free_need_unknown", "step_free", True),
        ("languages", "languages_unknown", "language", ~c.table.languages.is_empty),
    ):
        if getattr(c.facts, fact) is None:
            yield code, unknown(rule) & is_known_there


def _about_german(c: Comparison, unknown: _Unknown) -> Iterator[tuple[str, BoolColumn]]:
    if not c.is_proven:
        code = "german_level_unknown" if c.level == UNKNOWN else "level_to_test"
        waits = unknown("entry_level") & (c.offers.entry_level != UNKNOWN)
        waits |= unknown("target_level")
        if c.level == UNKNOWN and c.facts.languages is not None:
            waits |= unknown("language") & c.offers.speaks("de")
        yield code, waits


def _about_papers(c: Comparison, unknown: _Unknown) -> Iterator[tuple[str, BoolColumn]]:
    for fact, code, rule in (
        ("residence_status", "residence_status_unknown", "residence_status"),
        ("entitlements", "entitlement_unknown", "entitlement"),
    ):
        if getattr(c.facts, fact) is None:
            yield code, unknown(rule) | c.courses.rows_with(code) | c.target_groups.rows_with(code)
    if c.facts.residence_valid_until is not None:
        code = "residence_status_expires"
        yield code, unknown("residence_status") | c.courses.rows_with(code)


def _about_groups(c: Comparison, unknown: _Unknown) -> Iterator[tuple[str, BoolColumn]]:
    groups = c.target_groups
    if c.facts.needs_childcare is None:  # who was asked that has told of the children, too
        yield "children_unknown", groups.rows_with("children_unknown")
    if c.facts.birth_date is None:
        of_age = unknown("age") & (c.table.kind != CHILDCARE)
        yield "age_unknown", of_age | groups.rows_with("age_unknown")


def _about_the_way(c: Comparison, unknown: _Unknown) -> Iterator[tuple[str, BoolColumn]]:
    if not c.has_position:
        yield "position_unknown", unknown("distance") & ~c.offers.has_unplaced
    elif c.reach_km is None:
        yield "reach_unknown", unknown("distance") & ~np.isnan(c.distance_km)


class _Unknown:
    """The offers of which a rule does not know enough."""

    def __init__(self, eligibility: Eligibility) -> None:
        self._answers = eligibility.answers

    def __call__(self, rule: str) -> BoolColumn:
        return np.asarray(self._answers[rule] == UNKNOWN, dtype=np.bool_)
