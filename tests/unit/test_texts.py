"""The text of an offer in the language of its reader."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.records import PhraseRecord
from app.directory.texts import fallback_chain, languages_of, text_direction, text_in


@dataclass(frozen=True)
class _Offer:
    title: str = "Deutschkurs"
    description: str = "Der Kurs vermittelt Deutsch."
    plain_description: str | None = "Sie lernen Deutsch."


@dataclass(frozen=True)
class _Page:
    offer: _Offer = field(default_factory=_Offer)
    phrases: dict[str, PhraseRecord] = field(default_factory=dict)


def _page(**texts: str) -> _Page:
    """A page with a description in these languages (``_`` for the hyphen of a tag)."""
    return _Page(
        phrases={
            tag.replace("_", "-"): PhraseRecord(title=f"T {tag}", description=text)
            for tag, text in texts.items()
        }
    )


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("prs", "fa"),
        ("fa-AF", "fa"),
        ("sr-Latn", "sr"),
        ("sr-Latn-RS", "sr"),
        ("hr", "de"),
        ("ku", "kmr"),
        ("ku-Arab", "de"),
        ("so", "de"),
        ("ar-SY", "ar"),
    ],
)
def test_a_missing_language_falls_back_to_what_its_readers_read(wanted: str, found: str) -> None:
    page = _page(fa="دری", sr="српски", kmr="kurdî", ar="عربي", en="English")
    assert text_in(page, wanted).language == found


def test_without_the_language_plain_german_comes_before_german() -> None:
    assert text_in(_page(en="English"), "so").description == "Sie lernen Deutsch."
    assert text_in(_page(), "de").description == "Der Kurs vermittelt Deutsch."
    assert text_in(_page(), "de-simple").description == "Sie lernen Deutsch."
    without = _Page(_Offer(plain_description=None))
    assert text_in(without, "de-simple").description == "Der Kurs vermittelt Deutsch."


def test_title_and_description_fall_back_by_themselves() -> None:
    page = _Page(phrases={"uk": PhraseRecord(title="Курс"), "fa": PhraseRecord(description="کلاس")})
    ukrainian = text_in(page, "uk")
    assert (ukrainian.title, ukrainian.title_language) == ("Курс", "uk")
    assert (ukrainian.description, ukrainian.language) == ("Sie lernen Deutsch.", "de")
    dari = text_in(page, "prs")
    assert (dari.title, dari.title_language, dari.language) == ("Deutschkurs", "de", "fa")


def test_an_empty_text_is_none() -> None:
    page = _Page(phrases={"uk": PhraseRecord(title="", description="")})
    assert text_in(page, "uk").title == "Deutschkurs"
    assert languages_of(page) == ("de", "de-simple")


@given(st.text(max_size=20))
def test_any_wish_gets_a_title_and_a_text(wanted: str) -> None:
    text = text_in(_page(uk="так"), wanted)
    assert text.title
    assert text.description


@given(st.from_regex(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?", fullmatch=True))
def test_a_language_is_tried_first_and_once(tag: str) -> None:
    chain = fallback_chain(tag)
    assert tag == "de" or chain[0] == tag
    assert len(chain) == len(set(chain))


@pytest.mark.parametrize(
    ("tag", "direction"),
    [
        ("ar", "rtl"),
        ("fa-AF", "rtl"),
        ("ckb", "rtl"),
        ("ku-Arab", "rtl"),
        ("az-Latn", "ltr"),
        ("ti", "ltr"),
    ],
)
def test_the_direction_follows_the_script(tag: str, direction: str) -> None:
    assert text_direction(tag) == direction
