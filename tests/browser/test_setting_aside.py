"""Looking into a match and setting an offer aside, in a real browser, checked with axe-core."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.operations.demo_accounts import DEMO_CASE_WORKERS
from app.operations.demo_cases import client_id
from tests.browser.conftest import PHONE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WORKER = DEMO_CASE_WORKERS[0].email
CASE = f"/faelle/{client_id('amira')}"


def test_in_the_card_it_is_explained_set_aside_and_taken_back(open_page: OpenPage) -> None:
    page = open_page(WORKER, size=PHONE)
    page.goto(f"{CASE}/passende-angebote?gruppe=social")
    card = page.locator(".lb-card").first
    title = card.get_by_role("heading").inner_text()
    card.get_by_role("link", name="Wie kommt das zustande?").click()
    expect(card.get_by_role("rowheader", name="Entfernung")).to_be_visible()
    check_accessibility(page)
    card.get_by_role("link", name="Passt nicht").click()
    message = card.get_by_label("Was soll die Verzeichnispflege wissen?")
    expect(message).to_be_hidden()
    card.get_by_label("die Angaben stimmen nicht").check()
    expect(message).to_be_visible()
    card.get_by_label("kein Interesse").check()
    expect(message).to_be_hidden()
    check_accessibility(page)
    card.get_by_role("button", name="Beiseitelegen").click()
    expect(page.get_by_text(f"Beiseitegelegt: {title}")).to_be_visible()
    expect(page.get_by_role("heading", name=title, exact=True)).to_have_count(0)
    check_accessibility(page)
    page.get_by_role("button", name="Rückgängig").click()
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()


def test_it_works_without_scripts(open_page: OpenPage) -> None:
    page = open_page(WORKER, javascript=False)
    page.goto(CASE)
    page.get_by_role("link", name="Mehr davon").first.click()
    expect(page.get_by_role("heading", name="Mehr davon")).to_be_visible()
    page.goto(CASE)
    page.get_by_role("link", name="Passt nicht").last.click()
    page.get_by_label("zu weit").check()
    page.get_by_role("button", name="Beiseitelegen").click()
    page.get_by_role("link", name="Alles Beiseitegelegte").click()
    page.get_by_role("button", name="Wieder vorschlagen").first.click()
    expect(page.get_by_text("Das Angebot wird wieder vorgeschlagen.")).to_be_visible()
