"""A referral to a volunteer, and the tandem that it leads to: one goes with the other.

Once the volunteer (or the case worker, for them) says that there is a first meeting, the two have a
tandem; with an end of the referral it ends. Offers of organisations, confidential ones, and volunteers
who take no part in the tandems are left alone.
"""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import Final

from sqlmodel import Session, col, select

from app.matching.models import VolunteerWish
from app.matching.tandem_rules import TandemEnd
from app.matching.tandems import begin_tandem, end_with_referral
from app.referrals.models import Referral
from app.referrals.records import OutcomeReport
from app.referrals.states import OPEN_STATES, is_open
from app.referrals.transitions import GIVES_A_PLACE

END_OF: Final = MappingProxyType(
    {
        "completed": "reached",
        "dropped_out": "client_stopped",
        "did_not_appear": "client_stopped",
        "withdrawn": "client_stopped",
        "unresolved": "client_stopped",
        "rejected": "volunteer_stopped",
        "cancelled": "mistake",
    }
)
"""End of a referral → why the tandem ended."""
_MOVED: Final = "moved"
IS_OVER: Final = frozenset({"completed", "withdrawn"})
"""After these the client waits for no other tandem."""


def keep_tandem(
    session: Session, referral: Referral, report: OutcomeReport, today: date, actor_id: str | None
) -> None:
    """Begin or end the tandem that goes with the step just taken; the client's row is locked."""
    if referral.offer_id is None or session.get(VolunteerWish, referral.offer_id) is None:
        return
    if referral.state in GIVES_A_PLACE:
        # The day of the first meeting may lie ahead; agreed they have by now.
        met_on = min(report.happened_on or today, today)
        teller = actor_id or referral.referred_by
        begin_tandem(session, referral.client_id, referral.offer_id, met_on, teller)
    elif not is_open(referral.state):
        end_with_referral(
            session,
            referral.client_id,
            referral.offer_id,
            end_of_tandem(referral.state, report.reason),
            report.happened_on or today,
            teller_id=actor_id,
            keeps_wish=referral.state not in IS_OVER,
        )


def end_of_tandem(state: str, reason: str | None) -> TandemEnd:
    """Why a tandem ends with a referral that came to ``state``; pure."""
    if reason == _MOVED:
        return "moved"
    end: TandemEnd = END_OF[state]  # type: ignore[assignment]  # the values are codes of `TandemEnd`
    return end


def find_running(session: Session, client_id: str, offer_id: str) -> str | None:
    """The open referral of the client to this offer, whose steps carry the tandem; `None`: none."""
    found = select(Referral.id).where(
        Referral.client_id == client_id,
        Referral.offer_id == offer_id,
        col(Referral.state).in_(OPEN_STATES),
    )
    return session.exec(found.order_by(col(Referral.created_at).desc()).limit(1)).first()
