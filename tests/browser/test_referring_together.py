"""Several people to one offer, and one person to several offers in an order, as case workers do it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from app.operations.demo_accounts import DEMO_CASE_WORKERS
from tests.browser.conftest import PHONE, WIDE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SIZES = [
    pytest.param(WIDE, DEMO_CASE_WORKERS[5].email, id="wide"),
    pytest.param(PHONE, DEMO_CASE_WORKERS[7].email, id="phone"),
]


_CHOICE = re.compile("^Für eine Reihenfolge wählen")


def _open_offers(page: Page) -> None:
    """The suitable offers of the first client who has some."""
    page.goto("/faelle")
    addresses = [
        link.get_attribute("href") or "" for link in page.locator("a.lb-cases__name").all()[:10]
    ]
    for address in addresses:
        page.goto(f"{address}/passende-angebote")
        if page.get_by_label(_CHOICE).count() > 3:
            return
    pytest.fail("nobody has offers to choose from")


def _open_a_list_of_two(page: Page) -> Locator:
    """“Wer passt?” of the first of the further offers that suits two people, with their boxes."""
    offers = [box.get_attribute("value") for box in page.get_by_label(_CHOICE).all()[3:]]
    boxes = page.get_by_label(re.compile("auswählen$"))
    for offer in offers:
        page.goto(f"/angebote/{offer}/wer-passt")
        if boxes.count() > 1:
            return boxes
    pytest.fail("nothing suits two people")


@pytest.mark.parametrize(("size", "email"), SIZES)
def test_an_order_moves_on_and_a_group_goes_together(
    open_page: OpenPage, size: dict[str, int], email: str
) -> None:
    page = open_page(email, size=size)
    _open_offers(page)
    check_accessibility(page)
    boxes = page.get_by_label(_CHOICE)
    for place in range(3):
        boxes.nth(place).check()
    page.get_by_role("button", name="Reihenfolge festlegen …").first.click()
    check_accessibility(page)
    places = page.get_by_label(re.compile("^Wahl"))
    tried = page.locator("input[name=jetzt]")
    places.first.select_option("2")
    expect(places.nth(1)).to_have_value("1")  # the two swap, and what is tried now stays in front
    expect(tried.nth(1)).to_be_checked()
    expect(tried.first).not_to_be_checked()
    tried.nth(1).uncheck()
    tried.nth(2).check()
    page.get_by_role("button", name="In dieser Reihenfolge verweisen").click()
    expect(page.get_by_text("Die erste Wahl wird jetzt versucht").first).to_be_visible()
    check_accessibility(page)
    places.first.select_option("1")
    tried.first.check()
    page.get_by_role("button", name="In dieser Reihenfolge verweisen").click()
    expect(page.get_by_role("heading", name="Wahl 1 von 3")).to_be_visible()
    check_accessibility(page)
    page.get_by_label("Wurde abgewiesen").check()
    page.get_by_label("Grund", exact=True).select_option(label="anderer Grund")
    page.get_by_role("button", name="Eintragen").click()
    page.get_by_role("link", name="Jetzt dorthin verweisen").click()
    expect(page.get_by_text("Wahl 2 war für später vorgemerkt.")).to_be_visible()
    check_accessibility(page)
    with page.expect_popup():
        page.get_by_role("button", name="Verweisen und Blatt öffnen").click()

    _open_offers(page)
    boxes = _open_a_list_of_two(page)
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_role("button", name="Ausgewählte gemeinsam verweisen …").click()
    check_accessibility(page)
    page.get_by_role("button", name="Angekreuzte verweisen").click()
    expect(page.get_by_text("2 Personen verwiesen.")).to_be_visible()
    check_accessibility(page)
    page.locator("main .lb-list a").first.click()
    expect(page.get_by_role("heading", name="Gemeinsam mit")).to_be_visible()
    check_accessibility(page)
