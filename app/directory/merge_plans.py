"""What two entries become when they are made one, and what is in the way of taking it back. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from pydantic import ValidationError

from app.core.errors import ConflictError, InvalidInputError
from app.directory.differences import NOT_SAID, field_changes
from app.directory.faults import first_fault
from app.directory.records import ContactRecord, OfferRecord, PlaceRecord, ProviderRecord

MAX_KEY: Final = 500
MAX_PART_KEY: Final = 200
_NOT_CHOSEN: Final = NOT_SAID | {"is_demo", "parent_external_id", "places", "contacts"}
"""Fields of a provider that are not chosen between: places and contact persons are joined."""
_LONG_TEXTS: Final = frozenset({"description", "plain_description", "approach_note"})
_Part = TypeVar("_Part", PlaceRecord, ContactRecord)

ProblemCode = Literal[
    "undone", "kept_merged", "provider_merged", "offer_merged", "field_changed", "part_changed",
    "part_used", "parent_changed", "key_taken",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class UndoProblem:
    """Something that was changed since a merge, so that it cannot be taken back."""

    code: ProblemCode
    what: str = ""
    """A field, or the title of an offer, a place or a person."""
    where: str = ""


class UndoForbiddenError(ConflictError):
    """A merge cannot be taken back (any more)."""

    def __init__(self, problems: Iterable[UndoProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(", ".join(f"{one.code} {one.what}".strip() for one in self.problems))


@dataclass(frozen=True, slots=True)
class KeyNames:
    """The keys of places and contact persons of the merged provider → those in the kept one."""

    places: dict[str, str]
    persons: dict[str, str]

    def turned(self) -> KeyNames:
        """The way back."""
        return KeyNames(
            {new: old for old, new in self.places.items()},
            {new: old for old, new in self.persons.items()},
        )


@dataclass(frozen=True, slots=True)
class ProviderPlan:
    """What the kept provider becomes."""

    record: ProviderRecord
    """With its own offers and those that move to it."""
    moved: dict[str, str]
    """External ids of the offers that move → those they have then."""
    names: KeyNames
    added_places: tuple[str, ...]
    """Keys, in the kept provider, of places that it did not have."""
    added_persons: tuple[str, ...]


def plan_provider_merge(
    kept: ProviderRecord,
    merged: ProviderRecord,
    from_merged: Collection[str],
    taken: Collection[str] = (),
) -> ProviderPlan:
    """``kept`` with the fields ``from_merged`` and with the places, persons and offers of ``merged``.

    ``taken``: external ids that other offers of the kept provider's source have. Raises
    `InvalidInputError` for a field that is not chosen between.
    """
    places, place_names, added_places = _joined(kept.places, merged.places, merged.external_id)
    persons, person_names, added_persons = _joined(kept.contacts, merged.contacts, merged.external_id)
    names = KeyNames(place_names, person_names)
    used = {offer.external_id for offer in kept.offers} | set(taken)
    moved: dict[str, str] = {}
    offers = list(kept.offers)
    for offer in merged.offers:
        key = offer.external_id
        if merged.source != kept.source:
            key = _free(f"{merged.source}:{key}", used, MAX_KEY)
        used.add(key)
        moved[offer.external_id] = key
        offers.append(rename_keys(offer, names).model_copy(update={"external_id": key}))
    values = _chosen(merged, from_merged, _NOT_CHOSEN)
    parts = {"places": places, "contacts": persons, "offers": tuple(offers)}
    record = checked(kept, values | parts)
    return ProviderPlan(record, moved, names, added_places, added_persons)


def merge_offers(kept: OfferRecord, merged: OfferRecord, from_merged: Collection[str]) -> OfferRecord:
    """``kept`` with the fields ``from_merged`` of ``merged``, and the newer confirmation.

    Raises `InvalidInputError` when they do not go together.
    """
    values = _chosen(merged, from_merged, NOT_SAID)
    if merged.verified_on is not None and (
        kept.verified_on is None or merged.verified_on > kept.verified_on
    ):
        values |= {"verified_on": merged.verified_on, "verified_by": merged.verified_by}
    record: OfferRecord = checked(kept, values)
    return record


def choosable_fields(entry: OfferRecord | ProviderRecord, other: Any) -> list[str]:
    """The fields in which the two differ and between which one chooses."""
    hidden = NOT_SAID if isinstance(entry, OfferRecord) else _NOT_CHOSEN
    return [change.field for change in field_changes(entry, other) if change.field not in hidden]


def default_choice(
    kept: OfferRecord | ProviderRecord, merged: Any, *, merged_is_fresher: bool
) -> frozenset[str]:
    """The fields that are better taken from ``merged``: what is missing, longer, fresher."""
    better = set()
    for name in choosable_fields(kept, merged):
        ours, theirs = getattr(kept, name), getattr(merged, name)
        if _is_empty(ours) or _is_empty(theirs):
            take = _is_empty(ours)
        elif name in _LONG_TEXTS:
            take = len(theirs) > len(ours)
        else:
            take = merged_is_fresher
        if take:
            better.add(name)
    return frozenset(better)


def count_filled(entry: OfferRecord | ProviderRecord) -> int:
    """How many fields say something."""
    return sum(not _is_empty(getattr(entry, name)) for name in type(entry).model_fields)


def rename_keys(offer: OfferRecord, names: KeyNames) -> OfferRecord:
    """``offer`` with other names for its places and contact persons; unknown ones stay."""

    def place(key: str | None) -> str | None:
        return None if key is None else names.places.get(key, key)

    return offer.model_copy(
        update={
            "places": tuple(names.places.get(key, key) for key in offer.places),
            "contacts": tuple(names.persons.get(key, key) for key in offer.contacts),
            "sessions": tuple(
                time.model_copy(update={"place": place(time.place)}) for time in offer.sessions
            ),
            "exceptions": tuple(
                day.model_copy(update={"place": place(day.place)}) for day in offer.exceptions
            ),
        }
    )


def rename_stored_keys(record: Mapping[str, Any], names: KeyNames) -> dict[str, Any]:
    """`rename_keys` for an offer as its history keeps it, which may be of an older form."""
    values = dict(record)
    values["places"] = [names.places.get(key, key) for key in record.get("places") or ()]
    values["contacts"] = [names.persons.get(key, key) for key in record.get("contacts") or ()]
    for part in ("sessions", "exceptions"):
        if part in record:
            values[part] = [
                one | {"place": names.places.get(one.get("place"), one.get("place"))}
                for one in record[part]
            ]
    return values


def undone_values(
    was: Mapping[str, Any], after: Mapping[str, Any], now: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """What to set so that a merge is undone, and the fields that were edited since, which forbid it.

    A field that the merge did not change stays as it is now.
    """
    back: dict[str, Any] = {}
    edited: list[str] = []
    for field, value in after.items():
        before = was.get(field)
        if before == value or now.get(field) == before:
            continue
        if now.get(field) == value:
            back[field] = before
        elif field not in NOT_SAID:
            edited.append(field)
    return back, edited


def checked(record: Any, changes: Mapping[str, Any]) -> Any:
    """``record`` with ``changes``, valid as a whole; raises `InvalidInputError`."""
    try:
        return type(record).model_validate(record.model_dump() | dict(changes))
    except ValidationError as error:
        where = error.errors()[0]["loc"]
        raise InvalidInputError(first_fault(error), field=str(where[0]) if where else "") from None


def _chosen(merged: Any, wanted: Collection[str], hidden: Collection[str]) -> dict[str, Any]:
    for name in wanted:
        if name not in type(merged).model_fields or name in hidden:
            raise InvalidInputError(f"{name!r} is not chosen between", field=name)
    return {name: getattr(merged, name) for name in wanted}


def _joined(
    ours: tuple[_Part, ...], theirs: tuple[_Part, ...], prefix: str
) -> tuple[tuple[_Part, ...], dict[str, str], tuple[str, ...]]:
    """Both lists, the keys of ``theirs`` therein, and which of them are new.

    What is the same in all but its key is kept once.
    """
    free = list(ours)
    used = {part.key for part in ours}
    result = list(ours)
    names: dict[str, str] = {}
    added: list[str] = []
    for part in theirs:
        same = next((one for one in free if one.model_copy(update={"key": part.key}) == part), None)
        if same is not None:
            free.remove(same)
            names[part.key] = same.key
            continue
        key = part.key if part.key not in used else _free(f"{prefix}:{part.key}", used, MAX_PART_KEY)
        used.add(key)
        names[part.key] = key
        added.append(key)
        result.append(part.model_copy(update={"key": key}))
    return tuple(result), names, tuple(added)


def _free(key: str, used: Collection[str], limit: int) -> str:
    """``key``, or with a number behind it, at most ``limit`` characters long and not in ``used``."""
    wanted, number = key[-limit:], 1
    while wanted in used:
        number += 1
        ending = f"~{number}"
        wanted = key[-(limit - len(ending)) :] + ending
    return wanted


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", (), {})
