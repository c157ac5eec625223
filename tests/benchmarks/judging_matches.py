"""Judged clients: reading them, and how good an order of offers is for them (see judged/README.md)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import fmean
from typing import Any

import numpy as np

from app.core.day_times import minute_of
from app.directory.interests import Taxonomy
from app.directory.offer_table import OfferTable
from app.matching.codes import CLARIFY_CODES, RULE_CODES
from app.matching.comparison import Comparison
from app.matching.prepared import prepare_offers
from app.matching.profile import read_profile, to_facts
from app.matching.ranking import Ranking, assess_offer
from app.matching.rule_files import MatchingRules
from app.matching.scoring import interest as interest_values
from app.matching.types import (
    BookedTime,
    ClientFacts,
    Exclusion,
    Experience,
    MatchFilters,
    TimeSpan,
)
from tests.benchmarks.judging import FOLDER, gain

DEPTH = 5
SOURCE = "demo:"
NO_QUESTION = "ok"
_CODES = {"ok": (), "ask": CLARIFY_CODES, "no": RULE_CODES}

Order = Callable[[Ranking], Sequence[int]]
"""The rows of the offers that are not excluded, the best first."""


@dataclass(frozen=True, slots=True)
class JudgedClient:
    """A client with what a person said of some offers."""

    name: str
    facts: ClientFacts
    verdicts: Mapping[int, str]
    """Row of the offer table → `NO_QUESTION`, or ``ask``/``no`` and the codes in alphabetical order."""
    grades: Mapping[int, int]
    """Row → 1 to 3; all others 0."""


def read_judged_clients(table: OfferTable, taxonomy: Taxonomy) -> tuple[JudgedClient, ...]:
    """The clients of ``judged/matching.toml``; raises `ValueError` or `KeyError` for slips in it."""
    data = tomllib.loads((FOLDER / "matching.toml").read_text(encoding="utf-8"))
    reader = _Reader(data, table, taxonomy)
    clients = tuple(reader.read(entry) for entry in data["profile"])
    if len({client.name for client in clients}) < len(clients):
        raise ValueError("a client stands there twice")
    return clients


@dataclass(frozen=True)
class _Reader:
    data: Mapping[str, Any]
    table: OfferTable
    taxonomy: Taxonomy

    def read(self, entry: Mapping[str, Any]) -> JudgedClient:
        grades = {
            self._row(offer): int(grade)
            for grade, offers in entry["grades"].items()
            for offer in offers
        }
        if len(grades) < sum(map(len, entry["grades"].values())):
            raise ValueError(f"{entry['name']}: an offer has two grades")
        verdicts = {self._row(key): _in_order(verdict) for key, verdict in entry["verdicts"].items()}
        return JudgedClient(entry["name"], self._facts(entry), verdicts, grades)

    def _facts(self, entry: Mapping[str, Any]) -> ClientFacts:
        profile = dict(entry["client"])
        interests = profile.pop("interests", None)
        if unknown := set(interests or ()) - set(self.taxonomy.concepts):
            raise ValueError(f"{entry['name']}: no such concept: {min(unknown)}")
        if "home" in entry:
            profile["latitude"], profile["longitude"] = self.data["homes"][entry["home"]]
        if "plz" in entry:
            profile["plz"] = entry["plz"]
        if "free" in entry:
            profile["available"] = [
                {"weekday": day, "from": start, "to": end}
                for day, start, end in self._free(entry["free"])
            ]
        known = read_profile(json.dumps(profile, default=str).encode(), self.data["today"])
        return replace(
            to_facts(known, self.taxonomy),
            interests=None if interests is None else tuple(interests),
            booked=tuple(span for one in entry.get("booked", ()) for span in self._booked(one)),
            household_free=self._spans(entry["household_free"]) if "household_free" in entry else None,
            experiences=tuple(self._experience(one) for one in entry.get("experiences", ())),
            dismissed=tuple(
                (self.table.ids[self._row(offer)], "other") for offer in entry.get("dismissed", ())
            ),
        )

    def _row(self, offer: str) -> int:
        return self.table.external_ids.index(SOURCE + offer)

    def _free(self, told: Iterable[str | Sequence[str]]) -> Iterable[tuple[int, str, str]]:
        """Weekday, from, to for each of ``told``: a name of ``[free]`` or days, from, to."""
        for one in told:
            for days, start, end in self.data["free"][one] if isinstance(one, str) else [one]:
                first, _, last = days.partition("-")
                for day in range(int(first), int(last or first) + 1):
                    yield day, start, end

    def _spans(self, told: Iterable[str | Sequence[str]]) -> tuple[TimeSpan, ...]:
        free = self._free(told)
        return tuple(TimeSpan(day, minute_of(start), minute_of(end)) for day, start, end in free)

    def _booked(self, told: Mapping[str, Any]) -> Iterable[BookedTime]:
        first, last = (date.fromisoformat(told[end]) if end in told else None for end in ("from", "to"))
        for span in self._spans([told["times"]]):
            yield BookedTime("", span, first, last, is_binding=told["binding"])

    def _experience(self, told: Mapping[str, str]) -> Experience:
        row = self._row(told["offer"])
        table = self.table
        return Experience(table.ids[row], table.provider_ids[row], told["outcome"], told.get("reason"))


def _in_order(verdict: str) -> str:
    word, *codes = verdict.split()
    if (word == NO_QUESTION) is bool(codes) or not set(codes) <= set(_CODES[word]):
        raise ValueError(f"no such verdict: {verdict}")
    return " ".join([word, *sorted(codes)])


@dataclass(frozen=True)
class MatchingBench:
    """Judged clients beside the offers."""

    table: OfferTable
    rules: MatchingRules
    taxonomy: Taxonomy
    today: date
    clients: tuple[JudgedClient, ...]

    def list_differences(self) -> list[str]:
        """Every verdict of the program that is not the judged one."""
        return [
            f"{client.name}: {self.table.external_ids[row].removeprefix(SOURCE)}: "
            f"judged “{judged}”, found “{found}”"
            for client in self.clients
            for row, judged in client.verdicts.items()
            if (found := self._verdict(client.facts, row)) != judged
        ]

    def _verdict(self, facts: ClientFacts, row: int) -> str:
        offer_id = self.table.ids[row]
        found = assess_offer(facts, self.table, self.rules, self.taxonomy, self.today, offer_id)
        if found is None:
            raise ValueError(f"no such offer: {offer_id}")
        if isinstance(found, Exclusion):
            return " ".join(["no", *sorted(rule.code for rule in found.rules)])
        if found.verdict == "suitable":
            return NO_QUESTION
        return " ".join(["ask", *sorted(question.code for question in found.to_clarify)])

    def rank(self, client: JudgedClient) -> Ranking:
        """The program's answers for a client."""
        offers = prepare_offers(self.table, self.rules, self.today)
        return Ranking(Comparison(client.facts, offers, self.taxonomy), MatchFilters())

    def list_ndcg(self, order: Order, clients: Iterable[JudgedClient]) -> list[float]:
        """nDCG@`DEPTH` per client, gain 2^grade - 1, among the offers that are not excluded."""
        return [_ndcg(client, ranking, order) for client in clients for ranking in [self.rank(client)]]

    def mean_ndcg(self, order: Order, clients: Iterable[JudgedClient] | None = None) -> float:
        """The mean of `list_ndcg`; of all clients unless some are named."""
        return fmean(self.list_ndcg(order, self.clients if clients is None else clients))


