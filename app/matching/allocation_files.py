"""A problem of sharing places as a JSON file: for planners, and for whoever wants to check us; pure.

::

    {
      "applicants": [
        {"id": "e1", "client": "c1", "entered_on": "2026-05-04", "priority": "obligation",
         "household": "h1", "needs_childcare": true, "is_adult": true,
         "sex": "female", "age_group": "27_to_49", "language": "uk"}
      ],
      "starts": [
        {"id": "o1", "seats": 15, "starts_on": "2026-12-07", "ends_on": "2027-03-26",
         "times": [{"weekday": 1, "from": "09:00", "to": "12:15"}],
         "has_childcare": false, "site": "vhs"}
      ],
      "options": [
        {"applicant": "e1", "start": "o1", "fit": 0.83, "distance_km": 2.4, "to_clarify": false}
      ]
    }

Needed are ``id`` and ``entered_on`` of an applicant, ``id`` and ``seats`` of a start, and all but the
last two of an option. What is missing is unknown; without ``client`` each applicant is a client of
their own. ``priority`` is one of `PRIORITY_WORDS`. Those who entered on the same day stand in the order
of their ids. Pairs without an option are excluded.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.core.errors import InvalidInputError
from app.matching.allocation_rules import (
    MAX_DISTANCE_KM,
    MAX_SEATS,
    AllocationProblem,
    Applicant,
    CourseStart,
    Option,
    ProblemError,
    check_problem,
)
from app.matching.profile import Day, ProfileTime

PRIORITY_WORDS: Final = ("obligation", "entitlement", "admission", "none")
"""In the order of `Applicant.priority`."""
MAX_FILE_BYTES: Final = 50_000_000
_MOST: Final = 20_000

Key = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Applicant(_Part):
    id: Key
    client: Key | None = None
    entered_on: Day
    priority: Literal["obligation", "entitlement", "admission", "none"] = "none"
    household: Key | None = None
    needs_childcare: bool = False
    is_adult: bool = True
    sex: Key | None = None
    age_group: Key | None = None
    language: Key | None = None


class _Start(_Part):
    id: Key
    seats: int = Field(ge=0, le=MAX_SEATS)
    starts_on: Day | None = None
    ends_on: Day | None = None
    times: list[ProfileTime] = Field(default_factory=list, max_length=100)
    has_childcare: bool | None = None
    site: Key | None = None


class _Option(_Part):
    applicant: Key
    start: Key
    fit: float = Field(ge=0, le=1, allow_inf_nan=False)
    distance_km: float | None = Field(default=None, ge=0, le=MAX_DISTANCE_KM, allow_inf_nan=False)
    to_clarify: bool = False


class _Problem(_Part):
    applicants: list[_Applicant] = Field(max_length=_MOST)
    starts: list[_Start] = Field(max_length=_MOST)
    options: list[_Option] = Field(max_length=_MOST * 100)


def read_problem(
    content: bytes, today: date
) -> tuple[AllocationProblem, dict[str, dict[str, str | None]]]:
    """The problem, and by entry what the figures are counted by (sex, age group, language).

    Raises `InvalidInputError` with one line that names the place.
    """
    given = _parse(content)
    applicants = [
        Applicant(
            entry_id=one.id,
            client_id=one.client or one.id,
            entered_on=one.entered_on,
            rank=rank,
            priority=PRIORITY_WORDS.index(one.priority),
            waited_days=(today - one.entered_on).days,
            household=one.household,
            needs_childcare=one.needs_childcare,
            is_adult=one.is_adult,
        )
        for rank, one in enumerate(sorted(given.applicants, key=lambda one: (one.entered_on, one.id)))
    ]
    options: dict[tuple[str, str], Option] = {}
    for one in given.options:
        if (one.applicant, one.start) in options:
            raise InvalidInputError(f"the option {one.applicant} → {one.start} is given twice")
        options[one.applicant, one.start] = Option(one.fit, one.distance_km, one.to_clarify)
    problem = AllocationProblem(tuple(applicants), tuple(map(_to_start, given.starts)), options)
    try:
        check_problem(problem)
    except ProblemError as error:
        raise InvalidInputError(str(error)) from None
    attributes = {
        one.id: {"sex": one.sex, "age_group": one.age_group, "language": one.language}
        for one in given.applicants
    }
    return problem, attributes


def _to_start(one: _Start) -> CourseStart:
    return CourseStart(
        offer_id=one.id,
        seats=one.seats,
        starts_on=one.starts_on,
        spans=tuple(time.to_span() for time in one.times),
        has_childcare=one.has_childcare,
        ends_on=one.ends_on,
        site=one.site,
    )


def _parse(content: bytes) -> _Problem:
    if len(content) > MAX_FILE_BYTES:
        raise InvalidInputError("the file is larger than 50 MB")
    try:
        data = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_without_repetition)
    except UnicodeDecodeError:
        raise InvalidInputError("the file is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise InvalidInputError(f"the file is not JSON (line {error.lineno})") from None
    except RecursionError:
        raise InvalidInputError("the file is nested too deeply") from None
    except ValueError:
        raise InvalidInputError("the file holds a number with too many digits") from None
    if not isinstance(data, dict):
        raise InvalidInputError("the file must hold a JSON object")
    try:
        return _Problem.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(ascii(part) if isinstance(part, str) else str(part) for part in first["loc"])
        words = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
        words = " ".join(words.removeprefix("Value error, ").split())[:300]
        raise InvalidInputError(f"{place.replace(chr(39), '')[:120]}: {words}") from None


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InvalidInputError("a key is given twice in one object")
    return found
