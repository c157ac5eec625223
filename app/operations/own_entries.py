"""What a provider or a volunteer keeps right by itself, signed in: its own offers, and nothing else.

The caller has made sure whose provider it is (`app.accounts.queries.find_provider_of`); every function
here refuses an offer of another provider as if it were not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from pydantic import ValidationError
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.accounts.queries import list_users_of_provider
from app.audit.service import record_access
from app.core.errors import InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.directory.confirming import list_reported_ids, report_change, tell_seats
from app.directory.editing import change_offer, get_offer_entry
from app.directory.history import Author
from app.directory.models import Offer, Provider
from app.directory.queries import OfferCard, load_offer_cards
from app.directory.records import SessionRecord
from app.directory.tables.times import UnreadableTimesError, format_times, parse_times
from app.directory.verification import VERIFIABLE, verify_offers
from app.matching.models import VolunteerWish
from app.matching.tandems import WishOfVolunteer, set_volunteer_wish
from app.referrals.events import call_case_worker
from app.referrals.inbox import list_leading_to
from app.referrals.models import Referral
from app.referrals.sealing import is_sealed
from app.referrals.states import OPEN_STATES, PROPOSED
from app.volunteers.models import OfferPause, Volunteer
from app.volunteers.pausing import find_pauses, pause_offer, resume_offer

MAX_TIMES: Final = 500
"""Characters."""


@dataclass(frozen=True, slots=True)
class OwnOffer:
    """An offer as its own provider keeps it."""

    offer: Offer
    card: OfferCard
    pause: OfferPause | None
    is_reported: bool
    """Something was told in words that an editor still has to take over."""
    times: str | None
    """As they can be typed; `None`: they are more than that, and changes are told to an editor."""
    wish: VolunteerWish | None
    """How many people at a time and how far, of a volunteer."""


@dataclass(frozen=True, slots=True)
class OwnEntries:
    """All that belongs to a provider."""

    provider_id: str
    name: str
    offers: tuple[OwnOffer, ...]
    people: tuple[str, ...]
    """Who has an account for it, by name."""
    is_volunteer: bool


def load_own_entries(session: Session, provider_id: str) -> OwnEntries:
    """The provider's offers that are, or can be, in the directory, by title; raises `NotFoundError`."""
    provider = session.get(Provider, provider_id)
    if provider is None or provider.merged_into_id is not None:
        raise NotFoundError("no such provider")
    rows = session.exec(
        select(Offer)
        .where(
            Offer.provider_id == provider_id,
            col(Offer.status).in_(VERIFIABLE),
            col(Offer.merged_into_id).is_(None),
        )
        .order_by(col(Offer.title), col(Offer.id))
    ).all()
    ids = [row.id for row in rows]
    cards, pauses = load_offer_cards(session, ids), find_pauses(session, ids)
    reported = list_reported_ids(session, [provider_id])
    offers = tuple(
        OwnOffer(
            row,
            cards[row.id],
            pauses.get(row.id),
            row.id in reported,
            _times(session, row.id),
            session.get(VolunteerWish, row.id),
        )
        for row in rows
    )
    people = tuple(user.name for user in list_users_of_provider(session, provider_id, active_only=True))
    is_volunteer = session.get(Volunteer, provider_id) is not None
    return OwnEntries(provider.id, provider.name, offers, people, is_volunteer)


def confirm_own(
    session: Session, actor: Actor, provider_id: str, on: date, offer_id: str | None = None
) -> int:
    """Say that one offer, or all of them, are still right; how many. Paused ones stay paused."""
    offers = [_get_own(session, provider_id, offer_id)] if offer_id else _list_own(session, provider_id)
    reported = list_reported_ids(session, [provider_id])
    ids = [one.id for one in offers if offer_id or one.id not in reported]
    return verify_offers(session, _author(session, actor, provider_id), ids, way="provider", on=on)


def take_break(
    session: Session, actor: Actor, provider_id: str, offer_id: str, until: date | None, today: date
) -> None:
    """Pause an offer; raises `NotFoundError`, `InvalidInputError`."""
    offer = _get_own(session, provider_id, offer_id)
    pause_offer(session, _author(session, actor, provider_id), offer.id, until, today)


def end_break(session: Session, actor: Actor, provider_id: str, offer_id: str) -> None:
    """Let an offer be found again."""
    offer = _get_own(session, provider_id, offer_id)
    resume_offer(session, _author(session, actor, provider_id), offer.id)


def change_times(
    session: Session, actor: Actor, provider_id: str, offer_id: str, text: str, on: date
) -> None:
    """Set the weekly times as typed ("Di 17–19; Do 18–20"); none: by appointment.

    Raises `NotFoundError`, and `InvalidInputError` when they cannot be read or are more than words say.
    """
    offer = _get_own(session, provider_id, offer_id)
    if _times(session, offer.id) is None:
        raise InvalidInputError(_("Please tell us in words what has changed."), field="times")
    try:
        sessions = parse_times(text[:MAX_TIMES])
    except UnreadableTimesError:
        words = _("Please write times like this: Tu 17:00–19:00; Th 18:00–20:00")
        raise InvalidInputError(words, field="times") from None
    author = _author(session, actor, provider_id)
    values = {
        "sessions": tuple(one.model_dump() for one in sessions),
        "by_appointment": not sessions,
    }
    change_offer(session, author, offer.id, values, "edit")
    verify_offers(session, author, [offer.id], way="provider", on=on)


