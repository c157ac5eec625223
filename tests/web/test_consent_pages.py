"""Consents of a case, the form to sign, arranging on them, and confidential referrals."""

from __future__ import annotations

import io
import re

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlmodel import col, select
from werkzeug.test import TestResponse

from app.audit.models import AuditEntry
from app.cases.models import Client
from app.cases.privacy_models import Consent
from app.core.ids import new_id
from app.directory.models import Offer, Provider
from app.operations.demo_cases import client_id
from app.operations.runtime import Runtime
from app.referrals.models import Referral
from app.referrals.sealing import details_of
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page, token_of

AMIRA = client_id("amira")
CASE = f"/faelle/{AMIRA}"


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


@pytest.fixture
def offer(demo: Runtime) -> Offer:
    """An offer for Amira; what suits does not matter here, the rules may be set aside."""
    with demo.database.read() as session:
        found = session.exec(
            select(Offer)
            .where(
                Offer.status == "published",
                Offer.kind != "volunteer",
                col(Offer.is_sensitive).is_(False),
            )
            .order_by(col(Offer.external_id))
        ).first()
        assert found is not None
        return found


def _panel(offer_id: str) -> str:
    return f"{CASE}/verweisen/{offer_id}"


def _arrange(browser: FlaskClient, offer_id: str, *released: str, **values: str) -> TestResponse:
    page = browser.get(_panel(offer_id))
    key = re.search(r'name="creation_key"[^>]*value="([^"]+)"', page.text)
    rules = re.search(r'name="despite_rules"[^>]*value="([^"]*)"', page.text)
    assert key
    assert rules
    sent = {
        "csrf_token": token_of(page),
        "creation_key": key[1],
        "despite_rules": rules[1],
        "overrule": "y",
        "sheet_language": "uk",
        "follow_up_on": "07.12.2026",
        "mode": "arranged",
        "released": list(released),
        **values,
    }
    return browser.post(_panel(offer_id), data=sent)


def _typed(**values: object) -> dict[str, object]:
    return {
        "creation_key": new_id(),
        "recipient": "Praxis Holunder",
        "purpose": "referral",
        "data": ["name", "phone"],
        "given_on": "23.11.2026",
        "valid_until": "23.11.2027",
        "given_by": "client",
        "way": "signed",
        "language": "uk",
        **values,
    }


def _record(browser: FlaskClient, **values: object) -> TestResponse:
    page = browser.get(f"{CASE}/einwilligungen/neu")
    data = {**_typed(**values), "csrf_token": token_of(page)}
    return browser.post(f"{CASE}/einwilligungen/neu", data=data)


def _provider(demo: Runtime, offer: Offer) -> Provider:
    with demo.database.read() as session:
        return session.get_one(Provider, offer.provider_id)


def test_without_consent_the_panel_says_what_is_missing_and_loses_nothing(
    browser: FlaskClient, demo: Runtime, offer: Offer
):
    answer = _arrange(browser, offer.id, "name", "languages", note="Ruft lieber abends an")
    assert answer.status_code == 422
    check_page(answer)
    assert "keine gültige Einwilligung" in answer.text
    assert "Ruft lieber abends an" in answer.text
    assert re.search(r'value="languages"[^>]* checked', answer.text)
    links = re.findall(rf'href="({CASE}/einwilligung[^"]*)"', answer.text)
    form, new = (link.replace("&amp;", "&") for link in links)
    assert browser.get(form).mimetype == "application/pdf"
    page = browser.get(new)
    check_page(page)
    assert _provider(demo, offer).name in page.text.replace("&amp;", "&").replace("&#39;", "'")
    assert re.search(r'checked[^>]*value="languages"', page.text)
    with demo.database.read() as session:
        assert session.exec(select(Referral).where(Referral.offer_id == offer.id)).all() == []


