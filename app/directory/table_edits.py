"""A table of the directory that comes back edited: each changed cell is a change by hand.

Only what differs from what the table would say today is changed, so that columns a table does not have,
and what a cell cannot carry, stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from sqlmodel import Session, col, select

from app.core.errors import LotsenbuchError, NotFoundError
from app.core.i18n import gettext as _
from app.core.ids import derived_id
from app.directory import identity
from app.directory.codes import EntryType
from app.directory.differences import FieldChange
from app.directory.editing import (
    MANUAL_SOURCE,
    change_offer,
    change_provider,
    create_offer,
    create_provider,
    get_provider_entry,
)
from app.directory.entry_records import load_records, offer_by_key
from app.directory.faults import first_fault
from app.directory.history import Author
from app.directory.models import Offer, Provider
from app.directory.records import OfferRecord, PlaceRecord, ProviderRecord
from app.directory.tables.directory_mapping import DirectoryMapping
from app.directory.tables.directory_rows import (
    DirectoryRow,
    RowError,
    as_read,
    conflict_words,
)

BATCH: Final = 500
_Record = TypeVar("_Record", bound=BaseModel)
_ADDRESS = frozenset({"street", "house_number", "plz", "town", "district"})
_NO_POSITION: dict[str, Any] = {"latitude": None, "longitude": None, "precision": "unknown"}


@dataclass(frozen=True, slots=True)
class EntryEdit:
    """What an import did to an entry, or would do."""

    line: int
    entry_type: EntryType
    entry_id: str
    title: str
    is_new: bool
    changes: tuple[FieldChange, ...] = ()
    """Of a new entry none."""


@dataclass(frozen=True, slots=True)
class RowEdit:
    """What a row did, or would do: to its offer, its provider, or both."""

    is_new: bool
    """It enters a new offer."""
    entries: tuple[EntryEdit, ...]


@dataclass(slots=True)
class TableEdits:
    """The outcome of a table."""

    edits: list[RowEdit] = field(default_factory=list)
    unchanged: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)
    """Line and reason."""


class TableEditor:
    """Applies the rows of one table; each row as a whole or not at all.

    A cell is changed when it differs from what the entry said before the import began: what several
    rows say of the same provider or address need only be changed in one of them.
    """

    def __init__(
        self,
        author: Author,
        mapping: DirectoryMapping,
        concepts: Collection[str],
        locate: Callable[[PlaceRecord], PlaceRecord],
    ) -> None:
        """Remembers what earlier rows said of the same provider."""
        self._author = author
        self._mapping = mapping
        self._concepts = concepts
        self._locate = locate
        self._before: dict[str, ProviderRecord] = {}
        self._lines: dict[str, int] = {}
        self._said: dict[tuple[str, str], tuple[Any, int]] = {}

    def apply(self, session: Session, rows: Iterable[DirectoryRow]) -> TableEdits:
        """Bring the directory up to ``rows``, in the caller's transaction."""
        found = TableEdits()
        wanted = list(rows)
        where = _whereabouts(session, [row.offer_key for row in wanted if row.offer_key])
        self._load_states(session, {provider_id for provider_id, _key in where.values()})
        for row in wanted:
            try:
                with session.begin_nested():
                    edit = self._apply_row(session, row, where)
            except LotsenbuchError as error:
                found.problems.append((row.line, str(error)))
                continue
            if edit.entries:
                found.edits.append(edit)
            else:
                found.unchanged += 1
        return found

    def _apply_row(
        self, session: Session, row: DirectoryRow, where: dict[str, tuple[str, str]]
    ) -> RowEdit:
        if not row.offer_key:
            return self._create(session, row)
        if row.offer_key not in where:
            raise NotFoundError(_("there is no offer with this id"))
        provider_id, external_id = where[row.offer_key]
        if row.provider_key and row.provider_key != provider_id:
            raise RowError(_("this offer belongs to another provider"))
        first = self._lines.setdefault(row.offer_key, row.line)
        if first != row.line:
            raise RowError(
                _("this id stands in line %(line)s already; a copied row needs none", line=first)
            )
        provider = self._state_before(session, provider_id)
        offer = offer_by_key(provider)[external_id]
        of_provider = self._change_provider(session, row, provider_id, provider)
        moved, new_place = self._change_place(session, row, provider_id, offer)
        of_provider += moved
        wanted = self._differing("offer", offer, row.offer)
        if new_place is not None:
            wanted["places"] = (new_place, *offer.places)
        of_offer: tuple[FieldChange, ...] = ()
        if wanted:
            of_offer = change_offer(session, self._author, row.offer_key, wanted, "edit")
        told = (
            EntryEdit(
                row.line, "provider", provider_id, provider.name, is_new=False, changes=of_provider
            ),
            EntryEdit(row.line, "offer", row.offer_key, offer.title, is_new=False, changes=of_offer),
        )
        return RowEdit(is_new=False, entries=tuple(one for one in told if one.changes))

    def _create(self, session: Session, row: DirectoryRow) -> RowEdit:
        title = row.offer.get("title")
        if not title:
            raise RowError(_("%(column)s: is missing", column=self._mapping.offer["title"]))
        told: list[EntryEdit] = []
        provider_id = row.provider_key
        if not provider_id:
            record = new_provider(row, self._mapping)
            provider_id = identity.provider_id(record.source, record.external_id)
            if session.get(Provider, provider_id) is None:
                create_provider(session, self._author, record)
                told.append(EntryEdit(row.line, "provider", provider_id, record.name, is_new=True))
        record = get_provider_entry(session, provider_id).record
        # The same row is the same offer: a file that is sent again creates nothing new.
        key = derived_id("table row", f"{provider_id}\n{title}\n{row.offer!r}\n{row.place!r}")
        if key in offer_by_key(record):
            return RowEdit(is_new=False, entries=tuple(told))
        place = self._place(row, record.places)
        places: tuple[str, ...] = ()
        if place is not None:
            change_provider(
                session, self._author, provider_id, {"places": (*record.places, place)}, "edit"
            )
            places = (place.key,)
        values = row.offer | {"external_id": key, "places": places}
        offer = _checked(OfferRecord, values, self._mapping.offer)
        offer_id = create_offer(session, self._author, provider_id, offer)
        told.append(EntryEdit(row.line, "offer", offer_id, title, is_new=True))
        return RowEdit(is_new=True, entries=tuple(told))

    def _change_provider(
        self, session: Session, row: DirectoryRow, provider_id: str, provider: ProviderRecord
    ) -> tuple[FieldChange, ...]:
        wanted = self._differing("provider", provider, row.provider)
        self._refuse_contradiction(row, "provider", provider_id, wanted)
        if not wanted:
            return ()
        return change_provider(session, self._author, provider_id, wanted, "edit")

    def _change_place(
        self, session: Session, row: DirectoryRow, provider_id: str, offer: OfferRecord
    ) -> tuple[tuple[FieldChange, ...], str | None]:
        """What changed, and the key of a place that the offer had none of before."""
        before = self._state_before(session, provider_id).places
        main = next((place for place in before if place.key in offer.places[:1]), None)
        key = None
        if main is None:
            known = self._places_now(session, provider_id) if self._has_place(row) else ()
            place = self._place(row, known)
            if place is None:
                return (), None
            places, key = (*known, place), place.key
        else:
            wanted = self._differing("place", main, row.place)
            if not wanted:
                return (), None
            self._refuse_contradiction(row, "place", f"{provider_id} {main.key}", wanted)
            if wanted.keys() & _ADDRESS:
                wanted |= _NO_POSITION
            places = tuple(
                self._locate(_checked(PlaceRecord, place.model_dump() | wanted, self._mapping.place))
                if place.key == main.key
                else place
                for place in self._places_now(session, provider_id)
            )
        changes = change_provider(session, self._author, provider_id, {"places": places}, "edit")
        return changes, key

    def _refuse_contradiction(
        self, row: DirectoryRow, part: str, subject: str, wanted: dict[str, Any]
    ) -> None:
        """Raise `RowError` when an earlier row wanted something else of the same thing."""
        for name, value in wanted.items():
            said = self._said.setdefault((f"{part} {subject}", name), (value, row.line))
            if said[0] != value:
                raise RowError(conflict_words(getattr(self._mapping, part)[name], said[1]))

    def _places_now(self, session: Session, provider_id: str) -> tuple[PlaceRecord, ...]:
        return get_provider_entry(session, provider_id).record.places

    def _has_place(self, row: DirectoryRow) -> bool:
        """Whether the row names a place, not only how one would be."""
        said = {name for name, value in row.place.items() if value is not None}
        return bool(said - {"visibility", "step_free"})

    def _place(self, row: DirectoryRow, known: Collection[PlaceRecord]) -> PlaceRecord | None:
        """The place that the row enters besides those ``known``."""
        if not self._has_place(row):
            return None
        values = {name: value for name, value in row.place.items() if value is not None}
        taken = {place.key for place in known}
        key = next(key for n in count(len(taken) + 1) if (key := f"place {n}") not in taken)
        return self._locate(_checked(PlaceRecord, values | {"key": key}, self._mapping.place))

    def _differing(self, part: str, record: Any, values: dict[str, Any]) -> dict[str, Any]:
        """Those of ``values`` that differ from what the table would say of ``record`` today."""
        words = self._mapping.words(part, self._concepts)
        return {
            name: value
            for name, value in values.items()
            if value != as_read(part, name, getattr(record, name), words)
        }

    def _load_states(self, session: Session, provider_ids: Collection[str]) -> None:
        """As `_state_before`, for many at once."""
        ids = sorted(set(provider_ids) - self._before.keys())
        for start in range(0, len(ids), BATCH):
            self._before |= load_records(session, ids[start : start + BATCH])

    def _state_before(self, session: Session, provider_id: str) -> ProviderRecord:
        """The provider as it was before the first row of this table was applied to it."""
        if provider_id not in self._before:
            self._before[provider_id] = get_provider_entry(session, provider_id).record
        return self._before[provider_id]


def new_provider(row: DirectoryRow, mapping: DirectoryMapping) -> ProviderRecord:
    """The provider that a row without ids enters; rows that name the same one are one provider.

    Raises `RowError`.
    """
    name = str(row.provider.get("name") or "")
    key = derived_id("table provider", name)
    values = row.provider | {"source": MANUAL_SOURCE, "external_id": key}
    return _checked(ProviderRecord, values, mapping.provider)


def _whereabouts(session: Session, offer_ids: list[str]) -> dict[str, tuple[str, str]]:
    """Offer id → its provider's id and its key there."""
    found: dict[str, tuple[str, str]] = {}
    for start in range(0, len(offer_ids), BATCH):
        rows = session.exec(
            select(Offer.id, Offer.provider_id, Offer.external_id).where(
                col(Offer.id).in_(offer_ids[start : start + BATCH]), col(Offer.merged_into_id).is_(None)
            )
        )
        found |= {offer_id: (provider_id, key) for offer_id, provider_id, key in rows}
    return found


def _checked(model: type[_Record], values: dict[str, Any], columns: dict[str, str]) -> _Record:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise RowError(first_fault(error, columns)) from None
