"""Columns with an answer per offer: `YES` (1), `NO` (0), `UNKNOWN` (-1); pure."""

from __future__ import annotations

import numpy as np

from app.directory.offer_table import BoolColumn, Int8Column
from app.matching.course_rules import UNKNOWN


def combine(columns: list[Int8Column]) -> tuple[BoolColumn, BoolColumn]:
    """Where some column says no, and where some says unknown.

    In the binary system yes (1) and unknown (-1) end in one and no does not; unknown alone is below
    zero. So one *and* and one *or* of the columns tell both.
    """
    every, some = columns[0].copy(), columns[0].copy()
    for column in columns[1:]:
        every &= column
        some |= column
    return (every & 1) == 0, some < 0


def to_answers(yes: BoolColumn, no: BoolColumn | None = None) -> Int8Column:
    """``yes``, ``no`` (which never holds together with it), and unknown elsewhere."""
    answers = yes.view(np.int8) * np.int8(2)
    answers += np.int8(UNKNOWN)
    if no is not None:
        answers += no.view(np.int8)
    return answers
