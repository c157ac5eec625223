"""How earlier referrals of this client count for what is proposed now; pure.

Only what the client made of it counts. That a course was full, that somebody fell ill or moved says
nothing about offer and client.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from app.directory.offer_table import Float32Column
from app.matching.prepared import IndexColumn, PreparedOffers
from app.matching.types import Experience

AGAINST_OFFER: Final = frozenset(
    {"level_too_low", "level_too_high", "times", "too_far", "childcare", "cost", "no_interest"}
)
"""Reasons that speak against going to the same offer again, and a little against its provider."""
BEEN_THERE: Final = 1.0
"""Somebody who completed something there knows the house and the people."""
DONE_ALREADY: Final = 0.2
"""The same offer once more has little new."""
AGAINST_SAME: Final = 0.0
AGAINST_PROVIDER: Final = 0.3


@dataclass(frozen=True)
class EarlierExperience:
    """The experiences of one client beside the prepared offers."""

    experiences: tuple[Experience, ...]
    """In the order in which they were made: the last one counts."""
    offers: PreparedOffers

    @cached_property
    def values(self) -> Float32Column:
        """Per offer a value between 0 and 1; NaN: nothing that would count."""
        values = np.full(len(self.offers.table), np.nan, dtype=np.float32)
        for one in self.experiences:
            value = _value_of(one)
            if value is not None:
                values[self._rows_of_provider.get(one.provider_id, [])] = value[0]
        for one in self.experiences:
            value, row = _value_of(one), self.offers.table.row_of.get(one.offer_id)
            if value is not None and row is not None:
                values[row] = value[1]
        return values

    def find_against(self, row: int) -> Experience | None:
        """The last experience, when it speaks against this very offer."""
        offer_id = self.offers.table.ids[row]
        own = [one for one in self.experiences if one.offer_id == offer_id]
        return own[-1] if own and own[-1].reason in AGAINST_OFFER else None

    def has_completed_with(self, row: int) -> bool:
        """Whether another offer of the provider was completed, and nothing later speaks against it."""
        return float(self.values[row]) == BEEN_THERE

    @property
    def _rows_of_provider(self) -> dict[str, IndexColumn]:
        return self.offers.keep("rows of providers", self._index_providers)

    def _index_providers(self) -> dict[str, IndexColumn]:
        rows: dict[str, list[int]] = {}
        for row, provider_id in enumerate(self.offers.table.provider_ids):
            rows.setdefault(provider_id, []).append(row)
        return {key: np.array(found, dtype=np.intp) for key, found in rows.items()}


def _value_of(one: Experience) -> tuple[float, float] | None:
    """For all offers of the provider, and for the same one; `None`: it does not count."""
    if one.outcome == "completed":
        return BEEN_THERE, DONE_ALREADY
    if one.reason in AGAINST_OFFER:
        return AGAINST_PROVIDER, AGAINST_SAME
    return None
