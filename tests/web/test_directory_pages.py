"""Searching and reading the directory."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select
from werkzeug.datastructures import MultiDict

from app.directory.models import Offer, Provider
from app.operations.runtime import Runtime
from app.web.forms.directory import MAX_TEXT_CHARACTERS, as_arguments, read_request
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


def _titles(page: str) -> list[str]:
    return re.findall(r'<h2 class="lb-list__title"><a [^>]*>([^<]+)</a>', page)


def _total(page: str) -> int:
    found = re.search(r"<strong>(\d+) Angebote?</strong>", page)
    assert found
    return int(found.group(1))


def test_without_words_the_whole_directory_is_browsed(browser: FlaskClient) -> None:
    answer = browser.get("/verzeichnis")
    check_page(answer)
    assert _total(answer.text) >= 220
    assert len(_titles(answer.text)) == 20
    second = browser.get("/verzeichnis?seite=2")
    assert not set(_titles(answer.text)) & set(_titles(second.text))


def test_words_level_and_place_are_understood_and_shown_as_chips(browser: FlaskClient) -> None:
    page = browser.get(f"/verzeichnis?q={quote('Deutschkurs B1 Zell')}").text
    assert "Niveau B1" in page
    assert "nahe Zell" in page
    assert "Zell (ca. 0," in page


def test_a_chip_takes_its_part_away(browser: FlaskClient) -> None:
    page = browser.get(f"/verzeichnis?q={quote('Deutschkurs B1 Zell')}").text
    chip = re.search(r'<a class="lb-chip" href="([^"]+)"><span>Niveau B1', page)
    assert chip
    fewer = browser.get(chip.group(1).replace("&amp;", "&")).text
    assert "Niveau B1" not in fewer
    assert _total(fewer) > _total(page)


def test_a_filter_narrows_to_its_own_count(browser: FlaskClient) -> None:
    page = browser.get("/verzeichnis").text
    count = re.search(
        r'name="art" value="club">\s*<span>Verein</span>\s*<span class="lb-facet__count">(\d+)', page
    )
    assert count
    filtered = browser.get("/verzeichnis?art=club").text
    assert _total(filtered) == int(count.group(1))


def test_a_typing_error_is_corrected_and_said(browser: FlaskClient) -> None:
    page = browser.get("/verzeichnis?q=Sprachkus").text
    assert "Sprachkurs" in page
    assert _total(page) > 10


def test_nothing_found_says_so_and_offers_a_way_on(browser: FlaskClient) -> None:
    answer = browser.get("/verzeichnis?q=xqzvwy")
    check_page(answer)
    assert "Nichts gefunden" in answer.text
    assert "Das ganze Verzeichnis zeigen" in answer.text


def test_an_unknown_place_is_named(browser: FlaskClient) -> None:
    page = browser.get("/verzeichnis?ort=Nirgendheim").text
    assert "Einen Ort „Nirgendheim“ kennen wir nicht." in page


def test_a_place_of_its_own_field_gives_distances(browser: FlaskClient) -> None:
    page = browser.get("/verzeichnis?ort=73730&art=club").text
    assert re.search(r"\(ca\. [\d,]+ km\)", page)


@pytest.mark.parametrize(
    "address",
    [
        "/verzeichnis?art=unsinn&niveau=Z9&tag=8&km=-3&seite=abc&sortierung=x&sprache=%3Cscript%3E",
        "/verzeichnis?seite=99999999999999999999",
        "/verzeichnis?seite=400",
        "/verzeichnis?q=" + quote('AND OR NOT * : ( ) "') + "&ort=" + quote("'; DROP TABLE offer"),
        "/verzeichnis?q=" + "lang" * 1000,
        "/verzeichnis?q=%00%ff%fe",
        "/verzeichnis?" + "&".join(f"sprache=a{chr(97 + i % 26)}" for i in range(300)),
    ],
)
def test_an_address_full_of_nonsense_still_answers(browser: FlaskClient, address: str) -> None:
    answer = browser.get(address, follow_redirects=True)
    assert answer.status_code == 200
    check_page(answer)
    assert "<script>" not in answer.text.replace("<script src", "")


def test_only_the_results_are_sent_when_only_they_are_asked_for(browser: FlaskClient) -> None:
    answer = browser.get("/verzeichnis?q=chor", headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert "Chor" in answer.text
    restored = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in browser.get("/verzeichnis?q=chor", headers=restored).text


def test_typing_brings_suggestions(browser: FlaskClient) -> None:
    words = browser.get("/verzeichnis/vorschlaege?q=fußb").get_json()
    assert any("ußball" in word for word in words)
    assert browser.get("/verzeichnis/vorschlaege").get_json() == []


def test_every_offer_and_provider_has_a_sound_page(browser: FlaskClient, demo: Runtime) -> None:
    with demo.database.read() as session:
        offers = session.exec(select(Offer.id)).all()
        providers = session.exec(select(Provider.id)).all()
    for address in [*(f"/angebote/{i}" for i in offers), *(f"/anbieter/{i}" for i in providers)]:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        check_page(answer)
        assert "None" not in answer.text, address


def test_a_protected_address_is_marked(browser: FlaskClient, demo: Runtime) -> None:
    with demo.database.read() as session:
        protected = session.exec(select(Offer.id).where(Offer.visibility == "protected")).first()
    assert protected
    assert "Geben Sie diese Adresse nicht weiter" in browser.get(f"/angebote/{protected}").text


def test_the_editor_sees_what_is_to_be_completed(sign_in: SignIn) -> None:
    answer = sign_in("directory_editor").get("/pflege/hinweise?seite=9")
    assert answer.status_code == 200
    check_page(answer)


_values = st.one_of(
    st.text(max_size=300), st.sampled_from(["club", "B1", "3", "1", "ar", "5", "nah", "2"])
)
_names = st.sampled_from(
    [
        "q",
        "art",
        "kurs",
        "niveau",
        "sprache",
        "tag",
        "km",
        "frei",
        "frauen",
        "sortierung",
        "seite",
        "ort",
    ]
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(_names, _values), max_size=12))
def test_a_search_survives_the_way_through_its_address(pairs: list[tuple[str, str]]) -> None:
    wanted = read_request(MultiDict(pairs), TODAY)
    assert len(wanted.query.text) <= MAX_TEXT_CHARACTERS
    arguments = as_arguments(wanted)
    again = read_request(MultiDict([(n, v) for n, values in arguments.items() for v in values]), TODAY)
    assert as_arguments(again) == arguments


def test_each_line_says_why_it_was_found(browser: FlaskClient) -> None:
    page = browser.get("/verzeichnis?q=soccer").text
    assert "„soccer“ als Thema „Fußball“" in page
    assert "„Chor“ im Titel" in browser.get("/verzeichnis?q=Chor").text
    assert "spricht Arabisch" in browser.get("/verzeichnis?q=Beratung+auf+Arabisch").text


def test_a_language_that_nobody_speaks_takes_nothing_away(browser: FlaskClient) -> None:
    response = browser.get("/verzeichnis?q=Asylberatung+Dari")
    check_page(response)
    page = response.text
    assert "Asylverfahrensberatung" in page
    assert "Kein gefundenes Angebot hat dies: Dari." in page
    assert "passt nicht: Dari" in page
    assert "ohne „Dari“" in page
    assert 'href="/luecken/neu?text=Asylberatung+Dari&amp;language=prs"' in page


def test_nothing_found_proposes_what_finds_something(browser: FlaskClient) -> None:
    response = browser.get("/verzeichnis?q=Chor&art=authority")
    check_page(response)
    address = re.search(r'href="([^"]+)">ohne den Filter', response.text)
    assert address is not None
    assert "Weltchor" in browser.get(unescape(address[1])).text
    assert "Lücke melden" in response.text


def test_what_is_found_for_nothing_at_all_is_no_gap(browser: FlaskClient) -> None:
    assert "Lücke melden" not in browser.get("/verzeichnis").text
    assert "Lücke melden" not in browser.get("/verzeichnis?q=Chor").text


def test_a_page_beyond_the_end_leads_to_the_last_one(browser: FlaskClient) -> None:
    answer = browser.get("/verzeichnis?q=sprachkurs&seite=900", follow_redirects=True)
    assert answer.status_code == 200
    assert "Nichts gefunden" not in answer.text
    assert 1 < int(answer.request.args["seite"]) < 900
    nothing = browser.get("/verzeichnis?q=unterwasserhockeyxyz&seite=900")
    assert "Nichts gefunden" in nothing.text
