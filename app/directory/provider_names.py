"""Finding a provider by its name: for the choice of a parent organisation, or of whom an account is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from sqlmodel import Session, col, select

from app.core.text import fold_phrase
from app.directory.models import Place, Provider

MIN_ALIKE = 60.0
"""0 to 100; less has hardly a word in common."""


@dataclass(frozen=True, slots=True)
class NamedProvider:
    """A provider to choose from."""

    id: str
    name: str
    town: str | None
    """Of its first place; tells two of the same name apart."""


def find_providers_by_name(session: Session, typed: str, limit: int = 8) -> list[NamedProvider]:
    """The providers whose name is most like ``typed``, best first; those named just so alone.

    Merged ones are left out. ``[]`` when nothing is alike.
    """
    wanted = fold_phrase(typed)
    if not wanted:
        return []
    rows = session.exec(
        select(Provider.id, Provider.name).where(col(Provider.merged_into_id).is_(None))
    ).all()
    folded = {provider_id: fold_phrase(name) for provider_id, name in rows}
    exact = [provider_id for provider_id, name in folded.items() if name == wanted]
    found = exact[:limit] or [
        provider_id
        for _name, _score, provider_id in process.extract(
            wanted, folded, scorer=fuzz.token_set_ratio, score_cutoff=MIN_ALIKE, limit=limit
        )
    ]
    names = dict(rows)
    towns = _load_towns(session, found)
    return [NamedProvider(one, names[one], towns.get(one)) for one in found]


def choose_provider(
    session: Session, typed: str, chosen: str, limit: int = 8
) -> tuple[str | None, list[NamedProvider]]:
    """The id of the provider that is meant, or `None` with those that may be.

    ``typed``: its name, not empty; ``chosen``: the id picked among several of that name, or empty.
    """
    if chosen and find_provider_name(session, chosen) == typed:
        return chosen, []
    found = find_providers_by_name(session, typed[:300], limit)
    if len(found) == 1 and found[0].name.casefold() == typed.casefold():
        return found[0].id, []
    if chosen in {provider.id for provider in found}:
        return chosen, []
    return None, found


def _load_towns(session: Session, provider_ids: list[str]) -> dict[str, str | None]:
    rows = session.exec(
        select(Place.provider_id, Place.town)
        .where(col(Place.provider_id).in_(provider_ids), col(Place.town).is_not(None))
        .order_by(col(Place.key).desc())
    )
    return dict(list(rows))


def load_provider_names(session: Session, provider_ids: Collection[str]) -> dict[str, str]:
    """Id → name of these providers."""
    rows = select(Provider.id, Provider.name).where(col(Provider.id).in_(provider_ids))
    return dict(list(session.exec(rows)))


def find_provider_name(session: Session, provider_id: str | None) -> str | None:
    """The name of the provider with this id, or `None`."""
    provider = session.get(Provider, provider_id) if provider_id else None
    return provider.name if provider else None
