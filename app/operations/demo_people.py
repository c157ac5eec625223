"""Invented clients, drawn from a fixed seed: the same people on every machine. Pure.

The material (names, backgrounds, interests, accommodations, the people written by hand) stands in
``data/demo/cases.toml``. Dates are relative to the anchor day of the demo.
"""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from app.directory.codes import LEVELS
from app.operations.demo_backgrounds import draw_background
from app.settings import SHIPPED_DATA

CASES_FILE: Final = SHIPPED_DATA / "demo" / "cases.toml"
_SEED: Final = 20261123
_HOUSEHOLDS: Final = 40
_INITIALS: Final = "ABDEFGHIKLMNORSTWYZ"
_SHAPES: Final = (
    ("man", 11),
    ("woman", 7),
    ("couple", 4),
    ("family", 12),
    ("mother", 6),
)
_FLATS: Final = ("73728", "73730", "73732", "73733", "73734", "73760", "73207", "73779")
_MORNINGS: Final = tuple((day, "08:30", "12:30") for day in range(1, 6))
_AFTERNOONS: Final = tuple((day, "13:30", "17:00") for day in range(1, 6))
_EVENINGS: Final = (*((day, "17:30", "21:00") for day in range(1, 6)), (6, "09:00", "17:00"))
_TIMES: Final = (
    (_MORNINGS, 5),
    (_AFTERNOONS, 2),
    ((*_MORNINGS, *_AFTERNOONS), 4),
    (_EVENINGS, 4),
    ((*_MORNINGS, *_EVENINGS), 2),
    (None, 3),
)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """An invented client, as told on the anchor day."""

    key: str
    household: str
    case_worker: int
    """Position among the demo's case workers."""
    accommodation: str | None
    started_on: date
    client: dict[str, Any]
    """Shaped like `app.cases.records.ClientCreate`."""
    may_have_past: bool = True
    """Whether there may be referrals already; the people written by hand begin afresh."""


