"""From the editor's list to the provider's phone and back, in a real browser; checked with axe-core."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

EDITOR = "redaktion@lotsenbuch.example"
SIZES = [pytest.param(WIDE, id="wide"), pytest.param(PHONE, id="phone")]
LISTS = (
    "/pflege",
    "/pflege/ueberfaellig",
    "/pflege/unbestaetigt",
    "/pflege/unzustellbar",
    "/pflege/links",
    "/pflege/hinweise",
)


@pytest.mark.parametrize("size", SIZES)
def test_the_lists_are_accessible(open_page: OpenPage, size: dict[str, int]) -> None:
    page = open_page(EDITOR, size=size)
    for address in LISTS:
        page.goto(address)
        check_accessibility(page)


def test_on_a_phone_the_tabs_unfold(open_page: OpenPage) -> None:
    page = open_page(EDITOR, size=PHONE)
    page.goto("/pflege/ueberfaellig")
    tabs = page.get_by_role("navigation", name="Pflege")
    expect(tabs.get_by_role("link", name="Defekte Links")).to_be_hidden()
    tabs.get_by_text("Überfällig").locator("visible=true").first.click()
    check_accessibility(page)
    tabs.get_by_role("link", name="Defekte Links").click()
    expect(page.get_by_role("heading", level=1, name="Defekte Links")).to_be_visible()


def test_one_click_takes_an_entry_off_the_list(open_page: OpenPage) -> None:
    page = open_page(EDITOR)
    page.goto("/pflege/ueberfaellig")
    first = page.locator(".lb-upkeep__offers > li").first
    title = first.get_by_role("link").inner_text()
    first.get_by_role("button", name="Stimmt noch").click()
    expect(page.get_by_text(f"„{title}“ ist bestätigt. Danke!")).to_be_visible()
    expect(
        page.locator(".lb-upkeep__offers").get_by_role("link", name=title, exact=True)
    ).to_have_count(0)


def _address_in_mail(page: Page) -> str:
    """An editor sends the mail of a provider; what its link says."""
    page.goto("/pflege/ueberfaellig")
    page.get_by_role("button", name="Mail jetzt senden").last.click()
    page.goto("/pflege/postausgang")
    page.locator('main a[href^="/pflege/postausgang/"]').filter(
        has_text="Stimmt das noch"
    ).first.click()
    page.wait_for_url(re.compile(r"/pflege/postausgang/."))
    found = re.search(r"/bestaetigung/[\w.\-]+", page.content())
    assert found
    return found.group()


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_a_provider_confirms_on_the_phone_without_an_account(
    open_page: OpenPage, javascript: bool
) -> None:
    address = _address_in_mail(open_page(EDITOR))
    phone = open_page(size=PHONE, javascript=javascript)
    phone.goto(address)
    expect(phone.get_by_role("heading", level=1, name="Stimmt das noch?")).to_be_visible()
    if javascript:
        check_accessibility(phone)
    phone.get_by_role("button", name="Alles stimmt noch").click()
    expect(phone.get_by_text("Vielen Dank! Alles ist bestätigt.")).to_be_visible()
    offer = phone.locator(".lb-asked").first
    offer.locator("summary", has_text="Hat sich geändert").click()
    offer.get_by_label("Was hat sich geändert?").fill("Ab Januar eine Stunde später")
    if javascript:
        check_accessibility(phone)
    offer.get_by_role("button", name="An die Redaktion senden").click()
    expect(phone.get_by_text("Vielen Dank! Die Redaktion ändert es.")).to_be_visible()
    assert phone.context.cookies() == []


def test_a_link_that_opens_nothing_says_so(open_page: OpenPage) -> None:
    page = open_page(size=PHONE)
    page.goto("/bestaetigung/nichts")
    expect(page.get_by_role("heading", level=1, name="Dieser Link gilt nicht mehr")).to_be_visible()
    check_accessibility(page)
