"""The hard rules: for every offer yes, no or unknown.

Each rule is a pure function over all offers at once and returns a column with `YES` (1), `NO` (0) or
`UNKNOWN` (-1). A no excludes; an unknown never does, and never counts as a yes: it becomes a question
(`app.matching.questions` tells which). What a missing key of the profile means is told in
`app.matching.types`: absent is unknown, empty is none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

import numpy as np

from app.directory.codes import (
    ENTITLEMENT_KINDS,
    OFFER_KINDS,
    RESIDENCE_STATUSES,
    SEXES,
)
from app.directory.freshness import DUE, FRESH
from app.directory.offer_table import BoolColumn, Int8Column
from app.matching.answers import combine, to_answers
from app.matching.comparison import CHILD_BELOW_AGE, WALKABLE_KM, Comparison
from app.matching.course_rules import NO, UNKNOWN, YES, birthday, is_valid_paper, level_number
from app.matching.hour_rules import decide_booking, decide_childcare, decide_times
from app.matching.prepared import CHILDCARE, SEATED_KINDS

Rule = Callable[[Comparison], Int8Column]
_OBTAINABLE: Final = np.uint8(
    sum(1 << number for number, kind in enumerate(ENTITLEMENT_KINDS) if kind != "obligation")
)
"""The papers for which one can apply, as a mask."""
SOME_GERMAN: Final = level_number("A1")
"""Enough where German is spoken and no level is needed."""


@cache
def _level_codes() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Entry level, target level, proof, is a course: for each `PreparedOffers.level_code`."""
    code = np.arange(8 * 32)
    return code // 32 - 1, code // 4 % 8 - 1, code // 2 % 2 == 1, code % 2 == 1


def decide_entry_level(c: Comparison) -> Int8Column:
    """Level needed to enter. A test or certificate decides; a self-assessment never excludes.

    Where the level must be proven (vocational basic courses, DeuFöV), a self-assessment is not
    enough for a yes either. An unknown entry level is a question for language courses only.
    """
    return _entry_level_answers(c.level, c.is_proven)[c.offers.level_code]


@cache
def _entry_level_answers(level: int, is_proven: bool) -> Int8Column:
    entry, _, needs_proof, is_course = _level_codes()
    answers = np.full(len(entry), YES, dtype=np.int8)
    answers[(entry == UNKNOWN) & is_course] = UNKNOWN
    if level == UNKNOWN:
        answers[entry > 0] = UNKNOWN
    else:
        answers[entry > level] = NO if is_proven else UNKNOWN
        if not is_proven:
            answers[needs_proof & (entry > 0)] = UNKNOWN
    return answers


def decide_target_level(c: Comparison) -> Int8Column:
    """A language course whose level the client has reached already is of no use (test, certificate)."""
    return _target_level_answers(c.level, c.is_proven)[c.offers.level_code]


@cache
def _target_level_answers(level: int, is_proven: bool) -> Int8Column:
    _, target, _, is_course = _level_codes()
    answers = np.full(len(target), YES, dtype=np.int8)
    leads_on = is_course & (target > 0)
    if level == UNKNOWN:
        answers[leads_on] = UNKNOWN
    else:
        answers[leads_on & (target <= level)] = NO if is_proven else UNKNOWN
    return answers


def decide_age(c: Comparison) -> Int8Column:
    """Age on the day of entry within the limits of the offer, or of its kind of course.

    The limits of childcare are those of a child: whether there is one of that age is a question,
    unless the client is a child. That a course is not for children is nothing to ask of those of whom
    nobody wrote down the age.
    """
    answers = c.offers.always_yes.copy()
    rows, birthdays, born = c.offers.rows_with_ages, c.birthday_ordinals, c.facts.birth_date
    if birthdays is None or born is None:
        answers[rows[c.offers.names_ages[rows]]] = UNKNOWN
        return answers
    low, past = c.offers.age_limits
    entry = c.offers.entry_on[rows]
    fits = (entry >= birthdays[low]) & (entry < birthdays[past])
    may_have_children = entry >= birthday(born, CHILD_BELOW_AGE).toordinal()
    of_their_child = (c.table.kind[rows] == CHILDCARE) & may_have_children
    answers[rows] = to_answers(yes=fits, no=~(fits | of_their_child))
    return answers


def decide_sex(c: Comparison) -> Int8Column:
    """Offers for one sex only, by their own word or because they address women or men alone.

    Whether a diverse person may come is a question to the provider.
    """
    answers = np.full(len(SEXES) + 1, YES, dtype=np.int8)
    if c.facts.sex is None or c.facts.sex == "diverse":
        answers[:-1] = UNKNOWN
    else:
        answers[:-1] = NO
    if c.facts.sex is not None:
        answers[SEXES.index(c.facts.sex)] = YES
    return answers[c.sex_index]  # -1 (open to all) reads the last value


