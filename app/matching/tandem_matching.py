"""Who meets whom: the stable matching in which clients propose (Gale and Shapley 1962); pure.

Stable: there is no client and volunteer who would both rather have each other than what they got.
Among all stable matchings every client gets the best one that any of them gives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from heapq import heappush, heappushpop

Preference = tuple[float, date, str]


@dataclass(frozen=True, slots=True)
class Pair:
    """A client and a volunteer (an offer) who may meet, and how well they suit each side (0 to 1)."""

    client_id: str
    offer_id: str
    for_client: float
    for_volunteer: float


def list_choices(pairs: Iterable[Pair]) -> dict[str, list[Pair]]:
    """Client → with whom, the best first; of equal ones the lower offer id comes first."""
    choices: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        choices[pair.client_id].append(pair)
    for listed in choices.values():
        listed.sort(key=lambda pair: (-pair.for_client, pair.offer_id))
    return dict(choices)


def match_tandems(
    pairs: Iterable[Pair], places: Mapping[str, int], since: Mapping[str, date]
) -> dict[str, Pair]:
    """Client → the pair that is proposed; who gets nobody is missing.

    Each client asks the volunteers in order; a volunteer with n places keeps the n who suit best of all
    that ever asked: equal ones by waiting (``since``), then by id. The order of ``pairs`` is of no
    matter; an offer without an entry in ``places`` has none.
    """
    choices = list_choices(pairs)
    next_choice = dict.fromkeys(choices, 0)
    kept: dict[str, list[tuple[_Worst, Pair]]] = defaultdict(list)
    asking = sorted(choices, reverse=True)
    while asking:
        client_id = asking.pop()
        number = next_choice[client_id]
        if number == len(choices[client_id]):
            continue
        next_choice[client_id] += 1
        pair = choices[client_id][number]
        entry = (_Worst(preference_of_volunteer(pair, since)), pair)
        held = kept[pair.offer_id]
        if len(held) < places.get(pair.offer_id, 0):
            heappush(held, entry)
        elif held:
            asking.append(heappushpop(held, entry)[1].client_id)
        else:
            asking.append(client_id)
    return {pair.client_id: pair for held in kept.values() for _, pair in held}


def preference_of_volunteer(pair: Pair, since: Mapping[str, date]) -> Preference:
    """The lower, the rather: how well it suits, then who waits longer, then the id."""
    return -pair.for_volunteer, since[pair.client_id], pair.client_id


@dataclass(frozen=True, slots=True)
class _Worst:
    """Orders a heap so that the client whom the volunteer wants least stands on top."""

    preference: Preference

    def __lt__(self, other: _Worst) -> bool:
        return self.preference > other.preference
