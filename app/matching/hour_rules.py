"""Hard rules about the hours of the week: free, taken, and the children looked after; pure.

See `app.matching.eligibility`, which asks them together with all others.
"""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from app.directory.codes import OFFER_KINDS
from app.directory.offer_table import BoolColumn, Int8Column
from app.matching.answers import to_answers
from app.matching.comparison import Comparison
from app.matching.course_rules import UNKNOWN, YES
from app.matching.prepared import CHILDCARE

FIXED_HOUR_KINDS: Final = ("language_course", "education", "work", "club", "meeting", "volunteer")
"""Kinds where one stays for the whole time: parents need somebody for their children."""


def decide_times(c: Comparison) -> Int8Column:
    """Weekly times within those available; appointments can be made to fit.

    A course needs all of its times (`PreparedOffers.is_attended_whole`). Elsewhere one whole time is
    enough for a yes (how many of them fit is scored), and where people come and go, at counters and
    open hours, a part of one. No minute in common is a no. The hours of childcare are those of the
    child: the client need not be free then.
    """
    without_times = c.offers.keep("answers without times", partial(_without_times, c))
    if c.facts.available is None:
        answers = without_times.copy()
        answers[c.minding_rows] = YES
        return answers
    rows, minutes, hours = c.offers.hours.rows, c.offers.hours.minutes, c.free_hours
    is_strict, is_easy = c.offers.keep("kinds of times", partial(_kinds_of_times, c))
    yes = is_easy & (hours.minutes > 0)
    yes |= (hours.minutes >= minutes) | ((hours.whole_times > 0) & ~is_strict)
    yes |= c.offers.is_by_appointment[rows]
    answers = without_times.copy()
    answers[rows] = to_answers(yes=yes, no=(hours.minutes == 0) & ~yes)
    answers[c.minding_rows] = YES
    return answers


def _without_times(c: Comparison) -> Int8Column:
    return np.where(c.offers.is_by_appointment, np.int8(YES), np.int8(UNKNOWN))


def _kinds_of_times(c: Comparison) -> tuple[BoolColumn, BoolColumn]:
    """For the offers with hours: all are needed; a part of one is enough."""
    rows = c.offers.hours.rows
    return c.offers.is_attended_whole[rows], _comes_and_goes(c)[rows]


def _comes_and_goes(c: Comparison) -> BoolColumn:
    fixed = np.isin(c.table.kind, [OFFER_KINDS.index(kind) for kind in FIXED_HOUR_KINDS])
    has_no_term = (c.table.starts_on == UNKNOWN) | (c.table.kind == CHILDCARE)
    return np.asarray(~fixed & has_no_term, dtype=np.bool_)


def decide_booking(c: Comparison) -> Int8Column:
    """Hours that are not taken by something the client is booked on (`TakenTimes.answers`).

    Childcare may, and often shall, fall into hours of the parents' course.
    """
    if not c.facts.booked:
        return c.offers.always_yes
    answers = c.taken_times.answers.copy()
    answers[c.minding_rows] = YES
    return answers


def decide_childcare(c: Comparison) -> Int8Column:
    """Childcare during the hours: offered there, or another adult of the household is free.

    It never excludes: nobody knows who else could look after the children.
    """
    if c.facts.needs_childcare is False:
        return c.offers.always_yes
    lacking = c.offers.keep("childcare", partial(_lacks_childcare, c))
    if not c.facts.household_free:
        return lacking
    return np.where(c.is_minded_at_home, np.int8(YES), lacking)


def _lacks_childcare(c: Comparison) -> Int8Column:
    kinds = [OFFER_KINDS.index(kind) for kind in FIXED_HOUR_KINDS]
    matters = np.isin(c.table.kind, kinds) & (c.table.by_appointment != YES)
    return np.where(matters & (c.table.childcare != YES), np.int8(UNKNOWN), np.int8(YES))
