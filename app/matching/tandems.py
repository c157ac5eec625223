"""Tandems: what clients and volunteers wish, agreeing to meet, and the end of it.

Nothing is committed here; each change of a case leaves a case event and an audit entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.histories import note_event
from app.cases.policy import is_writable_by
from app.cases.queries import fetch_client
from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidInputError, LotsenbuchError, NotFoundError
from app.core.i18n import gettext as _
from app.directory.codes import Sex
from app.directory.models import Offer
from app.matching.models import Tandem, TandemWish, VolunteerWish
from app.matching.tandem_rules import MAX_CLIENTS, TandemEnd

EARLIEST_DAYS = 3653
"""No tandem has lasted for more than ten years: such a day is a typing error."""
MAX_TOPICS = 20
FARTHEST_KM = 50


def _problem(message: str) -> PydanticCustomError:
    return PydanticCustomError("tandem", "{words}", {"words": message})


def _past_day(value: date, info: ValidationInfo) -> date:
    today: date = (info.context or {})["today"]
    if value > today:
        raise _problem(_("This day still lies ahead."))
    if (today - value).days > EARLIEST_DAYS:
        raise _problem(_("Please check the year."))
    return value


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClientWish(_Input):
    """What the client wishes of a tandem."""

    topics: tuple[str, ...] = Field(default=(), max_length=MAX_TOPICS)
    """Keys of taxonomy concepts; none: the client's interests count."""
    wanted_sex: Sex | None = None


class WishOfVolunteer(_Input):
    """What the volunteer wishes, beside what the offer says."""

    sex: Sex | None = None
    wanted_sex: Sex | None = None
    max_clients: int = Field(ge=0, le=MAX_CLIENTS)
    radius_km: int | None = Field(default=None, ge=1, le=FARTHEST_KM)
    """How far they go to meet somebody; `None`: not told."""


class Agreement(_Input):
    """The two have met and go on. Validation needs the day: ``context={"today": date}``."""

    offer_id: str = Field(max_length=36)
    started_on: date
    is_agreed: Literal[True]
    """The client has said yes to this volunteer."""
    creation_key: str = Field(min_length=1, max_length=36)

    _is_not_ahead = field_validator("started_on")(_past_day)


class Ending(_Input):
    """The two meet no more. Validation needs the day: ``context={"today": date}``."""

    reason: TandemEnd
    ended_on: date
    keeps_wish: bool = False
    """The client would like another tandem: the old day of the wish counts on."""

    _is_not_ahead = field_validator("ended_on")(_past_day)


class NoPlaceLeftError(LotsenbuchError):
    """The volunteer meets as many clients as they wish already."""

    def __init__(self) -> None:
        super().__init__(_("This volunteer has no free place any more: somebody else was faster."))


def wish_tandem(
    session: Session, actor: Actor, client_id: str, wish: ClientWish, version: int | None, today: date
) -> TandemWish:
    """Keep that the client would like a tandem, or change what is wished; the first day stays.

    ``version``: of the wish that was shown, `None` when there was none; the same wish twice is one.
    Raises `NotFoundError`, `CaseClosedError`, `ConflictError`.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    known = session.get(TandemWish, client.id)
    if known is not None and _said(known) == wish:
        return known
    if (known.version if known is not None else None) != version:
        raise ConflictError(_("Somebody else changed the wish for a tandem meanwhile."))
    row = known or TandemWish(client_id=client.id, wished_on=today, version=0)
    row.topics, row.wanted_sex = list(wish.topics), wish.wanted_sex
    row.version += 1
    session.add(row)
    code = "tandem_wished" if known is None else "tandem_wish_changed"
    _note(session, actor, client.id, code, "tandem.wish")
    return row


def drop_wish(session: Session, actor: Actor, client_id: str) -> bool:
    """The client does not wish a tandem any more; whether there was a wish.

    Raises `NotFoundError`, `CaseClosedError`.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    return _drop(session, actor, client.id)


def set_volunteer_wish(
    session: Session, actor: Actor, offer_id: str, wish: WishOfVolunteer, version: int | None
) -> VolunteerWish:
    """Keep what the volunteer wishes; the caller has checked that ``actor`` may edit entries.

    Fewer places than there are tandems end none of them. Raises `NotFoundError` when the offer is not
    of a volunteer, `ConflictError` when somebody else changed the wish since ``version``.
    """
    offer = session.get(Offer, offer_id)
    if offer is None or offer.kind != "volunteer":
        raise NotFoundError("no such volunteer")
    known = session.get(VolunteerWish, offer.id, with_for_update=True)
    if known is not None and all(getattr(known, name) == value for name, value in wish):
        return known
    if (known.version if known is not None else None) != version:
        raise ConflictError(_("Somebody else changed these wishes meanwhile."))
    row = known or VolunteerWish(offer_id=offer.id, version=0)
    for name, value in wish:
        setattr(row, name, value)
    row.changed_by, row.changed_at, row.version = actor.id, utc_now(), row.version + 1
    session.add(row)
    record_access(session, actor.id, "volunteer.change_wish", "offer", offer.id)
    session.flush()
    return row


