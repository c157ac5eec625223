"""The intake in a real browser: what is typed is there again, whatever happens to the page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.operations.demo_accounts import DEMO_CASE_WORKERS
from tests.browser.conftest import PHONE, WIDE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WORKER = DEMO_CASE_WORKERS[0].email
SAVED = re.compile(r"Gespeichert \d\d:\d\d")


def _open_new(page: Page, name: str) -> str:
    page.goto("/faelle/neu")
    page.get_by_label("Vorname").fill(name)
    page.get_by_role("button", name="Fall anlegen").click()
    expect(page.get_by_role("heading", level=1, name="Angaben")).to_be_visible()
    return page.url


def test_what_is_typed_is_saved_by_itself_and_there_after_reloading(open_page: OpenPage) -> None:
    page = open_page(WORKER)
    _open_new(page, "Nesrin")
    person, interests = page.locator("#person"), page.locator("#interessen")
    status = person.locator("xpath=ancestor::section").locator("[data-status]")
    page.get_by_label("Telefon").press_sequentially("0711 55501")
    expect(status).to_have_text(SAVED)
    page.get_by_role("textbox", name="Interessen").fill("yüzme, Quizabende")
    understood = page.locator("#understood")
    expect(understood).to_contain_text("Schwimmen")
    expect(understood).to_contain_text("noch nicht verstanden")
    page.get_by_label("Geburtsdatum").fill("31.02.1990")
    page.get_by_label("Telefon").focus()
    expect(page.get_by_text("Diesen Tag gibt es nicht")).to_be_visible()
    expect(status).to_contain_text("Noch nicht alles")
    check_accessibility(page)
    page.get_by_label("Geburtsdatum").fill("01.02.2012")
    expect(status).to_have_text(SAVED)
    expect(page.get_by_text("Diesen Tag gibt es nicht")).to_have_count(0)
    education = page.locator("#bildung").locator("xpath=ancestor::section")
    education.get_by_role("button", name="Weitere Zeile").first.click()
    page.locator("#degrees-1-title").fill("Abitur")
    expect(education.locator("[data-status]")).to_have_text(SAVED)
    expect(interests).to_be_visible()
    page.reload()
    expect(page.get_by_label("Telefon")).to_have_value("0711 55501")
    expect(page.get_by_text("minderjährig").first).to_be_visible()
    expect(page.locator("#degrees-0-title")).to_have_value("Abitur")
    expect(page.get_by_role("textbox", name="Interessen")).to_have_value("yüzme, Quizabende")


def test_two_people_type_at_the_same_case(open_page: OpenPage) -> None:
    page = open_page(WORKER)
    address = _open_new(page, "Paarweise")
    other = page.context.new_page()
    other.goto(address)
    other.get_by_label("Telefon").fill("0711 2")
    other.get_by_label("Telefon").blur()
    section = "xpath=ancestor::section"
    expect(other.locator("#person").locator(section).locator("[data-status]")).to_have_text(SAVED)
    page.get_by_label("Telefon").fill("0711 3")
    page.get_by_label("Telefon").blur()
    expect(page.get_by_text("Jemand anderes hat hier inzwischen „0711 2“")).to_be_visible()
    expect(page.get_by_label("Telefon")).to_have_value("0711 3")
    page.get_by_label("Durch das ersetzen, was hier steht").first.check()
    expect(page.locator("#person").locator(section).locator("[data-status]")).to_have_text(SAVED)
    page.reload()
    expect(page.get_by_label("Telefon")).to_have_value("0711 3")


def test_without_scripts_each_part_has_its_button(open_page: OpenPage) -> None:
    page = open_page(WORKER, javascript=False)
    _open_new(page, "Ohneskript")
    page.get_by_label("Straße").fill("Am Hang")
    page.get_by_role("button", name=re.compile("Diesen Teil speichern.*Wohnen und Wege")).click()
    expect(page.get_by_text("„Wohnen und Wege“ ist gespeichert.")).to_be_visible()
    expect(page.get_by_label("Straße")).to_have_value("Am Hang")


@pytest.mark.parametrize("size", [pytest.param(WIDE, id="wide"), pytest.param(PHONE, id="phone")])
def test_the_pages_of_the_intake_are_accessible(open_page: OpenPage, size: dict[str, int]) -> None:
    page = open_page(WORKER, size=size)
    page.goto("/faelle?q=amira")
    page.get_by_role("link", name=re.compile("Amira")).first.click()
    expect(page.get_by_role("heading", level=1, name=re.compile("Amira"))).to_be_visible()
    case = page.url
    for further in ("/aufnahme", "/haushalt?q=a", "/aenderungen", "/barrierefreiheit"):
        page.goto(case + further)
        check_accessibility(page)
    editor = open_page("redaktion@lotsenbuch.example", size=size)
    editor.goto("/pflege/interessen")
    check_accessibility(editor)
