"""Bringing the directory up to what a list says: imports, and the demo.

A change by hand goes through `app.directory.editing`. Where both changed the same field of an entry,
what was edited stays, and what the list says is put before the editor as a suggestion.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from pydantic import ValidationError
from sqlalchemy import or_
from sqlmodel import Session, col, select

from app.core.errors import InvalidInputError
from app.directory import identity
from app.directory.canonical import canonical
from app.directory.codes import EntryType
from app.directory.differences import FieldChange, field_changes
from app.directory.entry_records import offer_by_key, to_record
from app.directory.entry_rows import EntryWrite, write_entry
from app.directory.history import Author, entry_values, load_last_imports
from app.directory.models import Offer, Provider
from app.directory.records import OfferRecord, ProviderRecord
from app.directory.three_way import merge_three_ways
from app.directory.upkeep_models import ChangeSuggestion

ApplyOutcome = Literal["created", "changed", "unchanged", "merged"]
"""``merged``: the entry turned out to be another one; the list's word on it is left alone."""


class OfferTakenError(InvalidInputError):
    """The record claims an offer that a different provider makes."""


def apply_record(session: Session, record: ProviderRecord) -> ApplyOutcome:
    """Make the directory say what the list's ``record`` says; tells what that meant.

    The key is source and external id. An offer that came from the list and that the record no longer
    names is withdrawn, never deleted: referrals point to it. What was edited by hand meanwhile stays
    (see the module's text). A parent that is not in the directory is left out until it is. Raises
    `InvalidInputError` for a record that names an offer twice, and `OfferTakenError`.
    """
    record = canonical(record)
    _refuse_repeated_offers(record)
    provider = _find_provider(session, record)
    provider_id = provider.id if provider else identity.provider_id(record.source, record.external_id)
    parent_id = _find_parent_id(session, record)
    digest = hashlib.sha256(f"{record.digest()}{parent_id or ''}".encode()).hexdigest()
    if provider is not None and provider.merged_into_id is not None:
        return "merged"
    if provider is not None and provider.source_digest == digest:
        return "unchanged"
    if parent_id is None:
        record = record.model_copy(update={"parent_external_id": None})
    known = _load_offers(session, record, provider_id)
    before = None
    author = Author(f"Import {record.source}")
    values: dict[str, Any] = {"parent_id": parent_id, "source_digest": digest}
    listed = record
    if provider is not None:
        before = to_record(session, provider_id)
        record = _merge(session, provider_id, before, record, known)
        if record.parent_external_id == before.parent_external_id:
            values["parent_id"] = provider.parent_id
        if record == before:
            provider.source_digest = digest
            session.add(provider)
            return "unchanged"
    write = EntryWrite(record, before, provider_id, known, author, "import", values, listed)
    write_entry(session, write)
    return "changed" if before else "created"


def apply_all(session: Session, records: list[ProviderRecord]) -> list[ApplyOutcome]:
    """Apply ``records``, parents before children; the answers stand in the given order."""
    outcomes: dict[int, ApplyOutcome] = {}
    for position in parents_first(records):
        outcomes[position] = apply_record(session, records[position])
    return [outcomes[position] for position in range(len(records))]


def parents_first(records: list[ProviderRecord]) -> list[int]:
    """The positions of ``records`` in an order in which each parent comes before its children."""
    position_of = {(r.source, r.external_id): i for i, r in enumerate(records)}
    order: dict[int, None] = {}
    for start in range(len(records)):
        chain: list[int] = []
        current: int | None = start
        while current is not None and current not in order and current not in chain:
            chain.append(current)
            record = records[current]
            current = position_of.get((record.source, record.parent_external_id or ""))
        order.update(dict.fromkeys(reversed(chain)))
    return list(order)


def _refuse_repeated_offers(record: ProviderRecord) -> None:
    keys = [offer.external_id for offer in record.offers]
    if len(set(keys)) != len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InvalidInputError(f"the offer {twice!r} is named twice", field="offers")


def _find_provider(session: Session, record: ProviderRecord) -> Provider | None:
    return session.exec(
        select(Provider).where(
            Provider.source == record.source, Provider.external_id == record.external_id
        )
    ).first()


def _load_offers(session: Session, record: ProviderRecord, provider_id: str) -> dict[str, Offer]:
    """The provider's offers, and those of others that the record takes over, by external id.

    Another provider's offer may be taken over only when that one has given it up.
    """
    keys = [offer.external_id for offer in record.offers]
    offers = session.exec(
        select(Offer).where(
            Offer.source == record.source,
            or_(col(Offer.provider_id) == provider_id, col(Offer.external_id).in_(keys)),
        )
    ).all()
    for offer in offers:
        if offer.provider_id != provider_id and offer.status != "withdrawn":
            raise OfferTakenError(
                f"the offer {offer.external_id!r} belongs to another provider", field="offers"
            )
    return {offer.external_id: offer for offer in offers}


