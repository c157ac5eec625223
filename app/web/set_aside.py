"""What the pages of a case show of the offers that were set aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import request
from sqlmodel import Session

from app.accounts.queries import load_user_names
from app.directory.queries import OfferCard, load_offer_cards
from app.matching.dismissals import Dismissal, list_dismissals
from app.web.access import current_actor
from app.web.labels.dismissals import dismissal_reason_label

UNDO: Final = "beiseite"
"""Names in the address of a page what was set aside last and may be undone there."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """An offer that was set aside, as a list shows it."""

    dismissal: Dismissal
    card: OfferCard | None
    """`None`: the entry is gone, or confidential."""
    by: str
    is_hidden: bool
    """The offer is confidential: which one, and why, is told on a click alone."""


def load_set_aside(session: Session, client_id: str) -> dict[str, Any]:
    """What ``dismissals/_list.html`` and ``_undo.html`` need; the caller has opened the case.

    Empty for those to whom the case is not confided: what was set aside tells of the client.
    """
    found = list_dismissals(session, current_actor(), client_id)
    cards = load_offer_cards(session, [one.offer_id for one in found])
    names = load_user_names(session, {one.created_by for one in found})
    hidden = frozenset(card.id for card in cards.values() if card.is_sensitive)
    lines = [
        SetAside(
            one,
            None if one.offer_id in hidden else cards.get(one.offer_id),
            names.get(one.created_by, ""),
            one.offer_id in hidden,
        )
        for one in found
    ]
    undo_id = request.args.get(UNDO, "")
    return {
        "set_aside": lines,
        "set_aside_hidden": hidden,
        "undo": next((line for line in lines if line.dismissal.id == undo_id), None),
        "dismissal_reason_label": dismissal_reason_label,
    }