def agree_tandem(session: Session, actor: Actor, client_id: str, agreement: Agreement) -> Tandem:
    """Keep that a client and a volunteer meet. The same form sent twice makes one tandem.

    Raises `NotFoundError` (also for an offer that takes no part), `CaseClosedError`,
    `InvalidInputError` without a wish of the client, `ConflictError` when the client has a tandem,
    `NoPlaceLeftError`.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    if known := _find_by_key(session, client.id, agreement.creation_key):
        return known
    volunteer = _get_volunteer(session, agreement.offer_id)
    if session.get(TandemWish, client.id) is None:
        raise InvalidInputError(_("The client has not said yes to a tandem yet."))
    if find_open_tandem(session, client.id) is not None:
        raise ConflictError(_("The client has a tandem already."))
    tandem = _take_place(session, actor, client.id, volunteer, agreement)
    _note(session, actor, client.id, "tandem_agreed", "tandem.agree", tandem.id)
    return tandem


def end_tandem(
    session: Session, actor: Actor, client_id: str, tandem_id: str, ending: Ending, version: int
) -> Tandem:
    """Keep that the two meet no more; ended for the same reason already, nothing happens.

    Raises `NotFoundError`, `CaseClosedError`, `InvalidInputError` for a day before the first one, and
    `ConflictError` when the tandem changed since ``version`` was shown.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    tandem = session.get(Tandem, tandem_id)
    if tandem is None or tandem.client_id != client.id:
        raise NotFoundError("no such tandem")
    if tandem.ended_on is not None and tandem.ended_reason == ending.reason:
        return tandem
    if tandem.ended_on is not None or tandem.version != version:
        raise ConflictError(_("Somebody else changed this tandem meanwhile."))
    if ending.ended_on < tandem.started_on:
        raise InvalidInputError(_("The end lies before the beginning."), field="ended_on")
    _end(session, actor, tandem, ending.reason, ending.ended_on)
    if not ending.keeps_wish:
        _drop(session, actor, client.id)
    return tandem


def begin_tandem(
    session: Session, client_id: str, offer_id: str, started_on: date, teller_id: str
) -> None:
    """Keep that two meet who were referred to each other; the caller has locked the client's row.

    The volunteer's word counts: it makes a place where there was none. Who has a tandem keeps it.
    """
    if find_open_tandem(session, client_id) is not None:
        return
    tandem = Tandem(
        client_id=client_id,
        offer_id=offer_id,
        slot=_lowest_free(_taken_slots(session, offer_id)),
        started_on=started_on,
        recorded_by=teller_id,
    )
    session.add(tandem)
    session.flush()
    _note(session, _teller(teller_id), client_id, "tandem_agreed", "tandem.agree", tandem.id)


def end_with_referral(
    session: Session,
    client_id: str,
    offer_id: str,
    reason: TandemEnd,
    ended_on: date,
    *,
    teller_id: str | None,
    keeps_wish: bool,
) -> None:
    """End the tandem of two who were referred to each other, if they have one."""
    tandem = find_open_tandem(session, client_id)
    if tandem is None or tandem.offer_id != offer_id:
        return
    actor = _teller(teller_id)
    _end(session, actor, tandem, reason, max(ended_on, tandem.started_on))
    if not keeps_wish:
        _drop(session, actor, client_id)


def end_for_closed_case(session: Session, actor: Actor, client_id: str, today: date) -> None:
    """A closed case waits for no tandem, and has none; the caller may change the client."""
    if tandem := find_open_tandem(session, client_id):
        _end(session, actor, tandem, "case_closed", max(today, tandem.started_on))
    _drop(session, actor, client_id)


def note_volunteer_reading(session: Session, actor: Actor, offer_id: str) -> None:
    """Put into the audit log that ``actor`` read names of clients who meet this volunteer."""
    record_access(session, actor.id, "tandem.list", "offer", offer_id)


def find_open_tandem(session: Session, client_id: str) -> Tandem | None:
    """The client's tandem, if there is one. The caller has checked who asks."""
    return session.exec(
        select(Tandem).where(Tandem.client_id == client_id, col(Tandem.ended_on).is_(None))
    ).first()


