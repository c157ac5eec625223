"""A directory editor enters providers and offers in a real browser; the pages are checked with axe."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.operations.demo_accounts import DEMO_ACCOUNTS
from tests.browser.conftest import PHONE, WIDE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

EDITOR = next(account.email for account in DEMO_ACCOUNTS if account.role == "directory_editor")
SIZES = [pytest.param(WIDE, id="wide"), pytest.param(PHONE, id="phone")]


def _enter_provider(page: Page, name: str) -> None:
    page.goto("/anbieter/neu")
    check_accessibility(page)
    page.get_by_label("Name", exact=True).first.fill(name)
    page.get_by_label("Kursträger").check()
    places = page.locator("#places")
    places.get_by_label("Straße").fill("Zwitscherweg")
    places.get_by_label("Hausnummer").fill("3")
    places.get_by_label("Postleitzahl").fill("73730")
    person = page.locator("#contacts")
    person.get_by_label("Name", exact=True).fill("Frau Zaunkönig")
    page.get_by_role("button", name="Anbieter anlegen").click()
    anyway = page.get_by_role("button", name="Keiner davon: trotzdem anlegen")
    expect(page.get_by_role("heading", level=1, name=name).or_(anyway)).to_be_visible()
    if anyway.is_visible():
        check_accessibility(page)
        anyway.click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    check_accessibility(page)


@pytest.mark.parametrize("size", SIZES)
def test_a_provider_and_a_course_with_times_are_entered(
    open_page: OpenPage, size: dict[str, int]
) -> None:
    page = open_page(EDITOR, size=size)
    _enter_provider(page, f"Zwitscherschule {size['width']}")
    page.get_by_role("link", name="Neues Angebot").click()
    check_accessibility(page)
    page.get_by_role("link", name=re.compile("^Sprachkurs")).click()
    check_accessibility(page)
    page.get_by_label("Titel", exact=True).first.fill("Deutsch B1 am Abend")
    first = page.get_by_role("group", name="Wochenzeiten 1")
    for day in ("Montag", "Mittwoch"):
        first.get_by_role("checkbox", name=day).check()
    first.get_by_label("von").fill("18")
    first.get_by_label("bis", exact=True).fill("20:15")
    page.locator("#sessions").get_by_role("button", name="Weitere Zeile").click()
    second = page.get_by_role("group", name="Wochenzeiten 2")
    second.get_by_role("checkbox", name="Freitag").check()
    second.get_by_label("von").fill("22:00")
    second.get_by_label("bis", exact=True).fill("1:00")
    second.get_by_label("Wie oft").select_option(label="alle 2 Wochen")
    second.get_by_label("gezählt ab").fill("4.12.2026")
    check_accessibility(page)
    page.get_by_role("button", name="Angebot anlegen").click()
    expect(page.get_by_role("heading", level=1, name="Deutsch B1 am Abend")).to_be_visible()
    expect(page.get_by_text("18:00").first).to_be_visible()
    check_accessibility(page)
    page.get_by_role("link", name="Bearbeiten").click()
    friday = page.get_by_role("group", name="Wochenzeiten 2")
    expect(friday.get_by_label("bis", exact=True)).to_have_value("01:00")
    expect(friday.get_by_label("gezählt ab")).to_have_value("04.12.2026")
    check_accessibility(page)


def test_errors_take_the_focus_and_open_what_is_folded(open_page: OpenPage) -> None:
    page = open_page(EDITOR, size=PHONE)
    _enter_provider(page, "Zwitscherheim")
    page.get_by_role("link", name="Neues Angebot").click()
    page.get_by_role("link", name=re.compile("^Verein")).click()
    page.get_by_text("Weitere Angaben", exact=True).click()
    page.get_by_label("Unterrichtseinheiten").fill("viele")
    page.get_by_role("button", name="Angebot anlegen").click()
    summary = page.locator("#fehler")
    expect(summary).to_be_focused()
    check_accessibility(page)
    summary.get_by_role("link", name="Unterrichtseinheiten").click()
    expect(page.get_by_label("Unterrichtseinheiten")).to_have_value("viele")
    expect(page.get_by_label("Unterrichtseinheiten")).to_be_visible()


def test_topics_are_chosen_while_typing(open_page: OpenPage) -> None:
    page = open_page(EDITOR)
    _enter_provider(page, "Zwitscherverein")
    page.get_by_role("link", name="Neues Angebot").click()
    page.get_by_role("link", name=re.compile("^Verein")).click()
    page.get_by_label("Titel", exact=True).first.fill("Kicken im Park")
    with page.expect_response(re.compile("/pflege/themen")):
        page.get_by_label("Themen hinzufügen").press_sequentially("футб")
    expect(page.locator("#topics_new-list option").first).to_be_attached()
    label = page.locator("#topics_new-list option").first.get_attribute("value") or ""
    page.get_by_label("Themen hinzufügen").fill(label)
    expect(page.get_by_role("checkbox", name=label)).to_be_checked()
    expect(page.get_by_label("Themen hinzufügen")).to_have_value("")
    check_accessibility(page)
    page.get_by_role("button", name="Angebot anlegen").click()
    expect(page.get_by_role("link", name=label)).to_be_visible()


def test_without_scripts_rows_are_added_and_seats_told(open_page: OpenPage) -> None:
    page = open_page(EDITOR, size=PHONE, javascript=False)
    page.goto("/verzeichnis?art=language_course")
    page.locator(".lb-list__title a").first.click()
    page.get_by_role("link", name="Bearbeiten").click()
    rows = page.locator("#sessions [data-row]")
    expect(rows.first).to_be_visible()
    before = rows.count()
    page.locator("#sessions").get_by_role("button", name="Weitere Zeile").click()
    expect(rows).to_have_count(before + 1)
    page.get_by_role("button", name="Speichern").last.click()
    expect(page.get_by_text("Gespeichert.")).to_be_visible()
    page.get_by_role("link", name="Plätze melden").click()
    page.get_by_label("Freie Plätze").fill("2")
    page.get_by_label("Plätze insgesamt").fill("16")
    page.get_by_label("Wer hat es gesagt?").fill("Frau Krüger, am Telefon")
    page.get_by_role("button", name="Speichern").click()
    expect(
        page.get_by_text("2 Plätze frei (heute gemeldet von Frau Krüger, am Telefon)")
    ).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_accommodations_and_seats_are_accessible(open_page: OpenPage, size: dict[str, int]) -> None:
    page = open_page(EDITOR, size=size)
    for address in ("/pflege/unterkuenfte", "/pflege/unterkuenfte/neu"):
        page.goto(address)
        check_accessibility(page)
    page.goto("/verzeichnis?art=language_course")
    page.locator(".lb-list__title a").first.click()
    page.get_by_role("link", name="Plätze melden").click()
    check_accessibility(page)