def decide_target_group(c: Comparison) -> Int8Column:
    """Whom the offer addresses (`app.matching.target_groups`). It never excludes: only the sex does."""
    return c.target_groups.answers


def decide_residence_status(c: Comparison) -> Int8Column:
    """Residence statuses that the offer itself demands (the law of courses comes on top).

    A status that ends before the day of entry is unknown then.
    """
    accepted = c.table.residence_statuses
    if c.facts.residence_status is None:
        return np.where(accepted == 0, np.int8(YES), np.int8(UNKNOWN))
    bit = np.uint32(1 << RESIDENCE_STATUSES.index(c.facts.residence_status))
    answers = np.asarray((accepted == 0) | ((accepted & bit) != 0), dtype=np.int8)
    if c.facts.residence_valid_until is not None:
        is_over = c.offers.entry_on > c.facts.residence_valid_until.toordinal()
        answers[is_over & (accepted != 0)] = UNKNOWN
    return answers


def decide_entitlement(c: Comparison) -> Int8Column:
    """A paper that the offer itself demands, valid on the day of entry.

    What the law of courses lets one apply for (`decide_course_access_rule` asks about it then) is a
    question, and no reason to leave a course out.
    """
    answers = c.offers.always_yes.copy()
    rows = c.offers.rows_with_demand
    if c.facts.entitlements is None:
        answers[rows] = UNKNOWN
        return answers
    demanded = c.table.entitlement_kinds[rows]
    has_paper = np.zeros(len(rows), dtype=np.bool_)
    for paper in c.facts.entitlements:
        valid = (demanded & np.uint8(1 << ENTITLEMENT_KINDS.index(paper.kind))) != 0
        if paper.valid_until is not None:
            valid &= c.offers.entry_on[rows] <= paper.valid_until.toordinal()
        has_paper |= valid
    can_apply = ((demanded & _OBTAINABLE) != 0) & (c.courses.access[rows] == UNKNOWN)
    answers[rows] = to_answers(yes=has_paper, no=~(has_paper | can_apply))
    return answers


def has_demanded_paper(c: Comparison, row: int) -> str | None:
    """The kind of the client's paper that this offer demands, if one is valid."""
    demanded, day = int(c.table.entitlement_kinds[row]), c.entry_day(row)
    for paper in c.facts.entitlements or ():
        if demanded >> ENTITLEMENT_KINDS.index(paper.kind) & 1 and is_valid_paper(paper, day):
            return paper.kind
    return None


def decide_course_access_rule(c: Comparison) -> Int8Column:
    """Who may enter the course by law, on the day of entry (`course_rules.decide_course_access`)."""
    return c.courses.access


def decide_course_group_rule(c: Comparison) -> Int8Column:
    """Whom a special course is for (`course_rules.decide_course_group`)."""
    return c.courses.group


def decide_deadline(c: Comparison) -> Int8Column:
    """The registration deadline has not passed; where one may join at any time it does not count."""
    table = c.table
    passed = (table.registration_deadline != UNKNOWN) & (
        table.registration_deadline < c.offers.today_ordinal
    )
    return np.asarray(~passed | (table.individual_entry == YES), dtype=np.int8)


def decide_dates(c: Comparison) -> Int8Column:
    """Not over, and not begun without late entry; whether one may still join can be unknown.

    Where hours are known, a date must be left: none before the end is a no, none in the terms that are
    noted a question (the next ones may be missing).
    """
    table = c.table
    answers = np.full(len(table), YES, dtype=np.int8)
    has_begun = c.offers.has_passed_start
    answers[c.has_no_date_left | (has_begun & (table.individual_entry == UNKNOWN))] = UNKNOWN
    answers[has_begun & (table.individual_entry == NO)] = NO
    answers[c.has_no_date_left & (table.ends_on != UNKNOWN)] = NO
    answers[(table.ends_on != UNKNOWN) & (table.ends_on < c.offers.today_ordinal)] = NO
    return answers


def decide_seats(c: Comparison) -> Int8Column:
    """A free seat. Full with a waiting list is a question, full without one a no.

    Unknown seats are a question only for kinds whose seats are counted (`SEATED_KINDS`), and not
    where one makes an appointment, or may join a course at any time and no number of seats is named.
    """
    table = c.table
    kinds = [OFFER_KINDS.index(kind) for kind in SEATED_KINDS]
    is_seated = np.isin(table.kind, kinds) & ~c.offers.is_open_course & (table.by_appointment != YES)
    is_seated &= (table.individual_entry != YES) | table.has_seat_limit | (table.kind == CHILDCARE)
    answers = np.full(len(table), YES, dtype=np.int8)
    answers[(table.seats_free == UNKNOWN) & is_seated] = UNKNOWN
    is_full = table.seats_free == 0
    answers[is_full] = UNKNOWN
    answers[is_full & (table.waiting_list == NO)] = NO
    return answers


