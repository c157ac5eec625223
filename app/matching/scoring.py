"""How well an offer suits: named factors between 0 and 1, and their weighted mean.

Weights, neutral values and half distances stand in ``rules/weights.toml``. A factor about which
nothing is known takes its neutral value: it neither lifts an offer nor buries it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import Final

import numpy as np

from app.directory.codes import GOAL_AREAS, OFFER_KINDS
from app.directory.freshness import freshness_values
from app.directory.offer_table import Float32Column
from app.matching.comparison import Comparison
from app.matching.course_rules import UNKNOWN, YES, level_number
from app.matching.rule_files import FACTORS
from app.matching.types import Contribution

Factor = Callable[[Comparison], Float32Column]

START_HALF_LIFE_DAYS = 30
COST_HALF_CENTS = 5000
SEATS_HALF = 2
APPOINTMENT_SOONNESS = 0.7
APPOINTMENT_TIMES = 0.8
WAITING_LIST_SEATS = 0.1
GERMAN_SHARED = 0.7
OPEN_LEVEL_FIT = 0.6
BEYOND_GOAL_FIT = 0.8
PRACTICE_FIT = 0.7
GROUP_UNKNOWN_FIT = 0.7
SENSITIVE_SERVICE = 0.6
NEAR_INTEREST = 0.6
_AREAS_OF_KIND: Final = {
    "language_course": ("language",),
    "club": ("participation",),
    "volunteer": ("participation",),
    "meeting": ("participation",),
    "work": ("work",),
    "education": ("school", "training"),
    "childcare": ("children",),
    "health": ("health",),
    "housing": ("housing",),
}
"""What the offers of a kind are there for in the first place."""
_AREA_MASKS: Final = np.arange(1 << len(GOAL_AREAS))
_AREA_COUNTS: Final = np.array([int(mask).bit_count() for mask in _AREA_MASKS])
"""How many areas each mask holds."""


def neutral(c: Comparison, factor: str) -> np.float32:
    """The value of a factor about which nothing is known."""
    return np.float32(c.rules.weights.neutral[factor])


def interest(c: Comparison) -> Float32Column:
    """Closeness of the best topic to a wanted one: exact 1, narrower .9, broader .6, sibling .4."""
    if c.facts.interests is None:
        return _always_neutral(c, "interest")
    return _or_neutral(c, "interest", c.interest)


def goal(c: Comparison) -> Float32Column:
    """How much of what the offer is for serves open goals: √(goals served / areas it names).

    1 when its kind is there for one of the goals (a work offer for work), 0 when it serves others,
    neutral when it names none. About something sensitive six tenths of that, unless an interest
    comes near it: nobody is shown help with addiction or pregnancy by the way. Where it addresses a
    group of which nobody knows whether the client belongs to it, seven tenths.
    """
    if c.facts.goals is None:
        found = _always_neutral(c, "goal").copy()
    else:
        found = _goal_values(c.goal_mask, float(neutral(c, "goal")))[c.offers.kind_and_goals]
        rows = c.sensitive_rows
        found[rows[~(c.interest[rows] >= NEAR_INTEREST)]] *= np.float32(SENSITIVE_SERVICE)
    found[c.rows_for_others] *= np.float32(GROUP_UNKNOWN_FIT)
    return found


@lru_cache(maxsize=1000)
def _goal_values(goals: int, neutral_value: float) -> Float32Column:
    """The value of each `PreparedOffers.kind_and_goals` for these goals."""
    share = _AREA_COUNTS[_AREA_MASKS & goals] / np.maximum(_AREA_COUNTS, 1)
    value = np.repeat(np.sqrt(share)[None, :], len(OFFER_KINDS), axis=0)
    for kind, own in _AREAS_OF_KIND.items():
        mask = goals & sum(1 << GOAL_AREAS.index(area) for area in own)
        value[OFFER_KINDS.index(kind), (_AREA_MASKS & mask) != 0] = 1
    value[:, 0] = neutral_value
    return value.astype(np.float32).ravel()


def level(c: Comparison) -> Float32Column:
    """Fit of the level (German now: c, entry: e, target: t, level agreed as goal: g).

    At the entry level (c = e) 1; for each level that one is above it .25 less, for each level below
    (self-assessed) .5 and .25 less; open to every level .6; a course that leads beyond the goal
    (t > g) counts eight tenths, one that leads to no level (practice) or is for a special group of
    which nobody knows whether the client belongs to it seven tenths. Unknown c or e: neutral. Entry
    level 0 of a course with a target is taken for "from the beginning".
    """
    wanted = max((level_number(g.target_level) for g in c.facts.goals or ()), default=UNKNOWN)
    found = _level_values(c.level, wanted, float(neutral(c, "level")))[c.offers.level_code]
    if c.level != UNKNOWN:
        rows = c.offers.course_rows
        found[rows[c.courses.group[rows] == UNKNOWN]] *= np.float32(GROUP_UNKNOWN_FIT)
    return found


@cache
def _level_values(level: int, wanted: int, neutral_value: float) -> Float32Column:
    """The fit of each `PreparedOffers.level_code`."""
    fit_of_code = np.full(8 * 32, neutral_value, dtype=np.float32)
    if level == UNKNOWN:
        return fit_of_code
    code = np.arange(len(fit_of_code))
    entry, target, is_course = code // 32 - 1, code // 4 % 8 - 1, code % 2 == 1
    above = level - entry
    fit = np.where(above >= 0, 1 - 0.25 * above, 0.5 + 0.25 * above).clip(0, 1)
    fit = np.where((entry == 0) & ~(is_course & (target > 0)), OPEN_LEVEL_FIT, fit)
    if wanted != UNKNOWN:
        fit = np.where(is_course & (target > wanted), fit * BEYOND_GOAL_FIT, fit)
    fit = np.where(is_course & (entry > 0) & (target <= 0), fit * PRACTICE_FIT, fit)
    fit_of_code[entry != UNKNOWN] = fit[entry != UNKNOWN]
    return fit_of_code


def distance(c: Comparison) -> Float32Column:
    """1 / (1 + (d / h)²) with the half distance h of the client's mobility."""
    if not c.has_position:
        return _always_neutral(c, "distance")
    decay = np.square(c.distance_km * np.float32(1 / c.half_distance_km))
    decay += np.float32(1)
    return _or_neutral(c, "distance", np.reciprocal(decay, out=decay))


