"""Making two providers one, and taking that back.

The offers of the merged provider move to the kept one with their ids, so that referrals, favourites
and links to them stay. Its own rows stay where they are, out of sight, for the way back.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.core.clock import utc_now
from app.core.errors import InvalidInputError
from app.directory.canonical import canonical
from app.directory.editing import (
    MeanwhileChangedError,
    get_provider_entry,
    save_provider,
)
from app.directory.entry_records import offer_by_key, to_record
from app.directory.entry_rows import EntryWrite, write_entry
from app.directory.history import Author, entry_values
from app.directory.merge_plans import (
    KeyNames,
    ProviderPlan,
    UndoForbiddenError,
    UndoProblem,
    checked,
    plan_provider_merge,
    rename_keys,
    rename_stored_keys,
    undone_values,
)
from app.directory.models import DirectoryChange, Offer, Provider
from app.directory.records import OfferRecord, ProviderRecord
from app.directory.upkeep_models import ChangeSuggestion, EntryMerge, EntryRevision

NO_OTHERS: Final[Mapping[str, str]] = MappingProxyType({})
_OWN_WAY: Final = frozenset({"places", "contacts", "parent_external_id"})
"""Fields of a provider that are not set back as a whole."""


def merge_providers(
    session: Session,
    author: Author,
    kept_id: str,
    merged_id: str,
    from_merged: frozenset[str],
    *,
    as_read: tuple[str, str],
) -> EntryMerge:
    """Make ``merged_id`` part of ``kept_id``, which takes the fields ``from_merged`` from it.

    ``as_read``: the digests of both as shown. Raises like `app.directory.merging.merge_entries`.
    """
    if kept_id == merged_id:
        raise InvalidInputError("an entry cannot be merged with itself", field="kept")
    kept, merged = get_provider_entry(session, kept_id), get_provider_entry(session, merged_id)
    if (kept.digest, merged.digest) != as_read:
        raise MeanwhileChangedError("one of the entries was changed meanwhile")
    rows = {row.external_id: row for row in _offers_of(session, merged_id)}
    taken = session.exec(select(Offer.external_id).where(Offer.source == kept.record.source)).all()
    own = {offer.external_id for offer in merged.record.offers}
    plan = plan_provider_merge(kept.record, merged.record, from_merged, set(taken) - own)
    merge = EntryMerge(entry_type="provider", kept_id=kept_id, merged_id=merged_id, actor_id=author.id)
    parent_id = _new_parent(session, kept.parent_id, merged.parent_id, kept_id, merged_id)
    record = _with_parent(session, plan.record, parent_id)
    merge.before = _before(kept.record, merged.record, record, plan) | {
        "parents": [kept.parent_id, merged.parent_id, parent_id],
        "offers": [
            {"id": rows[old].id, "key": old, "is_imported": rows[old].is_imported} for old in plan.moved
        ],
        "branches": _list_branches(session, merged_id, kept_id),
        "suggestions": _move_suggestions(session, merged_id, kept_id),
    }
    moved = {plan.moved[key]: row for key, row in rows.items() if key in plan.moved}
    _take_over(session, author, merge, record, moved, parent_id)
    session.get_one(Provider, merged_id).merged_into_id = kept_id
    _move_branches(session, author, merge.before["branches"], kept_id, "merge")
    session.add_all([merge, DirectoryChange(offer_id=merged_id)])
    session.flush()
    return merge


def undo_provider_merge(session: Session, author: Author, merge: EntryMerge) -> None:
    """Make two providers of one again; raises `UndoForbiddenError` naming what is in the way."""
    back = _plan_undo(session, merge)
    before = merge.before
    merged_row = session.get_one(Provider, merge.merged_id)
    merged_row.merged_into_id = None
    session.flush()
    branches = _branches_to_return(session, merge)
    _give_back(session, author, merge, back.moved)
    values: dict[str, Any] = {}
    old_parent, _merged_parent, new_parent = before["parents"]
    kept_row = session.get_one(Provider, merge.kept_id)
    parent_id = old_parent if kept_row.parent_id == new_parent else kept_row.parent_id
    values["parent_id"] = parent_id
    record = _with_parent(session, back.kept, parent_id)
    known = {row.external_id: row for row in _offers_of(session, merge.kept_id)}
    state = to_record(session, merge.kept_id)
    write = EntryWrite(canonical(record), state, merge.kept_id, known, author, "unmerge", values)
    write_entry(session, write)
    _move_branches(session, author, branches, merge.merged_id, "unmerge")
    session.execute(
        update(ChangeSuggestion)
        .where(col(ChangeSuggestion.id).in_(before["suggestions"]))
        .values(entry_id=merge.merged_id, provider_id=merge.merged_id)
    )
    merge.undone_at, merge.undone_by = utc_now(), author.id
    session.add_all([merge, DirectoryChange(offer_id=merge.merged_id)])
    session.add(DirectoryChange(offer_id=merge.kept_id))
    session.flush()


class _Back:
    """What both are after a merge was taken back."""

    def __init__(self, kept: ProviderRecord, moved: dict[str, OfferRecord]) -> None:
        self.kept = kept
        self.moved = moved
        """Id of the row → the offer as it goes back."""


def _plan_undo(session: Session, merge: EntryMerge) -> _Back:
    kept = session.get(Provider, merge.kept_id)
    if merge.undone_at is not None:
        raise UndoForbiddenError([UndoProblem("undone")])
    if kept is None or kept.merged_into_id is not None:
        raise UndoForbiddenError([UndoProblem("kept_merged", kept.name if kept else "")])
    before = merge.before
    now = to_record(session, merge.kept_id)
    names = KeyNames(**before["names"])
    offers = offer_by_key(now)
    problems: list[UndoProblem] = []
    moved: dict[str, OfferRecord] = {}
    for one in before["offers"]:
        row = session.get_one(Offer, one["id"])
        if row.merged_into_id is not None or row.provider_id != merge.kept_id:
            problems.append(UndoProblem("offer_merged", row.title))
            continue
        offer = offers.pop(row.external_id)
        problems += _foreign_parts(offer, now, names)
        renamed = rename_keys(offer, names.turned())
        moved[row.id] = renamed.model_copy(update={"external_id": one["key"]})
    problems += _taken_keys(session, merge, moved)
    staying = list(offers.values())
    problems += _changed_parts(now, before)
    scalars = [
        {name: value for name, value in state.items() if name not in _OWN_WAY}
        for state in (before["kept"], before["after"], entry_values(now))
    ]
    values, edited = undone_values(*scalars)
    problems += [UndoProblem("field_changed", name) for name in edited]
    if _loops(session, merge):
        problems.append(UndoProblem("parent_changed"))
    if problems:
        raise UndoForbiddenError(problems)
    return _Back(_without_parts(now, staying, before, values), moved)


def _taken_keys(
    session: Session, merge: EntryMerge, moved: dict[str, OfferRecord]
) -> list[UndoProblem]:
    """Offers whose key the list has given to another one since."""
    source = session.get_one(Provider, merge.merged_id).source
    rows = session.exec(
        select(Offer).where(
            Offer.source == source,
            col(Offer.external_id).in_([offer.external_id for offer in moved.values()]),
            col(Offer.id).not_in(list(moved)),
        )
    )
    return [UndoProblem("key_taken", row.title) for row in rows]


def _foreign_parts(offer: OfferRecord, now: ProviderRecord, names: KeyNames) -> list[UndoProblem]:
    """Places and persons that a moved offer was given since, and that only the kept one has."""
    places = {place.key: place.name or place.street or place.key for place in now.places}
    persons = {person.key: person.name for person in now.contacts}
    strange = [places[key] for key in sorted(offer.used_places() - set(names.places.values()))]
    strange += [persons[key] for key in offer.contacts if key not in names.persons.values()]
    return [UndoProblem("part_used", what, offer.title) for what in strange]


def _changed_parts(now: ProviderRecord, before: dict[str, Any]) -> list[UndoProblem]:
    """Places and persons that came with the merge and were edited since."""
    problems = []
    present = entry_values(now)
    for part, added in (("places", "added_places"), ("contacts", "added_persons")):
        was = {one["key"]: one for one in before["after"][part]}
        for one in present[part]:
            if one["key"] in before[added] and one != was.get(one["key"]):
                title = one.get("name") or one.get("street") or one["key"]
                problems.append(UndoProblem("part_changed", title))
    return problems


def _without_parts(
    now: ProviderRecord, staying: list[OfferRecord], before: dict[str, Any], values: dict[str, Any]
) -> ProviderRecord:
    """The kept provider without what came with the merge, but for what its own offers use by now."""
    used = {key for offer in staying for key in offer.used_places()}
    persons = {key for offer in staying for key in offer.contacts}
    gone_places = set(before["added_places"]) - used
    gone_persons = set(before["added_persons"]) - persons
    record: ProviderRecord = checked(
        now,
        values
        | {
            "offers": tuple(staying),
            "places": tuple(one for one in now.places if one.key not in gone_places),
            "contacts": tuple(one for one in now.contacts if one.key not in gone_persons),
        },
    )
    return record


def _loops(session: Session, merge: EntryMerge) -> bool:
    """Whether the former parent of the kept provider lies below it by now."""
    old_parent, _merged_parent, new_parent = merge.before["parents"]
    kept = session.get_one(Provider, merge.kept_id)
    if old_parent == new_parent or kept.parent_id != new_parent:
        return False
    branches = _branches_to_return(session, merge)
    back = dict.fromkeys(branches, merge.merged_id)
    return merge.kept_id in _ancestors(session, old_parent, back)


def _branches_to_return(session: Session, merge: EntryMerge) -> list[str]:
    """Those that moved with the merge and were not given another parent since."""
    rows = [session.get_one(Provider, one) for one in merge.before["branches"]]
    return [row.id for row in rows if row.parent_id == merge.kept_id]


def _before(
    kept: ProviderRecord, merged: ProviderRecord, after: ProviderRecord, plan: ProviderPlan
) -> dict[str, Any]:
    return {
        "kept": entry_values(kept),
        "merged": entry_values(merged),
        "after": entry_values(canonical(after)),
        "names": {"places": plan.names.places, "persons": plan.names.persons},
        "added_places": list(plan.added_places),
        "added_persons": list(plan.added_persons),
    }


def _take_over(
    session: Session,
    author: Author,
    merge: EntryMerge,
    record: ProviderRecord,
    moved: dict[str, Offer],
    parent_id: str | None,
) -> None:
    """Write the kept provider with the offers that move to it (external id → row)."""
    names = KeyNames(**merge.before["names"])
    ids = [row.id for row in moved.values()]
    _move_history(session, ids, merge.kept_id, names)
    for row in moved.values():
        row.is_imported, row.source_digest = False, ""  # so that it is written, whatever it says
        session.add(row)
    record = canonical(record)
    own = to_record(session, merge.kept_id)
    arrived = tuple(offer for offer in record.offers if offer.external_id in moved)
    # The offers that move say the same as before: their history goes on without a new entry.
    state = canonical(own.model_copy(update={"offers": (*own.offers, *arrived)}))
    known = {row.external_id: row for row in _offers_of(session, merge.kept_id)} | moved
    values = {"parent_id": parent_id}
    write_entry(session, EntryWrite(record, state, merge.kept_id, known, author, "merge", values))


def _give_back(
    session: Session, author: Author, merge: EntryMerge, moved: dict[str, OfferRecord]
) -> None:
    """Write the merged provider again, with the offers that were moved (id → offer)."""
    own = to_record(session, merge.merged_id)
    record = canonical(own.model_copy(update={"offers": (*own.offers, *moved.values())}))
    known = {row.external_id: row for row in _offers_of(session, merge.merged_id)}
    imported = {one["id"]: one["is_imported"] for one in merge.before["offers"]}
    for offer_id, offer in moved.items():
        row = session.get_one(Offer, offer_id)
        row.is_imported, row.source_digest = imported[offer_id], ""
        session.add(row)
        known[offer.external_id] = row
    _move_history(session, list(moved), merge.merged_id, KeyNames(**merge.before["names"]).turned())
    write_entry(session, EntryWrite(record, record, merge.merged_id, known, author, "unmerge", {}))


def _move_history(session: Session, offer_ids: list[str], provider_id: str, names: KeyNames) -> None:
    """Let history and suggestions of offers go with them; the keys of places are renamed therein."""
    rows = session.exec(select(EntryRevision).where(col(EntryRevision.entry_id).in_(offer_ids)))
    for row in rows:
        row.provider_id = provider_id
        row.record = rename_stored_keys(row.record, names)
        row.listed = None if row.listed is None else rename_stored_keys(row.listed, names)
        session.add(row)
    session.execute(
        update(ChangeSuggestion)
        .where(col(ChangeSuggestion.entry_id).in_(offer_ids))
        .values(provider_id=provider_id)
    )


def _move_suggestions(session: Session, merged_id: str, kept_id: str) -> list[str]:
    """What people suggested for the merged provider counts for the kept one. Ids of what moved.

    What a list suggested stays behind: its word on the merged provider is no longer asked for.
    """
    rows = session.exec(
        select(ChangeSuggestion).where(
            ChangeSuggestion.entry_id == merged_id,
            ChangeSuggestion.state == "open",
            ChangeSuggestion.origin != "import",
        )
    ).all()
    for row in rows:
        row.entry_id = row.provider_id = kept_id
        session.add(row)
    return [row.id for row in rows]


def _list_branches(session: Session, merged_id: str, kept_id: str) -> list[str]:
    statement = select(Provider.id).where(Provider.parent_id == merged_id, Provider.id != kept_id)
    return sorted(session.exec(statement))


def _move_branches(
    session: Session, author: Author, branch_ids: list[str], parent_id: str, occasion: Any
) -> None:
    session.flush()
    for branch_id in branch_ids:
        row = session.get_one(Provider, branch_id)
        if row.merged_into_id is not None:  # out of sight: no history to write
            row.parent_id = parent_id
            session.add(row)
            continue
        entry = get_provider_entry(session, branch_id)
        save_provider(
            session,
            author,
            branch_id,
            entry.record,
            as_read=entry.digest,
            parent_id=parent_id,
            occasion=occasion,
        )


def _new_parent(
    session: Session, kept: str | None, merged: str | None, kept_id: str, merged_id: str
) -> str | None:
    """The parent of the kept provider: its own, else that of the other; never one of its branches."""
    if merged_id in _ancestors(session, kept):
        kept = None  # the other one was above it: what is above that counts
    for parent_id in (kept, merged):
        if parent_id and not {kept_id, merged_id} & _ancestors(session, parent_id):
            return parent_id
    return None


def _ancestors(
    session: Session, provider_id: str | None, other_parents: Mapping[str, str] = NO_OTHERS
) -> set[str]:
    """The provider itself and all above it, as if these had ``other_parents``."""
    seen: set[str] = set()
    while provider_id is not None and provider_id not in seen:
        seen.add(provider_id)
        row = session.get(Provider, provider_id)
        provider_id = other_parents.get(provider_id, row.parent_id if row else None)
    return seen


def _with_parent(session: Session, record: ProviderRecord, parent_id: str | None) -> ProviderRecord:
    parent = session.get(Provider, parent_id) if parent_id else None
    key = parent.external_id if parent else None
    return record.model_copy(update={"parent_external_id": key})


def _offers_of(session: Session, provider_id: str) -> list[Offer]:
    statement = select(Offer).where(
        Offer.provider_id == provider_id, col(Offer.merged_into_id).is_(None)
    )
    return list(session.exec(statement))
