"""Which of a client's best offers are worth telling: what is new, and what became better; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

FoundKind = Literal["known", "new", "better"]
BEST: Final = 10
"""So many offers of each client are compared from run to run."""
MOST_NEW: Final = 3
"""So many new ones are kept although they are not among the best."""
GOOD_SCORE: Final = 0.5
"""Below this an offer suits somehow, which is not worth a line of its own."""
BETTER_BY: Final = 0.05
"""So much an old offer has to be above the last of those before, to be told as better."""
TOLD_FOR: Final = timedelta(days=14)
"""After that nobody waits for it any more."""


@dataclass(frozen=True, slots=True)
class Found:
    """An offer among the best ones of a client."""

    offer_id: str
    score: float
    kind: FoundKind
    found_on: date
    told_at: datetime | None = None
    """When somebody ticked it off."""


def decide_found(
    before: Mapping[str, Found], now: Sequence[tuple[str, float]], new_ids: Collection[str], today: date
) -> tuple[Found, ...]:
    """What holds for the best offers of one client after this run.

    ``before``: what the last run found, by offer; empty for a client seen for the first time. ``now``:
    offer and score, the best first. ``new_ids``: offers that came since the last run. What was found
    before keeps its day, and is only *known* when `TOLD_FOR` is over.
    """
    least = min((one.score for one in before.values()), default=None)
    found = []
    for offer_id, score in now:
        earlier = before.get(offer_id)
        if earlier is not None:
            is_old = earlier.found_on + TOLD_FOR < today
            kind: FoundKind = "known" if is_old else earlier.kind
            found.append(Found(offer_id, score, kind, earlier.found_on, earlier.told_at))
            continue
        kind = _kind_of_another(score, least, is_new=offer_id in new_ids)
        found.append(Found(offer_id, score, kind, today))
    return tuple(found)


def _kind_of_another(score: float, least: float | None, *, is_new: bool) -> FoundKind:
    if score < GOOD_SCORE:
        return "known"
    if is_new:
        return "new"
    return "better" if least is not None and score >= least + BETTER_BY else "known"