def times(c: Comparison) -> Float32Column:
    """Share of the weekly minutes for which the client is free; by appointment .8.

    Neutral for childcare: its hours are those of the child.
    """
    without_hours = c.offers.keep("times without hours", partial(_times_without_hours, c))
    if c.facts.available is None:
        return without_hours
    value, rows = without_hours.copy(), c.offers.hours.rows
    least = np.float32(APPOINTMENT_TIMES) * c.offers.is_by_appointment[rows]
    value[rows] = np.maximum(least, c.share_of_times[rows])
    value[c.minding_rows] = without_hours[c.minding_rows]
    return value


def _times_without_hours(c: Comparison) -> Float32Column:
    by_appointment = c.offers.is_by_appointment
    return np.where(by_appointment, np.float32(APPOINTMENT_TIMES), neutral(c, "times"))


def languages(c: Comparison) -> Float32Column:
    """1 when a language other than German is shared, .7 when German is, 0 when none is."""
    if c.facts.languages is None and c.level == UNKNOWN:
        return _always_neutral(c, "languages")
    german = "de" in c.language_tags
    base = c.offers.keep(f"German shared {german}", partial(_german_shared, c, is_spoken=german))
    return np.maximum(base, c.shares_own_language.view(np.int8))


def _german_shared(c: Comparison, *, is_spoken: bool) -> Float32Column:
    value = np.where(c.offers.speaks("de") & is_spoken, np.float32(GERMAN_SHARED), np.float32(0))
    value[c.table.languages.is_empty] = neutral(c, "languages")
    return value


def next_start(c: Comparison) -> Float32Column:
    """1 / (1 + days / 30) until the next date; by appointment at least .7."""
    days = (c.offers.next_on - c.offers.today_ordinal).astype(np.float32)
    known = np.where(
        c.offers.next_on == UNKNOWN,
        np.float32(np.nan),
        1 / (1 + np.maximum(days, 0) / START_HALF_LIFE_DAYS),
    )
    by_appointment = np.where(
        c.table.by_appointment == YES, np.float32(APPOINTMENT_SOONNESS), np.float32(np.nan)
    )
    return _or_neutral(c, "next_start", np.fmax(known, by_appointment).astype(np.float32))


