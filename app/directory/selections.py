"""Selections: offers that a person put together, to print, mail or share them.

A selection belongs to its owner; to everybody else it is not there (`NotFoundError`). It never holds
anything about a client.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from app.core.clock import utc_now
from app.core.errors import InvalidInputError, NotFoundError
from app.directory.collection_models import Selection, SelectionItem
from app.directory.models import Offer

MOST_OFFERS: Final = 50


class SelectionWords(BaseModel):
    """Title and note of a selection, for who gets it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


@dataclass(frozen=True, slots=True)
class SelectionLine:
    """A selection in a list."""

    selection: Selection
    offers: int


def create_selection(
    session: Session, owner_id: str, words: SelectionWords, offer_ids: Sequence[str] = ()
) -> Selection:
    """A new selection with these offers, in their order; raises like `add_offers`."""
    selection = Selection(owner_id=owner_id, **words.model_dump())
    session.add(selection)
    session.flush()
    add_offers(session, owner_id, selection.id, offer_ids)
    return selection


def get_selection(session: Session, owner_id: str, selection_id: str) -> Selection:
    """The selection of this person; raises `NotFoundError`."""
    selection = session.get(Selection, selection_id)
    if selection is None or selection.owner_id != owner_id:
        raise NotFoundError(f"no selection has the id {selection_id}")
    return selection


def list_selections(session: Session, owner_id: str) -> list[SelectionLine]:
    """This person's selections, the one changed last first."""
    rows = session.exec(
        select(Selection, func.count(col(SelectionItem.offer_id)))
        .outerjoin(SelectionItem, col(SelectionItem.selection_id) == col(Selection.id))
        .where(Selection.owner_id == owner_id)
        .group_by(col(Selection.id))
        .order_by(col(Selection.updated_at).desc())
    )
    return [SelectionLine(selection, count) for selection, count in rows]


def list_selected_offers(session: Session, selection_id: str) -> list[str]:
    """Ids of its offers in their order; an offer merged into another appears as that, once."""
    rows = session.exec(
        select(Offer.id, Offer.merged_into_id)
        .join(SelectionItem, col(SelectionItem.offer_id) == col(Offer.id))
        .where(SelectionItem.selection_id == selection_id)
        .order_by(col(SelectionItem.position), col(Offer.title))
    )
    return list(dict.fromkeys(merged_into or offer_id for offer_id, merged_into in rows))


def rename_selection(
    session: Session, owner_id: str, selection_id: str, words: SelectionWords
) -> Selection:
    """Change title and note."""
    selection = get_selection(session, owner_id, selection_id)
    selection.title, selection.note = words.title, words.note
    return _touched(session, selection)


def add_offers(session: Session, owner_id: str, selection_id: str, offer_ids: Iterable[str]) -> int:
    """Put offers at the end; those already in it stay where they are. How many are new.

    Raises `InvalidInputError` when it would hold more than `MOST_OFFERS`, and for an unknown offer.
    """
    selection = get_selection(session, owner_id, selection_id)
    current = list_selected_offers(session, selection_id)
    fresh = [offer_id for offer_id in dict.fromkeys(offer_ids) if offer_id not in current]
    if len(current) + len(fresh) > MOST_OFFERS:
        raise InvalidInputError(f"a selection holds {MOST_OFFERS} offers at most", field="offers")
    known = set(session.exec(select(Offer.id).where(col(Offer.id).in_(fresh))))
    if len(known) < len(fresh):
        raise InvalidInputError("one of these offers does not exist", field="offers")
    _put_order(session, selection_id, [*current, *fresh])
    _touched(session, selection)
    return len(fresh)


def remove_offer(session: Session, owner_id: str, selection_id: str, offer_id: str) -> None:
    """Take an offer out; one that is not in it is no error."""
    selection = get_selection(session, owner_id, selection_id)
    kept = [one for one in list_selected_offers(session, selection_id) if one != offer_id]
    _put_order(session, selection_id, kept)
    _touched(session, selection)


def move_offer(
    session: Session,
    owner_id: str,
    selection_id: str,
    offer_id: str,
    direction: Literal["up", "down"],
) -> None:
    """Move an offer by one; at the end of the list nothing happens."""
    selection = get_selection(session, owner_id, selection_id)
    order = list_selected_offers(session, selection_id)
    if offer_id not in order:
        return
    here = order.index(offer_id)
    there = min(max(0, here + (-1 if direction == "up" else 1)), len(order) - 1)
    order.insert(there, order.pop(here))
    _put_order(session, selection_id, order)
    _touched(session, selection)


def delete_selection(session: Session, owner_id: str, selection_id: str) -> None:
    """Delete it; its shared links lead nowhere then."""
    session.delete(get_selection(session, owner_id, selection_id))


def _put_order(session: Session, selection_id: str, order: Sequence[str]) -> None:
    session.execute(delete(SelectionItem).where(col(SelectionItem.selection_id) == selection_id))
    session.add_all(
        SelectionItem(selection_id=selection_id, offer_id=offer_id, position=position)
        for position, offer_id in enumerate(order)
    )
    session.flush()


def _touched(session: Session, selection: Selection) -> Selection:
    selection.updated_at = utc_now()
    session.add(selection)
    return selection
