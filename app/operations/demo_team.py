"""A team at work in the demo: a substitution, a handover that waits to be read, an emergency."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.emergencies import EmergencyRequest, open_in_emergency
from app.cases.handovers import CaseToHandOver, HandoverOrder, hand_over_cases
from app.cases.models import Client
from app.cases.privacy_models import EmergencyAccess, Handover, Substitution
from app.cases.substitutions import SubstitutionCreate, create_substitution
from app.core.ids import derived_id
from app.operations.demo_accounts import DEMO_CASE_WORKERS, DemoAccount

_ABSENT, _DEPUTY = DEMO_CASE_WORKERS[4], DEMO_CASE_WORKERS[5]
_GIVER, _TAKER = DEMO_CASE_WORKERS[7], DEMO_CASE_WORKERS[6]
_HELPER, _HELPED = DEMO_CASE_WORKERS[2], DEMO_CASE_WORKERS[3]
_AWAY_BEFORE, _AWAY_AFTER = timedelta(days=3), timedelta(days=11)
_HANDED_OVER: Final = 2
_SUBSTITUTION_KEY: Final = derived_id("demo", "substitution")
_HANDOVER_KEY: Final = derived_id("demo", "handover")


def load_demo_team(session: Session, today: date, public_url: str) -> None:
    """Let the demo's team stand in, hand over and help, once; what is there already stays."""
    _stand_in(session, today)
    _hand_over(session, today, public_url)
    _help(session, today, public_url)


def _stand_in(session: Session, today: date) -> None:
    known = select(Substitution.id).where(Substitution.creation_key == _SUBSTITUTION_KEY)
    if session.exec(known).first() is None:
        first, last = today - _AWAY_BEFORE, today + _AWAY_AFTER
        wanted = SubstitutionCreate(_ABSENT.id, _DEPUTY.id, first, last)
        create_substitution(session, _actor(_ABSENT, today), wanted, _SUBSTITUTION_KEY, today)


def _hand_over(session: Session, today: date, public_url: str) -> None:
    """Two cases of one case worker go to a colleague, who has not read about them yet."""
    known = select(Handover.id).where(Handover.creation_key == _HANDOVER_KEY)
    if session.exec(known).first() is not None:
        return
    notes = ("Vertraut auf Menschen, die sich an Absprachen halten.", "")
    chosen = _list_clients(session, _GIVER)[-_HANDED_OVER:]
    if not chosen:
        return
    order = HandoverOrder(
        to_id=_TAKER.id,
        reason="workload",
        cases=tuple(
            CaseToHandOver(client.id, _GIVER.id, note)
            for client, note in zip(chosen, notes, strict=False)
        ),
        note="Beide wissen Bescheid und freuen sich auf ein erstes Gespräch.",
        creation_key=_HANDOVER_KEY,
    )
    hand_over_cases(session, _actor(_GIVER, today), order, f"{public_url}/uebergaben")


def _help(session: Session, today: date, public_url: str) -> None:
    """A colleague opened a case when nobody else could be reached; the team lead has to look at it."""
    opened = select(EmergencyAccess.id).where(EmergencyAccess.user_id == _HELPER.id)
    clients = _list_clients(session, _HELPED)
    if clients and session.exec(opened).first() is None:
        reason = "Das Krankenhaus rief an und brauchte sofort eine Sprachmittlung."
        wanted = EmergencyRequest(reason=reason, case=clients[0].id)
        open_in_emergency(session, _actor(_HELPER, today), wanted, f"{public_url}/notzugriffe")


def _list_clients(session: Session, account: DemoAccount) -> list[Client]:
    return list(
        session.exec(
            select(Client)
            .where(Client.case_worker_id == account.id, col(Client.closed_on).is_(None))
            .order_by(col(Client.family_name), col(Client.given_name), col(Client.id))
        ).all()
    )


def _actor(account: DemoAccount, today: date) -> Actor:
    return Actor(account.id, account.role, account.name, today)
