"""What a directory entry takes from outside, and what it leaves out."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.directory.records import OfferRecord

KEYS = {"external_id": "a", "kind": "club"}


def test_control_characters_are_left_out_and_lines_stay() -> None:
    offer = OfferRecord.model_validate(
        {
            **KEYS,
            "title": "Judo\x00 \x1bKinder",
            "description": "Zeile 1\r\nZeile\t2\x07",
            "required_documents": ["Pass\x0b"],
        }
    )
    assert offer.title == "Judo Kinder"
    assert offer.description == "Zeile 1\r\nZeile\t2"
    assert offer.required_documents == ("Pass",)


@pytest.mark.parametrize("title", ["\x00\x01", " \x7f "], ids=["nul", "delete"])
def test_a_title_of_control_characters_is_none(title: str) -> None:
    with pytest.raises(ValidationError):
        OfferRecord.model_validate({**KEYS, "title": title})
