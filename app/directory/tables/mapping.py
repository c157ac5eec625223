"""What the columns of a list mean: a TOML file per list (see ``data/mappings/README.md``)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from app.core.i18n import gettext as _
from app.directory.codes import GoalArea, OfferKind, ProviderKind, TargetGroup
from app.directory.faults import first_fault
from app.directory.tables.table import UnreadableFileError
from app.settings import SHIPPED_DATA

ColumnName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class MappingError(UnreadableFileError):
    """A mapping file cannot be used; the message is one line."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(_Part):
    """Which column holds which field; each one that is named must be in the file."""

    key: ColumnName
    """What identifies an entry for ever: its external id."""
    name: ColumnName
    categories: ColumnName | None = None
    description: ColumnName | None = None
    plz: ColumnName | None = None
    town: ColumnName | None = None
    district: ColumnName | None = None
    street: ColumnName | None = None
    house_number: ColumnName | None = None
    website: ColumnName | None = None
    email: ColumnName | None = None
    phone: ColumnName | None = None


class Meaning(_Part):
    """What a category says about an entry."""

    topics: tuple[str, ...] = ()
    provider_kind: ProviderKind | None = None
    offer_kind: OfferKind | None = None
    goal_areas: tuple[GoalArea, ...] = ()
    target_groups: tuple[TargetGroup, ...] = ()
    is_sensitive: bool = False


class Defaults(_Part):
    """What holds for an entry whose categories do not say otherwise."""

    provider_kind: ProviderKind = "club"
    offer_kind: OfferKind = "club"
    goal_areas: tuple[GoalArea, ...] = ()
    description: str = ""
    """Of an entry without one; ``{categories}`` stands for its categories (none: no description)."""

    @field_validator("description")
    @classmethod
    def _has_known_places_only(cls, text: str) -> str:
        """A misspelt ``{…}`` would stand in every description as it was typed."""
        unknown = [name for name in re.findall(r"\{([^{}]*)\}", text) if name != "categories"]
        if unknown:
            raise ValueError(f"“{{{unknown[0]}}}” is not known, only “{{categories}}” is")
        return text


class Mapping(_Part):
    """How one list is read."""

    source: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,80}$")]
    """Names the list; with the key column it identifies an entry in the directory."""
    list_separator: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] = "|"
    """Parts the categories of one cell."""
    columns: Columns
    defaults: Defaults = Defaults()
    categories: dict[str, Meaning] = Field(default_factory=dict)
    """Category as written → its meaning. Where several say a kind, the one standing first wins."""

    @property
    def column_names(self) -> tuple[str, ...]:
        """All columns that must be there."""
        return tuple(self.columns.model_dump(exclude_none=True).values())

    def missing_columns(self, header: Iterable[str]) -> tuple[str, ...]:
        """The columns that ``header`` lacks; upper and lower case make no difference."""
        present = {name.casefold() for name in header}
        return tuple(name for name in self.column_names if name.casefold() not in present)


def load_mapping(path: Path, concepts: Iterable[str]) -> Mapping:
    """The mapping in ``path``, its topics checked against ``concepts``; raises `MappingError`."""
    try:
        mapping = Mapping.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise MappingError(f"{path.name}: {error.strerror or 'cannot be read'}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise MappingError(f"{path.name}: not a TOML file") from None
    except ValidationError as error:
        raise MappingError(f"{path.name}: {first_fault(error)}") from None
    known = set(concepts)
    for category, meaning in mapping.categories.items():
        if unknown := [topic for topic in meaning.topics if topic not in known]:
            raise MappingError(f"{path.name}: {category}: there is no topic “{unknown[0]}”")
    return mapping


def choose_mapping(
    header: tuple[str, ...], concepts: Iterable[str], folder: Path = SHIPPED_DATA / "mappings"
) -> Mapping:
    """The shipped mapping that ``header`` fits; the nearest one's missing columns are the error."""
    known = set(concepts)
    club_mappings = [p for p in sorted(folder.glob("*.toml")) if not is_directory_mapping(p)]
    candidates = [(path, load_mapping(path, known)) for path in club_mappings]
    if not candidates:
        raise UnreadableFileError(_("there is no mapping that fits"))
    path, mapping = min(candidates, key=lambda pair: len(pair[1].missing_columns(header)))
    if missing := mapping.missing_columns(header):
        raise UnreadableFileError(
            _(
                "no mapping fits the header; columns missing for %(mapping)s: %(columns)s",
                mapping=path.name,
                columns=", ".join(missing),
            )
        )
    return mapping


def is_directory_mapping(path: Path) -> bool:
    """Whether the file describes a table of the directory, not a list of clubs."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return False
    return "keys" in content and "offer" in content
