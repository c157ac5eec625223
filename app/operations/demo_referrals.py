"""Past referrals of the demo's clients, with what came of them. Drawn from a fixed seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.queries import ClientCase, get_client
from app.core.ids import derived_id
from app.operations.client_facts import facts_of
from app.operations.referring import MatchingBasis, refer_with_sheet
from app.referrals.models import Referral, ReferralEvent
from app.referrals.outcomes import record_outcome
from app.referrals.records import OutcomeReport, ReferralOrder

_SEED: Final = 4711
_SHARE: Final = 0.45
"""Of the clients who have been referred before."""
_COURSES: Final[tuple[tuple[int, tuple[dict[str, Any], ...]], ...]] = (
    (12, ()),
    (17, ()),
    (25, ()),
    (40, ({"to_state": "received"},)),
    (55, ({"to_state": "waiting_list"},)),
    (60, ({"to_state": "received"}, {"to_state": "accepted"})),
    (75, ({"to_state": "started"},)),
    (120, ({"to_state": "started"}, {"to_state": "completed"})),
    (90, ({"to_state": "completed"},)),
    (70, ({"to_state": "rejected", "reason": "full"},)),
    (50, ({"to_state": "rejected", "reason": "not_eligible"},)),
    (65, ({"to_state": "did_not_appear", "reason": "childcare"},)),
    (110, ({"to_state": "started"}, {"to_state": "dropped_out", "reason": "times"})),
    (45, ({"to_state": "withdrawn", "reason": "found_other"},)),
    (80, ({"to_state": "unresolved", "reason": "no_answer"},)),
)
"""Days ago it began, and the steps since."""


def add_demo_referrals(
    session: Session,
    people: Sequence[tuple[str, Actor]],
    basis: MatchingBasis,
    today: date,
) -> int:
    """Refer some of ``people`` (client id and case worker) to what suits them; tells how many times."""
    rng = random.Random(_SEED)  # noqa: S311  the same referrals every time, nothing secret
    count = 0
    for client_id, actor in people:
        if rng.random() >= _SHARE:
            continue
        case = get_client(session, client_id, actor)
        matches = basis.rank(facts_of(session, case), today, per_group=2).matches
        for match in rng.sample(matches, min(len(matches), rng.choice((1, 1, 2)))):
            began, steps = rng.choice(_COURSES)
            order = ReferralOrder.model_validate(
                {
                    "client_id": client_id,
                    "offer_id": match.offer_id,
                    "creation_key": derived_id("demo-referral", f"{client_id}:{match.offer_id}"),
                    "goal_id": _goal_for(case, match.serves),
                    "sheet_language": next(iter(case.client.reads or ()), "de"),
                },
                context={"today": today},
            )
            referral = refer_with_sheet(session, actor, order, basis, today)
            _play(session, actor, referral, steps, today - timedelta(days=began), today)
            count += 1
    return count


def _goal_for(case: ClientCase, serves: str) -> str | None:
    return next((goal.id for goal in case.open_goals if goal.area == serves), None)


def _play(
    session: Session,
    actor: Actor,
    referral: Referral,
    steps: Sequence[dict[str, Any]],
    began_on: date,
    today: date,
) -> None:
    """Take the steps, then move everything to the days on which it would have happened."""
    span = (today - began_on).days
    days = [began_on + timedelta(days=span * i // (len(steps) + 1)) for i in range(len(steps) + 1)]
    for step, day in zip(steps, days[1:], strict=True):
        report = OutcomeReport.model_validate({**step, "happened_on": day}, context={"today": today})
        record_outcome(session, actor, referral.id, report, referral.version, today=day)
    if not steps and referral.follow_up_on is not None:
        referral.follow_up_on = referral.follow_up_on - timedelta(days=span)
    events = session.exec(
        select(ReferralEvent)
        .where(ReferralEvent.referral_id == referral.id)
        .order_by(col(ReferralEvent.at), col(ReferralEvent.id))
    ).all()
    for event, day in zip(events, days, strict=True):
        event.at = _moment(day)
    referral.created_at, referral.updated_at = _moment(days[0]), _moment(days[-1])
    session.flush()


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(9, 30), UTC)
