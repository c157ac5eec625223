"""The sheets of those who were referred together, in one PDF."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlmodel import col, select

from app.accounts.models import User
from app.audit.models import AuditEntry
from app.cases.models import Client
from app.core.ids import new_id
from app.operations.runtime import Runtime
from app.referrals.models import Referral
from app.web.runtime import EXTENSION
from tests.web.conftest import SignIn


@pytest.fixture
def family(app: Flask) -> tuple[Runtime, list[Referral], str]:
    """The demo's family that was referred together, and the address of its case worker."""
    runtime: Runtime = app.extensions[EXTENSION]
    with runtime.database.read() as session:
        referrals = session.exec(
            select(Referral).where(
                col(Referral.bundle_id).is_not(None), col(Referral.preference).is_(None)
            )
        ).all()
        client = session.get_one(Client, referrals[0].client_id)
        email = session.get_one(User, client.case_worker_id).email
    return runtime, list(referrals), email


def _address(referrals: list[Referral]) -> str:
    return f"/vermittlungen/gemeinsam/{referrals[0].bundle_id}/blaetter.pdf"


def test_each_has_a_sheet_in_the_own_language_and_each_reading_is_noted(
    family: tuple[Runtime, list[Referral], str], sign_in: SignIn
) -> None:
    runtime, referrals, email = family
    assert len(referrals) >= 2
    with runtime.database.write() as session:
        for referral, language in zip(referrals, ("uk", "ar"), strict=False):
            session.get_one(Referral, referral.id).sheet_language = language
    answer = sign_in(email).get(_address(referrals))
    assert answer.mimetype == "application/pdf"
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages]
    assert len(pages) == len(referrals)
    assert any("\u0456" in page for page in pages)
    assert any("\u0627" in page or "\ufe8e" in page for page in pages)
    ids = {referral.id for referral in referrals}
    with runtime.database.read() as session:
        printed = session.exec(
            select(AuditEntry.subject_id).where(AuditEntry.action == "referral.print")
        ).all()
    assert set(printed) == ids


def test_others_and_forged_ids_find_nothing(
    family: tuple[Runtime, list[Referral], str], sign_in: SignIn
) -> None:
    _runtime, referrals, email = family
    other = next(
        name for name in ("jonas.falk", "mira.lindner", "samira.roth") if not email.startswith(name)
    )
    browser = sign_in(f"{other}@lotsenbuch.example")
    assert browser.get(_address(referrals)).status_code == 404
    assert browser.get(f"/vermittlungen/gemeinsam/{new_id()}/blaetter.pdf").status_code == 404