def _find_parent_id(session: Session, record: ProviderRecord) -> str | None:
    if record.parent_external_id is None or record.parent_external_id == record.external_id:
        return None
    parent = session.exec(
        select(Provider).where(
            Provider.source == record.source, Provider.external_id == record.parent_external_id
        )
    ).first()
    return None if parent is None else parent.merged_into_id or parent.id


def _merge(
    session: Session,
    provider_id: str,
    before: ProviderRecord,
    listed: ProviderRecord,
    known: dict[str, Offer],
) -> ProviderRecord:
    """``before`` with what the list changed; conflicts become suggestions."""
    bases = load_last_imports(session, [provider_id, *(row.id for row in known.values())])
    own = entry_values(before)
    merged = merge_three_ways(bases.get(provider_id, own), own, entry_values(listed))
    _suggest(session, "provider", provider_id, provider_id, merged.conflicts)
    edited = offer_by_key(before)
    offers = []
    for offer in listed.offers:
        row = known.get(offer.external_id)
        if row is not None and row.merged_into_id is not None:
            continue
        ours = edited.pop(offer.external_id, None)
        if row is None or ours is None:
            offers.append(offer)
            continue
        kept, conflicts = _merge_offer(bases.get(row.id), ours, offer)
        _suggest(session, "offer", row.id, provider_id, conflicts)
        offers.append(kept)
    offers += [
        offer.model_copy(update={"status": "withdrawn"}) if known[key].is_imported else offer
        for key, offer in edited.items()
    ]
    listed_keys = {offer.external_id for offer in listed.offers}
    unlisted = [offer for offer in offers if offer.external_id not in listed_keys]
    still_shown = {key for offer in unlisted for key in offer.used_places()}
    places = {place["key"] for place in merged.values["places"]}
    merged.values["places"] = [
        *merged.values["places"],
        *(place for place in own["places"] if place["key"] in still_shown - places),
    ]
    places |= still_shown
    persons = {person["key"] for person in merged.values["contacts"]}
    fitting = [fit_to_provider(offer, places, persons).model_dump() for offer in offers]
    return canonical(ProviderRecord.model_validate(merged.values | {"offers": fitting}))


def _merge_offer(
    base: dict[str, Any] | None, ours: OfferRecord, listed: OfferRecord
) -> tuple[OfferRecord, tuple[FieldChange, ...]]:
    own = entry_values(ours)
    merged = merge_three_ways(base or own, own, entry_values(listed))
    try:
        return OfferRecord.model_validate(merged.values), merged.conflicts
    except ValidationError:  # each side is right in itself, but not both together
        return ours, field_changes(ours, listed)


def fit_to_provider(offer: OfferRecord, places: set[str], persons: set[str]) -> OfferRecord:
    """``offer`` without places and contact persons that its provider does not have (any more)."""
    sessions = tuple(
        time if time.place in places else time.model_copy(update={"place": None})
        for time in offer.sessions
    )
    exceptions = tuple(
        day if day.place in places else day.model_copy(update={"place": None})
        for day in offer.exceptions
    )
    return offer.model_copy(
        update={
            "places": tuple(key for key in offer.places if key in places),
            "contacts": tuple(key for key in offer.contacts if key in persons),
            "sessions": sessions,
            "exceptions": exceptions,
        }
    )


def _suggest(
    session: Session,
    entry_type: EntryType,
    entry_id: str,
    provider_id: str,
    conflicts: tuple[FieldChange, ...],
) -> None:
    """Put the list's values before the editor, unless one said no to the very value before.

    An open suggestion of the list before is replaced.
    """
    earlier = session.exec(
        select(ChangeSuggestion).where(
            ChangeSuggestion.entry_id == entry_id, ChangeSuggestion.origin == "import"
        )
    ).all()
    changes = {
        one.field: {"old": one.old, "new": one.new}
        for one in conflicts
        if not any(_was_rejected(suggestion, one) for suggestion in earlier)
    }
    suggestion = next((one for one in earlier if one.state == "open"), None)
    if suggestion is None:
        if not changes:
            return
        suggestion = ChangeSuggestion(
            entry_type=entry_type,
            entry_id=entry_id,
            provider_id=provider_id,
            origin="import",
            author_name="Import",
        )
    suggestion.changes = {**suggestion.changes, **changes}
    session.add(suggestion)


def _was_rejected(suggestion: ChangeSuggestion, change: FieldChange) -> bool:
    proposed = suggestion.changes.get(change.field, {}).get("new")
    return suggestion.decisions.get(change.field) == "rejected" and proposed == change.new