def decide_step_free(c: Comparison) -> Int8Column:
    """Step-free access where it is needed."""
    step_free = c.table.step_free
    if c.facts.needs_step_free is True:
        return step_free
    if c.facts.needs_step_free is False:
        return c.offers.always_yes
    return np.where(step_free == YES, np.int8(YES), np.int8(UNKNOWN))


def decide_language(c: Comparison) -> Int8Column:
    """A language in common. It never excludes: interpreting can be arranged.

    Language courses are for those who do not speak the language yet. Elsewhere German counts from
    A2 on. Where the offer demands a level of German, the rule of the entry level asks about it; where
    it says that none is needed and German is spoken, A1 is enough.
    """
    yes = c.shares_language | c.offers.keep("any language", partial(_any_language, c))
    if c.level >= SOME_GERMAN:
        yes |= c.offers.keep("some German", partial(_some_german, c))
    return to_answers(yes=yes)


def _any_language(c: Comparison) -> BoolColumn:
    entry = c.table.entry_level
    needs_level = (entry > 0) | ((entry == 0) & c.table.languages.is_empty)
    return np.asarray(c.offers.is_course | needs_level, dtype=np.bool_)


def _some_german(c: Comparison) -> BoolColumn:
    return np.asarray((c.table.entry_level == 0) & c.offers.speaks("de"), dtype=np.bool_)


def decide_distance(c: Comparison) -> Int8Column:
    """Within reach. An estimated position excludes only beyond its margin, and is a question within.

    Reach: the limit the client named, otherwise by mobility (``reach_km`` in weights.toml).
    """
    if not c.has_position:
        return c.offers.always_unknown
    limit = c.reach_km
    near = c.distance_km <= np.float32(WALKABLE_KM if limit is None else limit)
    if limit is None:
        return to_answers(yes=near)
    return to_answers(yes=near, no=(c.least_distance_km > np.float32(limit)) & ~c.offers.has_unplaced)


def decide_freshness(c: Comparison) -> Int8Column:
    """Confirmed within the period of its kind, or so lately after it that nobody could answer yet."""
    code = c.offers.freshness_code
    return np.where((code == FRESH) | (code == DUE), np.int8(YES), np.int8(UNKNOWN))


def decide_experience(c: Comparison) -> Int8Column:
    """Not left before for a reason that lies with the offer. Else: is it different now?"""
    if not c.facts.experiences:
        return c.offers.always_yes
    answers = c.offers.always_yes.copy()
    rows = {c.table.row_of.get(one.offer_id) for one in c.facts.experiences} - {None}
    for row in rows:
        if row is not None and c.earlier_experience.find_against(row) is not None:
            answers[row] = UNKNOWN
    return answers


def decide_dismissal(c: Comparison) -> Int8Column:
    """Not set aside by a person for this client."""
    if not c.facts.dismissed:
        return c.offers.always_yes
    answers = c.offers.always_yes.copy()
    rows = [c.table.row_of.get(offer_id) for offer_id, _ in c.facts.dismissed]
    answers[[row for row in rows if row is not None]] = NO
    return answers


RULES: Final[dict[str, Rule]] = {
    "entry_level": decide_entry_level,
    "target_level": decide_target_level,
    "age": decide_age,
    "sex": decide_sex,
    "target_group": decide_target_group,
    "residence_status": decide_residence_status,
    "entitlement": decide_entitlement,
    "course_access": decide_course_access_rule,
    "course_group": decide_course_group_rule,
    "deadline": decide_deadline,
    "dates": decide_dates,
    "seats": decide_seats,
    "times": decide_times,
    "booking": decide_booking,
    "childcare": decide_childcare,
    "step_free": decide_step_free,
    "language": decide_language,
    "distance": decide_distance,
    "freshness": decide_freshness,
    "experience": decide_experience,
    "dismissal": decide_dismissal,
}
"""Every rule by its name, in the order in which questions are asked."""


SAME_FOR_ALL: Final = frozenset({"deadline", "dates", "seats", "freshness"})
"""Rules that read nothing of the client: asked once per prepared table."""


@dataclass(frozen=True)
class Eligibility:
    """The answers of all rules."""

    answers: dict[str, Int8Column]
    is_excluded: BoolColumn
    """Some rule says no."""
    is_unclear: BoolColumn
    """Some rule says unknown."""


def decide_all(c: Comparison) -> Eligibility:
    """Ask every rule about every offer."""
    same = c.offers.keep("same rules", partial(_decide_same_for_all, c))
    answers = {name: same.answers[name] if name in SAME_FOR_ALL else RULES[name](c) for name in RULES}
    changing = [column for name, column in answers.items() if name not in SAME_FOR_ALL]
    is_excluded, is_unclear = combine(changing)
    return Eligibility(answers, is_excluded | same.is_excluded, is_unclear | same.is_unclear)


def _decide_same_for_all(c: Comparison) -> Eligibility:
    answers = {name: RULES[name](c) for name in RULES if name in SAME_FOR_ALL}
    return Eligibility(answers, *combine(list(answers.values())))
