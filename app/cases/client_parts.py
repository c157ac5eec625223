"""Interests and entitlements of a client, and all fields of a client as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from pydantic_core import to_jsonable_python
from sqlmodel import Session, col, select

from app.cases.levels import level_field, level_values, load_level_values
from app.cases.models import Client, ClientInterest, Entitlement
from app.cases.queries import list_goals
from app.cases.records import ClientUpdate, EntitlementInput, LevelInput
from app.cases.rules import unique_words
from app.directory.interests import Taxonomy
from app.directory.taught_words import TaughtWords, understand

OWN_TABLES: Final = frozenset({"interests", "goals", "entitlements", "levels"})
"""Fields of `ClientUpdate` that are no columns of `Client`."""
_NEVER_NULL: Final = frozenset({"given_name", "family_name"})


def told_columns(data: ClientUpdate) -> dict[str, Any]:
    """The columns that ``data`` names, as `Client` holds them."""
    values = data.model_dump(include=set(data.model_fields_set) - OWN_TABLES, by_alias=True)
    for name in _NEVER_NULL & values.keys():
        values[name] = values[name] or ""
    for name in ("languages", "reads", "nationalities", "available", "degrees", "work_experience"):
        if values.get(name) is not None:
            values[name] = list(values[name])
    return values


def told_values(data: ClientUpdate) -> dict[str, Any]:
    """Everything that ``data`` names as plain values, shaped like `load_values`."""
    values: dict[str, Any] = to_jsonable_python(told_columns(data))
    given = data.model_fields_set
    if "available" in given:
        values["available"] = _in_order(values["available"])
    if "interests" in given:
        values["interests"] = unique_words(data.interests or ())
    if "goals" in given:
        values["goals"] = [[g.area, g.title, g.target_level] for g in data.goals or ()]
    if "entitlements" in given:
        values["entitlements"] = _plain_entitlements(data.entitlements)
    for one in data.levels or ():
        values[level_field(one.skill)] = level_values(
            one.level, one.evidence, one.known_on, one.expires_on
        )
    return values


def load_values(session: Session, client: Client) -> dict[str, Any]:
    """What is stored, by the names of `ClientUpdate`; levels by skill (`app.cases.levels`).

    Of the goals the first open one of each area.
    """
    names = ClientUpdate.model_fields.keys() - OWN_TABLES
    values: dict[str, Any] = to_jsonable_python({name: getattr(client, name) for name in names})
    values["available"] = _in_order(values["available"])
    values["interests"] = list(dict.fromkeys(row.word for row in _interests(session, client)))
    areas: dict[str, list[Any]] = {}
    for goal in list_goals(session, client.id):
        if goal.state == "open":
            areas.setdefault(goal.area, [goal.area, goal.title, goal.target_level])
    values["goals"] = list(areas.values())
    rows = _entitlements(session, client)
    values["entitlements"] = _plain_entitlements(rows if rows or client.entitlements_known else None)
    return values | load_level_values(session, client)


def replace_interests(
    session: Session,
    client: Client,
    words: Sequence[str],
    taxonomy: Taxonomy,
    taught: TaughtWords,
) -> None:
    """Let the interests be ``words``, each with the concepts that are understood."""
    for row in _interests(session, client):
        session.delete(row)
    for position, word in enumerate(unique_words(words)):
        for concept in understand(word, taxonomy, taught) or (None,):
            session.add(
                ClientInterest(client_id=client.id, word=word, concept=concept, position=position)
            )


def replace_entitlements(
    session: Session, client: Client, told: Sequence[EntitlementInput] | None
) -> None:
    """Let the entitlements be those told; `None`: nobody knows. Rows that stay keep their id."""
    client.entitlements_known = told is not None
    missing = list(told or ())
    for row in _entitlements(session, client):
        same = next((one for one in missing if _key(one) == _key(row)), None)
        if same is None:
            session.delete(row)
        else:
            missing.remove(same)
    for one in missing:
        session.add(Entitlement(client_id=client.id, **one.model_dump()))


def overall_level(data: ClientUpdate, client: Client) -> LevelInput | None:
    """The overall level as the three plain fields of ``data`` tell it, when they differ from now.

    Who tells it this way means it: it also takes the place of better proof.
    """
    names = {"german_level", "german_level_evidence", "german_level_on"} & data.model_fields_set
    if all(getattr(data, name) == getattr(client, name) for name in names):
        return None

    def now(name: str) -> Any:
        return getattr(data if name in names else client, name)

    level = now("german_level")
    evidence: Any = now("german_level_evidence") if level else None
    on: date | None = now("german_level_on") if level else None
    return LevelInput.model_construct(
        skill="overall", level=level, evidence=evidence, known_on=on, expires_on=None,
        replaces_proof=True,
    )  # fmt: skip


def _in_order(spans: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    if spans is None:
        return None
    return sorted(spans, key=lambda span: (span["weekday"], span["from"], span["to"]))


def _interests(session: Session, client: Client) -> Sequence[ClientInterest]:
    return session.exec(
        select(ClientInterest)
        .where(ClientInterest.client_id == client.id)
        .order_by(col(ClientInterest.position), col(ClientInterest.id))
    ).all()


def _entitlements(session: Session, client: Client) -> Sequence[Entitlement]:
    return session.exec(
        select(Entitlement)
        .where(Entitlement.client_id == client.id)
        .order_by(col(Entitlement.issued_on), col(Entitlement.id))
    ).all()


def _key(one: Entitlement | EntitlementInput) -> tuple[Any, ...]:
    return (one.kind, one.issuer, one.issued_on, one.valid_until)


def _plain_entitlements(rows: Sequence[Entitlement | EntitlementInput] | None) -> Any:
    if rows is None:
        return None
    return sorted((to_jsonable_python(_key(row)) for row in rows), key=str)
