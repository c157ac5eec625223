"""The directory as a table to be downloaded."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from app.core.errors import NotFoundError
from app.directory.table_export import ExportedTable, build_table, to_csv, to_xlsx
from app.directory.tables.directory_mapping import load_directory_mapping
from app.operations.runtime import Runtime
from app.settings import SHIPPED_DATA

OWN_MAPPING: Final = SHIPPED_DATA / "mappings" / "lotsenbuch.toml"
"""All that a table can carry."""
MIME_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_WRITERS: Final[dict[str, Callable[[ExportedTable], bytes]]] = {"csv": to_csv, "xlsx": to_xlsx}


def export_table(
    runtime: Runtime, ending: str, *, only: Collection[str] | None = None, with_protected: bool = False
) -> bytes:
    """The offers (``only``: those with these ids) as CSV or XLSX; raises `NotFoundError` for others."""
    if ending not in _WRITERS:
        raise NotFoundError(f"the directory is not written as {ending}")
    mapping = load_directory_mapping(OWN_MAPPING)
    concepts = runtime.taxonomy.concepts.keys()
    with runtime.database.read() as session:
        table = build_table(session, mapping, concepts, with_protected=with_protected, only=only)
    return _WRITERS[ending](table)