def freshness(c: Comparison) -> Float32Column:
    """1 within the period of the kind after the last confirmation, then falling to 0.

    That is 1 - days over / days after which the entry is taken out (``freshness.toml``).
    """
    value = freshness_values(c.table, c.offers.today, c.rules.freshness)
    value[c.table.verified_on == UNKNOWN] = neutral(c, "freshness")
    return value


def cost(c: Comparison) -> Float32Column:
    """1 when free, one half at 50 euros: 1 / (1 + cents / 5000)."""
    cents = c.table.cost_cents
    value = (1 / (1 + np.maximum(cents, 0) / COST_HALF_CENTS)).astype(np.float32)
    value[cents == UNKNOWN] = neutral(c, "cost")
    return value


def seats(c: Comparison) -> Float32Column:
    """n / (n + 2) for n free seats; .1 when full (with a waiting list, or nobody knows)."""
    free = c.table.seats_free
    value = (free / (np.maximum(free, 0) + np.float32(SEATS_HALF))).astype(np.float32)
    value[free == 0] = WAITING_LIST_SEATS
    value[free == UNKNOWN] = neutral(c, "seats")
    return value


def experience(c: Comparison) -> Float32Column:
    """How it went before: another offer of the provider completed 1, the same one .2; left for a reason
    that lies with the offer 0 there and .3 elsewhere at the provider; nothing of that: neutral.
    """
    if not c.facts.experiences:
        return _always_neutral(c, "experience")
    return _or_neutral(c, "experience", c.earlier_experience.values)


def _always_neutral(c: Comparison, factor: str) -> Float32Column:
    """A factor about which nothing is known of any offer. Read only: shared by all clients."""

    def make() -> Float32Column:
        column = np.full(len(c.table), neutral(c, factor), dtype=np.float32)
        column.flags.writeable = False
        return column

    return c.offers.keep(f"neutral {factor}", make)


def _or_neutral(c: Comparison, factor: str, column: Float32Column) -> Float32Column:
    return np.where(np.isnan(column), neutral(c, factor), column)


FACTOR_FUNCTIONS: Final[dict[str, Factor]] = {
    "interest": interest,
    "goal": goal,
    "level": level,
    "distance": distance,
    "times": times,
    "languages": languages,
    "next_start": next_start,
    "freshness": freshness,
    "cost": cost,
    "seats": seats,
    "experience": experience,
}
SAME_FOR_ALL: Final = frozenset({"next_start", "freshness", "cost", "seats"})
"""Factors that read nothing of the client: calculated once per prepared table."""


class Scores:
    """The factors of all offers and what they add up to."""

    def __init__(self, c: Comparison) -> None:
        """Calculate what depends on the client; the rest is kept with the prepared offers."""
        self._weights = c.offers.weights
        self.factors: dict[str, Float32Column] = {}
        """Each factor between 0 and 1."""
        for name in FACTORS:
            function = FACTOR_FUNCTIONS[name]
            if name in SAME_FOR_ALL:
                self.factors[name] = c.offers.keep(f"factor {name}", partial(function, c))
            else:
                self.factors[name] = function(c)
        total = c.offers.keep("same for all", self._sum_same_for_all).copy()
        for number, name in enumerate(FACTORS):
            if name not in SAME_FOR_ALL:
                total += self._weights[number] * self.factors[name]
        self.total: Float32Column = total
        """Weighted mean: between 0 and 1."""
        np.clip(total, 0, 1, out=total)

    def _sum_same_for_all(self) -> Float32Column:
        total = np.zeros(len(self._weights[0]), dtype=np.float32)
        for number, name in enumerate(FACTORS):
            if name in SAME_FOR_ALL:
                total += self._weights[number] * self.factors[name]
        return total

    def list_contributions(self, row: int) -> tuple[Contribution, ...]:
        """What each factor adds to the score of one offer, most first; they add up to it."""
        found = [
            Contribution(name, float(self.factors[name][row]), float(self._weights[number][row]))
            for number, name in enumerate(FACTORS)
        ]
        return tuple(sorted(found, key=lambda one: (-one.points, FACTORS.index(one.factor))))

    def contribution(self, factor: str, row: int) -> float:
        """What a factor adds to the score of one offer."""
        return float(self._weights[FACTORS.index(factor)][row] * self.factors[factor][row])
