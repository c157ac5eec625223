"""Tandems are stable, keep the limits, and are the best that clients can get among stable ones."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.tandem_matching import Pair, match_tandems, preference_of_volunteer

DAY = date(2026, 11, 23)
VALUES = st.sampled_from((0.0, 0.3, 0.5, 0.8, 1.0))
Instance = tuple[list[Pair], dict[str, int], dict[str, date]]


@st.composite
def instances(draw: st.DrawFn, most: int = 7) -> Instance:
    """Clients and volunteers of whom only some may meet."""
    clients = [f"c{n}" for n in range(draw(st.integers(0, most)))]
    offers = [f"o{n}" for n in range(draw(st.integers(0, most)))]
    pairs = [
        Pair(client, offer, draw(VALUES), draw(VALUES))
        for client, offer in product(clients, offers)
        if draw(st.integers(0, 3))
    ]
    places = {offer: draw(st.integers(0, 2)) for offer in offers}
    since = {client: DAY - timedelta(days=draw(st.integers(0, 2))) for client in clients}
    return pairs, places, since


def rank_of_client(pair: Pair | None) -> tuple[float, str]:
    return (1.0, "") if pair is None else (-pair.for_client, pair.offer_id)


def blocking(instance: Instance, found: dict[str, Pair]) -> list[Pair]:
    """Pairs that both would rather have."""
    pairs, places, since = instance
    wanting = []
    for pair in pairs:
        if rank_of_client(pair) >= rank_of_client(found.get(pair.client_id)):
            continue
        held = [preference_of_volunteer(one, since) for one in found.values()
                if one.offer_id == pair.offer_id]  # fmt: skip
        has_room = len(held) < places[pair.offer_id]
        if has_room or any(preference_of_volunteer(pair, since) < one for one in held):
            wanting.append(pair)
    return wanting


def keeps_limits(instance: Instance, found: dict[str, Pair]) -> bool:
    _pairs, places, _since = instance
    taken = [pair.offer_id for pair in found.values()]
    return all(taken.count(offer) <= count for offer, count in places.items())


@settings(max_examples=60)
@given(instances())
def test_nobody_would_both_rather_have_each_other(instance: Instance) -> None:
    pairs, places, since = instance
    found = match_tandems(pairs, places, since)
    assert keeps_limits(instance, found)
    assert set(found.values()) <= set(pairs)
    assert blocking(instance, found) == []


@settings(max_examples=60)
@given(instances(), st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_is_of_no_matter(instance: Instance, random) -> None:
    pairs, places, since = instance
    shuffled = random.sample(pairs, len(pairs))
    assert match_tandems(shuffled, places, since) == match_tandems(pairs, places, since)


@settings(max_examples=40)
@given(instances(most=4))
def test_every_client_gets_the_best_of_all_stable_matchings(instance: Instance) -> None:
    pairs, places, since = instance
    found = match_tandems(pairs, places, since)
    clients = list(since)
    options = [[None, *(pair for pair in pairs if pair.client_id == client)] for client in clients]
    stable = []
    for chosen in product(*options):
        matching = {pair.client_id: pair for pair in chosen if pair is not None}
        if keeps_limits(instance, matching) and not blocking(instance, matching):
            stable.append(matching)
    assert found in stable
    for other in stable:
        assert all(rank_of_client(found.get(one)) <= rank_of_client(other.get(one)) for one in clients)


def test_who_waits_longer_comes_first_when_both_suit_as_well() -> None:
    pairs = [Pair("a", "o", 0.9, 0.5), Pair("b", "o", 0.2, 0.5)]
    since = {"a": DAY, "b": DAY - timedelta(days=1)}
    assert set(match_tandems(pairs, {"o": 1}, since)) == {"b"}


def test_without_a_place_nobody_is_proposed() -> None:
    pairs = [Pair("a", "o", 0.9, 0.5)]
    assert match_tandems(pairs, {}, {"a": DAY}) == {}
