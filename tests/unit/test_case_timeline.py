from datetime import UTC, datetime, timedelta

from app.cases.models import CaseEvent
from app.referrals.models import ReferralEvent
from app.referrals.queries import ReferralLine, ReferralStep
from app.web.case_timeline import build_timeline

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _event(code: str, at: datetime) -> CaseEvent:
    return CaseEvent(client_id="c", code=code, at=at, actor_id="a")


def _line() -> ReferralLine:
    return ReferralLine(
        id="r", client_id="c", client_name="Amira H.", offer_id="o", offer_title="Chor",
        offer_kind="club", provider_name="Verein", state="received", reason=None, level_reached=None,
        follow_up_on=None, created_at=NOON, updated_at=NOON, reasons=(), despite_rules=(),
    )  # fmt: skip


def _step(state: str, at: datetime) -> ReferralStep:
    return ReferralStep(ReferralEvent(referral_id="r", to_state=state, at=at), "Mira")


def test_cases_and_referrals_stand_in_one_order_the_newest_first():
    later, last = NOON + timedelta(hours=1), NOON + timedelta(days=3)
    timeline = build_timeline(
        [_event("client_created", NOON), _event("goal_added", NOON), _event("client_changed", later)],
        [_line()],
        {"r": [_step("handed_over", NOON + timedelta(minutes=5)), _step("received", last)]},
        {"a": "Mira"},
    )
    told = [
        entry.event.code if entry.event else (entry.step.event.to_state if entry.step else "referred")
        for entry in timeline
    ]
    assert told == ["received", "client_changed", "referred", "goal_added", "client_created"]
    assert {entry.actor_name for entry in timeline} == {"Mira"}


def test_a_case_without_anything_has_an_empty_timeline():
    assert build_timeline([], [], {}, {}) == ()