def _ndcg(client: JudgedClient, ranking: Ranking, order: Order) -> float:
    candidates = set(ranking.candidates.tolist())
    best = sorted((grade for row, grade in client.grades.items() if row in candidates), reverse=True)
    found = [client.grades.get(row, 0) for row in order(ranking)[:DEPTH]]
    return gain(found) / gain(best[:DEPTH])


def our_order(ranking: Ranking) -> Sequence[int]:
    """By score, as the product shows them."""
    return ranking.best(DEPTH).tolist()


def by_distance(ranking: Ranking) -> Sequence[int]:
    """The nearest first; what has no known place last."""
    return _order_by(ranking, ranking.comparison.distance_km)


def by_interest(ranking: Ranking) -> Sequence[int]:
    """The best fit of the interests first, among equals the nearest."""
    return _order_by(ranking, -interest_values(ranking.comparison), ranking.comparison.distance_km)


def _order_by(ranking: Ranking, *keys: np.ndarray) -> Sequence[int]:
    rows = ranking.candidates
    ties = ranking.comparison.offers.id_rank[rows]
    return rows[np.lexsort((ties, *(key[rows] for key in reversed(keys))))].tolist()


def tuning_half(clients: Sequence[JudgedClient]) -> tuple[JudgedClient, ...]:
    """Every other client: the weights were chosen by these."""
    return tuple(clients[::2])


def held_out_half(clients: Sequence[JudgedClient]) -> tuple[JudgedClient, ...]:
    """The clients that nobody looked at while choosing the weights."""
    return tuple(clients[1::2])
