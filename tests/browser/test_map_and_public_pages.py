"""The map from the keyboard, and the pages for everybody on a phone; checked with axe-core."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

CASE_WORKER = "mira.lindner@lotsenbuch.example"
SIZES = [pytest.param(WIDE, id="wide"), pytest.param(PHONE, id="phone")]


def _complaints(page: Page) -> list[str]:
    """What the browser complains of from now on: blocked styles and scripts among it."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.mark.parametrize("size", SIZES)
def test_list_and_map_are_in_step_from_the_keyboard(open_page: OpenPage, size: dict[str, int]) -> None:
    page = open_page(CASE_WORKER, size=size)
    # Without the glide from zoom to zoom, at the end of which the pins are made anew.
    page.emulate_media(reduced_motion="reduce")
    complaints = _complaints(page)
    page.goto("/verzeichnis?q=deutsch&tag=1")
    page.get_by_role("link", name="Auf der Karte zeigen").click()
    expect(page).to_have_url(re.compile(r"/karte\?.*tag=1"))
    expect(page.locator(".lb-pin").first).to_be_visible()
    check_accessibility(page)
    line = page.locator("[data-offer]").first
    title = line.get_by_role("heading").inner_text()
    button = line.get_by_role("button", name="Auf der Karte zeigen")
    button.focus()
    expect(page.locator(".lb-pin--marked")).to_have_count(1)
    page.keyboard.press("Enter")
    link = page.locator(".leaflet-popup-content a", has_text=title).first
    expect(link).to_be_focused()
    expect(line).to_have_class(re.compile("lb-marked"))
    check_accessibility(page)
    page.keyboard.press("Escape")
    expect(page.locator(".leaflet-popup")).to_have_count(0)
    expect(button).to_be_focused()
    expect(line).not_to_have_class(re.compile("lb-marked"))
    page.get_by_role("button", name="Vergrößern").click()
    page.locator(".lb-pin").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".lb-marked").first).to_be_visible()
    page.get_by_role("link", name="Als Liste mit allen Filtern zeigen").click()
    expect(page).to_have_url(re.compile(r"/verzeichnis\?.*tag=1"))
    assert complaints == []


def test_the_list_beside_the_map_is_there_without_scripts(open_page: OpenPage) -> None:
    page = open_page(CASE_WORKER, javascript=False)
    page.goto("/karte?q=deutsch")
    expect(page.locator("[data-offer]").first.get_by_role("link").first).to_be_visible()
    expect(page.get_by_role("button", name="Auf der Karte zeigen")).to_have_count(0)


@pytest.mark.parametrize("size", SIZES)
def test_an_offer_has_a_small_map(open_page: OpenPage, size: dict[str, int]) -> None:
    page = open_page(CASE_WORKER, size=size)
    complaints = _complaints(page)
    page.goto("/karte?q=sprachcaf%C3%A9")
    page.locator("[data-offer]").first.get_by_role("link").first.click()
    expect(page.locator(".lb-map--small .lb-pin")).to_have_count(1)
    check_accessibility(page)
    assert complaints == []


@pytest.mark.parametrize("size", SIZES)
def test_everybody_finds_an_offer_without_leaving_a_trace(
    open_page: OpenPage, size: dict[str, int]
) -> None:
    page = open_page(size=size)
    complaints = _complaints(page)
    page.goto("/wegweiser")
    check_accessibility(page)
    page.get_by_label("Was suchen Sie?").fill("Deutschkurs")
    page.get_by_role("button", name="Suchen").click()
    expect(page).to_have_url(re.compile("q=Deutschkurs"))
    check_accessibility(page)
    page.locator(".pb-list__title a").first.click()
    expect(page).to_have_url(re.compile("/wegweiser/angebote/"))
    check_accessibility(page)
    page.locator('a[href^="/wegweiser/anbieter/"]').first.click()
    expect(page).to_have_url(re.compile("/wegweiser/anbieter/"))
    check_accessibility(page)
    page.goto("/wegweiser/karte?q=beratung")
    expect(page.locator(".lb-pin").first).to_be_visible()
    check_accessibility(page)
    assert page.context.cookies() == []
    assert complaints == []


def test_an_offer_reads_in_arabic_from_right_to_left(open_page: OpenPage) -> None:
    page = open_page(size=PHONE)
    page.goto("/wegweiser?sprache=ar&q=psychologisch")
    page.locator('.pb-list__title a[lang="ar"]').first.click()
    expect(page.locator('h1[lang="ar"][dir="rtl"]')).to_be_visible()
    check_accessibility(page)
