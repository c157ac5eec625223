"""How alike two entries are: names first, contact data confirms or contradicts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.records import PlaceRecord
from app.directory.similarity import (
    CANDIDATE_SCORE,
    OfferTraits,
    ProviderTraits,
    build_traits,
    compare_offers,
    compare_providers,
    name_numbers,
    name_words,
    phone_digits,
    provider_traits,
)
from tests import directory_records

HOUSE = PlaceRecord(key="a", street="Ringstraße", house_number="4", plz="73728", town="Esslingen")
FAR = PlaceRecord(key="b", street="Seeweg", house_number="9", plz="04109", town="Leipzig")


def traits(name: str, *places: PlaceRecord, **facts: Any) -> ProviderTraits:
    return build_traits(name, places=places, **{k: [v] for k, v in facts.items()})


def score(a: ProviderTraits, b: ProviderTraits, *, related: bool = False) -> float:
    return compare_providers(a, b, {}, related=related).score


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Frauencafé Brückenbau e. V.", "Frauencafe Brueckenbau"),
        ("Volkshochschule Esslingen", "vhs Esslingen gGmbH"),
        ("TSV Blau-Weiß Zell", "T.S.V. Blauweiss Zell e.V."),
        ("Deutsches Rotes Kreuz Kreisverband Esslingen", "DRK Kreisverband Esslingen"),
        ("Nachbarschaftshilfe Pliensau", "Nachbarschaftshife Pliensau"),
        ("Fahrradwerkstatt Gleis Drei", "Gleis Drei Fahrradwerkstatt"),
        ("Sportverein Sirnau", "SV Sirnau Esslingen"),
    ],
    ids=str,
)
def test_spellings_of_one_name_are_candidates(one: str, other: str) -> None:
    assert score(traits(one, HOUSE), traits(other, HOUSE)) >= CANDIDATE_SCORE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Förderverein der 24. Grundschule", "Förderverein der 42. Grundschule"),
        ("Ortsgruppe Nord", "Ortsgruppe Süd"),
        ("Musikschule Neue Klänge", "Freunde der Musikschule Neue Klänge e.V."),
        ("Tennisclub Esslingen", "Schachclub Esslingen"),
        ("Haus der Vereine", "Haus der Familie"),
    ],
    ids=str,
)
def test_neighbours_in_one_house_are_not(one: str, other: str) -> None:
    a = traits(one, HOUSE, phones="0711 123456")
    b = traits(other, HOUSE, phones="0711 123456")
    assert score(a, b) < CANDIDATE_SCORE


def test_contact_data_confirms_and_contradicts() -> None:
    name, longer = "Nähcafé Fadenspiel", "Nähcafé Fadenspiel Mitte"
    same = score(traits(name, HOUSE, phones="0711 / 12 34 56"), traits(longer, phones="+49 711 123456"))
    silent = score(traits(name), traits(longer))
    other = score(traits(name, HOUSE, phones="0711 123456"), traits(longer, FAR, phones="0341 99999"))
    assert same > silent > other


def test_a_big_host_says_nothing_a_page_of_it_does() -> None:
    a = traits("Lesekreis", mails="lesekreis@gmx.de", sites="https://facebook.com")
    assert "website" not in compare_providers(a, a, {}).parts
    page = traits("Lesekreis", sites="https://www.facebook.com/lesekreis/")
    other = traits("Lesekreis", sites="https://facebook.com/lesekreis")
    assert compare_providers(page, other, {}).parts["website"] == 100
    strangers = traits("A", mails="a@gmx.de"), traits("B", mails="b@gmx.de")
    assert compare_providers(*strangers, {}).parts["email"] == 0


def test_branches_of_one_organisation_are_less_alike() -> None:
    a, b = traits("Beratung Mitte", HOUSE), traits("Beratung Mitte", FAR)
    assert score(a, b, related=True) < CANDIDATE_SCORE <= score(a, b)


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("0711 / 123-456", "711123456"),
        ("+49 (0)711 123456", "711123456"),
        ("0049711123456", "711123456"),
        ("49 711 123456", "49711123456"),
        ("110", ""),
        ("", ""),
        (None, ""),
        ("keine", ""),
    ],
    ids=str,
)
def test_phones_compare_by_their_digits(written: str | None, digits: str) -> None:
    assert phone_digits(written) == digits


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Der Verein für die Kinder e.V.", ("verein", "kinder")),
        ("Die e.V.", ("die", "e", "v")),
        ("", ()),
        ("Grüne Gruene Grune", ("grune",)),
    ],
    ids=str,
)
def test_legal_forms_and_fillers_do_not_count(name: str, words: tuple[str, ...]) -> None:
    assert name_words(name) == words


@given(directory_records.providers(), directory_records.providers("b"))
def test_any_two_providers_compare_the_same_both_ways(a: Any, b: Any) -> None:
    left, right = provider_traits(a), provider_traits(b)
    there, back = score(left, right), score(right, left)
    assert 0 <= there <= 100
    assert abs(there - back) < 12, "near-alike words may pair differently"
    assert score(left, left) >= 75


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_phone_a_site_and_a_name(a: str, b: str) -> None:
    left = traits(a, phones=b, mails=b, sites=b)
    right = traits(b, phones=a, mails=a, sites=a)
    assert 0 <= score(left, right) <= 100


def offer(title: str, **changes: Any) -> OfferTraits:
    values: dict[str, Any] = {
        "words": name_words(title),
        "numbers": name_numbers(title),
        "kind": "language_course",
        "course_kind": None,
        "levels": (None, None),
        "starts_on": "",
        "times": frozenset({(1, 540, 720)}),
        "places": frozenset({"a"}),
    }
    return OfferTraits(**values | changes)


@pytest.mark.parametrize(
    ("one", "other", "is_candidate"),
    [
        (offer("Deutschkurs am Vormittag"), offer("Deutsch-Kurs am Vormittag"), False),
        (offer("Deutschkurs am Vormittag"), offer("Deutschkurs am Vormitag"), True),
        (offer("Deutschkurs A1"), offer("Deutschkurs A2"), False),
        (offer("Deutsch", levels=("A1", None)), offer("Deutsch", levels=("A2", None)), False),
        (offer("Deutsch", levels=("A1", None)), offer("Deutsch"), True),
        (offer("Deutsch", starts_on="2026-01-01"), offer("Deutsch", starts_on="2026-05-01"), False),
        (offer("Turnen", kind="club"), offer("Turnen", kind="meeting"), False),
        (offer("Fußball"), offer("Handball"), False),
    ],
    ids=lambda value: " ".join(value.words) if isinstance(value, OfferTraits) else str(value),
)
def test_offers_of_a_provider(one: OfferTraits, other: OfferTraits, is_candidate: bool) -> None:
    assert (compare_offers(one, other).score >= CANDIDATE_SCORE) == is_candidate


def test_other_times_speak_against_the_same_offer() -> None:
    one, other = offer("Yoga"), offer("Yoga", times=frozenset({(3, 540, 720)}))
    assert compare_offers(one, other).score < compare_offers(one, one).score
