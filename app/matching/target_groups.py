"""Whom an offer addresses beside what is known of a client, for all offers at once; pure.

The groups of an offer stand side by side: who belongs to one of them is meant. Women and men are an
exception, that is left to the rule of the sex (`sexes_meant`), and so are queer people: they narrow
every other group, and whether somebody is one of them is on no record (an interest may tell).

Groups never exclude beyond the sex. A group that nobody can tell of, or that does not fit, is a
question to ask before the client goes there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from app.directory.codes import SEXES, TARGET_GROUPS
from app.directory.offer_table import BoolColumn, Int8Column, OfferTable
from app.matching.course_rules import OPEN, UNKNOWN, YES, Decision, birthday
from app.matching.prepared import IndexColumn, PreparedOffers
from app.matching.types import ClientFacts

GROUP_OF_SEX: Final = {"female": "women", "male": "men"}
AGES_OF_GROUP: Final = {"children": (0, 14), "youth": (12, 27), "seniors": (60, 200)}
"""From which age on, and from which no longer, when the offer itself names no ages (SGB VIII § 7)."""
TURNING_AGES: Final = (12, 14, 27, 60)
"""Where `AGES_OF_GROUP` begin and end."""
PARENT_FROM_AGE: Final = 14
OTHER_STATUSES: Final = frozenset({"german", "eu", "38a", "work"})
"""Residence statuses of people who need not be refugees; all others come with or after one."""
TO_BE_CHECKED: Final = "target_group_to_be_checked"
_OF_PARENTS: Final = ("parents", "families")


@dataclass(frozen=True, slots=True)
class Person:
    """What decides about the groups a client belongs to; `None`: unknown."""

    sex: str | None
    residence_status: str | None
    has_children: bool | None
    names_queer: bool
    """Has told an interest in what there is for queer people."""


def person_of(facts: ClientFacts) -> Person:
    """Who needs childcare, or has agreed on a goal for children, has (or awaits) some."""
    is_parent = facts.needs_childcare or any(goal.area == "children" for goal in facts.goals or ())
    return Person(
        sex=facts.sex,
        residence_status=facts.residence_status,
        has_children=True if is_parent else facts.has_children,
        names_queer="lgbt" in (facts.interests or ()),
    )


def sexes_meant(table: OfferTable) -> IndexColumn:
    """The sex that an offer is for, as a position in `SEXES`, -1: all.

    Where it does not say so itself, women or men among its groups do, unless families are, too.
    """
    bit = {group: np.uint16(1 << number) for number, group in enumerate(TARGET_GROUPS)}
    groups = table.target_groups
    meant = table.sex.astype(np.intp)
    for sex, group in GROUP_OF_SEX.items():
        others = sum(bit[other] for other in ("women", "men", "families") if other != group)
        is_meant = ((groups & bit[group]) != 0) & ((groups & others) == 0)
        meant[(meant == UNKNOWN) & is_meant] = SEXES.index(sex)
    return meant


def decide_groups(mask: int, has_ages: bool, age: int | None, person: Person) -> Decision:
    """Whether the client is meant by the groups in ``mask``.

    ``has_ages``: the offer names ages, which say more exactly who is young or old enough; ``age``: on
    the day of entry. Always yes or unknown; a yes has a code when it is worth telling.
    """
    groups = [group for number, group in enumerate(TARGET_GROUPS) if mask >> number & 1]
    if "lgbt" in groups:
        if person.names_queer:
            return OPEN  # not told as a reason: it would say of the client what nobody else may read
        return Decision(UNKNOWN, TO_BE_CHECKED, {"groups": ["lgbt"]})
    rest = [group for group in groups if group not in GROUP_OF_SEX.values()]
    if not rest or (len(rest) < len(groups) and _is_left_to_the_sex(groups, person)):
        return OPEN
    answers = {group: _belongs(group, age, person) for group in rest}
    by_age = [group for group in rest if group in AGES_OF_GROUP]
    untold = {"refugees", *(by_age if has_ages else ())}
    if meant := [group for group in rest if answers[group] and group not in untold]:
        return Decision(YES, "meant_for", {"groups": meant})
    if (by_age and has_ages) or answers.get("refugees"):
        return OPEN
    code = TO_BE_CHECKED
    if by_age and age is None:
        code = "age_unknown"
    elif answers.get("refugees", False) is None:
        code = "residence_status_unknown"
    elif any(answers.get(group, False) is None for group in _OF_PARENTS):
        code = "children_unknown"
    return Decision(UNKNOWN, code, {"groups": rest})


def _is_left_to_the_sex(groups: list[str], person: Person) -> bool:
    return "families" not in groups or GROUP_OF_SEX.get(person.sex or "") in groups


def _belongs(group: str, age: int | None, person: Person) -> bool | None:
    if group in AGES_OF_GROUP:
        first, past = AGES_OF_GROUP[group]
        return None if age is None else first <= age < past
    if group in _OF_PARENTS:
        return False if age is not None and age < PARENT_FROM_AGE else person.has_children
    return None if person.residence_status is None else person.residence_status not in OTHER_STATUSES


@dataclass(frozen=True)
class _Addressed:
    """The offers that address certain groups, the same for all clients."""

    rows: IndexColumn
    """Shorter than the table."""
    kinds: tuple[tuple[int, bool], ...]
    """The different pairs of groups (as a mask) and whether ages are named."""
    kind: IndexColumn
    """For `rows` the position in `kinds`."""
    entry_on: npt.NDArray[np.int32]
    span: tuple[int, int]
    """First and last day of entry."""


@dataclass(frozen=True)
class TargetGroups:
    """The decisions for one client beside the prepared offers."""

    facts: ClientFacts
    offers: PreparedOffers

    @cached_property
    def answers(self) -> Int8Column:
        """Yes or unknown, see `decide_groups`."""
        answers = self.offers.always_yes.copy()
        of_key = np.array([one.answer for one in self._decisions], dtype=np.int8)
        answers[self._addressed.rows] = of_key[self._key]
        return answers

    @cached_property
    def unknown_rows(self) -> IndexColumn:
        """The offers of which nobody knows whether the client is meant (shorter than the table)."""
        is_unknown = np.array([one.answer == UNKNOWN for one in self._decisions], dtype=np.bool_)
        return self._addressed.rows[is_unknown[self._key]]

    def rows_with(self, code: str) -> BoolColumn:
        """The offers with this question (`Decision.code`)."""
        found = np.zeros(len(self.offers.table), dtype=np.bool_)
        of_key = np.array([one.code == code for one in self._decisions], dtype=np.bool_)
        found[self._addressed.rows] = of_key[self._key]
        return found

    def decide(self, row: int) -> Decision:
        """What is to say about one offer."""
        place = int(np.searchsorted(self._addressed.rows, row))
        if place == len(self._addressed.rows) or self._addressed.rows[place] != row:
            return OPEN
        return self._decisions[int(self._key[place])]

    @cached_property
    def _addressed(self) -> _Addressed:
        return self.offers.keep("addressed", self._find_addressed)

    def _find_addressed(self) -> _Addressed:
        table = self.offers.table
        rows = np.flatnonzero(table.target_groups)
        has_ages = (table.min_age[rows] > 0) | (table.max_age[rows] != UNKNOWN)
        code = table.target_groups[rows].astype(np.intp) * 2 + has_ages
        found, kind = np.unique(code, return_inverse=True)
        entry_on = self.offers.entry_on[rows]
        span = (int(entry_on.min()), int(entry_on.max())) if len(rows) else (0, 0)
        kinds = tuple((one // 2, one % 2 == 1) for one in found.tolist())
        return _Addressed(rows, kinds, kind.astype(np.intp).ravel(), entry_on, span)

    @cached_property
    def _key(self) -> IndexColumn:
        """For the offers that address groups: the age and what is addressed in one number."""
        known = self._addressed
        if self.facts.birth_date is None:
            return known.kind
        days = self._birthdays(self.facts.birth_date)
        first, last = np.searchsorted(days, known.span, side="right").tolist()
        if first == last:  # the client gets no older in between
            return known.kind + np.intp(first * len(known.kinds))
        stretch: IndexColumn = np.searchsorted(days, known.entry_on, side="right")
        return known.kind + stretch * np.intp(len(known.kinds))

    @staticmethod
    def _birthdays(born: date) -> list[int]:
        return [birthday(born, age).toordinal() for age in TURNING_AGES]

    @property
    def _decisions(self) -> tuple[Decision, ...]:
        is_age_known = self.facts.birth_date is not None
        return _decide_kinds(self._addressed.kinds, is_age_known, person_of(self.facts))


@lru_cache(maxsize=1000)
def _decide_kinds(
    kinds: tuple[tuple[int, bool], ...], is_age_known: bool, person: Person
) -> tuple[Decision, ...]:
    """For each stretch of ages all kinds of groups, in the order of `TargetGroups`' keys."""
    ages: tuple[int | None, ...] = (0, *TURNING_AGES) if is_age_known else (None,)
    return tuple(decide_groups(mask, has_ages, age, person) for age in ages for mask, has_ages in kinds)
