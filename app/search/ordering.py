"""The order of the offers found: by fit, by distance, by the next date. Pure numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from app.directory.offer_table import BoolColumn
from app.search.types import Sort
from app.search.word_scores import FloatColumn

NEARNESS_SHARE: Final = 0.3
"""How much a near place counts beside the words when sorted by fit."""
HALF_NEARNESS_KM: Final = 5.0
"""At this distance half of that is left."""
CLOSE_TO_BEST: Final = 0.6
"""By distance, offers with less than this share of the best score come after the others: who looks for
sports nearby does not want the bicycle market next door."""


@dataclass(frozen=True, slots=True)
class Sortable:
    """What the order depends on, a column each over the rows of the offer table."""

    scores: FloatColumn
    complete: BoolColumn
    """Those that are only nearly what was asked for come last, however they are sorted."""
    matched: npt.NDArray[np.int64]
    title_rank: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float64] | None = None
    """In km; NaN: unknown; `None`: no place was named."""
    in_place: BoolColumn | None = None
    """Within the district or town that was named: all equally near."""
    next_dates: npt.NDArray[np.int32] | None = None
    """Ordinals, `NO_DATE` where there is none."""


def in_order(sort: Sort, rows: npt.NDArray[np.intp], given: Sortable) -> npt.NDArray[np.intp]:
    """``rows``, the best first; ties by title."""
    title = given.title_rank[rows]
    fit = -np.round(given.scores[rows].astype(np.float64), 4)
    nearly = ~given.complete[rows]
    if sort == "start" and given.next_dates is not None:
        return rows[np.lexsort((title, fit, given.next_dates[rows], nearly))]
    if given.distances is None:
        return rows[np.lexsort((title, fit, nearly))]
    away = np.nan_to_num(given.distances[rows], nan=np.inf)
    if sort == "distance":
        if given.in_place is not None:
            away = np.where(given.in_place[rows], 0.0, away)
        is_weak = fit > CLOSE_TO_BEST * fit.min(initial=0.0)
        return rows[np.lexsort((title, fit, away, is_weak, -given.matched[rows], nearly))]
    nearness = 1 / (1 + away / HALF_NEARNESS_KM)
    mixed = (1 - NEARNESS_SHARE) * fit - NEARNESS_SHARE * nearness
    return rows[np.lexsort((title, mixed, nearly))]
