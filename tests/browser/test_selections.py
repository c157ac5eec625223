"""Choosing offers, printing them, and sharing the list with somebody who has no account."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

CASE_WORKER = "mira.lindner@lotsenbuch.example"
SIZES = [pytest.param(WIDE, id="wide"), pytest.param(PHONE, id="phone")]


def _choose_three(page: Page, title: str) -> None:
    page.goto("/verzeichnis?q=kinderbetreuung")
    for position in range(3):
        page.get_by_role("checkbox", name=re.compile("^auswählen")).nth(position).check()
    page.get_by_label("Titel einer neuen").fill(title)
    page.get_by_role("button", name="Hinzufügen").click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_three_offers_are_chosen_printed_and_shared(open_page: OpenPage, size: dict[str, int]) -> None:
    page = open_page(CASE_WORKER, size=size)
    title = f"Kinderbetreuung {size['width']}"
    _choose_three(page, title)
    check_accessibility(page)
    expect(page.get_by_role("heading", name="3 Angebote")).to_be_visible()

    page.get_by_label("Neben Deutsch auf").select_option("uk")
    pdf = page.request.get(f"{urlsplit(page.url).path}/liste.pdf?sprache=uk").body()
    text = "".join(one.get_textpage().get_text_range() for one in pypdfium2.PdfDocument(pdf))
    assert title in text
    assert "Коли" in text

    page.get_by_role("button", name="Link erstellen").click()
    link = page.get_by_label(re.compile("^Bis .* geöffnet$")).input_value()
    stranger = open_page(size=PHONE)
    stranger.goto(urlsplit(link).path)
    expect(stranger.get_by_role("heading", level=1, name=title)).to_be_visible()
    check_accessibility(stranger)
    assert stranger.context.cookies() == []

    page.reload()
    page.get_by_role("button", name="Diesen Link schließen").click()
    stranger.reload()
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Dieser Link führt nirgendwohin")
    check_accessibility(stranger)


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_a_star_keeps_an_offer_with_and_without_scripts(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(CASE_WORKER, javascript=javascript)
    page.goto("/verzeichnis?q=schach")
    name = page.locator(".lb-list__title").first.inner_text()
    star = page.get_by_role("button", name=f"Merken: {name}")
    was_kept = star.get_attribute("aria-pressed") == "true"
    star.click()
    expect(page).to_have_url(re.compile(r"/verzeichnis\?q=schach$"))
    again = page.get_by_role("button", name=f"Merken: {name}")
    expect(again).to_have_attribute("aria-pressed", "false" if was_kept else "true")
    page.goto("/merkliste")
    expect(page.get_by_role("link", name=name)).to_have_count(0 if was_kept else 1)
    if javascript:
        check_accessibility(page)


def test_a_gap_is_reported_after_a_search_without_success(open_page: OpenPage) -> None:
    page = open_page(CASE_WORKER, size=PHONE)
    page.goto("/verzeichnis?q=unterwasserrugby")
    page.get_by_role("link", name="Lücke melden").click()
    expect(page.get_by_label("Was fehlt?")).to_have_value("unterwasserrugby")
    check_accessibility(page)
    page.get_by_role("button", name="Melden").click()
    expect(page.get_by_text("Die Lücke ist für die Planung notiert")).to_be_visible()