def test_with_a_consent_it_is_arranged_and_the_page_says_what_may_be_told(
    browser: FlaskClient, demo: Runtime, offer: Offer
):
    provider = _provider(demo, offer)
    recorded = _record(
        browser, provider_id=provider.id, recipient=provider.name, data=["name", "languages"]
    )
    assert recorded.status_code == 303, recorded.text
    answer = _arrange(browser, offer.id, "name", "languages")
    assert answer.status_code == 303, answer.text
    page = browser.get(answer.location)
    check_page(page)
    assert "Das dürfen Sie sagen, und nichts sonst:" in page.text
    assert "vereinbart, Anbieter weiß noch nichts" in page.text
    consents = browser.get(f"{CASE}/einwilligungen")
    check_page(consents)
    with demo.database.read() as session:
        consent = session.exec(select(Consent).where(Consent.client_id == AMIRA)).one()
    revoke = f"{CASE}/einwilligungen/{consent.id}/widerruf"
    question = browser.get(revoke)
    check_page(question)
    assert "Darauf beruht 1 offene Vermittlung" in question.text
    data = {"csrf_token": token_of(question), "revoked_on": "23.11.2026"}
    assert browser.post(revoke, data={**data, "revoked_on": "24.11.2026"}).status_code == 422
    assert browser.post(revoke, data=data).status_code == 303
    assert "widerrufen am 23.11.2026" in browser.get(f"{CASE}/einwilligungen").text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page.text)
    assert version
    sent = browser.post(
        answer.location,
        data={"csrf_token": token_of(page), "version": version[1], "to_state": "sent"},
    )
    assert sent.status_code == 422
    assert "keine gültige Einwilligung" in sent.text
    assert "Die Einwilligung, auf der das beruht, gilt nicht mehr" in sent.text


def test_a_signpost_cannot_carry_data_out(browser: FlaskClient, demo: Runtime, offer: Offer):
    answer = _arrange(browser, offer.id, "name", mode="signpost")
    assert answer.status_code == 303
    with demo.database.read() as session:
        found = session.exec(select(Referral).where(Referral.offer_id == offer.id)).one()
    assert (found.mode, found.released) == ("signpost", [])


@pytest.mark.parametrize("mode", ["", "both", "arranged "], ids=["empty", "unknown", "blank"])
def test_odd_ways_are_refused_or_are_a_signpost(
    browser: FlaskClient, demo: Runtime, offer: Offer, mode: str
):
    answer = _arrange(browser, offer.id, "name", mode=mode)
    assert answer.status_code in {303, 422}
    with demo.database.read() as session:
        assert not session.exec(select(Referral).where(Referral.mode == mode)).all()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"recipient": ""}, "wer die Daten bekommen darf"),
        ({"data": []}, "welche Daten"),
        ({"data": ["name", "\x00"]}, "angebotenen"),
        ({"health": "y"}, "Entbindung von der Schweigepflicht"),
        ({"given_on": "gestern"}, "19.05.1992"),
        ({"given_on": ""}, "füllen"),
        ({"valid_until": "23.11.2039"}, "Längstens bis 23.11.2029"),
        ({"given_by": "guardian"}, "volljährig"),
        ({"purpose": "x" * 5000}, "angebotenen"),
        ({"language": "xx; DROP"}, "Sprache"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else next(iter(value)),
)
def test_what_cannot_be_recorded_stands_there_again(
    browser: FlaskClient, values: dict[str, object], words: str
):
    answer = _record(browser, **values)
    assert answer.status_code == 422
    check_page(answer)
    assert words in answer.text
    if "recipient" not in values:
        assert "Praxis Holunder" in answer.text


def test_for_a_child_the_guardian_consents(browser: FlaskClient, demo: Runtime):
    with demo.database.write() as session:
        session.get_one(Client, AMIRA).birth_date = TODAY.replace(year=TODAY.year - 12)
    page = browser.get(f"{CASE}/einwilligungen/neu")
    assert "Unter 16 Jahren willigen die Sorgeberechtigten ein." in page.text
    assert _record(browser).status_code == 422
    assert _record(browser, given_by="guardian").status_code == 303


