"""What of the directory is public. Every page, feed, file and answer for outsiders asks here.

Public is what is published and marked public, without what concerns a person: names of contact persons
(unless marked public), who confirmed an entry, notes on how somebody likes to be approached. Protected
entries and addresses are in no output that leaves the house. That an offer is *sensitive* does not make
it secret (a counselling centre advertises itself); the mark itself is internal.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.directory.models import Offer, Provider
from app.directory.records import OfferRecord, ProviderRecord
from app.directory.service import fit_to_provider

PUBLIC = "public"
PROTECTED = "protected"
PUBLISHED = "published"


def public_offers() -> ColumnElement[bool]:
    """The condition on `Offer`, in a query that joins its `Provider`."""
    return and_(
        col(Offer.status) == PUBLISHED,
        col(Offer.visibility) == PUBLIC,
        col(Offer.merged_into_id).is_(None),
        col(Provider.merged_into_id).is_(None),
    )


def public_providers() -> ColumnElement[bool]:
    """The condition on `Provider`: it, or one of its branches, makes a public offer."""
    branches = aliased(Provider)
    shown = and_(
        col(Offer.status) == PUBLISHED,
        col(Offer.visibility) == PUBLIC,
        col(Offer.merged_into_id).is_(None),
    )
    own = select(col(Offer.provider_id)).where(shown)
    of_branches = (
        select(col(branches.parent_id))
        .join(Offer, col(Offer.provider_id) == col(branches.id))
        .where(col(branches.parent_id).is_not(None), col(branches.merged_into_id).is_(None), shown)
    )
    makes_offers = or_(col(Provider.id).in_(own), col(Provider.id).in_(of_branches))
    return and_(col(Provider.merged_into_id).is_(None), makes_offers)


def is_public_offer(status: str, visibility: str) -> bool:
    """Whether an offer (that was merged into no other) may be shown to everybody."""
    return status == PUBLISHED and visibility == PUBLIC


def is_public_place(visibility: str) -> bool:
    """Whether the address and position of a place may be shown to everybody."""
    return visibility == PUBLIC


def public_record(record: ProviderRecord) -> ProviderRecord:
    """``record`` as everybody may see it. Pure.

    A place that only offers which are not public use is left out even when nobody marked it.
    """
    public = [o for o in record.offers if is_public_offer(o.status, o.visibility)]
    others = [o for o in record.offers if o not in public]
    hidden = _used_places(others) - _used_places(public)
    places = tuple(
        place
        for place in record.places
        if is_public_place(place.visibility) and place.key not in hidden
    )
    contacts = tuple(
        person.model_copy(update={"note": None}) for person in record.contacts if person.is_public
    )
    keys, persons = {place.key for place in places}, {person.key for person in contacts}
    return record.model_copy(
        update={
            "approach_note": None,
            "flags": (),
            "places": places,
            "contacts": contacts,
            "offers": tuple(_public_offer(fit_to_provider(o, keys, persons)) for o in public),
        }
    )


def unprotected_record(record: ProviderRecord) -> ProviderRecord:
    """``record`` without its protected offers and addresses, everything else as it is: for moving an
    instance. Pure."""
    kept = [offer for offer in record.offers if offer.visibility != PROTECTED]
    gone = [offer for offer in record.offers if offer.visibility == PROTECTED]
    hidden = _used_places(gone) - _used_places(kept)
    places = tuple(
        place for place in record.places if place.visibility != PROTECTED and place.key not in hidden
    )
    keys = {place.key for place in places}
    persons = {person.key for person in record.contacts}
    offers = tuple(fit_to_provider(offer, keys, persons) for offer in kept)
    return record.model_copy(update={"places": places, "offers": offers})


def _used_places(offers: list[OfferRecord]) -> set[str]:
    return {key for offer in offers for key in offer.used_places()}


def _public_offer(offer: OfferRecord) -> OfferRecord:
    personal: dict[str, Any] = {
        "contact_name": None,
        "verified_by": None,
        "seats_told_by": None,
        "is_sensitive": False,
        "flags": (),
    }
    return offer.model_copy(update=personal)