def move_tandems(session: Session, from_id: str, to_id: str) -> list[str]:
    """Let the tandems of a merged offer be those of the kept one; the ids of what moved.

    The wishes of the kept one hold; where it has none, those of the merged one do.
    """
    wish = session.get(VolunteerWish, from_id)
    if wish is not None and session.get(VolunteerWish, to_id) is None:
        session.add(
            VolunteerWish(
                offer_id=to_id,
                sex=wish.sex,
                wanted_sex=wish.wanted_sex,
                max_clients=wish.max_clients,
                radius_km=wish.radius_km,
                changed_by=wish.changed_by,
            )
        )
    moved = session.exec(select(Tandem).where(Tandem.offer_id == from_id)).all()
    return _move(session, moved, to_id)


def return_tandems(session: Session, tandem_ids: Sequence[str], to_id: str) -> None:
    """Undo `move_tandems`; the wishes stay with both."""
    _move(session, session.exec(select(Tandem).where(col(Tandem.id).in_(tandem_ids))).all(), to_id)


def _move(session: Session, rows: Sequence[Tandem], to_id: str) -> list[str]:
    for row in rows:
        taken = _taken_slots(session, to_id)
        if row.ended_on is None and row.slot in taken:
            row.slot = _lowest_free(taken)
        row.offer_id = to_id
        session.add(row)
        session.flush()
    return [row.id for row in rows]


def _said(row: TandemWish) -> ClientWish:
    return ClientWish.model_validate({"topics": tuple(row.topics), "wanted_sex": row.wanted_sex})


def _get_volunteer(session: Session, offer_id: str) -> VolunteerWish:
    """The wishes of a volunteer who takes part: published, and nothing confidential."""
    wish = session.exec(
        select(VolunteerWish)
        .join(Offer, col(Offer.id) == VolunteerWish.offer_id)
        .where(
            VolunteerWish.offer_id == offer_id,
            Offer.kind == "volunteer",
            Offer.status == "published",
            col(Offer.is_sensitive).is_(False),
        )
    ).first()
    if wish is None:
        raise NotFoundError("no such volunteer")
    return wish


def _take_place(
    session: Session, actor: Actor, client_id: str, volunteer: VolunteerWish, agreement: Agreement
) -> Tandem:
    """Take the lowest free place. Who loses it to somebody at the same moment tries the next one."""
    for _attempt in range(MAX_CLIENTS + 1):
        taken = _taken_slots(session, volunteer.offer_id)
        if len(taken) >= volunteer.max_clients:
            raise NoPlaceLeftError
        tandem = Tandem(
            client_id=client_id,
            offer_id=volunteer.offer_id,
            slot=_lowest_free(taken),
            started_on=agreement.started_on,
            recorded_by=actor.id,
            creation_key=agreement.creation_key,
        )
        try:
            with session.begin_nested():
                session.add(tandem)
                session.flush()
        except IntegrityError:
            if find_open_tandem(session, client_id) is not None:
                raise ConflictError(_("The client has a tandem already.")) from None
            continue
        return tandem
    raise NoPlaceLeftError


def _taken_slots(session: Session, offer_id: str) -> set[int]:
    open_ones = select(Tandem.slot).where(Tandem.offer_id == offer_id, col(Tandem.ended_on).is_(None))
    return set(session.exec(open_ones).all())


def _lowest_free(taken: set[int]) -> int:
    return next(slot for slot in range(1, len(taken) + 2) if slot not in taken)


def _find_by_key(session: Session, client_id: str, creation_key: str) -> Tandem | None:
    return session.exec(
        select(Tandem).where(Tandem.creation_key == creation_key, Tandem.client_id == client_id)
    ).first()


def _end(
    session: Session, actor: Actor | None, tandem: Tandem, reason: TandemEnd, ended_on: date
) -> None:
    tandem.ended_on, tandem.ended_reason = ended_on, reason
    tandem.version += 1
    session.add(tandem)
    _note(session, actor, tandem.client_id, "tandem_ended", "tandem.end", tandem.id, {"reason": reason})


def _drop(session: Session, actor: Actor | None, client_id: str) -> bool:
    wish = session.get(TandemWish, client_id)
    if wish is None:
        return False
    session.delete(wish)
    _note(session, actor, client_id, "tandem_wish_dropped", "tandem.drop_wish")
    return True


def _teller(user_id: str | None) -> Actor | None:
    """Who told it, for timeline and log; without a role, as nothing is decided by it."""
    return Actor(user_id, "") if user_id is not None else None


def _note(
    session: Session,
    actor: Actor | None,
    client_id: str,
    code: str,
    action: str,
    tandem_id: str | None = None,
    facts: dict[str, str] | None = None,
) -> None:
    note_event(session, client_id, actor, code, facts)
    subject = ("client", client_id) if tandem_id is None else ("tandem", tandem_id)
    record_access(session, actor.id if actor else None, action, *subject)
    session.flush()
