"""The directory as a table, one row for each offer, in the columns of a directory mapping."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlmodel import Session, col, select

from app.directory.entry_records import load_records
from app.directory.models import Offer, Provider
from app.directory.records import ProviderRecord
from app.directory.tables.directory_mapping import DirectoryMapping
from app.directory.tables.directory_rows import apostrophe_doubled, build_cells, guarded
from app.directory.tables.workbook import write_workbook

BATCH: Final = 500
SHEET: Final = "Angebote"
PROTECTED: Final = "protected"


@dataclass(frozen=True, slots=True)
class ExportedTable:
    """Header and rows; values are texts, numbers, days or `None`."""

    header: tuple[str, ...]
    rows: list[list[Any]]
    left_out: int
    """Protected offers, and offers at a protected place, that are not in it."""


def build_table(
    session: Session,
    mapping: DirectoryMapping,
    concepts: Collection[str],
    *,
    with_protected: bool = False,
    only: Collection[str] | None = None,
) -> ExportedTable:
    """All offers that are not merged away (``only``: those with these ids), by provider and title.

    With a mapping that names a source: those that came from it, with the keys of that list.
    """
    rows: list[list[Any]] = []
    left_out = 0
    for provider_id, ids, record in _load_entries(session, mapping.source):
        protected = {place.key for place in record.places if place.visibility == PROTECTED}
        for offer in sorted(record.offers, key=lambda one: (one.title, one.external_id)):
            offer_id = ids[offer.external_id]
            keys = (provider_id, offer_id)
            if mapping.source is not None:
                keys = (record.external_id, offer.external_id)
            if only is not None and offer_id not in only:
                continue
            if not with_protected and (
                offer.visibility == PROTECTED or protected & offer.used_places()
            ):
                left_out += 1
                continue
            rows.append(build_cells(mapping, concepts, keys, record, offer))
    return ExportedTable(mapping.column_names, rows, left_out)


def to_csv(table: ExportedTable) -> bytes:
    """As German spreadsheets open it with a double click: semicolons, UTF-8 with its mark."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([guarded(name) for name in table.header])
    writer.writerows([_csv_cell(value) for value in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(table: ExportedTable) -> bytes:
    """As a workbook with one sheet; days are days, numbers numbers, texts never formulas."""
    rows = ([_xlsx_cell(value) for value in row] for row in table.rows)
    return write_workbook(table.header, rows, SHEET)


def _xlsx_cell(value: Any) -> Any:
    return apostrophe_doubled(value) if isinstance(value, str) else value


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.strftime("%d.%m.%Y")
    return guarded(str(value))


def _load_entries(
    session: Session, source: str | None
) -> Iterator[tuple[str, dict[str, str], ProviderRecord]]:
    """Provider id, external id → offer id, and record, by the provider's name."""
    query = select(Provider.id).where(col(Provider.merged_into_id).is_(None))
    if source is not None:
        query = query.where(Provider.source == source)
    providers = session.exec(query.order_by(col(Provider.name), col(Provider.id))).all()
    for start in range(0, len(providers), BATCH):
        batch = providers[start : start + BATCH]
        ids: dict[str, dict[str, str]] = {provider_id: {} for provider_id in batch}
        offers = session.exec(
            select(Offer.provider_id, Offer.external_id, Offer.id).where(
                col(Offer.provider_id).in_(batch)
            )
        )
        for provider_id, key, offer_id in offers:
            ids[provider_id][key] = offer_id
        records = load_records(session, batch)
        for provider_id in batch:
            yield provider_id, ids[provider_id], records[provider_id]
