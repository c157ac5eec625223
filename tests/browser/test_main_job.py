"""The main job, as a case worker does it, in a real browser; every page is checked with axe-core."""

from __future__ import annotations

import io
import re

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from app.operations.demo_accounts import DEMO_CASE_WORKERS
from tests.browser.conftest import PHONE, WIDE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WORKER = DEMO_CASE_WORKERS[0].email
SIZES = [pytest.param(WIDE, id="wide"), pytest.param(PHONE, id="phone")]


def _open_amira(page: Page) -> None:
    page.get_by_role("link", name="Fälle", exact=True).click()
    page.get_by_role("link", name="H., Amira").click()
    expect(page.get_by_role("heading", level=1, name="Amira H.")).to_be_visible()


def _refer_to_first(page: Page) -> str:
    """Two clicks from the client's page; the address of the sheet."""
    page.get_by_role("link", name=re.compile("^Verweisen")).first.click()
    title = page.locator("#angebot").inner_text()
    check_accessibility(page)
    again = page.get_by_label("Noch einmal dorthin verweisen")
    if again.count():  # another test has left an open referral there
        again.check()
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Verweisen und Blatt öffnen").click()
    assert opened.value
    expect(page.get_by_role("heading", level=1, name="Amira H.")).to_be_visible()
    timeline = page.locator(".lb-timeline")
    expect(timeline.get_by_text(title).first).to_be_visible()
    return title


@pytest.mark.parametrize("size", SIZES)
def test_the_days_pages_are_accessible(open_page: OpenPage, size: dict[str, int]) -> None:
    page = open_page(size=size)
    page.goto("/anmelden")
    check_accessibility(page)
    page = open_page(WORKER, size=size)
    for address in (
        "/heute",
        "/faelle",
        "/faelle/neu",
        "/verzeichnis",
        "/verzeichnis?q=Deutschkurs+B1+Zell&frauen=1",
        "/verzeichnis?q=xqzvwy",
        "/vermittlungen",
    ):
        page.goto(address)
        check_accessibility(page)


@pytest.mark.parametrize("size", SIZES)
def test_a_client_sees_suitable_offers_with_reasons_and_is_referred(
    open_page: OpenPage, size: dict[str, int]
) -> None:
    page = open_page(WORKER, size=size)
    _open_amira(page)
    check_accessibility(page)
    client = page.url
    for further in ("/passende-angebote", "/aufnahme"):
        page.goto(client + further)
        check_accessibility(page)
    page.goto(client)
    expect(page.get_by_role("heading", name="Deutsch lernen")).to_be_visible()
    expect(page.get_by_text("Einstieg A2 = Zertifikat vom März 2026").first).to_be_visible()
    expect(page.get_by_text("Interesse: Fußball").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"^\d+(,\d)? km$")).first).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d+ Pl(atz|ätze) frei")).first).to_be_visible()

    title = _refer_to_first(page)
    page.locator(".lb-timeline").get_by_role("link", name=title).first.click()
    check_accessibility(page)

    expect(page.get_by_role("button", name="Blatt öffnen (PDF)")).to_be_visible()
    sheet = page.get_by_role("form", name="Das Blatt drucken").get_attribute("action")
    assert sheet
    answer = page.context.request.get(sheet)
    assert answer.headers["content-type"].startswith("application/pdf")
    words = PdfReader(io.BytesIO(answer.body())).pages[0].extract_text()
    assert title.split(":")[0][:20] in " ".join(words.split())
    assert re.search(r"[\u0600-\u06FF]", words), "the Arabic half is missing"
    assert "Amira" not in words

    page.get_by_label("Hat es abgeschlossen", exact=True).check()
    page.get_by_role("button", name="Eintragen").click()
    _open_amira(page)
    expect(page.locator(".lb-timeline").get_by_text("abgeschlossen").first).to_be_visible()


