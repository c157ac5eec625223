"""Cards of offers, kept as long as the directory stays as it is."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Final

from app.core.db import Database
from app.directory.queries import OfferCard, load_offer_cards

MOST_CARDS: Final = 5_000
"""A bound for the memory; far more than the case workers of a house look at between two changes."""


class OfferCardCache:
    """The cards shown lately, shared by the threads of a process.

    Bound to the directory's revision, like the offer table: the first card of a newer one empties it.
    """

    def __init__(self, database: Database) -> None:
        """Loads nothing yet."""
        self._database = database
        self._lock = threading.Lock()
        self._revision = -1
        self._cards: dict[str, OfferCard] = {}

    def load(self, revision: int, ids: Iterable[str]) -> dict[str, OfferCard]:
        """The cards of these offers, as new as ``revision`` or newer; unknown ids are left out.

        Opens a transaction of its own when one is missing. The cards are shared: never change one.
        """
        wanted = list(dict.fromkeys(ids))
        with self._lock:
            if revision > self._revision or len(self._cards) > MOST_CARDS:
                # A new dictionary: who still loads for the old revision fills the old one.
                self._revision, self._cards = max(revision, self._revision), {}
            cards = self._cards
        missing = [offer_id for offer_id in wanted if offer_id not in cards]
        if missing:
            with self._database.read() as session:
                cards.update(load_offer_cards(session, missing))
        return {offer_id: cards[offer_id] for offer_id in wanted if offer_id in cards}
