"""Whether two clients are likely one person: names written differently, birth date, phone. Pure.

Names from other scripts are written in many ways (Mohammed, Muhamad; Yousef, Jusuf; Oleksandr,
Olexander), first and last names change places, and a birth date that nobody knew became 1 January.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from rapidfuzz import fuzz

from app.core.text import fold_phrase, fold_umlauts

ALIKE: Final = 75.0
"""Both names at least this alike (of 100), and something else agrees."""
NEARLY_THE_SAME: Final = 85.0
"""Both names at least this alike: enough while nothing contradicts."""
_MIN_PHONE_DIGITS: Final = 7
_MAX_SHARING: Final = 200
"""What more people than this share (a first name, say) is no reason to compare all of them."""
_CONSONANTS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"tsch|tch|sch|sh", "s"),
        (r"dsch|dzh|dj|zh|j|y(?=[aou])", "i"),
        (r"kh|ch|gh|q|ck|c|g", "k"),
        (r"ph", "f"),
        (r"th|dh", "t"),
        (r"ts|tz|z|ss", "s"),
        (r"x", "ks"),
        (r"w", "v"),
    )
)
_VOWELS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in ((r"ou|oo|o", "u"), (r"ai|ei|ay|ey|ie|ee|e|y", "i"), (r"[ʼ’`'-]", ""))
)
_DOUBLED: Final = re.compile(r"(.)\1+")
_ANY_VOWEL: Final = re.compile(r"[aeiouh]")


@dataclass(frozen=True, slots=True)
class Person:
    """What tells whether somebody is known already."""

    key: str
    """Of a stored client the id, of a row of a file its line."""
    given_name: str
    family_name: str
    birth_date: date | None = None
    phone: str | None = None


def sound_of(name: str) -> str:
    """How a name sounds, roughly: what the ways of writing it have in common."""
    sound = fold_umlauts(fold_phrase(name)).replace(" ", "")
    for pattern, replacement in _CONSONANTS + _VOWELS:
        sound = pattern.sub(replacement, sound)
    return _DOUBLED.sub(r"\1", sound)


def phone_digits(phone: str | None) -> str | None:
    """The last digits of a number, however it is written; `None` for too short a one."""
    digits = re.sub(r"\D", "", phone or "").lstrip("0").removeprefix("49").lstrip("0")
    return digits if len(digits) >= _MIN_PHONE_DIGITS else None


def are_likely_one(a: Person, b: Person) -> bool:
    """Whether an office should look before it keeps both."""
    alike = _names_alike(a, b)
    if alike < ALIKE:
        return False
    if a.birth_date and b.birth_date:
        if a.birth_date == b.birth_date:
            return True
        return alike >= NEARLY_THE_SAME and _may_be_one_birth_date(a.birth_date, b.birth_date)
    if (number := phone_digits(a.phone)) is not None and number == phone_digits(b.phone):
        return True
    return alike >= NEARLY_THE_SAME and all((a.given_name, a.family_name, b.given_name, b.family_name))


class KnownPeople:
    """Finds who is likely the same among many, without comparing everybody with everybody."""

    def __init__(self, people: Iterable[Person] = ()) -> None:
        """Knows ``people``."""
        self._by_trait: Mapping[tuple[str, object], list[Person]] = defaultdict(list)
        for person in people:
            self.add(person)

    def add(self, person: Person) -> None:
        """Know one more."""
        for trait in _traits(person):
            self._by_trait[trait].append(person)

    def find(self, person: Person) -> Person | None:
        """Somebody known who is likely ``person``; the first one that was added."""
        seen: set[str] = set()
        for trait in _traits(person):
            sharing = self._by_trait.get(trait, [])
            if trait[0] == "name" and len(sharing) > _MAX_SHARING:
                continue
            for other in sharing:
                if other.key not in seen and are_likely_one(person, other):
                    return other
                seen.add(other.key)
        return None


def _traits(person: Person) -> list[tuple[str, object]]:
    """What two spellings of one person have in common, at least one of these."""
    names = (person.given_name, person.family_name)
    sounds = sorted(_ANY_VOWEL.sub("", sound_of(name)) for name in names)
    found: list[tuple[str, object]] = [("names", tuple(sounds))]
    if person.birth_date:
        found.append(("born", person.birth_date))
    if number := phone_digits(person.phone):
        found.append(("phone", number))
    return found + [("name", sound) for sound in dict.fromkeys(sounds) if sound]


def _names_alike(a: Person, b: Person) -> float:
    """How alike the weaker of both names is, 0 to 100; the names may have changed places."""
    straight = min(_alike(a.given_name, b.given_name), _alike(a.family_name, b.family_name))
    crossed = min(_alike(a.given_name, b.family_name), _alike(a.family_name, b.given_name))
    return max(straight, crossed)


def _alike(a: str, b: str) -> float:
    one, other = fold_umlauts(fold_phrase(a)), fold_umlauts(fold_phrase(b))
    if not one or not other:
        return 100.0 if one == other else ALIKE
    return max(fuzz.ratio(one, other), fuzz.ratio(sound_of(a), sound_of(b)))


def _may_be_one_birth_date(a: date, b: date) -> bool:
    """Day and month changed places, or one of both is the 1 January that stands for "unknown"."""
    if a.year != b.year:
        return False
    is_swapped = (a.day, a.month) == (b.month, b.day)
    return is_swapped or (1, 1) in {(a.day, a.month), (b.day, b.month)}
