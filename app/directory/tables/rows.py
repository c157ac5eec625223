"""A row of a list as a provider's record with one offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from app.core.errors import LotsenbuchError
from app.core.i18n import gettext as _
from app.directory.codes import EntryFlag
from app.directory.faults import first_fault
from app.directory.postal_codes import position_of_plz
from app.directory.records import PlaceRecord, ProviderRecord, record_from, require_web_address
from app.directory.tables.cleaning import restore_blanks, tidy, tidy_street
from app.directory.tables.mapping import Mapping, Meaning
from app.directory.tables.table import Row, Table

PLACE_KEY = "main"
PLZ_DIGITS = 5
Locate = Callable[[PlaceRecord], PlaceRecord]


class RowRejectedError(LotsenbuchError):
    """A row cannot become an entry; the message says why, in one line."""


@dataclass(frozen=True)
class RowReader:
    """Turns the rows of one table into records."""

    table: Table
    mapping: Mapping
    locate: Locate
    """Gives a place its position, if one can be found."""

    def key_of(self, row: Row) -> str:
        """What identifies the entry; raises `RowRejectedError` when that cannot be told."""
        expected, found = len(self.table.header), len(row.cells)
        if found != expected:
            raise RowRejectedError(
                _("has %(found)s cells instead of %(expected)s", found=found, expected=expected)
            )
        key = tidy(self._cell(row, self.mapping.columns.key))
        if not key:
            raise RowRejectedError(_("%(column)s: is missing", column=self.mapping.columns.key))
        return key

    def build_record(self, row: Row) -> ProviderRecord:
        """The entry in ``row``; raises `RowRejectedError`."""
        key = self.key_of(row)
        flags: list[EntryFlag] = []
        website = self._website(row, flags)
        places = self._places(row, flags)
        meanings = self._meanings(row, flags)
        contact = {"email": self._field(row, "email"), "phone": self._field(row, "phone")}
        name = self._field(row, "name")
        offer = {
            "external_id": key,
            "title": name,
            "kind": _first("offer_kind", meanings) or self.mapping.defaults.offer_kind,
            "description": self._field(row, "description") or self._listing(row),
            "website": website,
            "contact_email": contact["email"],
            "contact_phone": contact["phone"],
            "topics": _joined("topics", meanings),
            "goal_areas": _joined("goal_areas", meanings) or self.mapping.defaults.goal_areas,
            "target_groups": _joined("target_groups", meanings),
            "is_sensitive": any(meaning.is_sensitive for meaning in meanings),
            "places": [place["key"] for place in places],
            "flags": flags,
        }
        return _checked(
            {
                "source": self.mapping.source,
                "external_id": key,
                "name": name,
                "kind": _first("provider_kind", meanings) or self.mapping.defaults.provider_kind,
                "website": website,
                **contact,
                "places": places,
                "offers": [offer],
            }
        )

    def _cell(self, row: Row, column: str) -> str:
        return row.cells[self._position_of[column.casefold()]]

    @cached_property
    def _position_of(self) -> dict[str, int]:
        return {name.casefold(): position for position, name in enumerate(self.table.header)}

    def _field(self, row: Row, field: str) -> str | None:
        column = getattr(self.mapping.columns, field)
        return None if column is None else tidy(self._cell(row, column)) or None

    def _listing(self, row: Row) -> str:
        """The categories in the words of the list, for want of a description."""
        named = ", ".join(self._named_categories(row))
        return self.mapping.defaults.description.replace("{categories}", named) if named else ""

    def _named_categories(self, row: Row) -> list[str]:
        cell = self._field(row, "categories") or ""
        parts = [part.strip() for part in cell.split(self.mapping.list_separator)]
        return list(dict.fromkeys(filter(None, parts)))

    def _website(self, row: Row, flags: list[EntryFlag]) -> str | None:
        """The first web address of the cell; one among several that is none gets a flag."""
        found: str | None = None
        for part in (self._field(row, "website") or "").split(self.mapping.list_separator):
            address = part.strip()
            if _is_web_address(address):
                found = found or address
            elif address and "website_invalid" not in flags:
                flags.append("website_invalid")
        return found

    def _places(self, row: Row, flags: list[EntryFlag]) -> list[dict[str, Any]]:
        """The one place, if the row tells any."""
        plz = self._field(row, "plz")
        values = {
            "street": tidy_street(self._field(row, "street") or "") or None,
            "house_number": self._field(row, "house_number"),
            "town": restore_blanks(self._field(row, "town") or "") or None,
            "district": restore_blanks(self._field(row, "district") or "") or None,
        }
        if plz is not None and not (plz.isascii() and plz.isdigit() and len(plz) == PLZ_DIGITS):
            flags.append("postal_code_unknown")
            plz = None
        elif plz is not None and position_of_plz(plz) is None:
            flags.append("postal_code_unknown")
        if plz is None and values["town"] is None and values["street"] is None:
            flags.append("place_missing")
        if plz is None and not any(values.values()):
            return []
        place = _checked_place({"key": PLACE_KEY, "plz": plz} | values)
        if "place_missing" not in flags:  # a district alone may lie in any town
            place = self.locate(place)
            if place.latitude is None and "postal_code_unknown" not in flags:
                flags.append("position_unknown")
        return [place.model_dump()]

    def _meanings(self, row: Row, flags: list[EntryFlag]) -> list[Meaning]:
        """What the row's categories mean, in the order of the mapping."""
        named = self._named_categories(row)
        known = self.mapping.categories
        if not named and self.mapping.columns.categories is not None:
            flags.append("topic_missing")
        if any(category not in known for category in named):
            flags.append("category_unknown")
        return [meaning for category, meaning in known.items() if category in named]


def _is_web_address(text: str) -> bool:
    try:
        return " " not in text and bool(require_web_address(text))
    except ValueError:
        return False


def _first(field: str, meanings: list[Meaning]) -> str | None:
    return next((value for meaning in meanings if (value := getattr(meaning, field))), None)


def _joined(field: str, meanings: list[Meaning]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for meaning in meanings for value in getattr(meaning, field)))


def _checked_place(values: dict[str, Any]) -> PlaceRecord:
    try:
        return PlaceRecord.model_validate(values)
    except ValidationError as error:
        raise RowRejectedError(first_fault(error)) from None


def _checked(values: dict[str, Any]) -> ProviderRecord:
    try:
        return record_from(values)
    except ValidationError as error:
        raise RowRejectedError(first_fault(error)) from None
