"""Clients made up at random from a fixed seed, as different from each other as in a real caseload."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from app.directory.codes import GOAL_AREAS
from app.directory.interests import load_taxonomy
from app.matching.types import BookedTime, ClientFacts, EntitlementFact, GoalFact, TimeSpan
from tests.benchmarks.generated_offers import BENCH_DAY, CENTRE

_LANGUAGES = ("ar", "uk", "ru", "en", "tr", "fa", "ti", "fr", "so", "ku")
_STATUSES = ("24", "25(1)", "25(2)", "gestattung", "duldung", None)


def generated_clients(count: int, seed: int = 11) -> list[ClientFacts]:
    """``count`` clients; the same for the same seed. A third of the facts is unknown."""
    random = Random(seed)  # noqa: S311  no secret depends on it
    concepts = tuple(load_taxonomy().concepts)
    return [_client(random, concepts) for _ in range(count)]


def _client(random: Random, concepts: tuple[str, ...]) -> ClientFacts:
    level = random.choice((None, "none", "A1", "A1", "A2", "A2", "B1", "B2"))
    is_placed = random.random() < 0.9
    return ClientFacts(
        birth_date=BENCH_DAY - timedelta(days=random.randrange(5 * 365, 70 * 365)),
        sex=random.choice(("female", "male", "male", None)),
        languages=random.choice((None, tuple(random.sample(_LANGUAGES, random.choice((1, 2, 3)))))),
        reads=random.choice((None, (), tuple(random.sample(_LANGUAGES, 1)))),
        german_level=level,
        german_level_evidence=level and random.choice((None, "self", "test", "certificate")),
        goals=tuple(GoalFact(area) for area in random.sample(GOAL_AREAS, random.choice((0, 1, 2, 3)))),
        interests=tuple(random.sample(concepts, random.choice((0, 1, 3, 6)))),
        latitude=CENTRE[0] + random.gauss(0, 0.05) if is_placed else None,
        longitude=CENTRE[1] + random.gauss(0, 0.08) if is_placed else None,
        position_is_precise=is_placed and random.random() < 0.7,
        available=random.choice((None, _hours(random))),
        booked=tuple(
            BookedTime("", TimeSpan(random.randrange(1, 6), 540, 720))
            for _ in range(random.choice((0, 0, 3)))
        ),
        household_free=random.choice(((), (), _hours(random))),
        mobility=random.choice((None, "walk", "bike", "transit", "car")),
        needs_childcare=random.choice((None, True, False)),
        needs_step_free=random.choice((None, False, False, True)),
        residence_status=random.choice(_STATUSES),
        entitlements=random.choice(
            (None, (), (EntitlementFact("entitlement", BENCH_DAY - timedelta(days=200), None),))
        ),
    )


def _hours(random: Random) -> tuple[TimeSpan, ...]:
    begin, end = random.choice(((480, 720), (480, 1020), (780, 1200)))
    return tuple(TimeSpan(day, begin, end) for day in sorted(random.sample(range(1, 8), 4)))
