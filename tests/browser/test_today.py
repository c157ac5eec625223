"""The page of the day and the legal card in a real browser, checked with axe-core."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.operations.demo_accounts import DEMO_CASE_WORKERS
from app.operations.demo_cases import client_id
from tests.browser.conftest import PHONE, WIDE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WORKER = DEMO_CASE_WORKERS[0].email
AMIRA = f"/faelle/{client_id('amira')}"


@pytest.mark.parametrize("size", [pytest.param(WIDE, id="wide"), pytest.param(PHONE, id="phone")])
def test_an_appointment_at_the_office_is_noted_on_the_card_and_stands_on_the_page_of_the_day(
    open_page: OpenPage, size: dict[str, int]
) -> None:
    place = f"Bürgerhaus, Zimmer {size['width']}"
    page = open_page(WORKER, size=size)
    page.goto("/heute")
    check_accessibility(page)
    expect(page.get_by_role("heading", name="Läuft ab")).to_be_visible()
    expect(page.get_by_role("heading", name="Neue passende Angebote")).to_be_visible()

    page.goto(f"{AMIRA}/recht")
    check_accessibility(page)
    page.get_by_role("link", name="Termin bei der Ausländerbehörde").click()
    check_accessibility(page)
    page.get_by_label("Datum", exact=True).fill("24.11.2026")
    page.get_by_label("Uhrzeit").fill("9:30")
    page.get_by_label("Ort oder Zimmer").fill(place)
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_text(place)).to_be_visible()

    page.goto("/heute?alle=termine")
    line = page.get_by_role("region", name="Termine").get_by_role("listitem").filter(has_text=place)
    expect(line).to_contain_text("Ausländerbehörde")
    line.get_by_role("link", name="Öffnen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recht und Termine")
    check_accessibility(page)
