"""Suggesting, deciding, going back, merging and undoing in a real browser; checked with axe."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.operations.demo_accounts import DEMO_ACCOUNTS
from tests.browser.conftest import PHONE, WIDE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

EDITOR = next(account.email for account in DEMO_ACCOUNTS if account.role == "directory_editor")
WORKER = next(account.email for account in DEMO_ACCOUNTS if account.role == "case_worker")
SIZES = [pytest.param(WIDE, id="wide"), pytest.param(PHONE, id="phone")]


def _first_offer(page: Page) -> str:
    page.goto("/verzeichnis?art=club")
    return str(page.locator("a[href^='/angebote/']").first.get_attribute("href"))


@pytest.mark.parametrize("size", SIZES)
def test_a_suggestion_goes_from_a_colleague_to_the_entry_and_back(
    open_page: OpenPage, size: dict[str, int]
) -> None:
    worker = open_page(WORKER, size)
    offer = _first_offer(worker)
    worker.goto(offer)
    worker.get_by_role("link", name="Änderung vorschlagen").click()
    check_accessibility(worker)
    phone = f"0711 555 {size['width']}"
    worker.get_by_label("Telefon").fill(phone)
    worker.get_by_label("Was stimmt nicht?").fill("Neue Nummer seit Mai")
    worker.get_by_role("button", name="Vorschlag senden").click()
    expect(worker.get_by_role("heading", level=1, name="Danke")).to_be_visible()
    check_accessibility(worker)

    editor = open_page(EDITOR, size)
    editor.goto("/pflege/vorschlaege")
    check_accessibility(editor)
    editor.locator(".lb-list a").last.click()
    check_accessibility(editor)
    editor.get_by_role("button", name="Entscheiden").click()
    expect(editor.get_by_text("Bitte annehmen oder ablehnen.").first).to_be_visible()
    check_accessibility(editor)
    editor.get_by_label("Annehmen").check()
    editor.get_by_label("Antwort an die Person").fill("Danke, übernommen.")
    editor.get_by_role("button", name="Entscheiden").click()
    expect(editor.get_by_text("Entschieden.")).to_be_visible()

    worker.goto("/vorschlaege")
    expect(worker.get_by_text("Danke, übernommen.").first).to_be_visible()
    check_accessibility(worker)

    editor.goto(offer)
    editor.get_by_role("link", name="Verlauf").click()
    expect(editor.locator("ins").filter(has_text=phone).first).to_be_visible()
    check_accessibility(editor)
    editor.get_by_role("link", name="Diesen Stand wiederherstellen").last.click()
    check_accessibility(editor)
    editor.get_by_role("button", name="Wiederherstellen").click()
    expect(editor.get_by_text("Wiederhergestellt.")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_two_entries_become_one_and_two_again(open_page: OpenPage, size: dict[str, int]) -> None:
    editor = open_page(EDITOR, size)
    editor.goto("/verzeichnis?art=club")
    links = editor.locator("a[href^='/anbieter/']").evaluate_all(
        "all => all.map(link => link.getAttribute('href'))"
    )
    one, other = [str(link).rsplit("/", 1)[1] for link in dict.fromkeys(links)][:2]
    editor.goto("/pflege/doppelte")
    check_accessibility(editor)
    editor.get_by_role("button", name="Jetzt suchen").click()
    editor.goto(f"/pflege/doppelte/anbieter/{one}/{other}")
    check_accessibility(editor)
    editor.get_by_role("link", name="Stattdessen diesen behalten").click()
    editor.get_by_role("button", name="Zusammenführen").click()
    expect(editor.get_by_text("Die beiden sind jetzt ein Eintrag.")).to_be_visible()
    check_accessibility(editor)
    merged = editor.url.rsplit("/", 2)[1]
    gone = other if merged == one else one
    editor.goto(f"/anbieter/{gone}/verlauf")
    check_accessibility(editor)
    editor.get_by_role("button", name=re.compile("rückgängig")).click()
    expect(editor.get_by_text("Es sind wieder zwei Einträge.")).to_be_visible()
