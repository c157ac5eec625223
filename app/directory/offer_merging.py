"""Making two offers of one provider one, and taking that back.

The merged offer keeps its row, withdrawn and out of sight. Referrals are moved by
`app.operations.merging`, which lies above.
"""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, SQLModel, select

from app.core.clock import utc_now
from app.core.errors import InvalidInputError
from app.directory.canonical import canonical
from app.directory.collection_models import FavouriteOffer, Selection, SelectionItem
from app.directory.editing import MeanwhileChangedError, get_offer_entry
from app.directory.entry_records import offer_by_key, to_record
from app.directory.entry_rows import EntryWrite, write_entry
from app.directory.history import Author, Occasion, entry_values
from app.directory.merge_plans import (
    UndoForbiddenError,
    UndoProblem,
    checked,
    undone_values,
)
from app.directory.merge_plans import merge_offers as plan_offer_merge
from app.directory.models import DirectoryChange, Offer, Provider
from app.directory.records import OfferRecord
from app.directory.service import fit_to_provider
from app.directory.upkeep_models import ChangeSuggestion, EntryMerge


def merge_offers(
    session: Session,
    author: Author,
    kept_id: str,
    merged_id: str,
    from_merged: frozenset[str],
    *,
    as_read: tuple[str, str],
) -> EntryMerge:
    """Make ``merged_id`` the same as ``kept_id``, which takes the fields ``from_merged`` from it.

    Favourites, selections and open suggestions go along. ``as_read``: the digests of both as shown.
    Raises `NotFoundError`, `MeanwhileChangedError`, `InvalidInputError`.
    """
    if kept_id == merged_id:
        raise InvalidInputError("an entry cannot be merged with itself", field="kept")
    kept, merged = get_offer_entry(session, kept_id), get_offer_entry(session, merged_id)
    if kept.provider_id != merged.provider_id:
        raise InvalidInputError("the offers belong to different providers", field="kept")
    if (kept.digest, merged.digest) != as_read:
        raise MeanwhileChangedError("one of the entries was changed meanwhile")
    record = plan_offer_merge(kept.record, merged.record, from_merged)
    row = session.get_one(Offer, merged_id)
    merge = EntryMerge(entry_type="offer", kept_id=kept_id, merged_id=merged_id, actor_id=author.id)
    after = _write(session, author, kept.provider_id, [record], "merge")
    merge.before = {
        "kept": entry_values(kept.record),
        "merged": entry_values(merged.record),
        "after": entry_values(after[record.external_id]),
        "status": row.status,
        "suggestions": _move_suggestions(session, merged_id, kept_id),
        "favourites": _move_favourites(session, merged_id, kept_id),
        "selection_items": _move_items(session, merged_id, kept_id),
    }
    row.merged_into_id, row.status = kept_id, "withdrawn"
    session.add_all([row, merge, DirectoryChange(offer_id=merged_id)])
    session.flush()
    return merge


def undo_offer_merge(session: Session, author: Author, merge: EntryMerge) -> None:
    """Make two offers of one again; raises `UndoForbiddenError` naming what is in the way."""
    before = merge.before
    kept, merged = session.get_one(Offer, merge.kept_id), session.get_one(Offer, merge.merged_id)
    values = _plan_undo(session, merge, kept, merged)
    merged.merged_into_id, merged.status = None, before["status"]
    # It may name persons and places that are gone: what it says is written anew below.
    merged.contacts, merged.exceptions, merged.source_digest = [], [], ""
    session.add(merged)
    session.flush()
    now = offer_by_key(to_record(session, kept.provider_id))[kept.external_id]
    _write(session, author, kept.provider_id, [checked(now, values)], "unmerge")
    provider = to_record(session, merged.provider_id)
    places = {place.key for place in provider.places}
    persons = {person.key for person in provider.contacts}
    own = OfferRecord.model_validate(
        {name: v for name, v in before["merged"].items() if name in OfferRecord.model_fields}
        | {"external_id": merged.external_id}
    )
    _write(session, author, merged.provider_id, [fit_to_provider(own, places, persons)], "unmerge")
    _return_suggestions(session, merge)
    _return_favourites(session, merge)
    _return_items(session, merge)
    merge.undone_at, merge.undone_by = utc_now(), author.id
    session.add_all([merge, DirectoryChange(offer_id=merge.merged_id)])
    session.add(DirectoryChange(offer_id=merge.kept_id))
    session.flush()


