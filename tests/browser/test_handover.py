"""Two cases go to a colleague, who reads about them; then the handover is taken back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.operations.demo_accounts import DEMO_CASE_WORKERS
from tests.browser.conftest import PHONE, WIDE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

GIVER, TAKER = DEMO_CASE_WORKERS[3], DEMO_CASE_WORKERS[1]
SIZES = [pytest.param(WIDE, id="wide"), pytest.param(PHONE, id="phone")]


def _choose_two(page: Page) -> list[str]:
    """Tick two cases in the list; their names."""
    page.goto("/faelle")
    check_accessibility(page)
    boxes = page.get_by_role("checkbox", name=re.compile("^auswählen"))
    names = []
    for position in range(2):
        boxes.nth(position).check()
        names.append(page.locator(".lb-cases__name").nth(position).inner_text())
    page.get_by_role("button", name="Ausgewählte übergeben").click()
    expect(page.get_by_role("heading", level=1, name="Fälle übergeben")).to_be_visible()
    return names


@pytest.mark.parametrize("size", SIZES)
def test_two_cases_are_handed_over_read_and_taken_back(
    open_page: OpenPage, size: dict[str, int]
) -> None:
    page = open_page(GIVER.email, size=size)
    names = _choose_two(page)
    page.get_by_label("Neue Integrationsmanager:in", exact=True).select_option(label=TAKER.name)
    page.get_by_label("Grund", exact=True).select_option(label="Auslastung")
    page.get_by_text("Zusammenfassung und Notiz").first.click()
    page.get_by_label("Notiz zu diesem Fall").first.fill("Bitte zuerst anrufen.")
    check_accessibility(page)
    page.get_by_role("button", name="Übergeben", exact=True).click()
    expect(page.get_by_text("2 Fälle wurden übergeben.")).to_be_visible()
    check_accessibility(page)

    other = open_page(TAKER.email, size=size)
    other.goto("/uebergaben")
    check_accessibility(other)
    other.get_by_role("link", name=re.compile(f"2 Fälle von {GIVER.name}")).first.click()
    expect(other.get_by_text("Bitte zuerst anrufen.")).to_have_count(0)
    other.get_by_role("link", name="Notiz zu diesem Fall lesen").click()
    expect(other.get_by_text("Bitte zuerst anrufen.")).to_be_visible()
    check_accessibility(other)
    other.get_by_role("button", name="Ich habe alles gelesen").click()
    expect(other.get_by_role("button", name="Ich habe alles gelesen")).to_have_count(0)

    page.get_by_role("button", name="Übergabe zurücknehmen").click()
    expect(page.get_by_text("2 Fälle sind zurück.")).to_be_visible()
    page.goto("/faelle")
    for name in names:
        expect(page.get_by_role("link", name=name, exact=True).first).to_be_visible()
