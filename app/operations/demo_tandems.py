"""The demo's tandems: volunteers with wishes of their own, clients who wait for one, and a tandem."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.models import CaseEvent, Client
from app.cases.rules import ADULT_AGE, age_on
from app.core.ids import derived_id
from app.directory.models import Offer
from app.matching.models import VolunteerWish
from app.matching.tandems import Agreement, ClientWish, agree_tandem, wish_tandem

_VOLUNTEERS: Final[dict[str, dict[str, Any]]] = {
    "demo:tandemnetz-esslingen:sprachtandem": {"max_clients": 3},
    "demo:tandemnetz-esslingen:frauentandem": {
        "sex": "female",
        "wanted_sex": "female",
        "max_clients": 2,
    },
    "demo:tandemnetz-esslingen:fachtandem": {"sex": "male", "max_clients": 1},
    "demo:lesebank-hoehen:patin": {"sex": "female", "max_clients": 2},
    "demo:jobpaten-mittlerer-neckar:patenschaft": {"sex": "male", "max_clients": 2},
    "demo:lotsenpunkt-ehrenamt:mentoren": {"max_clients": 0},
}
_EVERY: Final = 6
"""Every so many of the grown-ups wish a tandem."""
_LONGEST_DAYS: Final = 90
_MET: Final = "demo:tandemnetz-esslingen:sprachtandem"
_KEY: Final = derived_id("demo", "tandem")


def load_demo_tandems(session: Session, today: date) -> int:
    """Note the wishes of both sides and one tandem, once; tells how many clients wish one."""
    if session.exec(select(VolunteerWish.offer_id)).first() is not None:
        return 0
    offers = {
        offer.external_id: offer
        for offer in session.exec(
            select(Offer).where(col(Offer.external_id).in_(_VOLUNTEERS), Offer.kind == "volunteer")
        ).all()
    }
    for external_id, wish in _VOLUNTEERS.items():
        if external_id in offers:
            session.add(VolunteerWish(offer_id=offers[external_id].id, **wish))
    session.flush()
    clients = session.exec(
        select(Client)
        .where(col(Client.is_demo).is_(True), col(Client.closed_on).is_(None))
        .order_by(col(Client.id))
    ).all()
    grown_up = [one for one in clients if (age_on(one.birth_date, today) or 0) >= ADULT_AGE]
    waiting = grown_up[::_EVERY]
    for number, client in enumerate(waiting):
        _wish(session, client, number, today)
    if waiting and _MET in offers:
        _agree(session, waiting[0], offers[_MET], today)
    return len(waiting)


def _wish(session: Session, client: Client, number: int, today: date) -> None:
    wanted = "female" if client.sex == "female" and number % 3 == 0 else None
    wished_on = today - timedelta(days=7 * number % _LONGEST_DAYS)
    actor = Actor(client.case_worker_id, "case_worker")
    topics = ("tandem",) if number % 2 == 0 else ()
    wish = ClientWish.model_validate({"topics": topics, "wanted_sex": wanted})
    wish_tandem(session, actor, client.id, wish, None, wished_on)
    _tell_on(session, client.id, "tandem_wished", wished_on)


def _agree(session: Session, client: Client, offer: Offer, today: date) -> None:
    agreement = Agreement.model_validate(
        {
            "offer_id": offer.id,
            "started_on": today - timedelta(days=21),
            "is_agreed": True,
            "creation_key": _KEY,
        },
        context={"today": today},
    )
    agree_tandem(session, Actor(client.case_worker_id, "case_worker"), client.id, agreement)
    _tell_on(session, client.id, "tandem_agreed", agreement.started_on)


def _tell_on(session: Session, client_id: str, code: str, day: date) -> None:
    """Put what happened onto its day in the timeline."""
    events = select(CaseEvent).where(CaseEvent.client_id == client_id, CaseEvent.code == code)
    for event in session.exec(events).all():
        event.at = datetime.combine(day, time(10), UTC)
    session.flush()