def _plan_undo(session: Session, merge: EntryMerge, kept: Offer, merged: Offer) -> dict[str, Any]:
    """What to set in the kept offer."""
    if merge.undone_at is not None:
        raise UndoForbiddenError([UndoProblem("undone")])
    if kept.merged_into_id is not None:
        raise UndoForbiddenError([UndoProblem("kept_merged", kept.title)])
    for offer in (kept, merged):
        provider = session.get_one(Provider, offer.provider_id)
        if provider.merged_into_id is not None:
            raise UndoForbiddenError([UndoProblem("provider_merged", provider.name)])
    record = offer_by_key(to_record(session, kept.provider_id))[kept.external_id]
    now = entry_values(record)
    values, edited = undone_values(merge.before["kept"], merge.before["after"], now)
    values.pop("external_id", None)
    if edited:
        raise UndoForbiddenError([UndoProblem("field_changed", name) for name in edited])
    return values


def _write(
    session: Session,
    author: Author,
    provider_id: str,
    records: list[OfferRecord],
    occasion: Occasion,
) -> dict[str, OfferRecord]:
    """Write these offers of a provider; all of its offers as they are then, by key."""
    state = to_record(session, provider_id)
    offers = offer_by_key(state) | {record.external_id: record for record in records}
    record = canonical(checked(state, {"offers": tuple(offers.values())}))
    rows = session.exec(select(Offer).where(Offer.provider_id == provider_id)).all()
    known = {row.external_id: row for row in rows}
    write_entry(session, EntryWrite(record, state, provider_id, known, author, occasion, {}))
    session.flush()
    return offer_by_key(record)


def _move_suggestions(session: Session, merged_id: str, kept_id: str) -> list[str]:
    """What people suggested for the merged offer counts for the kept one. Ids of what moved."""
    rows = session.exec(
        select(ChangeSuggestion).where(
            ChangeSuggestion.entry_id == merged_id,
            ChangeSuggestion.state == "open",
            ChangeSuggestion.origin != "import",
        )
    ).all()
    for row in rows:
        row.entry_id = kept_id
        session.add(row)
    return [row.id for row in rows]


def _return_suggestions(session: Session, merge: EntryMerge) -> None:
    for suggestion_id in merge.before["suggestions"]:
        row = session.get(ChangeSuggestion, suggestion_id)
        if row is not None:
            row.entry_id = merge.merged_id
            session.add(row)


def _move_favourites(session: Session, merged_id: str, kept_id: str) -> list[dict[str, Any]]:
    moved = []
    for row in session.exec(select(FavouriteOffer).where(FavouriteOffer.offer_id == merged_id)).all():
        had = session.get(FavouriteOffer, (row.user_id, kept_id)) is not None
        moved.append({"user_id": row.user_id, "added_at": row.added_at.isoformat(), "had_kept": had})
        _replace(
            session,
            row,
            None
            if had
            else FavouriteOffer(user_id=row.user_id, offer_id=kept_id, added_at=row.added_at),
        )
    return moved


def _return_favourites(session: Session, merge: EntryMerge) -> None:
    """Whoever took the kept offer off the list since wants neither of them."""
    for one in merge.before["favourites"]:
        row = session.get(FavouriteOffer, (one["user_id"], merge.kept_id))
        if row is None:
            continue
        fresh = FavouriteOffer.model_validate(
            {"user_id": one["user_id"], "offer_id": merge.merged_id, "added_at": one["added_at"]}
        )
        if one["had_kept"]:
            session.add(fresh)
        else:
            _replace(session, row, fresh)


def _move_items(session: Session, merged_id: str, kept_id: str) -> list[dict[str, Any]]:
    moved = []
    for row in session.exec(select(SelectionItem).where(SelectionItem.offer_id == merged_id)).all():
        had = session.get(SelectionItem, (row.selection_id, kept_id)) is not None
        moved.append({"selection_id": row.selection_id, "position": row.position, "had_kept": had})
        fresh = SelectionItem(selection_id=row.selection_id, offer_id=kept_id, position=row.position)
        _replace(session, row, None if had else fresh)
    return moved


def _return_items(session: Session, merge: EntryMerge) -> None:
    for one in merge.before["selection_items"]:
        key = (one["selection_id"], merge.kept_id)
        row = session.get(SelectionItem, key)
        if row is None or session.get(Selection, one["selection_id"]) is None:
            continue
        fresh = SelectionItem(
            selection_id=one["selection_id"],
            offer_id=merge.merged_id,
            position=one["position"] if one["had_kept"] else row.position,
        )
        if one["had_kept"]:
            session.add(fresh)
        else:
            _replace(session, row, fresh)


def _replace(session: Session, row: SQLModel, fresh: SQLModel | None) -> None:
    """``fresh`` in place of ``row``, which has another key."""
    session.delete(row)
    session.flush()
    if fresh is not None:
        session.add(fresh)
