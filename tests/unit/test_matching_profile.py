"""Profiles: what is read from them, and how bad ones are refused."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.interests import load_taxonomy
from app.matching.profile import ProfileError, read_profile, to_facts
from app.matching.types import ClientFacts, EntitlementFact, GoalFact, TimeSpan

TODAY = date(2026, 11, 23)
TAXONOMY = load_taxonomy()


def facts(profile: dict) -> ClientFacts:
    return to_facts(read_profile(json.dumps(profile).encode(), TODAY), TAXONOMY)


def refusal(content: bytes | dict) -> str:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    with pytest.raises(ProfileError) as error:
        read_profile(data, TODAY)
    message = str(error.value)
    assert "\n" not in message
    return message


def test_an_empty_profile_knows_nothing():
    assert facts({}) == ClientFacts()


def test_an_empty_list_is_none_and_not_unknown():
    lists = ("languages", "reads", "goals", "interests", "available", "entitlements")
    known = facts({name: [] for name in lists})
    assert all(getattr(known, name) == () for name in lists)


def test_a_full_profile_is_read():
    known = facts(
        {
            "birth_date": "1992-04-18",
            "sex": "female",
            "languages": ["ar", "fa-AF", "sr-Latn"],
            "reads": ["ar"],
            "german_level": "A2",
            "german_level_evidence": "certificate",
            "goals": [{"area": "language", "target_level": "B1"}, {"area": "work"}],
            "interests": ["كرة القدم", "soccer", "Xyzzyx"],
            "latitude": 48.7235,
            "longitude": 9,
            "plz": "73730",
            "available": [{"weekday": 7, "from": "22:15", "to": "24:00"}],
            "mobility": "bike",
            "max_distance_km": 12,
            "needs_childcare": True,
            "needs_step_free": False,
            "residence_status": "25(4a)",
            "residence_valid_until": "2027-03-04",
            "has_children": True,
            "entitlements": [
                {"kind": "admission", "issued_on": "2026-01-02", "valid_until": "2027-01-02"}
            ],
        }
    )
    assert known.goals == (GoalFact("language", "B1"), GoalFact("work"))
    assert known.interests == ("football",)
    assert (known.residence_valid_until, known.has_children) == (date(2027, 3, 4), True)
    assert known.unknown_interests == ("Xyzzyx",)
    assert (known.latitude, known.longitude, known.position_is_precise) == (48.7235, 9.0, True)
    assert known.available == (TimeSpan(7, 1335, 1440),)
    assert known.entitlements == (EntitlementFact("admission", date(2026, 1, 2), date(2027, 1, 2)),)


def test_a_postal_code_gives_an_estimated_position():
    known = facts({"plz": "73730"})
    assert known.latitude == pytest.approx(48.73, abs=0.05)
    assert not known.position_is_precise


@pytest.mark.parametrize(
    ("profile", "key"),
    [
        ({"latitude": 48.7}, "latitude"),
        ({"longitude": 9.3}, "longitude"),
        ({"latitude": 91, "longitude": 9}, "latitude"),
        ({"plz": "00000"}, "plz"),
        ({"plz": "7373"}, "plz"),
        ({"plz": 73730}, "plz"),
        ({"available": [{"weekday": 1, "from": "10:00", "to": "10:00"}]}, "available.0"),
        ({"available": [{"weekday": 1, "from": "10:00", "to": "09:00"}]}, "available.0"),
        ({"available": [{"weekday": 0, "from": "09:00", "to": "10:00"}]}, "available.0.weekday"),
        ({"available": [{"weekday": True, "from": "09:00", "to": "10:00"}]}, "available.0.weekday"),
        ({"available": [{"weekday": 1, "from": "9:00", "to": "10:00"}]}, "available.0"),
        ({"available": [{"weekday": 1, "from": "09:00"}]}, "available.0.to"),
        ({"german_level_evidence": "test"}, "german_level_evidence"),
        ({"german_level": "D1"}, "german_level"),
        ({"residence_valid_until": "2027-03-04"}, "residence_valid_until"),
        ({"has_children": "yes"}, "has_children"),
        ({"german_level": "a2"}, "german_level"),
        ({"birth_date": "2026-11-24"}, "birth_date"),
        ({"birth_date": "1900-01-01"}, "birth_date"),
        ({"birth_date": "18.04.1992"}, "birth_date"),
        ({"birth_date": 699321600}, "birth_date"),
        ({"birth_date": "2026-02-30"}, "birth_date"),
        (
            {
                "entitlements": [
                    {"kind": "admission", "issued_on": "2026-01-02", "valid_until": "2025-01-02"}
                ]
            },
            "entitlements.0",
        ),
        ({"entitlements": [{"kind": "admission"}]}, "entitlements.0.issued_on"),
        ({"entitlements": [{"kind": "ticket", "issued_on": "2026-01-02"}]}, "entitlements.0.kind"),
        ({"max_distance_km": 0}, "max_distance_km"),
        ({"max_distance_km": -1}, "max_distance_km"),
        ({"max_distance_km": 1e300}, "max_distance_km"),
        ({"max_distance_km": "5"}, "max_distance_km"),
        ({"sex": "f"}, "sex"),
        ({"languages": "ar"}, "languages"),
        ({"languages": ["Arabic"]}, "languages.0"),
        ({"languages": ["ar\n"]}, "languages.0"),
        ({"interests": [""]}, "interests.0"),
        ({"interests": [7]}, "interests.0"),
        ({"goals": [{"area": "fun"}]}, "goals.0.area"),
        ({"goals": ["work"]}, "goals.0"),
        ({"needs_childcare": "yes"}, "needs_childcare"),
        ({"needs_childcare": 1}, "needs_childcare"),
        ({"residence_status": "25"}, "residence_status"),
        ({"mobility": None}, "mobility"),
        ({"goals": [{"area": "work", "target_level": None}]}, "goals.0.target_level"),
        ({"name": "somebody"}, "name"),
        ({"goals": [{"area": "work", "level": "B1"}]}, "goals.0.level"),
    ],
)
def test_what_cannot_be_used_is_refused_naming_the_key(profile, key):
    assert refusal(profile).startswith(f"{key}:") or refusal(profile).startswith(f"{key} ")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"[]", "JSON object"),
        (b'"x"', "JSON object"),
        (b"{", "not JSON"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
        (b'{"sex": "male", "sex": "female"}', "sex: given twice"),
        (b'{"goals": [{"area": "work", "area": "work"}]}', "area: given twice"),
        (b'{"max_distance_km": NaN}', "max_distance_km"),
        (b'{"latitude": Infinity, "longitude": 1}', "latitude"),
        (b'{"a\\nb": 1}', "a b: unknown key"),
        (b" " * 1_000_001, "larger than 1 MB"),
        (b"[" * 100_000, "not JSON"),
        (b'{"plz": "' + b"7" * 4301 + b'"}', "plz"),
        (b'{"max_distance_km": ' + b"7" * 5000 + b"}", "too many digits"),
        (b'{"max_distance_km": ' + b"7" * 500 + b"}", "max_distance_km"),
        (b'{"latitude": 1e999, "longitude": 1}', "latitude"),
        (b'{"a": ' + b"[" * 960 + b"]" * 960 + b"}", "a"),
        (b"null", "JSON object"),
    ],
)
def test_unreadable_content_is_refused_in_one_line(content, words):
    assert words in refusal(content)


def test_a_byte_order_mark_does_no_harm():
    assert read_profile(b"\xef\xbb\xbf{}", TODAY) == read_profile(b"{}", TODAY)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["birth_date", "languages", "german_level", "goals", "plz", "latitude", "available", "entitlements"]
)


@given(st.dictionaries(KEYS | st.text(max_size=4), JSON_VALUES, max_size=4))
def test_any_json_is_read_or_refused_in_one_line(profile):
    try:
        read_profile(json.dumps(profile).encode(), TODAY)
    except ProfileError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017  both ends are right
