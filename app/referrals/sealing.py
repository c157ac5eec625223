"""Referrals to sensitive offers: what they say about a person is encrypted in the database.

That somebody was referred to help with addiction, HIV or trauma is itself a health matter. Of such a
referral the open columns keep who, when and how far it has come; where it leads and why stands in
`Referral.sealed`, and why it ended in `ReferralEvent.sealed`. What was sealed once stays so, also when
the offer is no longer marked: it was told in confidence.

An offer that becomes sensitive takes its referrals along in the same transaction, whoever changes it
(form, import, merge): see `_seal_what_became_sensitive`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm import object_session
from sqlmodel import Session, col, select

from app.directory.models import Offer
from app.referrals.models import Referral, ReferralEvent

_MARKED: Final = "lotsenbuch_marked_offers"


@dataclass(frozen=True, slots=True)
class ReferralDetails:
    """What is confidential about a referral to a sensitive offer, and plain about any other."""

    offer_id: str
    goal_id: str | None = None
    reasons: list[dict[str, Any]] = field(default_factory=list)
    to_clarify: list[dict[str, Any]] = field(default_factory=list)
    despite_rules: list[str] = field(default_factory=list)
    snapshot: dict[str, Any] = field(default_factory=dict)
    consent_id: str | None = None
    released: list[str] = field(default_factory=list)


_FIELDS: Final = tuple(ReferralDetails.__dataclass_fields__)
_EMPTY: Final[ReferralDetails] = ReferralDetails(offer_id="")
_MOVED_FROM: Final = "moved_from"
"""In `Referral.sealed`: the offers it pointed to before merges, the latest last. It must not stand
with the merge, which names the offer in the open."""


def is_sealed(referral: Referral) -> bool:
    """Whether the offer stands encrypted."""
    return referral.offer_id is None


def details_of(referral: Referral) -> ReferralDetails:
    """What the referral is about; decrypts what is sealed, so ask who may read it first."""
    if referral.offer_id is not None:
        return ReferralDetails(**{name: getattr(referral, name) for name in _FIELDS})
    sealed = referral.sealed or {}
    return ReferralDetails(**{name: sealed[name] for name in _FIELDS if name in sealed})


def offer_of(offer_id: str | None, sealed: dict[str, Any] | None) -> str:
    """The offer of a referral with these columns; ask who may read it first."""
    return offer_id if offer_id is not None else str((sealed or {})["offer_id"])


def find_open_kind(session: Session, referral: Referral) -> str | None:
    """The kind of the offer for what anybody may see of the referral; `None`: it is confidential."""
    return None if referral.offer_id is None else session.get_one(Offer, referral.offer_id).kind


def put_details(referral: Referral, details: ReferralDetails, *, is_sensitive: bool) -> None:
    """Write what the referral is about: into its columns, or sealed when the offer is sensitive."""
    if not is_sensitive:
        for name in _FIELDS:
            setattr(referral, name, getattr(details, name))
        return
    before = referral.sealed or {}
    kept = {_MOVED_FROM: before[_MOVED_FROM]} if _MOVED_FROM in before else {}
    referral.sealed = {name: getattr(details, name) for name in _FIELDS} | kept
    for name in _FIELDS:
        setattr(referral, name, getattr(_EMPTY, name) or _empty_of(name))


def _empty_of(name: str) -> Any:
    return {} if name == "snapshot" else [] if isinstance(getattr(_EMPTY, name), list) else None


def seal(session: Session | AnySession, referral: Referral) -> None:
    """Seal a referral whose offer is sensitive by now, with the reasons in its history."""
    put_details(referral, details_of(referral), is_sensitive=True)
    session.add(referral)
    events = select(ReferralEvent).where(ReferralEvent.referral_id == referral.id)
    for step in session.scalars(events):
        seal_step(step)
        session.add(step)
    session.flush()


def seal_step(step: ReferralEvent) -> None:
    """Encrypt why a step was taken and which level was reached."""
    if step.reason is not None or step.level_reached is not None:
        step.sealed = {"reason": step.reason, "level_reached": step.level_reached}
        step.reason = step.level_reached = None


def seal_referrals(session: Session | AnySession, offer_ids: Collection[str] | None = None) -> int:
    """Seal the open referrals to sensitive offers (of ``offer_ids``, or all); tells how many.

    No entry in the access log names them: beside the change of the offer it would tell which they are.
    """
    sensitive = select(Offer.id).where(col(Offer.is_sensitive))
    if offer_ids is not None:
        sensitive = sensitive.where(col(Offer.id).in_(offer_ids))
    found = session.scalars(select(Referral).where(col(Referral.offer_id).in_(sensitive))).all()
    for referral in found:
        seal(session, referral)
    return len(found)


def has_referrals_to_seal(session: Session) -> bool:
    """Whether a referral to a sensitive offer still lies open (of data older than this rule)."""
    sensitive = select(Offer.id).where(col(Offer.is_sensitive))
    found = select(Referral.id).where(col(Referral.offer_id).in_(sensitive)).limit(1)
    return session.exec(found).first() is not None


def list_sealed_of_client(session: Session, client_id: str) -> dict[str, ReferralDetails]:
    """Referral id → what it is about, of a client's sealed ones. The caller has checked who asks."""
    sealed = select(Referral).where(
        col(Referral.client_id) == client_id, col(Referral.offer_id).is_(None)
    )
    return {referral.id: details_of(referral) for referral in session.exec(sealed).all()}


def move_sealed(session: Session, from_offer_id: str, to_offer_id: str) -> None:
    """Let sealed referrals follow an offer that turned out to be another one, and remember from where.

    Nothing in the open tells which they were: neither the merge nor the access log.
    """
    for referral in _list_sealed_to(session, from_offer_id):
        earlier = (referral.sealed or {}).get(_MOVED_FROM, [])
        referral.sealed = (referral.sealed or {}) | {
            "offer_id": to_offer_id,
            _MOVED_FROM: [*earlier, from_offer_id],
        }
        session.add(referral)
    session.flush()


def return_sealed(session: Session, from_offer_id: str, to_offer_id: str) -> None:
    """Take `move_sealed` back: those that came to ``from_offer_id`` from ``to_offer_id`` last."""
    for referral in _list_sealed_to(session, from_offer_id):
        earlier = (referral.sealed or {}).get(_MOVED_FROM, [])
        if earlier[-1:] == [to_offer_id]:
            referral.sealed = (referral.sealed or {}) | {
                "offer_id": to_offer_id,
                _MOVED_FROM: earlier[:-1],
            }
            session.add(referral)
    session.flush()


def _list_sealed_to(session: Session, offer_id: str) -> list[Referral]:
    sealed = select(Referral).where(col(Referral.offer_id).is_(None))
    return [one for one in session.exec(sealed).all() if (one.sealed or {}).get("offer_id") == offer_id]


@event.listens_for(Offer.is_sensitive, "set")
def _remember_the_mark(offer: Offer, value: bool, _before: Any, _initiator: Any) -> None:
    session = object_session(offer)
    if value and session is not None:
        session.info.setdefault(_MARKED, set()).add(offer.id)


@event.listens_for(AnySession, "before_commit")
def _seal_what_became_sensitive(session: AnySession) -> None:
    """Seal in the transaction that marks the offer: no way of changing it can forget to."""
    if marked := session.info.pop(_MARKED, None):
        seal_referrals(session, marked)
