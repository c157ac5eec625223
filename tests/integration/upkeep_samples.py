"""A small directory whose confirmations are of any age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from app.directory.models import Offer, Provider
from app.directory.records import OfferRecord, ProviderRecord
from app.directory.service import apply_record
from app.operations.runtime import Runtime
from tests.conftest import TODAY


def club(key: str, days_ago: int | None, **values: Any) -> OfferRecord:
    """A club's offer, confirmed so many days ago (`None`: never)."""
    facts: dict[str, Any] = {
        "external_id": key,
        "title": key,
        "kind": "club",
        "verified_on": None if days_ago is None else TODAY - timedelta(days=days_ago),
        "verified_by": None if days_ago is None else "Liste",
    }
    return OfferRecord.model_validate(facts | values)


def provider(name: str, *offers: OfferRecord, **values: Any) -> ProviderRecord:
    """A club with these offers and, unless told otherwise, a mail address."""
    facts: dict[str, Any] = {
        "source": "test",
        "external_id": name,
        "name": name,
        "kind": "club",
        "email": f"{name.lower().replace(' ', '-')}@verein.example",
        "phone": "0711 555 01",
        "offers": offers,
    }
    return ProviderRecord.model_validate(facts | values)


def fill(runtime: Runtime, *records: ProviderRecord) -> None:
    """Put the entries into the directory."""
    with runtime.database.write() as session:
        for record in records:
            apply_record(session, record)


def provider_id(session: Session, name: str) -> str:
    """The id of the provider with this name."""
    return session.exec(select(Provider.id).where(Provider.name == name)).one()


def offer_of(session: Session, title: str) -> Offer:
    """The offer with this title."""
    return session.exec(select(Offer).where(Offer.title == title)).one()


def offer_ids(session: Session, *titles: str) -> Sequence[str]:
    """The ids of the offers with these titles."""
    return session.exec(select(Offer.id).where(col(Offer.title).in_(titles))).all()


def confirmed_on(runtime: Runtime, title: str) -> date | None:
    """When the offer was last confirmed."""
    with runtime.database.read() as session:
        return offer_of(session, title).verified_on
