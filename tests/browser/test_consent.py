"""Arranging a referral: refused without consent, the form printed, the consent recorded, arranged."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from app.operations.demo_accounts import DEMO_CASE_WORKERS
from app.operations.demo_cases import client_id
from tests.browser.conftest import PHONE, WIDE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize(
    ("size", "worker", "person"),
    [pytest.param(WIDE, 0, "amira", id="wide"), pytest.param(PHONE, 1, "01-0", id="phone")],
)
def test_a_referral_is_arranged_once_the_consent_is_there(
    open_page: OpenPage, size: dict[str, int], worker: int, person: str
) -> None:
    page = open_page(DEMO_CASE_WORKERS[worker].email, size=size)
    case = f"/faelle/{client_id(person)}"
    page.goto(f"{case}/passende-angebote")
    page.get_by_role("link", name=re.compile("^Verweisen")).first.click()
    page.get_by_text("Notiz hinzufügen").click()
    page.get_by_label("Notiz zum Fall").fill("Lieber abends anrufen")
    page.get_by_label(re.compile("^Gesprochene Sprachen")).check()
    check_accessibility(page)
    page.get_by_role("button", name=re.compile("^(Ich rufe dort an|Vermitteln)$")).click()
    expect(page.locator("#released-error")).to_contain_text("keine gültige Einwilligung")
    check_accessibility(page)

    form = page.get_by_role("link", name="Formular für diese Einwilligung drucken (PDF)")
    printed = page.request.get(str(form.get_attribute("href")))
    assert printed.headers["content-type"] == "application/pdf"
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Diese Einwilligung eintragen").click()
    consent = opened.value
    check_accessibility(consent)
    expect(consent.get_by_label("Gesprochene Sprachen")).to_be_checked()
    consent.get_by_role("button", name="Eintragen").click()
    expect(consent.get_by_text("Vermittlung in ein Angebot")).to_be_visible()
    check_accessibility(consent)
    consent.close()

    expect(page.get_by_label("Notiz zum Fall")).to_have_value("Lieber abends anrufen")
    page.get_by_role("button", name=re.compile("^(Ich rufe dort an|Vermitteln)$")).click()
    expect(page.get_by_role("heading", name="Anbieter kontaktieren")).to_be_visible()
    check_accessibility(page)
    page.get_by_role("link", name=re.compile("^Notiz öffnen")).click()
    expect(page.get_by_text("Lieber abends anrufen")).to_be_visible()
