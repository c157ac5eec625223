"""Reading tandems: who waits for one, who takes clients, who meets whom.

Everybody who works on cases sees the volunteers and how many clients they meet; names of clients only
of cases they may see. Volunteers whose offer is confidential take no part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, case
from sqlmodel import Session, col, func, select

from app.accounts.permissions import Actor
from app.cases.models import Client
from app.cases.policy import is_visible_to
from app.cases.queries import client_name
from app.directory.models import Offer
from app.matching.models import Tandem, TandemWish, VolunteerWish
from app.matching.tandem_rules import NEVER_AGAIN, Volunteer


@dataclass(frozen=True, slots=True)
class TandemLine:
    """A tandem, past or present."""

    tandem: Tandem
    offer_title: str | None
    """`None`: the offer became confidential, and is not named in lists."""
    client_id: str | None
    """`None`, as the name: of somebody whose case the person asking may not see."""
    client_name: str | None


@dataclass(frozen=True, slots=True)
class CaseTandems:
    """What a case says of tandems."""

    wish: TandemWish | None
    current: TandemLine | None
    past: tuple[TandemLine, ...]
    """The last one first."""


@dataclass(frozen=True, slots=True)
class VolunteerLoad:
    """What a volunteer wishes, and with how many they meet."""

    wish: VolunteerWish | None
    current: int
    own: tuple[TandemLine, ...]
    """Those of clients whose case the person asking may see."""


# To make a statement takes longer than to run it, so those of every case are made once.
_TITLE: Final = case((col(Offer.is_sensitive), None), else_=col(Offer.title))
_TANDEMS: Final = (
    select(Tandem, _TITLE)
    .join(Offer, col(Offer.id) == Tandem.offer_id)
    .where(col(Tandem.client_id) == bindparam("client"))
    .order_by(col(Tandem.started_on).desc(), col(Tandem.id))
)
_WISH: Final = select(TandemWish).where(col(TandemWish.client_id) == bindparam("client"))


def load_case_tandems(session: Session, client_id: str) -> CaseTandems:
    """Wish and tandems of a client whose case the caller has opened."""
    lines = [
        TandemLine(tandem, title, client_id, None)
        for tandem, title in session.execute(_TANDEMS, {"client": client_id}).all()
    ]
    return CaseTandems(
        wish=session.scalars(_WISH, {"client": client_id}).first(),
        current=next((one for one in lines if one.tandem.ended_on is None), None),
        past=tuple(one for one in lines if one.tandem.ended_on is not None),
    )


def load_volunteers(session: Session) -> tuple[tuple[Volunteer, Offer], ...]:
    """All volunteers who take part, by offer id: published, nothing confidential, wishes known."""
    counts = _count_open(session)
    rows = session.exec(
        select(VolunteerWish, Offer)
        .join(Offer, col(Offer.id) == VolunteerWish.offer_id)
        .where(
            Offer.kind == "volunteer", Offer.status == "published", col(Offer.is_sensitive).is_(False)
        )
        .order_by(col(Offer.id))
    ).all()
    return tuple(
        (
            Volunteer(
                offer.id,
                wish.sex,
                wish.wanted_sex,
                wish.max_clients,
                counts.get(offer.id, 0),
                wish.radius_km,
            ),
            offer,
        )
        for wish, offer in rows
    )


def list_waiting_wishes(session: Session) -> tuple[TandemWish, ...]:
    """Wishes of open cases without a tandem, who waits longest first; of all cases, so that two
    colleagues are never proposed the same place."""
    open_ones = select(Tandem.client_id).where(col(Tandem.ended_on).is_(None))
    return tuple(
        session.exec(
            select(TandemWish)
            .join(Client, col(Client.id) == TandemWish.client_id)
            .where(col(Client.closed_on).is_(None), col(Client.id).not_in(open_ones))
            .order_by(col(TandemWish.wished_on), col(TandemWish.client_id))
        ).all()
    )


def load_parted(session: Session, client_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Client → the volunteers with whom it did not work."""
    found: dict[str, set[str]] = defaultdict(set)
    rows = select(Tandem.client_id, Tandem.offer_id).where(
        col(Tandem.client_id).in_(list(client_ids)), col(Tandem.ended_reason).in_(NEVER_AGAIN)
    )
    for client_id, offer_id in session.exec(rows).all():
        found[client_id].add(offer_id)
    return {client_id: frozenset(offers) for client_id, offers in found.items()}


def list_open_tandems(session: Session, actor: Actor) -> tuple[TandemLine, ...]:
    """The tandems there are, by volunteer; those of others without a name, confidential ones not."""
    rows = session.exec(
        select(Tandem, Offer.title)
        .join(Offer, col(Offer.id) == Tandem.offer_id)
        .where(col(Tandem.ended_on).is_(None), col(Offer.is_sensitive).is_(False))
        .order_by(col(Offer.title), col(Tandem.started_on), col(Tandem.id))
    ).all()
    return _name(session, actor, rows)


def load_visible_names(session: Session, actor: Actor, ids: Iterable[str]) -> dict[str, str]:
    """Client id → name, of those whose case the person may see."""
    clients = session.exec(
        select(Client).where(col(Client.id).in_(list(ids)), is_visible_to(actor))
    ).all()
    return {client.id: client_name(client) for client in clients}


def load_volunteer_load(session: Session, actor: Actor, offer_id: str) -> VolunteerLoad:
    """What one volunteer wishes, and whom they meet; nobody is named beside a confidential offer."""
    rows = session.exec(
        select(Tandem, Offer.title)
        .join(Offer, col(Offer.id) == Tandem.offer_id)
        .where(col(Tandem.ended_on).is_(None), Tandem.offer_id == offer_id)
        .order_by(col(Tandem.started_on), col(Tandem.id))
    ).all()
    lines = _name(session, actor, rows)
    is_open = session.get_one(Offer, offer_id).is_sensitive is False
    own = tuple(line for line in lines if line.client_id is not None and is_open)
    return VolunteerLoad(session.get(VolunteerWish, offer_id), len(lines), own)


def _name(session: Session, actor: Actor, rows: Iterable[tuple[Tandem, str]]) -> tuple[TandemLine, ...]:
    found = list(rows)
    names = load_visible_names(session, actor, {tandem.client_id for tandem, _title in found})
    return tuple(
        TandemLine(
            tandem,
            title,
            tandem.client_id if tandem.client_id in names else None,
            names.get(tandem.client_id),
        )
        for tandem, title in found
    )


def _count_open(session: Session) -> dict[str, int]:
    rows = select(Tandem.offer_id, func.count()).where(col(Tandem.ended_on).is_(None))
    return dict(session.exec(rows.group_by(col(Tandem.offer_id))).all())
