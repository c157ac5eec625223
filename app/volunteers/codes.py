"""The stable codes of those who help. Words for people stand in `app.web.labels.volunteers`."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, get_args

from app.directory.codes import GoalArea

RegistrationKind = Literal["volunteer", "organisation"]
REGISTRATION_KINDS: Final[tuple[str, ...]] = get_args(RegistrationKind)

HelpKind = Literal[
    "language_tandem",
    "tutoring",
    "accompanying",
    "forms",
    "interpreting",
    "sports",
    "music",
    "crafts",
    "childcare",
    "repairs",
    "job_mentoring",
    "computers",
    "outings",
    "other",
]
HELP_KINDS: Final[tuple[str, ...]] = get_args(HelpKind)

Whom = Literal["women", "men", "children", "youth", "families", "seniors"]
WHOM: Final[tuple[str, ...]] = get_args(Whom)
"""For whom somebody would like to be there; none chosen: for everybody."""

DayPart = Literal["morning", "afternoon", "evening"]
DAY_PARTS: Final[tuple[str, ...]] = get_args(DayPart)
HOURS_OF_PART: Final = MappingProxyType(
    {"morning": ("09:00", "12:00"), "afternoon": ("13:00", "17:00"), "evening": ("17:00", "20:00")}
)
"""The hours that a part of the day stands for, local time."""


@dataclass(frozen=True, slots=True)
class Help:
    """What a kind of help means in the directory."""

    topics: tuple[str, ...]
    """Keys of taxonomy concepts."""
    goal_areas: tuple[GoalArea, ...]
    is_with_children: bool = False
    is_in_homes: bool = False


HELP: Final = MappingProxyType(
    {
        "language_tandem": Help(("tandem", "conversation"), ("language",)),
        "tutoring": Help(("homework_help",), ("school",), is_with_children=True),
        "accompanying": Help(("accompaniment",), ("participation",)),
        "forms": Help(("form_help",), ("participation",)),
        "interpreting": Help(("interpreting",), ("participation",)),
        "sports": Help(("sports",), ("participation",)),
        "music": Help(("music",), ("participation",)),
        "crafts": Help(("crafts",), ("participation",)),
        "childcare": Help(("childcare",), ("children",), is_with_children=True),
        "repairs": Help(("household_help",), ("housing",), is_in_homes=True),
        "job_mentoring": Help(("job_search", "application"), ("work",)),
        "computers": Help(("computers",), ("participation",)),
        "outings": Help(("outings",), ("participation",)),
        "other": Help((), ("participation",)),
    }
)
