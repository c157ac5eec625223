"""What to ask a client, each question with the field of the intake in which the answer is typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.i18n import lazy_gettext as _l
from app.matching.types import OpenQuestion

_QUESTIONS: Final = {
    "german_level_unknown": (_l("How good is the German?"), "deutsch"),
    "level_to_test": (_l("Is the level of German shown by a test or certificate?"), "deutsch"),
    "age_unknown": (_l("When was the client born?"), "birth_date"),
    "sex_unknown": (_l("Which sex is to be noted?"), "sex"),
    "residence_status_unknown": (_l("Which residence status is there?"), "residence_status"),
    "residence_status_expires": (
        _l("Which residence status follows when this one ends?"),
        "residence_status",
    ),
    "entitlement_unknown": (_l("Which entitlement to courses is there?"), "entitlements_none"),
    "availability_unknown": (_l("When does the client have time?"), "times"),
    "childcare_need_unknown": (_l("Is childcare needed?"), "needs_childcare"),
    "children_unknown": (_l("Are there children to look after?"), "needs_childcare"),
    "step_free_need_unknown": (_l("Is step-free access needed?"), "needs_step_free"),
    "languages_unknown": (_l("Which languages does the client speak?"), "languages"),
    "position_unknown": (_l("Where does the client live?"), "wohnen"),
    "reach_unknown": (_l("How does the client get about, and how far?"), "mobility"),
}
"""Code of matching → the question, and the id of the place in the intake."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question with how much its answer decides."""

    words: str
    anchor: str
    """Id of the field, or of the part of the intake."""
    offer_count: int


def build_questions(found: Sequence[OpenQuestion]) -> list[AskedQuestion]:
    """The questions in words, in their order."""
    return [
        AskedQuestion(str(_QUESTIONS[one.code][0]), _QUESTIONS[one.code][1], one.offer_count)
        for one in found
        if one.code in _QUESTIONS
    ]
