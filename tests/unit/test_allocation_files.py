"""A problem from a file: what it may say, and what is told when it cannot be read."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from app.core.errors import InvalidInputError
from app.matching.allocation_files import read_problem
from app.matching.types import TimeSpan

TODAY = date(2026, 11, 23)


def whole() -> dict[str, Any]:
    return {
        "applicants": [
            {
                "id": "e1",
                "client": "c1",
                "entered_on": "2026-05-04",
                "priority": "obligation",
                "household": "h1",
                "needs_childcare": True,
                "sex": "female",
                "language": "uk",
            },
            {"id": "e2", "entered_on": "2026-01-04"},
        ],
        "starts": [
            {
                "id": "o1",
                "seats": 15,
                "starts_on": "2026-12-07",
                "times": [{"weekday": 1, "from": "09:00", "to": "12:15"}],
                "has_childcare": False,
            }
        ],
        "options": [{"applicant": "e1", "start": "o1", "fit": 0.83, "distance_km": 2.4}],
    }


def read(data: Any):
    return read_problem(json.dumps(data).encode(), TODAY)


def test_a_file_says_who_waits_what_starts_and_what_is_possible():
    problem, attributes = read(whole())
    second, first = problem.applicants
    assert (first.entry_id, first.rank, first.priority, first.waited_days) == ("e1", 1, 0, 203)
    assert (second.client_id, second.rank, second.priority, second.household) == ("e2", 0, 3, None)
    start = problem.starts[0]
    assert (start.spans, start.has_childcare, start.ends_on) == ((TimeSpan(1, 540, 735),), False, None)
    assert problem.options["e1", "o1"].distance_km == 2.4
    assert attributes["e1"] == {"sex": "female", "age_group": None, "language": "uk"}


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    data = whole()
    part: Any = data
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("applicants", 0, "priority"), "first", "applicants.0.priority"),
        (("applicants", 0, "entered_on"), 5, "not a date"),
        (("applicants", 0, "entered_on"), "2027-01-01", "waited"),
        (("applicants", 1, "id"), "e1", "twice"),
        (("applicants", 1, "name"), "Amina", "applicants.1.name: unknown key"),
        (("starts", 0, "seats"), -1, "starts.0.seats"),
        (("starts", 0, "seats"), "15", "starts.0.seats"),
        (("starts", 0, "seats"), 10**30, "starts.0.seats"),
        (("starts", 0, "ends_on"), "2026-01-01", "ends before it begins"),
        (("starts", 0, "times", 0, "to"), "08:00", "must lie after"),
        (("options", 0, "fit"), 1.2, "options.0.fit"),
        (("options", 0, "start"), "o9", "unknown"),
        (("options",), "none", "options"),
        (("more",), 1, "more: unknown key"),
    ],
)
def test_what_cannot_be_is_named_in_one_line(path: tuple[Any, ...], value: Any, words: str):
    with pytest.raises(InvalidInputError, match=words) as caught:
        read(changed(path, value))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "JSON object"),
        (b'"a"', "JSON object"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"applicants": [], "applicants": []}', "twice"),
        (b'{"applicants": ' + b"9" * 5000 + b"}", "digits"),
        (b"[" * 100_000, "nested"),
        (
            b'{"applicants": [], "starts": [], '
            b'"options": [{"applicant": "a", "start": "o", "fit": NaN}]}',
            "fit",
        ),
    ],
    ids=["empty", "cut", "list", "text", "encoding", "repeated", "digits", "deep", "nan"],
)
def test_what_is_no_problem_is_refused(content: bytes, words: str):
    with pytest.raises(InvalidInputError, match=words):
        read_problem(content, TODAY)


def test_an_option_is_given_once():
    data = whole()
    data["options"] *= 2
    with pytest.raises(InvalidInputError, match="twice"):
        read(data)


def test_a_byte_order_mark_is_no_problem():
    problem, _attributes = read_problem(b"\xef\xbb\xbf" + json.dumps(whole()).encode(), TODAY)
    assert len(problem.applicants) == 2
