"""A contact in ten seconds, the timeline, and a self-assessment in Arabic on a phone."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from app.operations.demo_accounts import DEMO_CASE_WORKERS
from tests.browser.conftest import PHONE, WIDE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WORKER = DEMO_CASE_WORKERS[0].email
SIZES = [pytest.param(WIDE, id="wide"), pytest.param(PHONE, id="phone")]
NOTE = "Zitronenfalter im Garten"


def _open_timeline(page: Page) -> str:
    """The address of Amira's case; the page shows its timeline."""
    page.get_by_role("link", name="Fälle", exact=True).click()
    page.get_by_role("link", name="H., Amira").first.click()
    expect(page.get_by_role("heading", level=1, name="Amira H.")).to_be_visible()
    address = urlsplit(page.url).path
    page.goto(f"{address}/verlauf")
    return address


@pytest.mark.parametrize("size", SIZES)
def test_a_contact_is_recorded_from_the_timeline_and_its_note_opens_on_a_click(
    open_page: OpenPage, size: dict[str, int]
) -> None:
    page = open_page(WORKER, size=size)
    _open_timeline(page)
    page.get_by_role("link", name="Kontakt eintragen").click()
    expect(page.get_by_role("radio", name="Büro")).to_be_focused()
    # Without a mouse: one key chooses how, the next field by the tabulator.
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Hausbesuch")).to_be_checked()
    page.get_by_role("checkbox", name="Wohnen").check()
    page.get_by_role("radio", name="45").check()
    page.get_by_label("Kurze Notiz").fill(NOTE)
    check_accessibility(page)
    page.get_by_role("button", name="Kontakt speichern").click()
    expect(page.get_by_text("Der Kontakt ist eingetragen.")).to_be_visible()
    newest = page.locator(".lb-entry--contact").first
    expect(newest).to_contain_text("Hausbesuch, 45 Min.")
    expect(newest).not_to_contain_text(NOTE)
    newest.get_by_role("link", name=re.compile("Notiz .*öffnen")).click()
    expect(newest).to_contain_text(NOTE)
    check_accessibility(page)


def test_the_timeline_is_narrowed_by_kind_and_topic(open_page: OpenPage) -> None:
    page = open_page(WORKER)
    _open_timeline(page)
    page.get_by_role("navigation", name="Art").get_by_role("link", name=re.compile("Plan")).click()
    expect(page.locator(".lb-entry--contact")).to_have_count(0)
    expect(page.locator(".lb-entry--plan").first).to_be_visible()
    page.get_by_text("Nach Thema, Person oder Zeitraum eingrenzen").click()
    page.get_by_label("Thema").select_option("debts")
    expect(page.get_by_text("Zu diesen Filtern gibt es nichts.")).to_be_visible()
    check_accessibility(page)
    page.get_by_role("link", name="Alles zeigen").last.click()
    expect(page.locator(".lb-entry").first).to_be_visible()


def test_a_contact_is_recorded_without_scripts(open_page: OpenPage) -> None:
    page = open_page(WORKER, javascript=False)
    _open_timeline(page)
    page.get_by_role("link", name="Kontakt eintragen").click()
    page.get_by_role("radio", name="nicht erreicht").check()
    page.get_by_role("button", name="Kontakt speichern").click()
    expect(page.locator(".lb-entry--contact").first).to_contain_text("Nicht erreicht")


def test_the_client_answers_in_arabic_on_a_phone(open_page: OpenPage) -> None:
    desk = open_page(WORKER, size=PHONE)
    address = _open_timeline(desk)
    desk.goto(f"{address}/selbsteinschaetzung")
    check_accessibility(desk)
    desk.locator("#sprache-hier").select_option("ar")
    with desk.context.expect_page() as opened:
        desk.get_by_role("button", name="Fragen öffnen").click()
    expect(opened.value.locator("html")).to_have_attribute("dir", "rtl")
    link = opened.value.url
    phone = open_page(size=PHONE)
    phone.goto(link)
    expect(phone.locator("html")).to_have_attribute("dir", "rtl")
    assert "Amira" not in phone.content()
    check_accessibility(phone)
    phone.get_by_role("radio", name="سيئ", exact=True).first.check()
    phone.get_by_role("button", name="تم").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("شكرًا جزيلًا!")
    check_accessibility(phone)
    assert phone.context.cookies() == []
    desk.goto(f"{address}/selbsteinschaetzung")
    first = desk.locator("main .lb-list > li").first
    expect(first).not_to_contain_text("schlecht")
    first.get_by_role("link").click()
    expect(first).to_contain_text("schlecht")
    check_accessibility(desk)


@pytest.mark.parametrize("size", SIZES)
def test_the_pages_of_notes_are_accessible(open_page: OpenPage, size: dict[str, int]) -> None:
    page = open_page(WORKER, size=size)
    address = _open_timeline(page)
    for path in ("notizen", "kontakte/neu?thema=work", "selbsteinschaetzung/eintragen"):
        page.goto(f"{address}/{path}")
        check_accessibility(page)