def _text_of(answer: TestResponse) -> str:
    pages = PdfReader(io.BytesIO(answer.data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.parametrize("language", ["de", "en", "uk", "ar", "xx"])
def test_the_form_is_printed_in_both_languages(
    browser: FlaskClient, demo: Runtime, offer: Offer, language: str
):
    provider = _provider(demo, offer)
    answer = browser.get(
        f"{CASE}/einwilligung.pdf?anbieter={provider.id}&zweck=referral&daten=name&daten=phone"
        f"&bis=01.02.2027&sprache={language}"
    )
    assert answer.status_code == 200
    words = _text_of(answer)
    assert "Die Einwilligung ist freiwillig" in words
    assert "1. Februar 2027" in words
    assert provider.name in words
    assert "Unterschrift Klient:in" in words
    assert "Amira" not in str(answer.headers)
    if language == "uk":
        assert "Ця згода добровільна" in words


def test_a_blank_form_names_nobody(browser: FlaskClient):
    words = _text_of(browser.get(f"{CASE}/einwilligung.pdf?blanko=1&sprache=en&daten=health"))
    assert "Amira" not in words
    assert "Signature of the parent or guardian" in words


def test_a_renewal_is_filled_in_without_a_recipient_in_an_address(browser: FlaskClient, demo: Runtime):
    _record(browser, recipient="Praxis Holunder", data=["name"], language="en")
    page = browser.get(f"{CASE}/einwilligungen")
    links = re.findall(rf'href="({CASE}/einwilligung[^"]*\?[^"]*)"', page.text)
    assert links
    assert not [link for link in links if "Holunder" in link or "anbieter" in link]
    with demo.database.read() as session:
        consents = session.exec(select(Consent).where(Consent.client_id == AMIRA)).all()
    consent = next(one for one in consents if one.recipient == "Praxis Holunder")
    words = _text_of(browser.get(f"{CASE}/einwilligung.pdf?einwilligung={consent.id}"))
    assert "Praxis Holunder" in words
    assert "Consent" in words
    assert "Praxis Holunder" in browser.get(f"{CASE}/einwilligungen/neu?einwilligung={consent.id}").text
    with demo.database.read() as session:
        read = select(AuditEntry).where(AuditEntry.action == "consent.read")
        assert len(session.exec(read.where(AuditEntry.subject_id == consent.id)).all()) == 2


@pytest.mark.parametrize("page", ["einwilligung.pdf", "einwilligungen/neu"])
def test_a_consent_of_another_case_is_not_renewed(browser: FlaskClient, demo: Runtime, page: str):
    with demo.database.read() as session:
        foreign = session.exec(select(Consent.id).where(Consent.client_id != AMIRA)).first()
    for consent_id in (foreign, new_id()):
        assert browser.get(f"{CASE}/{page}?einwilligung={consent_id}").status_code == 404


def test_odd_wishes_leave_lines_to_write_on(browser: FlaskClient):
    answer = browser.get(f"{CASE}/einwilligung.pdf?anbieter=%00&zweck=x&daten=%F0&bis=31.02.2027")
    assert answer.status_code == 200


def test_what_is_confidential_shows_on_a_click_only(browser: FlaskClient, demo: Runtime):
    with demo.database.read() as session:
        sensitive = session.exec(
            select(Offer).where(col(Offer.is_sensitive), Offer.status == "published")
        ).first()
    assert sensitive is not None
    answer = _arrange(browser, sensitive.id, mode="signpost")
    referral = answer.location.removesuffix("/blatt.pdf")
    key = referral.rsplit("/", 1)[1]
    for address in (referral, "/vermittlungen", "/heute", CASE, f"{CASE}/verlauf", f"{CASE}/plan"):
        page = browser.get(address)
        if address != CASE:  # there it may be suggested, like to anybody else
            assert sensitive.title not in page.text, address
            assert sensitive.id not in page.text, address
        assert (
            f"{CASE}/verweisen/{sensitive.id}" not in page.text
            or key not in page.text.split(f"verweisen/{sensitive.id}")[1].split("</li>")[0]
        )
    with demo.database.read() as session:
        assert details_of(session.get_one(Referral, key)).offer_id == sensitive.id
        assert not _readings(demo, key)
    opened = browser.get(f"{referral}/vertraulich")
    check_page(opened)
    assert sensitive.title in opened.text
    assert sensitive.title not in opened.text.split("</title>")[0]
    assert len(_readings(demo, key)) == 1
    assert "schon einmal dorthin verwiesen" in browser.get(_panel(sensitive.id)).text
    assert sensitive.title not in _text_of(browser.get(f"{referral}/blatt.pdf"))


def _readings(demo: Runtime, referral_id: str) -> list[AuditEntry]:
    with demo.database.read() as session:
        return list(
            session.exec(
                select(AuditEntry).where(
                    AuditEntry.action == "referral.read_sealed", AuditEntry.subject_id == referral_id
                )
            ).all()
        )


def test_a_closed_case_shows_no_form_and_takes_no_referral(
    browser: FlaskClient, demo: Runtime, offer: Offer
):
    data = {"csrf_token": token_of(browser.get(_panel(offer.id))), "mode": "signpost",
            "creation_key": new_id(), "overrule": "y", "sheet_language": "de"}  # fmt: skip
    with demo.database.write() as session:
        session.get_one(Client, AMIRA).closed_on = TODAY
    page = browser.get(_panel(offer.id))
    check_page(page)
    assert "Dieser Fall ist abgeschlossen." in page.text
    assert 'name="mode"' not in page.text
    assert browser.post(_panel(offer.id), data=data).status_code == 409
