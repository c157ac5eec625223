"""Which fields the form of an offer asks for."""

from __future__ import annotations

import pytest

from app.directory.codes import OFFER_KINDS
from app.directory.records import OfferRecord
from app.web.forms.offer_kinds import (
    NOT_TYPED,
    SECTIONS,
    asked_fields,
    filled_fields,
    form_sections,
)

ALL = [name for fields in SECTIONS.values() for name in fields]


def test_every_field_of_an_offer_has_its_one_place_in_the_form() -> None:
    assert len(ALL) == len(set(ALL))
    assert set(ALL) | NOT_TYPED == OfferRecord.model_fields.keys()
    assert not set(ALL) & NOT_TYPED


@pytest.mark.parametrize("kind", OFFER_KINDS)
def test_nothing_is_out_of_reach_and_nothing_is_asked_twice(kind: str) -> None:
    shown = [name for s in form_sections(kind) for name in (*s.asked, *s.further)]
    expected = set(ALL) if kind == "language_course" else set(ALL) - {"course_kind"}
    assert len(shown) == len(set(shown))
    assert set(shown) == expected
    assert {"title", "sessions", "places", "visibility"} <= asked_fields(kind)


@pytest.mark.parametrize("kind", OFFER_KINDS)
def test_a_field_with_a_value_is_shown_at_once(kind: str) -> None:
    for name in set(ALL) - {"course_kind"}:
        assert name in [field for s in form_sections(kind, frozenset({name})) for field in s.asked]


def test_a_course_is_asked_for_its_level_and_a_club_is_not() -> None:
    assert {"course_kind", "entry_level", "lesson_units", "seats_max"} <= asked_fields(
        "language_course"
    )
    assert not {"entry_level", "lesson_units", "entitlement_kinds"} & asked_fields("club")
    assert {"sex", "min_age", "what_to_bring"} <= asked_fields("club")


def test_only_what_differs_from_a_new_offer_counts_as_filled() -> None:
    plain = OfferRecord(external_id="x", title="Chor", kind="club")
    assert filled_fields(plain) == {"title"}
    told = plain.model_copy(update={"has_childcare": False, "min_age": 0})
    assert filled_fields(told) == {"title", "has_childcare", "min_age"}
