"""Reading what the network's figures are made of. Names of clients are never read."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from app.cases.models import Client, Goal
from app.directory.models import Accommodation, Offer, OfferPlace, Place, Provider
from app.referrals.models import Referral
from app.reports.network_figures import NOWHERE, Help, Need, pair_up
from app.reports.small_cells import told_number
from app.settings import TIMEZONE

OPEN_GOAL = "open"
LAST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Partner:
    """Who works with us, and at what. Volunteers stand together as one."""

    provider_id: str | None
    """`None`: the volunteers."""
    name: str
    kind: str
    offers: int
    people: int
    """How many volunteers; 1 for an organisation."""
    areas: tuple[tuple[str, int], ...]
    """Goal area → offers, the most first."""
    referrals: int | None
    """To its offers in the last 12 months, rounded; `None`: too few to be told."""


def load_needs(session: Session) -> list[Need]:
    """The open goals of open cases; where somebody lives is their own postal code, or the housing's."""
    plz = func.coalesce(col(Client.plz), col(Accommodation.plz), NOWHERE)
    rows = session.execute(
        select(col(Goal.area), plz, col(Client.languages), col(Client.id))
        .join(Client, col(Client.id) == Goal.client_id)
        .join(Accommodation, col(Accommodation.id) == Client.accommodation_id, isouter=True)
        .where(Goal.state == OPEN_GOAL, col(Client.closed_on).is_(None))
    )
    # Several goals of one person in one area are one need.
    found = {
        (client_id, area): Need(area, where, _tags(languages))
        for area, where, languages, client_id in rows
    }
    return list(found.values())


def load_help(session: Session) -> list[Help]:
    """Everything published but what is protected: even where that is must not stand on a printout."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    for offer_id, plz in session.execute(
        select(col(OfferPlace.offer_id), col(Place.plz)).join(
            Place, col(Place.id) == OfferPlace.place_id
        )
    ):
        places[offer_id].add(plz or NOWHERE)
    return [
        Help(
            frozenset(offer.goal_areas),
            frozenset(places[offer.id] or {NOWHERE}),
            _tags([*offer.instruction_languages, *offer.onsite_languages]),
        )
        for offer in _list_shown(session)
    ]


def load_place_names(session: Session) -> dict[str, str]:
    """Postal code → town, with the parts of town that the directory knows there."""
    towns: defaultdict[str, Counter[str]] = defaultdict(Counter)
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for plz, town, district in session.execute(
        select(col(Place.plz), col(Place.town), col(Place.district)).where(
            col(Place.plz).is_not(None), Place.visibility == "public"
        )
    ):
        if town:
            towns[plz][town] += 1
        if district:
            parts[plz].add(district)
    found = {}
    for plz, counted in towns.items():
        town = min(counted, key=lambda one: (-counted[one], one))
        named = ", ".join(sorted(parts[plz]))
        found[plz] = f"{town} ({named})" if named else town
    return found


def list_partners(session: Session, today: date) -> list[Partner]:
    """All who offer something, the most referred to first; sealed referrals are not counted."""
    since = datetime.combine(today - LAST, time(), TIMEZONE)
    counted = select(Referral.offer_id, func.count()).where(
        col(Referral.offer_id).is_not(None), col(Referral.created_at) >= since
    )
    rows = session.execute(counted.group_by(col(Referral.offer_id)))
    referred = {offer_id: count for offer_id, count in rows}  # noqa: C416  rows are no plain pairs
    offers: defaultdict[str, list[_Shown]] = defaultdict(list)
    for offer in _list_shown(session):
        offers[offer.provider_id].append(offer)
    providers = session.exec(select(Provider).where(col(Provider.id).in_(list(offers)))).all()
    groups: defaultdict[str | None, list[Provider]] = defaultdict(list)
    for one in providers:
        groups[None if one.kind == "volunteer" else one.id].append(one)
    found = [_partner(key, members, offers, referred) for key, members in groups.items()]
    return sorted(found, key=lambda one: (-(one.referrals or 0), -one.offers, one.name))


def list_together(session: Session, today: date) -> list[tuple[str, str, int]]:
    """Names of two organisations to which the same people were referred in the last 12 months, and how
    many, rounded; the most first. Sealed referrals and volunteers are left out."""
    shown = {offer.id: offer.provider_id for offer in _list_shown(session)}
    organisations = select(Provider.id, Provider.name).where(Provider.kind != "volunteer")
    names = dict(session.exec(organisations).all())
    since = datetime.combine(today - LAST, time(), TIMEZONE)
    rows = session.exec(
        select(Referral.client_id, Referral.offer_id).where(
            col(Referral.offer_id).is_not(None), col(Referral.created_at) >= since
        )
    )
    visits = ((client_id, shown.get(offer_id or "", "")) for client_id, offer_id in rows)
    pairs = pair_up((client_id, one) for client_id, one in visits if one in names)
    return [(names[one], names[other], people) for one, other, people in pairs]


def _partner(
    provider_id: str | None,
    members: list[Provider],
    offers: dict[str, list[_Shown]],
    referred: dict[str | None, int],
) -> Partner:
    own = [offer for one in members for offer in offers[one.id]]
    areas = Counter(area for offer in own for area in offer.goal_areas)
    return Partner(
        provider_id=provider_id,
        name=members[0].name if provider_id is not None else "",
        kind=members[0].kind,
        offers=len(own),
        people=len(members),
        areas=tuple(sorted(areas.items(), key=lambda item: (-item[1], item[0]))),
        referrals=told_number(sum(referred.get(offer.id, 0) for offer in own)),
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """Of an offer what is counted: whole rows of some thousand offers take too long to load."""

    id: str
    provider_id: str
    goal_areas: list[str]
    instruction_languages: list[str]
    onsite_languages: list[str]


def _list_shown(session: Session) -> list[_Shown]:
    protected = (
        select(OfferPlace.offer_id)
        .join(Place, col(Place.id) == OfferPlace.place_id)
        .where(Place.visibility == "protected")
    )
    rows = session.execute(
        select_columns(
            col(Offer.id),
            col(Offer.provider_id),
            col(Offer.goal_areas),
            col(Offer.instruction_languages),
            col(Offer.onsite_languages),
        ).where(
            col(Offer.status) == "published",
            col(Offer.visibility) != "protected",
            col(Offer.merged_into_id).is_(None),
            col(Offer.id).not_in(protected),
        )
    )
    return [_Shown(*row) for row in rows]


def _tags(languages: list[str] | None) -> frozenset[str]:
    return frozenset(tag.split("-")[0].lower() for tag in languages or ())