def tell_own_seats(
    session: Session, provider_id: str, offer_id: str, seats_max: int, seats_free: int, on: date
) -> None:
    """Say how many places there are; raises like `tell_seats`."""
    _get_own(session, provider_id, offer_id)
    tell_seats(session, provider_id, offer_id, seats_max, seats_free, on)


def change_wish(
    session: Session,
    actor: Actor,
    provider_id: str,
    offer_id: str,
    max_clients: int | None,
    radius_km: int | None,
) -> None:
    """Say with how many a volunteer meets and how far they go; raises `NotFoundError`, and
    `InvalidInputError` for numbers that cannot be."""
    offer = _get_own(session, provider_id, offer_id)
    known = session.get(VolunteerWish, offer.id)
    if known is None:
        raise NotFoundError("takes no part in the tandems")
    told: dict[str, object] = {"sex": known.sex, "wanted_sex": known.wanted_sex}
    told |= {"max_clients": max_clients, "radius_km": radius_km}
    try:
        wish = WishOfVolunteer.model_validate(told)
    except ValidationError as error:
        raise InvalidInputError(
            _("Please write a number of people up to 20, and at most 50 km."),
            field=str(error.errors()[0]["loc"][0]),
        ) from None
    set_volunteer_wish(session, actor, offer.id, wish, known.version)


def tell_change(session: Session, provider_id: str, offer_id: str, note: str) -> None:
    """Tell an editor in words what has changed; raises like `report_change`."""
    _get_own(session, provider_id, offer_id)
    report_change(session, provider_id, offer_id, note)


def leave(session: Session, actor: Actor, provider_id: str, today: date) -> None:
    """The person helps no more here, or speaks for the organisation no more: the account is closed.

    A volunteer's offers are taken out, and whoever is on the way there stands in the lists of the case
    workers today. An organisation stays, with its offers and its other people.
    """
    user = session.get_one(User, actor.id)
    user.is_active = False
    user.session_epoch += 1
    session.add(user)
    record_access(session, actor.id, "account.leave", "user", actor.id)
    person = session.get(Volunteer, provider_id)
    if person is None:
        session.flush()
        return
    _end_volunteering(session, _author(session, actor, provider_id), person, today)


def take_volunteer_out(session: Session, actor: Actor, provider_id: str, today: date) -> None:
    """An editor notes that a volunteer helps no more: as `leave`, with the accounts closed.

    A second time nothing happens. Raises `NotFoundError`.
    """
    person = session.get(Volunteer, provider_id, with_for_update=True)
    if person is None:
        raise NotFoundError("no such volunteer")
    for user in list_users_of_provider(session, provider_id, active_only=True):
        user.is_active = False
        user.session_epoch += 1
        session.add(user)
        record_access(session, actor.id, "account.update", "user", user.id)
    if person.left_on is None:
        _end_volunteering(session, Author(actor.name, actor.id), person, today)


def _end_volunteering(session: Session, author: Author, person: Volunteer, today: date) -> None:
    person.left_on = today
    person.version += 1
    session.add(person)
    _call_case_workers(session, author.id, person.provider_id, today)
    for offer in _list_own(session, person.provider_id):
        change_offer(session, author, offer.id, {"status": "withdrawn"}, "edit")
    record_access(session, author.id, "volunteer.leave", "provider", person.provider_id)
    session.flush()


def _call_case_workers(session: Session, actor_id: str | None, provider_id: str, today: date) -> None:
    """Let the follow-up of every open referral to an offer of the provider be due today."""
    states = tuple(state for state in OPEN_STATES if state != PROPOSED)
    for referral in list_leading_to(session, provider_id, col(Referral.state).in_(states)):
        call_case_worker(session, referral, today, "offer_ended")
        # Who it was would tell in the log where a confidential referral leads.
        teller = None if is_sealed(referral) else actor_id
        record_access(session, teller, "referral.offer_ended", "referral", referral.id)


def _list_own(session: Session, provider_id: str) -> list[Offer]:
    return list(
        session.exec(
            select(Offer).where(
                Offer.provider_id == provider_id,
                col(Offer.status).in_(VERIFIABLE),
                col(Offer.merged_into_id).is_(None),
            )
        )
    )


def _get_own(session: Session, provider_id: str, offer_id: str) -> Offer:
    for offer in _list_own(session, provider_id):
        if offer.id == offer_id:
            return offer
    raise NotFoundError("the provider has no such offer")


def _times(session: Session, offer_id: str) -> str | None:
    sessions = get_offer_entry(session, offer_id).record.sessions
    return format_times(sessions) if all(map(_is_plain, sessions)) else None


def _is_plain(time: SessionRecord) -> bool:
    """Whether the words for it say all: no place, rhythm or languages of its own."""
    plain = SessionRecord(weekday=time.weekday, starts=time.starts, ends=time.ends, note=time.note)
    return time == plain


def _author(session: Session, actor: Actor, provider_id: str) -> Author:
    """The public reads the name of the provider; the history knows the person."""
    return Author(session.get_one(Provider, provider_id).name, actor.id)
