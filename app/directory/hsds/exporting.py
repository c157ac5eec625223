"""The directory as a folder of HSDS files, one per provider, for other instances and other programs."""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlmodel import Session, col, select

from app.core.text import fold_umlauts
from app.directory.entry_records import load_records
from app.directory.excerpts import CUTS, LeftOut
from app.directory.hsds.attributes import attribute
from app.directory.hsds.naming import Naming
from app.directory.hsds.reading import LEFT_OUT
from app.directory.hsds.writing import as_file, write_organization
from app.directory.models import Offer, Place, Provider
from app.directory.publicity import PROTECTED, PUBLIC, PUBLISHED, public_providers
from app.directory.records import ProviderRecord

LISTING: Final = ".lotsenbuch-export"
"""Names the files that exports wrote into a folder, one a line: no others are ever removed."""
MAX_NAME_CHARACTERS: Final = 80
_AT_ONCE: Final = 200
_FILE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*\.json")


@dataclass(slots=True)
class DirectoryExport:
    """The files by name, and what was left out."""

    files: dict[str, str] = field(default_factory=dict)
    offers: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    """Reason → number of offers: a visibility, or the state of one that is not published."""


@dataclass(frozen=True, slots=True)
class FolderChange:
    """What writing an export did to the folder."""

    written: int
    unchanged: int
    removed: int


def build_export(session: Session, left_out: LeftOut) -> DirectoryExport:
    """All providers but merged ones, without what is to be left out.

    One of which nothing remains is no part of it, unless it is the parent of one that is.
    """
    export = DirectoryExport()
    for naming, record in _records(session, left_out):
        export.left_out += _reasons(record, left_out)
        cut = CUTS[left_out](record)
        if record.offers and not cut.offers and left_out == "protected":
            continue
        export.offers += len(cut.offers)
        written = write_organization(cut, naming)
        written.setdefault("attributes", []).append(attribute(LEFT_OUT, left_out, naming.organization))
        export.files[_free_name(record, naming.organization, export.files)] = as_file(written)
    return export


def write_export(folder: Path, files: Mapping[str, str]) -> FolderChange:
    """Bring ``folder`` up to ``files``, each file at once or not at all; raises `OSError`.

    Removes what an earlier export wrote there and this one does not; other files stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listing = folder / LISTING
    earlier = set(listing.read_text("utf-8").split("\n")) if listing.exists() else set()
    # Named before they are written: an export that is broken off leaves nothing that nobody removes.
    _replace(listing, "\n".join(sorted(earlier | files.keys())))
    changed = 0
    for name, text in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != text.encode():
            _replace(path, text)
            changed += 1
    gone = [
        folder / name
        for name in sorted(earlier - files.keys())
        if _FILE_NAME.fullmatch(name) and (folder / name).is_file()
    ]
    for path in gone:
        path.unlink()
    _replace(listing, "\n".join(sorted(files)))
    return FolderChange(changed, len(files) - changed, len(gone))


def _records(session: Session, left_out: LeftOut) -> Iterator[tuple[Naming, ProviderRecord]]:
    query = select(Provider.id, Provider.parent_id).where(col(Provider.merged_into_id).is_(None))
    if left_out == "not_public":
        query = query.where(public_providers())
    parent_of = dict(session.exec(query.order_by(col(Provider.id))).all())
    ids = list(parent_of)
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        records = load_records(session, some)
        for naming in _namings(session, some, parent_of):
            record = records[naming.organization]
            if naming.parent is None:
                record = record.model_copy(update={"parent_external_id": None})
            yield naming, record


def _namings(session: Session, ids: list[str], parent_of: Mapping[str, str | None]) -> Iterator[Naming]:
    places: dict[str, dict[str, str]] = {one: {} for one in ids}
    offers: dict[str, dict[str, str]] = {one: {} for one in ids}
    for place in session.exec(select(Place).where(col(Place.provider_id).in_(ids))):
        places[place.provider_id][place.key] = place.id
    for offer in session.exec(select(Offer).where(col(Offer.provider_id).in_(ids))):
        offers[offer.provider_id][offer.external_id] = offer.id
    for one in ids:
        parent = parent_of[one]
        known = parent if parent in parent_of else None
        yield Naming(one, known, places[one], offers[one])


def _reasons(record: ProviderRecord, left_out: LeftOut) -> Counter[str]:
    reasons: Counter[str] = Counter()
    for offer in record.offers:
        if offer.visibility == PROTECTED:
            reasons[PROTECTED] += 1
        elif left_out == "protected":
            continue
        elif offer.status != PUBLISHED:
            reasons[offer.status] += 1
        elif offer.visibility != PUBLIC:
            reasons[offer.visibility] += 1
    return reasons


def _free_name(record: ProviderRecord, own_id: str, taken: Mapping[str, str]) -> str:
    key = record.external_id.removeprefix(f"{record.source}:")
    words = re.sub(r"[^a-z0-9]+", "-", fold_umlauts(key)).strip("-")[:MAX_NAME_CHARACTERS]
    name = f"{words or own_id}.json"
    return name if name not in taken else f"{words}-{own_id}.json"


def _replace(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            os.fchmod(file.fileno(), 0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
