"""Who is likely one person, however the name is written."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cases.client_similarity import KnownPeople, Person, are_likely_one, phone_digits

BORN = date(1994, 4, 3)


def _person(name: str, born: date | None = BORN, phone: str | None = None, key: str = "a") -> Person:
    first, last = name.split(" ")
    return Person(key, first, last, born, phone)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mohammed Alhassan", "Muhamad Al-Hassan"),
        ("Yousef Karimi", "Jusuf Karimy"),
        ("Oleksandr Schewtschenko", "Olexander Shevchenko"),
        ("Müller Jürgen", "Juergen Mueller"),
        ("Zainab Hosseini", "Zeynab Husseini"),
    ],
)
def test_ways_of_writing_a_name_are_one_person_with_one_birth_date(one: str, other: str) -> None:
    assert are_likely_one(_person(one), _person(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hassan Ali", "Hussein Ali"),
        ("Ahmad Karimi", "Mohammed Karimi"),
        ("Oksana Bondar", "Olena Bondar"),
        ("Amira Haddad", "Amira Nasser"),
    ],
)
def test_twins_and_strangers_are_two(one: str, other: str) -> None:
    assert not are_likely_one(_person(one, phone="0151 2345678"), _person(other, phone="01512345678"))


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        (date(1994, 3, 4), True),
        (date(1994, 1, 1), True),
        (date(1994, 4, 4), False),
        (date(1995, 4, 3), False),
        (None, True),
    ],
    ids=["day and month swapped", "first of January", "another day", "another year", "unknown"],
)
def test_birth_dates_contradict_or_not(born: date | None, expected: bool) -> None:
    assert are_likely_one(_person("Amira Haddad"), _person("Amira Hadad", born)) is expected


def test_a_phone_joins_half_known_people() -> None:
    one = Person("a", "Amira", "", None, "+49 151 2345678")
    assert are_likely_one(one, Person("b", "Amira", "Haddad", None, "0151/2345678"))
    assert not are_likely_one(one, Person("b", "Amira", "Haddad", None, "0151/9999999"))
    assert phone_digits("110") is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Amira Haddad", "Amirah Hadad", "Ali Karimi", "Olena Bondar"]),
            st.sampled_from([None, BORN, date(2001, 7, 9)]),
        ),
        max_size=12,
    )
)
@settings(max_examples=40)
def test_the_index_finds_what_comparing_everybody_finds(told: list[tuple[str, date | None]]) -> None:
    people = [_person(name, born, key=str(number)) for number, (name, born) in enumerate(told)]
    known = KnownPeople()
    for position, person in enumerate(people):
        found = known.find(person)
        assert (found is not None) == any(are_likely_one(person, o) for o in people[:position])
        known.add(person)


def test_names_in_other_scripts_and_nothing_at_all_do_no_harm() -> None:
    known = KnownPeople([_person("Оксана Бондар"), Person("b", "", "", None, "")])
    assert known.find(_person("Оксана Бондар", None, key="c")) is not None
    assert known.find(_person("أميرة حداد", None, key="d")) is None
