"""A table of the directory itself: which column holds which field, in which words.

Such a mapping is read in both directions: `lotsenbuch export table` writes with it what
`lotsenbuch import directory` reads. Without ``source`` rows are known by the ids of this instance, and
a changed cell is an edit; with ``source`` the table is a list from elsewhere, with keys of its own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from app.directory.faults import first_fault
from app.directory.tables.cells import OFFER_CELLS, PLACE_CELLS, PROVIDER_CELLS, CellKind, CellWords
from app.directory.tables.mapping import ColumnName, MappingError

PARTS: Final[dict[str, dict[str, CellKind]]] = {
    "provider": PROVIDER_CELLS,
    "place": PLACE_CELLS,
    "offer": OFFER_CELLS,
}


class Keys(BaseModel):
    """The columns that identify a row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: ColumnName
    offer: ColumnName


class DirectoryMapping(BaseModel):
    """Which column holds what of a provider, of the offer's main place, and of the offer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,80}$")] | None = None
    keys: Keys
    provider: dict[str, ColumnName]
    place: dict[str, ColumnName] = Field(default_factory=dict)
    offer: dict[str, ColumnName]
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    """``offer.kind``, ``provider.kind``, ``place.visibility`` …: word → code."""

    @model_validator(mode="after")
    def _knows_its_fields(self) -> DirectoryMapping:
        for part, cells in PARTS.items():
            if unknown := sorted(set(getattr(self, part)) - set(cells)):
                raise ValueError(f"[{part}] has no field “{unknown[0]}”")
        fields = {f"{part}.{field}" for part, cells in PARTS.items() for field in cells}
        if unknown := sorted(set(self.values) - fields):
            raise ValueError(f"[values] has no field “{unknown[0]}”")
        if "title" not in self.offer or "name" not in self.provider:
            raise ValueError("the columns of the offer's title and the provider's name are needed")
        names = self.column_names
        if len({name.casefold() for name in names}) != len(names):
            raise ValueError("two fields stand in the same column")
        return self

    @property
    def column_names(self) -> tuple[str, ...]:
        """All columns, in the order in which an export has them."""
        parts = (self.provider, self.offer, self.place)
        return (
            self.keys.provider,
            self.keys.offer,
            *(name for part in parts for name in part.values()),
        )

    def missing_columns(self, header: Iterable[str]) -> tuple[str, ...]:
        """The needed columns that ``header`` lacks: keys, name and title. Others may be left out."""
        present = {name.casefold() for name in header}
        needed = (self.keys.provider, self.keys.offer, self.provider["name"], self.offer["title"])
        return tuple(name for name in needed if name.casefold() not in present)

    def words(self, part: str, concepts: Iterable[str]) -> CellWords:
        """The value tables of a part."""
        prefix = f"{part}."
        tables = {k.removeprefix(prefix): v for k, v in self.values.items() if k.startswith(prefix)}
        return CellWords(tables, frozenset(concepts))


def load_directory_mapping(path: Path) -> DirectoryMapping:
    """The mapping in ``path``; raises `MappingError`."""
    try:
        return DirectoryMapping.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise MappingError(f"{path.name}: {error.strerror or 'cannot be read'}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise MappingError(f"{path.name}: not a TOML file") from None
    except ValidationError as error:
        raise MappingError(f"{path.name}: {first_fault(error)}") from None
