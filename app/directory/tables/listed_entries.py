"""A table from elsewhere, read with a directory mapping that names its source, as records. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pydantic import ValidationError

from app.core.i18n import gettext as _
from app.directory.faults import first_fault
from app.directory.records import OfferRecord, PlaceRecord, ProviderRecord, record_from
from app.directory.tables.directory_mapping import DirectoryMapping
from app.directory.tables.directory_rows import DirectoryRow, RowError, conflict_words, empty_value

Locate = Callable[[PlaceRecord], PlaceRecord]
MAIN_PLACE = "main"


class ListedProvider:
    """The rows of one provider, put together."""

    def __init__(self, key: str, mapping: DirectoryMapping, locate: Locate) -> None:
        """Holds nothing yet."""
        self.key = key
        self.line = 0
        """Of its first row."""
        self.unusable_line: int | None = None
        """Of a row that cannot be used, if there is one."""
        self._mapping = mapping
        self._locate = locate
        self._values: dict[str, Any] = {}
        self._places: dict[str, PlaceRecord] = {}
        self._offers: dict[str, OfferRecord] = {}

    def add(self, row: DirectoryRow) -> None:
        """Take a row in; raises `RowError`."""
        self._check_provider(row)
        offer_key = row.offer_key or self.key
        if offer_key in self._offers:
            raise RowError(
                _(
                    "%(column)s: “%(key)s” was there before",
                    column=self._mapping.keys.offer,
                    key=offer_key,
                )
            )
        place = self._place_of(row)
        values = row.offer | {"external_id": offer_key, "places": (place.key,) if place else ()}
        try:
            self._offers[offer_key] = OfferRecord.model_validate(values)
        except ValidationError as error:
            raise RowError(first_fault(error, self._mapping.offer)) from None
        if place is not None:
            self._places.setdefault(place.key, place)
        self._values = self._values or row.provider
        self.line = self.line or row.line

    def build(self) -> ProviderRecord:
        """The record; raises `RowError`."""
        try:
            return record_from(
                self._values
                | {
                    "source": self._mapping.source,
                    "external_id": self.key,
                    "places": [place.model_dump() for place in self._places.values()],
                    "offers": [offer.model_dump() for offer in self._offers.values()],
                }
            )
        except ValidationError as error:
            raise RowError(first_fault(error, self._mapping.provider)) from None

    def _check_provider(self, row: DirectoryRow) -> None:
        for field, value in self._values.items():
            if row.provider.get(field) not in (value, empty_value("provider", field)):
                raise RowError(conflict_words(self._mapping.provider[field], self.line))

    def _place_of(self, row: DirectoryRow) -> PlaceRecord | None:
        if not any(value for name, value in row.place.items() if name != "visibility"):
            return None
        known = self._places.values()
        found = {place.model_copy(update={"key": MAIN_PLACE}): place for place in known}
        values = {name: value for name, value in row.place.items() if value is not None}
        try:
            place = self._locate(PlaceRecord.model_validate(values | {"key": MAIN_PLACE}))
        except ValidationError as error:
            raise RowError(first_fault(error, self._mapping.place)) from None
        if place in found:
            return found[place]
        key = MAIN_PLACE if not self._places else f"place {len(self._places) + 1}"
        return place.model_copy(update={"key": key})


def group_rows(
    rows: Iterable[DirectoryRow], mapping: DirectoryMapping, locate: Locate
) -> tuple[list[ListedProvider], list[tuple[int, str]]]:
    """The providers in the order of the table, and line and reason of each row that cannot be used."""
    providers: dict[str, ListedProvider] = {}
    problems = []
    for row in rows:
        if not row.provider_key:
            problems.append((row.line, _("%(column)s: is missing", column=mapping.keys.provider)))
            continue
        provider = providers.setdefault(
            row.provider_key, ListedProvider(row.provider_key, mapping, locate)
        )
        try:
            provider.add(row)
        except RowError as error:
            problems.append((row.line, str(error)))
            provider.unusable_line = row.line
    return [one for one in providers.values() if one.line], problems
