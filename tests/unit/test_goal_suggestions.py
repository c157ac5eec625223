"""Which offers a plan suggests for a goal, and in which order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from app.cases.models import Client, Goal
from app.cases.plan_queries import PlannedGoal
from app.cases.queries import ClientCase
from app.directory.queries import OfferCard
from app.matching.types import Match, Reason
from app.referrals.goal_results import GoalReferral
from app.web.goal_suggestions import OFFERS_PER_GOAL, GoalOutlook, best_for, build_outlooks
from tests.conftest import TODAY


class _Card:
    """Of a card only what is asked for here."""

    def __init__(self, card_id: str, is_sensitive: bool) -> None:
        self.id, self.is_sensitive = card_id, is_sensitive


class _Case:
    client = Client()
    entitlements = ()


def _match(offer_id: str, serves: str = "work", *reasons: Reason) -> Match:
    return Match(0, offer_id, 0.5, "suitable", None, False, None, None, serves, reasons, ())


def _goal(area: str = "work", **values: Any) -> Goal:
    return Goal(client_id="c", area=area, **values)


def _outlooks(
    goals: list[Goal],
    matches: list[Match],
    referrals: dict[str, tuple[GoalReferral, ...]] | None = None,
    sensitive: str = "",
) -> list[GoalOutlook]:
    cards = {m.offer_id: cast(OfferCard, _Card(m.offer_id, m.offer_id == sensitive)) for m in matches}
    planned = [PlannedGoal(goal, (), None) for goal in goals]
    case = cast(ClientCase, _Case())
    return build_outlooks(case, planned, referrals or {}, matches, cards, TODAY)


def _shown(outlook: GoalOutlook) -> list[str]:
    return [one.card.id for one in outlook.suggestions]


def test_an_offer_serves_a_goal_by_its_group_or_because_it_names_the_area():
    named = _match("named", "social", Reason("goal", {"area": "work"}))
    matches = [_match("other", "housing"), named, _match("own")]
    assert [m.offer_id for m in best_for(_goal(), matches)] == ["own", "named"]


def test_courses_to_the_agreed_level_come_first():
    leads = Reason("target_level", {"level": "B2", "is_goal": True})
    matches = [_match("club", "language"), _match("course", "language", leads)]
    goal = _goal("language", target_level="B2")
    assert [m.offer_id for m in best_for(goal, matches)] == ["course", "club"]
    assert [m.offer_id for m in best_for(_goal("language"), matches)] == ["club", "course"]


def test_two_goals_of_one_area_are_not_suggested_the_same_while_there_is_more():
    matches = [_match(name) for name in "abcd"]
    first, second = _outlooks([_goal(), _goal()], matches)
    assert len(_shown(first)) == OFFERS_PER_GOAL
    assert not set(_shown(first)) & set(_shown(second))
    first, second = _outlooks([_goal(), _goal()], matches[:1])
    assert _shown(first) == _shown(second) == ["a"]


def test_an_offer_to_which_a_referral_is_open_is_not_suggested_again():
    goal = _goal()
    line = GoalReferral("r", "a", "A", "P", "handed_over", None, None, None, goal.created_at)
    matches = [_match("a"), _match("b")]
    [outlook] = _outlooks([goal], matches, {goal.id: (line,)})
    assert _shown(outlook) == ["b"]
    [outlook] = _outlooks([goal], matches, {goal.id: (replace(line, state="completed"),)})
    assert _shown(outlook) == ["a", "b"]


def test_a_confidential_offer_is_counted_but_not_named():
    [outlook] = _outlooks([_goal("health")], [_match("a", "health")], sensitive="a")
    assert _shown(outlook) == []
    assert "widen_search" not in {step.code for step in outlook.next_steps}