def test_every_excluded_offer_names_its_rule(open_page: OpenPage) -> None:
    page = open_page(WORKER)
    _open_amira(page)
    page.get_by_role("link", name=re.compile("Warum nicht dabei")).click()
    lines = page.locator("main .lb-list:not(section .lb-list) > li")
    expect(lines.nth(10)).to_be_attached()
    check_accessibility(page)
    for number in range(lines.count()):
        assert lines.nth(number).locator(".lb-reasons--against li").count() >= 1


def test_a_new_client_needs_a_name_only_and_is_suggested_what_was_typed(open_page: OpenPage) -> None:
    page = open_page(WORKER)
    page.goto("/faelle/neu")
    page.get_by_role("button", name="Fall anlegen").click()
    check_accessibility(page)
    page.get_by_label("Vorname").fill("Neda")
    page.get_by_role("button", name="Fall anlegen").click()
    interests = page.get_by_role("textbox", name="Interessen")
    interests.fill("كرة القدم, yüzme, Topflappenhäkeln")
    expect(page.locator("#understood")).to_contain_text("Schwimmen")
    page.get_by_label("Postleitzahl").fill("99999999")
    interests.focus()
    expect(page.get_by_text("Eine Postleitzahl hat fünf Ziffern.").first).to_be_visible()
    page.get_by_label("Postleitzahl").fill("73730")
    home = page.locator("#wohnen").locator("xpath=ancestor::section")
    expect(home.locator("[data-status]")).to_contain_text("Gespeichert")
    page.get_by_role("link", name="Überblick").click()
    expect(page.get_by_role("heading", level=1, name="Neda")).to_be_visible()
    check_accessibility(page)
    expect(page.get_by_text("Fußball").first).to_be_visible()
    expect(page.get_by_text("Schwimmen").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"ca\. [\d,]+ km")).first).to_be_visible()


def test_the_directory_understands_corrects_and_filters(open_page: OpenPage) -> None:
    page = open_page(WORKER)
    expect(page.get_by_role("heading", level=1, name="Heute")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("Sprachkus")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Sprachkurs", exact=True).first).to_be_visible()
    page.get_by_label("Was suchen Sie?").fill("Deutschkurs B1 Zell")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=re.compile("nahe Zell"))).to_be_visible()
    before = page.locator(".lb-list > li").count()
    page.get_by_text("Wochentag", exact=True).click()
    page.get_by_role("checkbox", name=re.compile("^Samstag")).check()
    chip = page.locator(".lb-chip", has_text="Samstag")
    expect(chip).to_be_visible()
    expect(page.locator(".lb-list > li").nth(before - 1)).to_have_count(0)
    page.go_back()
    expect(chip).to_have_count(0)
    page.locator(".lb-list__title a").first.click()
    check_accessibility(page)
    page.locator("main").get_by_role("link").first.click()
    check_accessibility(page)


def test_everything_works_without_javascript(open_page: OpenPage) -> None:
    page = open_page(WORKER, javascript=False)
    page.goto("/verzeichnis?q=sprachkurs+frauen")
    expect(page.locator(".lb-list__title").first).to_contain_text("Frauen")
    _open_amira(page)
    page.get_by_role("link", name=re.compile("^Verweisen")).nth(1).click()
    with page.context.expect_page():
        page.get_by_role("button", name="Verweisen und Blatt öffnen").click()
    _open_amira(page)
    expect(page.locator(".lb-timeline > li").first).to_be_visible()


@pytest.mark.parametrize(
    ("email", "addresses"),
    [
        ("redaktion@lotsenbuch.example", ["/pflege/hinweise", "/netzwerk", "/pflege/rundmails/neu"]),
        ("datenschutz@lotsenbuch.example", ["/verwaltung/protokoll"]),
        ("verwaltung@lotsenbuch.example", ["/verwaltung/konten", "/verwaltung/konten/neu"]),
        ("leitung@lotsenbuch.example", ["/faelle", "/vermittlungen"]),
    ],
)
def test_the_pages_of_the_other_roles_are_accessible(
    open_page: OpenPage, email: str, addresses: list[str]
) -> None:
    page = open_page(email)
    for size in (WIDE, PHONE):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        for address in addresses:
            page.goto(address)
            check_accessibility(page)
