"""What the demo's invented people learnt and worked, and how well they use German. Pure."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from app.directory.codes import LEVELS

_YEARS_OF: Final = {
    "none": 0, "primary": 5, "lower_secondary": 9, "upper_secondary": 12, "vocational": 13,
    "university": 16,
}  # fmt: skip
_SCHOOLING: Final = (
    *("none", "primary", "primary", "lower_secondary", "lower_secondary", "lower_secondary"),
    *("upper_secondary", "upper_secondary", "vocational", "university"),
)
_SKILLS: Final = ("listening", "reading", "speaking", "writing")
_RECOGNITIONS: Final = (None, "not_applied", "not_applied", "applied", "partly", "full")


def draw_background(
    rng: random.Random, person: Mapping[str, Any], material: Mapping[str, Any], anchor: date
) -> dict[str, Any]:
    """Schooling, degrees, work and levels per skill of an adult; some of it nobody asked about."""
    told: dict[str, Any] = {}
    country = person["nationalities"][0]
    schooling = rng.choice(_SCHOOLING)
    if rng.random() < 0.8:
        told["schooling"] = schooling
        told["schooling_years"] = max(0, _YEARS_OF[schooling] + rng.randint(-1, 1))
        told["degrees"] = _degrees(rng, schooling, country, material)
    if rng.random() < 0.7:
        told["work_experience"] = _work(rng, country, material)
    told["literacy"] = _literacy(rng, person, schooling)
    if person.get("german_level") in {None, "none", "A1"} and rng.random() < 0.5:
        told["interpreting_language"] = person["languages"][0]
    told["levels"] = _levels(rng, person.get("german_level"), anchor)
    if rng.random() < 0.15:
        told["interests"] = [*person["interests"], rng.choice(material["interests"]["unknown"])]
    return {name: value for name, value in told.items() if value is not None}


def _degrees(
    rng: random.Random, schooling: str, country: str, material: Mapping[str, Any]
) -> list[dict[str, Any]]:
    titles = material["degrees"].get(schooling)
    if not titles:
        return []
    recognition = rng.choice(_RECOGNITIONS) if schooling in {"vocational", "university"} else None
    return [{"title": rng.choice(titles), "country": country, "recognition": recognition}]


def _work(rng: random.Random, country: str, material: Mapping[str, Any]) -> list[dict[str, Any]]:
    works = [
        {"occupation": words, "years": float(rng.randint(1, 9)), "country": country}
        for words in rng.sample(material["occupations"], rng.choice((0, 1, 1, 2)))
    ]
    if works and rng.random() < 0.2:
        works.append({"occupation": "Küchenhilfe", "years": 0.5, "country": "DE"})
    return works


def _literacy(rng: random.Random, person: Mapping[str, Any], schooling: str) -> str | None:
    if person.get("reads") == [] or (schooling == "none" and person.get("reads") is None):
        return "none"
    if rng.random() < 0.3:
        return None
    return rng.choice(("other_script", "latin_slow", "latin", "latin"))


def _levels(rng: random.Random, overall: str | None, anchor: date) -> list[dict[str, Any]] | None:
    """Around the overall level; writing lags behind, as it mostly does."""
    if overall is None or overall == "none" or rng.random() < 0.6:
        return None
    known_on = anchor - timedelta(days=rng.randint(20, 300))
    levels = []
    for skill in _SKILLS:
        step = rng.choice((-1, -1, 0)) if skill == "writing" else rng.choice((-1, 0, 0, 1))
        level = LEVELS[min(max(LEVELS.index(overall) + step, 1), len(LEVELS) - 1)]
        levels.append({"skill": skill, "level": level, "evidence": "self", "known_on": known_on})
    return levels
