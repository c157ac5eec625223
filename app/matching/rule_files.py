"""Reads the rules and weights from their files, checked and with a version."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.core.errors import LotsenbuchError
from app.directory.codes import OFFER_KINDS, OfferKind
from app.directory.freshness_rules import FreshnessRules, parse_freshness_rules
from app.matching.course_entries import CourseRules
from app.matching.rule_checks import RuleProblem, check_rules, problem_text
from app.settings import SHIPPED_DATA

RULES_FOLDER = Path(__file__).resolve().parent / "rules"
FRESHNESS_FILE = SHIPPED_DATA / "freshness.toml"

FACTORS: Final[tuple[str, ...]] = (
    "interest",
    "goal",
    "level",
    "distance",
    "times",
    "languages",
    "next_start",
    "freshness",
    "cost",
    "seats",
    "experience",
)
"""The names of the factors; see `app.matching.scoring` for what they say."""


FileFault = Literal["not_toml", "missing", "unknown", "not_one_of", "no_date", "order", "value"]
"""What is wrong with a file: it is not TOML; at a place something is missing, nobody knows the name,
the value is none of those that exist, is no day, is a last day before the first, or cannot be used."""

_FAULTS: Final[dict[str, FileFault]] = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "literal_error": "not_one_of",
    "enum": "not_one_of",
}
_LINE = re.compile(r"\(at line (\d+),")


class RuleFileError(LotsenbuchError):
    """A file with rules or weights cannot be used; the message names file and place.

    ``fault``, the place (``path``, or ``line`` of what is not TOML) and the values that are ``allowed``
    there say it to those who do not read the message.
    """

    def __init__(
        self,
        message: str,
        *,
        fault: FileFault = "value",
        path: tuple[str | int, ...] = (),
        line: int | None = None,
        allowed: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.fault = fault
        self.path, self.line, self.allowed = path, line, allowed


class RuleConflictError(RuleFileError):
    """Rules that contradict each other: ``problems`` tells where."""

    def __init__(self, message: str, problems: tuple[RuleProblem, ...]) -> None:
        super().__init__(message)
        self.problems = problems


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HalfDistances(_Model):
    """Distance in km at which the factor is one half, by mobility."""

    walk: float = Field(gt=0, le=1000)
    bike: float = Field(gt=0, le=1000)
    transit: float = Field(gt=0, le=1000)
    car: float = Field(gt=0, le=1000)
    unknown: float = Field(gt=0, le=1000)


class Reach(_Model):
    """The farthest in km, by mobility, when the client named no limit."""

    walk: float = Field(gt=0, le=1000)
    bike: float = Field(gt=0, le=1000)
    transit: float = Field(gt=0, le=1000)
    car: float = Field(gt=0, le=1000)


class Weights(_Model):
    """All of ``weights.toml``."""

    version: str = Field(min_length=1, max_length=40)
    default: dict[str, float]
    preset: dict[OfferKind, dict[str, float]] = Field(default_factory=dict)
    neutral: dict[str, float]
    half_distance_km: HalfDistances
    reach_km: Reach

    @model_validator(mode="after")
    def _names_each_factor(self) -> Weights:
        if set(self.default) != set(FACTORS) or set(self.neutral) != set(FACTORS):
            raise ValueError(f"default and neutral must name exactly: {', '.join(FACTORS)}")
        for name, line in self.preset.items():
            if unknown := set(line) - set(FACTORS):
                raise ValueError(f"preset {name}: unknown factor {sorted(unknown)[0]}")
        lines = [self.default, *({**self.default, **line} for line in self.preset.values())]
        if any(not 0 <= weight <= 1000 for line in lines for weight in line.values()):
            raise ValueError("a weight must lie between 0 and 1000")
        if any(sum(line.values()) <= 0 for line in lines):
            raise ValueError("at least one weight of a line must be above 0")
        if any(not 0 <= value <= 1 for value in self.neutral.values()):
            raise ValueError("a neutral value must lie between 0 and 1")
        return self

    def shares(self, kind: str) -> tuple[float, ...]:
        """The weights for offers of a kind in the order of `FACTORS`; they add up to 1."""
        preset = next((line for name, line in self.preset.items() if name == kind), {})
        line = {**self.default, **preset}
        total = sum(line.values())
        return tuple(line[factor] / total for factor in FACTORS)

    def share_table(self) -> tuple[tuple[float, ...], ...]:
        """`shares` of every offer kind, in the order of `OFFER_KINDS`."""
        return tuple(self.shares(kind) for kind in OFFER_KINDS)


@dataclass(frozen=True)
class MatchingRules:
    """Everything that decides a match besides the client and the offers."""

    courses: CourseRules
    weights: Weights
    freshness: FreshnessRules
    """How long a confirmation of an entry holds."""
    version: str
    """Version of the files and a fingerprint of their content; referrals keep it."""


def load_rules(folder: Path = RULES_FOLDER, freshness_file: Path = FRESHNESS_FILE) -> MatchingRules:
    """Read ``courses.toml``, ``weights.toml`` and how long a confirmation holds, as they ship.

    Raises `RuleFileError` or `FreshnessFileError`.
    """
    return build_rules(read_shipped_courses(folder), folder, freshness_file)


@lru_cache(maxsize=8)
def build_rules(
    courses_text: str, folder: Path = RULES_FOLDER, freshness_file: Path = FRESHNESS_FILE
) -> MatchingRules:
    """`load_rules` with the rules of the courses from ``courses_text``; kept per argument."""
    weights_text = _read(folder / "weights.toml")
    weights = _parse(Weights, weights_text, "weights.toml")
    courses = parse_courses(courses_text)
    freshness_text = _read(freshness_file)
    freshness = parse_freshness_rules(freshness_text, freshness_file.name)
    texts = "\0".join((courses_text, weights_text, freshness_text))
    content = hashlib.sha256(texts.encode()).hexdigest()
    version = f"{courses.version}/{weights.version}+{content[:10]}"
    return MatchingRules(courses, weights, freshness, version)


@lru_cache(maxsize=8)
def read_shipped_courses(folder: Path = RULES_FOLDER) -> str:
    """The text of the ``courses.toml`` that ships; raises `RuleFileError`."""
    return _read(folder / "courses.toml")


def parse_courses(text: str, name: str = "courses.toml") -> CourseRules:
    """The rules of the courses, checked; raises `RuleFileError`, naming the place.

    Rules that contradict each other are refused; what else is to be looked at tells `check_rules`.
    """
    courses = _parse(CourseRules, text, name)
    errors = tuple(problem for problem in check_rules(courses, date.min) if problem.is_error)
    if errors:
        raise RuleConflictError(f"{name}: {problem_text(errors[0])}", errors)
    return courses


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleFileError(f"{file.name} cannot be read: {error}") from None


_Parsed = TypeVar("_Parsed", bound=BaseModel)


def _parse(model: type[_Parsed], text: str, name: str) -> _Parsed:
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        line = int(found.group(1)) if found else None
        raise RuleFileError(f"{name}: {error}", fault="not_toml", line=line) from None
    except ValidationError as error:
        raise _place_error(name, error) from None
    except (RecursionError, ValueError):
        # Brackets in brackets without end, a number of thousands of digits.
        raise RuleFileError(f"{name}: too deep, or a number too large", fault="not_toml") from None


def _place_error(name: str, error: ValidationError) -> RuleFileError:
    """The first thing that is wrong, with its place."""
    first = error.errors()[0]
    path, kind = first["loc"], first["type"]
    is_day = kind.startswith("date")
    fault = _FAULTS.get(kind, "no_date" if is_day else "value")
    if kind == "value_error" and "valid_to lies before" in first["msg"]:
        fault = "order"
    place = ".".join(str(part) for part in path)
    return RuleFileError(
        f"{name}: {place}: {first['msg']}",
        fault=fault,
        path=path,
        allowed=tuple(re.findall(r"'([^']*)'", first.get("ctx", {}).get("expected", ""))),
    )
