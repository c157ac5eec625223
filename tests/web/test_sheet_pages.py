"""Printing several offers for a client: what may be chosen, and what comes out of the printer."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlmodel import col, select

from app.accounts.models import User
from app.audit.models import AuditEntry
from app.cases.models import Client
from app.directory.models import Offer
from app.operations.demo_cases import client_id
from app.printouts.phrases import SHEET_LANGUAGES
from app.referrals.models import Referral
from app.web.forms.sheets import FORMAT_OF_WORD
from app.web.labels.cases import residence_label
from app.web.runtime import EXTENSION
from tests.full_case import MARKER, add_full_case
from tests.web.conftest import EMAIL_OF_ROLE, SignIn, check_page

AMIRA = client_id("amira")
CHOOSE = f"/faelle/{AMIRA}/blaetter"
PDF = f"{CHOOSE}.pdf"


@pytest.fixture
def browser(sign_in: SignIn) -> FlaskClient:
    return sign_in("case_worker")


def _choices(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([0-9a-f-]+)"', page)


def _read(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data))


def _text(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_chosen_offers_are_printed_with_a_page_each_or_as_a_list(browser: FlaskClient, app: Flask):
    page = browser.get(CHOOSE)
    check_page(page)
    assert '<option value="ar" selected>' in page.text  # what Amira reads
    offers = _choices(page.text, "angebot")[:3]
    wishes = {"angebot": offers, "sprache": "ar"}
    for format_word, width in (("a4", 595), ("a5", 420)):
        sheets = browser.get(PDF, query_string={**wishes, "format": format_word})
        assert sheets.mimetype == "application/pdf"
        reader = _read(sheets.data)
        assert len(reader.pages) == len(offers)
        assert round(reader.pages[0].mediabox.width) == width
        assert all("war hier am" in one.extract_text() for one in reader.pages)
    large = _read(browser.get(PDF, query_string={**wishes, "format": "gross"}).data)
    assert len(offers) < len(large.pages) <= 2 * len(offers)
    listing = _text(_read(browser.get(PDF, query_string={**wishes, "art": "liste"}).data))
    assert "Angebote für Sie" in listing
    assert "Mira Lindner" in listing
    with app.extensions[EXTENSION].database.read() as session:
        entries = session.exec(
            select(AuditEntry).where(AuditEntry.action == "client.print_sheets")
        ).all()
    assert {entry.subject_id for entry in entries} == {AMIRA}


def test_the_format_of_a_referrals_sheet_is_chosen_on_its_page(browser: FlaskClient, app: Flask):
    with app.extensions[EXTENSION].database.read() as session:
        found = session.exec(
            select(Referral)
            .join(Client, col(Client.id) == Referral.client_id)
            .join(User, col(User.id) == Client.case_worker_id)
            .where(User.email == EMAIL_OF_ROLE["case_worker"], col(Referral.offer_id).is_not(None))
        ).first()
    assert found
    referral, several = found.id, f"/faelle/{found.client_id}/blaetter"
    page = browser.get(f"/vermittlungen/{referral}")
    check_page(page)
    assert f'action="/vermittlungen/{referral}/blatt.pdf"' in page.text
    assert f'value="{referral}" checked' in browser.get(f"{several}?verweis={referral}").text
    address = f"/vermittlungen/{referral}/blatt.pdf"
    assert round(_read(browser.get(f"{address}?format=a5").data).pages[0].mediabox.width) == 420
    odd = _read(browser.get(f"{address}?format=../x&sprache=%00&art=1").data)
    assert round(odd.pages[0].mediabox.width) == 595
    both = _read(browser.get(f"{several}.pdf?verweis={referral}&sprache=de-simple").data)
    assert len(both.pages) == 1


def test_nothing_too_much_confidential_or_foreign_is_printed(
    browser: FlaskClient, app: Flask, sign_in: SignIn
):
    assert browser.get(PDF).headers["Location"].endswith("/blaetter")
    many = browser.get(PDF, query_string={"angebot": [f"x{n}" for n in range(40)]})
    assert many.status_code == 303
    assert len(many.headers["Location"]) < 2_000
    with app.extensions[EXTENSION].database.read() as session:
        sensitive = session.exec(select(Offer.id).where(Offer.is_sensitive)).first()
        protected = session.exec(select(Offer.id).where(Offer.visibility == "protected")).first()
        sealed = session.exec(select(Referral).where(col(Referral.offer_id).is_(None))).first()
        foreign = session.exec(select(Referral).where(Referral.client_id != AMIRA)).first()
    assert sensitive
    assert foreign
    for offer_id in filter(None, (sensitive, protected, "no-such-offer", "\x00")):
        assert browser.get(PDF, query_string={"angebot": offer_id}).status_code == 404
        assert f'value="{offer_id}"' not in browser.get(f"{CHOOSE}?angebot={offer_id}").text
    for referral in filter(None, (sealed, foreign)):
        assert browser.get(PDF, query_string={"verweis": referral.id}).status_code == 404
    stranger = sign_in("directory_editor")
    assert stranger.get(CHOOSE).status_code in {403, 404}
    assert stranger.get(PDF).status_code in {403, 404}


def test_nothing_about_the_client_is_on_any_paper_in_any_format_and_language(
    browser: FlaskClient, app: Flask
):
    with app.extensions[EXTENSION].database.write() as session:
        users = {user.email: user.id for user in session.exec(select(User)).all()}
        worker = users.pop(EMAIL_OF_ROLE["case_worker"])
        case = add_full_case(session, worker, next(iter(users.values())), "Quendelina")
        session.get_one(Client, case.client_id).phone = "0151 98765432"
    several = f"/faelle/{case.client_id}/blaetter"
    offers = _choices(browser.get(several).text, "angebot")[:1]
    assert offers
    chosen = {"verweis": case.ids["referral_id"]}
    told = (MARKER, "Quendelina", "Volltest", "98765432", "1990", case.client_id[:8])
    told = (*told, str(residence_label("24")))
    sealed = f"/vermittlungen/{case.ids['sealed_referral_id']}/blatt.pdf"
    for language in SHEET_LANGUAGES:
        answers = [
            browser.get(f"{several}.pdf", query_string={"sprache": language, "format": paper, **chosen})
            for paper in FORMAT_OF_WORD
        ]
        wishes = {"sprache": language, "art": "liste", **chosen, "angebot": offers}
        answers.append(browser.get(f"{several}.pdf", query_string=wishes))
        answers.append(browser.get(sealed, query_string={"sprache": language}))
        for answer in answers:
            reader = _read(answer.data)
            text = _text(reader) + repr(reader.metadata) + answer.headers["Content-Disposition"]
            assert "Mira Lindner" in text
            assert not [one for one in told if one in text], language