def read_material(path: Path = CASES_FILE) -> dict[str, Any]:
    """The file of the demo's people, parsed."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def build_people(material: dict[str, Any], case_workers: int, anchor: date) -> tuple[DemoPerson, ...]:
    """Everybody: the people written by hand first, then those drawn from the seed.

    ``case_workers`` is how many share the cases, ``anchor`` the day to which all dates refer.
    """
    written = tuple(
        DemoPerson(
            key=case["key"],
            household=case.get("household", case["key"]),
            case_worker=case["case_worker"],
            accommodation=case.get("accommodation"),
            started_on=case["started_on"],
            client=case["client"],
            may_have_past=False,
        )
        for case in material["case"]
    )
    drawn = _Draw(material, anchor)
    return written + tuple(
        person for number in range(_HOUSEHOLDS) for person in drawn.household(number, case_workers)
    )


class _Draw:
    """Draws household after household from one sequence of random numbers."""

    def __init__(self, material: dict[str, Any], anchor: date) -> None:
        self._material = material
        self._anchor = anchor
        self._taken: set[str] = set()
        """Given names in the household that is being drawn."""
        self._rng = random.Random(_SEED)  # noqa: S311  the same people every time, nothing secret
        # A sequence of its own: what is told beside leaves the people as they are.
        self._more = random.Random(_SEED + 1)  # noqa: S311

    def household(self, number: int, case_workers: int) -> list[DemoPerson]:
        """The members of one household: adults first, then children."""
        rng = self._rng
        background = _weighted(rng, [(b, b["weight"]) for b in self._material["background"]])
        shape = _weighted(rng, _SHAPES)
        initial = rng.choice(_INITIALS) + "."
        accommodation, plz = self._home()
        started_on = self._anchor - timedelta(days=rng.randint(30, 700))
        status = self._status(background)
        children = rng.randint(1, 3) if shape in {"family", "mother"} else 0
        sexes = {"man": ("male",), "woman": ("female",), "mother": ("female",)}.get(
            shape, ("female", "male")
        )
        ages = [rng.randint(22, 45) if children else rng.randint(18, 63) for _ in sexes]
        young = [rng.randint(0, min(16, min(ages) - 19)) for _ in range(children)]
        self._taken = set()
        members = [
            self._adult(background, sex, age, young, mother=sex == "female")
            for sex, age in zip(sexes, ages, strict=True)
        ] + [self._child(background, age) for age in young]
        return [
            DemoPerson(
                key=f"{number:02d}-{position}",
                household=f"{number:02d}",
                case_worker=number % case_workers,
                accommodation=accommodation,
                started_on=started_on,
                client={**member, **status, "family_name": initial, "plz": plz},
            )
            for position, member in enumerate(members)
        ]

    def _home(self) -> tuple[str | None, str | None]:
        """An accommodation or the postal code of a flat."""
        rng = self._rng
        if rng.random() < 0.65:
            return rng.choice([entry["key"] for entry in self._material["accommodation"]]), None
        return None, rng.choice(_FLATS)

    def _status(self, background: dict[str, Any]) -> dict[str, Any]:
        rng = self._rng
        if rng.random() < 0.08:
            return {}
        told: dict[str, Any] = {"residence_status": rng.choice(background["statuses"])}
        if rng.random() < 0.85:
            told["residence_status_expires_on"] = self._anchor + timedelta(days=rng.randint(20, 800))
        return told

    def _person(self, background: dict[str, Any], sex: str, born_on: date) -> dict[str, Any]:
        return {
            "given_name": self._given_name(background[sex]),
            "sex": sex,
            "birth_date": born_on,
            "nationalities": [background["nationality"]],
            "languages": list(background["languages"]),
        }

    def _given_name(self, names: list[str]) -> str:
        """A name that nobody else of the household has, as long as there are any."""
        free = [name for name in names if name not in self._taken]
        name = self._rng.choice(free or names)
        self._taken.add(name)
        return name

    def _adult(
        self, background: dict[str, Any], sex: str, age: int, children: list[int], *, mother: bool
    ) -> dict[str, Any]:
        rng = self._rng
        person = self._person(background, sex, self._born(age))
        level = _weighted(rng, [("none", 3), ("A1", 5), ("A2", 7), ("B1", 5), ("B2", 2), (None, 2)])
        if rng.random() < 0.9:
            person["reads"] = [] if rng.random() < 0.08 else list(background["reads"])
        if level is not None:
            person |= self._level(level)
        person["mobility"] = _weighted(
            rng, [("transit", 12), ("walk", 4), ("bike", 3), ("car", 2), (None, 2)]
        )
        if rng.random() < 0.25:
            person["max_distance_km"] = float(rng.choice((3, 5, 8, 15)))
        times = _weighted(rng, _TIMES)
        if times is not None:
            person["available"] = [{"weekday": d, "from": f, "to": t} for d, f, t in times]
        if mother and any(age < 6 for age in children):
            person["needs_childcare"] = True
        elif not children and rng.random() < 0.7:
            person["needs_childcare"] = False
        person["needs_step_free"] = _weighted(rng, [(False, 16), (True, 1), (None, 8)])
        words = self._material["interests"]["adults"]
        person["interests"] = rng.sample(words, rng.randint(0, 4))
        person["goals"] = self._goals(level, has_children=bool(children))
        entitlements = self._entitlements()
        if entitlements is not None:
            person["entitlements"] = entitlements
        return person | draw_background(self._more, person, self._material, self._anchor)

    def _child(self, background: dict[str, Any], age: int) -> dict[str, Any]:
        rng = self._rng
        child = self._person(background, rng.choice(("female", "male")), self._born(age))
        if age < 6:
            child["goals"] = [{"area": "children"}] if rng.random() < 0.5 else []
            return child
        child["reads"] = ["de"] if age > 7 else None
        child["interests"] = rng.sample(self._material["interests"]["children"], rng.randint(1, 3))
        child["goals"] = [{"area": rng.choice(("school", "participation"))}]
        child["mobility"] = "walk" if age < 11 else "transit"
        return child

    def _level(self, level: str) -> dict[str, Any]:
        rng = self._rng
        evidence = "self" if level == "none" else rng.choice(("self", "test", "certificate"))
        told: dict[str, Any] = {"german_level": level, "german_level_evidence": evidence}
        if evidence != "self" or rng.random() < 0.5:
            told["german_level_on"] = self._anchor - timedelta(days=rng.randint(20, 540))
        return told

    def _goals(self, level: str | None, *, has_children: bool) -> list[dict[str, Any]]:
        rng = self._rng
        goals: list[dict[str, Any]] = []
        if rng.random() < 0.8:
            known = LEVELS.index(level) if level else 0
            goals.append({"area": "language", "target_level": LEVELS[min(known + 1, 5)]})
        further = ["work", "training", "housing", "participation", "health"]
        if has_children:
            further.append("children")
        goals += [{"area": area} for area in rng.sample(further, rng.randint(0, 2))]
        return goals

    def _entitlements(self) -> list[dict[str, Any]] | None:
        rng = self._rng
        choice = _weighted(
            rng,
            [("unknown", 6), ("none", 4), ("entitlement", 4), ("obligation", 4), ("admission", 2),
             ("vocational_course", 2)],
        )  # fmt: skip
        if choice == "unknown":
            return None
        if choice == "none":
            return []
        issued_on = self._anchor - timedelta(days=rng.randint(60, 500))
        if choice == "admission":
            # Admissions were last granted before 9 February 2026.
            issued_on = date(2026, 2, 6) - timedelta(days=rng.randint(0, 300))
        entry: dict[str, Any] = {"kind": choice, "issued_on": issued_on}
        if rng.random() < 0.6:
            entry["valid_until"] = issued_on + timedelta(days=rng.choice((365, 730)))
        return [entry]

    def _born(self, age: int) -> date:
        return self._anchor - timedelta(days=round(age * 365.25) + self._rng.randint(0, 364))


def _weighted(rng: random.Random, choices: Any) -> Any:
    values, weights = zip(*choices, strict=True)
    return rng.choices(values, weights)[0]
