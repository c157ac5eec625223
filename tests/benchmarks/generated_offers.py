"""Offers made up at random from a fixed seed, in the mixture of a real directory."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from random import Random

from app.directory.codes import (
    COURSE_KINDS,
    ENTITLEMENT_KINDS,
    GOAL_AREAS,
    OFFER_KINDS,
    RESIDENCE_STATUSES,
)
from app.directory.interests import load_taxonomy
from app.directory.offer_table import OfferTable
from app.directory.table_loading import OfferRow, PlaceRow, build_offer_table
from app.matching.types import ClientFacts, EntitlementFact, GoalFact, TimeSpan

BENCH_DAY = date(2026, 11, 23)
CENTRE = (48.7427, 9.3071)
_LANGUAGES = ("ar", "uk", "ru", "en", "tr", "fa", "ti", "fr", "so", "ku")
_ADDRESSED = (
    ((), ("women",), ("parents",), ("families", "parents"), ("youth",), ("seniors",), ("refugees",)),
    (65, 5, 6, 5, 6, 3, 10),
)
"""Sets of target groups and how often each comes up."""


@cache
def generated_table(count: int, seed: int = 7) -> OfferTable:
    """A table of ``count`` generated offers; the same for the same seed. Kept."""
    return build_offer_table(generated_rows(count, seed))


def generated_rows(count: int, seed: int = 7) -> list[OfferRow]:
    """``count`` offers as `build_offer_table` takes them."""
    random = Random(seed)  # noqa: S311  no secret depends on it
    concepts = tuple(load_taxonomy().concepts)
    return [_row(random, number, concepts) for number in range(count)]


def bench_client() -> ClientFacts:
    """A client about whom everything is known, as the main case of the benchmarks."""
    return ClientFacts(
        birth_date=date(1992, 4, 18),
        sex="female",
        languages=("ar", "en"),
        reads=("ar",),
        german_level="A2",
        german_level_evidence="certificate",
        german_level_on=date(2026, 3, 12),
        goals=(GoalFact("language", "B1"), GoalFact("work")),
        interests=load_taxonomy().resolve("Fußball")[:1] + load_taxonomy().resolve("Kochen")[:1],
        latitude=48.7235,
        longitude=9.3540,
        position_is_precise=True,
        available=tuple(TimeSpan(day, 8 * 60, 17 * 60) for day in range(1, 6)),
        mobility="transit",
        needs_childcare=True,
        needs_step_free=False,
        residence_status="25(2)",
        entitlements=(EntitlementFact("entitlement", date(2026, 1, 10), date(2027, 6, 30)),),
    )


def _row(random: Random, number: int, concepts: tuple[str, ...]) -> OfferRow:
    kind = random.choices(OFFER_KINDS, (25, 14, 25, 8, 4, 6, 6, 3, 3, 2, 4))[0]
    row = OfferRow(
        offer_id=f"{random.getrandbits(64):016x}-{number}",
        external_id=f"generated:{number}",
        title=f"Offer {number}",
        provider_id=f"provider-{number // 4}",
        provider_name=f"Provider {number // 4}",
        kind=kind,
        entry_level=random.choices((None, "none", "A1", "A2", "B1", "B2"), (40, 25, 10, 10, 10, 5))[0],
        sex=random.choices((None, "female", "male"), (88, 10, 2))[0],
        min_age=random.choices((None, 6, 16, 18, 60), (70, 8, 10, 10, 2))[0],
        max_age=random.choices((None, 12, 27, 99), (90, 4, 4, 2))[0],
        by_appointment=random.random() < 0.2,
        has_childcare=random.choice((None, True, False)),
        cost_cents=random.choice((None, 0, 0, 500, 2500, 12000)),
        verified_on=random.choice((None, BENCH_DAY - timedelta(days=random.randrange(700)))),
        residence_statuses=random.sample(RESIDENCE_STATUSES, 4) if random.random() < 0.05 else (),
        entitlement_kinds=(random.choice(ENTITLEMENT_KINDS),) if random.random() < 0.03 else (),
        goal_areas=random.sample(GOAL_AREAS, random.choice((0, 1, 1, 2))),
        target_groups=random.choices(*_ADDRESSED)[0],
        instruction_languages=("de",) if random.random() < 0.8 else (),
        onsite_languages=random.sample(_LANGUAGES, random.choice((0, 0, 1, 2))),
        topics=random.sample(concepts, random.choice((0, 1, 1, 2, 3))),
        sessions=_sessions(random),
        places=_places(random, number),
    )
    if kind != "language_course":
        return row
    starts = BENCH_DAY + timedelta(days=random.randrange(-120, 180))
    return replace(
        row,
        course_kind=random.choices((None, *COURSE_KINDS), (1, *(2 for _ in COURSE_KINDS)))[0],
        target_level=random.choice((None, "A1", "A2", "B1", "B2", "C1")),
        starts_on=random.choice((None, starts)),
        ends_on=random.choice((None, starts + timedelta(days=200))),
        registration_deadline=random.choice((None, None, starts - timedelta(days=7))),
        individual_entry=random.choice((None, True, False)),
        seats_max=random.choice((None, 20)),
        seats_booked=random.randrange(12, 21),
        has_waiting_list=random.choice((None, True, False)),
    )


def _sessions(random: Random) -> tuple[tuple[int, int, int], ...]:
    days = random.sample(range(1, 8), random.choice((0, 1, 1, 2, 4)))
    start = random.randrange(8 * 4, 19 * 4) * 15
    return tuple((day, start, start + random.choice((60, 90, 180, 240))) for day in sorted(days))


def _places(random: Random, number: int) -> tuple[PlaceRow, ...]:
    if random.random() < 0.05:
        return ()
    count = 1 if random.random() < 0.95 else 2
    return tuple(_place(random, f"place-{number}-{i}") for i in range(count))


def _place(random: Random, place_id: str) -> PlaceRow:
    step_free = random.choice((None, True, False))
    if random.random() < 0.05:
        return PlaceRow(place_id, step_free=step_free)
    return PlaceRow(
        place_id,
        latitude=CENTRE[0] + random.gauss(0, 0.12),
        longitude=CENTRE[1] + random.gauss(0, 0.18),
        precision=random.choice(("exact", "street", "postal_code")),
        step_free=step_free,
    )
