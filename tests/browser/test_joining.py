"""Registering on a phone: a question a screen, kept as typed, confirmed by link, looked at."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.operations.demo_accounts import DEMO_CASE_WORKERS
from tests.browser.conftest import PHONE, WIDE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

EDITOR = "redaktion@lotsenbuch.example"
MOST_FIELDS = 12
MOST_TAPS = 20


class Counting:
    """Counts what a person fills in and taps."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.fields = 0
        self.taps = 0

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)
        self.fields += 1

    def tick(self, label: str) -> None:
        self.page.get_by_label(label, exact=True).check()
        self.fields += 1
        self.taps += 1

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()
        self.taps += 1

    def expect_step(self, title: str) -> None:
        expect(self.page.get_by_role("heading", level=2, name=title)).to_be_focused()


def _link_in(text: str) -> str:
    found = re.search(r"/mitmachen/\w+/\S+", text)
    assert found
    return found.group()


def test_a_tandem_is_offered_on_a_phone_in_few_fields_and_taps(
    open_page: OpenPage, newest_mail: Callable[[str], str]
) -> None:
    page = open_page(size=PHONE)
    page.goto("/mitmachen")
    check_accessibility(page)
    way = Counting(page)
    page.get_by_role("link", name="Ich möchte helfen").click()
    way.taps += 1
    way.tick("Sprachtandem")
    check_accessibility(page)
    way.press("Weiter")
    way.expect_step("Welche Sprachen sprechen Sie?")
    way.tick("Deutsch")
    way.tick("Ukrainisch")
    check_accessibility(page)
    way.press("Weiter")
    way.expect_step("Wo, und wie weit?")
    way.fill("Postleitzahl", "73728")
    way.press("Weiter")
    way.expect_step("Wann haben Sie Zeit?")
    way.tick("Mittwoch abends")
    check_accessibility(page)
    way.press("Weiter")
    way.press("Weiter")
    way.expect_step("Wer sind Sie?")

    page.go_back()  # one question back, as everywhere on a phone; nothing is lost
    way.expect_step("Für wen?")
    page.reload()
    expect(page.get_by_role("heading", level=2, name="Für wen?")).to_be_visible()
    page.go_forward()
    way.expect_step("Wer sind Sie?")

    way.fill("Vorname", "Pirmin")
    way.fill("Nachname", "Zeisig")
    way.fill("E-Mail", "pirmin@zeisig.example")
    check_accessibility(page)
    way.press("Weiter")
    way.expect_step("Fast fertig")
    page.get_by_role("checkbox", name=re.compile("^Ich bin einverstanden")).check()
    way.fields, way.taps = way.fields + 1, way.taps + 1
    check_accessibility(page)
    way.press("Senden")
    expect(page.get_by_role("heading", level=1, name="Fast fertig")).to_be_visible()
    check_accessibility(page)
    assert way.fields <= MOST_FIELDS, way.fields
    assert way.taps <= MOST_TAPS, way.taps
    assert page.context.cookies() == []
    page.goto("/mitmachen/ehrenamt")  # what was sent is not kept on the device
    expect(page.get_by_label("Sprachtandem", exact=True)).not_to_be_checked()

    editor = open_page(EDITOR, size=PHONE)
    phone = open_page(size=PHONE)
    phone.goto(_link_in(newest_mail("registration_confirm")))
    check_accessibility(phone)
    phone.get_by_role("button", name="Ja, das war ich").click()
    expect(phone.get_by_text("Ihre Adresse ist bestätigt.")).to_be_visible()

    editor.goto("/pflege/anmeldungen")
    check_accessibility(editor)
    editor.get_by_role("link", name="Pirmin Zeisig").click()
    expect(editor.get_by_text("Mi. abends")).to_be_visible()
    check_accessibility(editor)
    editor.get_by_text("Rückfrage stellen", exact=True).click()
    editor.get_by_label("Ihre Frage").fill("Ab wann geht es?")
    editor.get_by_role("button", name="Frage senden").click()
    expect(editor.get_by_text("Ihre Frage ist unterwegs.")).to_be_visible()
    phone.goto(_link_in(newest_mail("registration_ask")))
    check_accessibility(phone)
    phone.get_by_label("Ihre Rückmeldung").fill("Ab sofort")
    phone.get_by_role("button", name="Senden").click()
    expect(phone.get_by_text("Ihre Antwort ist angekommen")).to_be_visible()

    editor.goto("/pflege/anmeldungen")
    editor.get_by_role("link", name="Pirmin Zeisig").click()
    expect(editor.get_by_text("Ab sofort")).to_be_visible()
    editor.get_by_label("Erstgespräch am").fill("20.11.2026")
    editor.get_by_label("Vereinbarung unterschrieben am").fill("20.11.2026")
    editor.get_by_role("button", name="Prüfung speichern").click()
    expect(editor.get_by_text("Es fehlt noch:")).to_have_count(0)
    editor.get_by_role("button", name="Ins Verzeichnis aufnehmen").click()
    expect(editor.get_by_role("heading", level=1, name="Pirmin")).to_be_visible()
    check_accessibility(editor)


def test_a_mistake_leads_to_its_question_and_without_scripts_all_stand_on_one_page(
    open_page: OpenPage,
) -> None:
    page = open_page(size=PHONE)
    page.goto("/mitmachen/ehrenamt#schritt=7")
    page.get_by_role("button", name="Senden").click()
    expect(page.get_by_role("heading", name="Bitte prüfen Sie Ihre Eingaben")).to_be_visible()
    expect(page.get_by_role("heading", level=2, name="Was möchten Sie tun?")).to_be_visible()
    check_accessibility(page)
    page.locator("[data-problems]").get_by_role("link", name="Postleitzahl").click()
    expect(page.get_by_label("Postleitzahl")).to_be_visible()
    check_accessibility(page)

    plain = open_page(size=PHONE, javascript=False)
    plain.goto("/mitmachen/ehrenamt")
    expect(plain.get_by_role("heading", level=2)).to_have_count(7)
    wide = open_page(size=WIDE)
    wide.goto("/mitmachen/ehrenamt")
    expect(wide.get_by_label("Nachname", exact=True)).to_be_visible()
    expect(wide.get_by_role("button", name="Weiter")).to_be_hidden()
    check_accessibility(wide)


def test_a_club_that_is_known_adds_its_offers(open_page: OpenPage) -> None:
    page = open_page(size=PHONE)
    page.goto("/mitmachen/organisation")
    page.get_by_label("Wie heißt die Organisation?").fill("Tandemnetz Esslingen")
    page.get_by_label("Was ist es?").select_option("initiative")
    check_accessibility(page)
    page.get_by_role("button", name="Weiter").click()
    page.get_by_label("Postleitzahl").fill("73728")
    page.get_by_role("button", name="Weiter").click()
    page.get_by_label("Wie heißt es?").fill("Tandem am Abend")
    page.get_by_label("Welche Art ist es?").select_option("volunteer")
    check_accessibility(page)
    page.get_by_role("button", name="Weiter").click()
    page.get_by_label("Ihr Name").fill("Uwe Rollmops")
    page.get_by_label("E-Mail").fill("uwe@tandem.example")
    page.get_by_role("checkbox", name=re.compile("Ich bin einverstanden")).check()
    check_accessibility(page)
    page.get_by_role("button", name="Senden").click()
    expect(page.get_by_role("heading", name="Sind Sie das?")).to_be_focused()
    check_accessibility(page)
    page.get_by_role("button", name=re.compile("^Ja, das sind wir")).first.click()
    expect(page.get_by_role("heading", level=1, name="Fast fertig")).to_be_visible()


def test_a_client_who_would_like_to_help_is_registered_from_the_case(open_page: OpenPage) -> None:
    page = open_page(DEMO_CASE_WORKERS[1].email, size=PHONE)
    page.goto("/faelle")
    page.locator('main a[href^="/faelle/"]:has-text(",")').first.click()
    page.get_by_role("link", name="Möchte mithelfen").click()
    check_accessibility(page)
    page.get_by_label("Sprachtandem", exact=True).check()
    page.get_by_label("Deutsch", exact=True).check()
    page.get_by_label("Postleitzahl").fill("73728")
    page.get_by_label("E-Mail").fill("hilft.mit@demo.example")
    page.get_by_role("button", name="Anmelden", exact=True).click()
    expect(page.get_by_role("link", name=re.compile("einverstanden"))).to_be_visible()
    check_accessibility(page)
    page.get_by_label(re.compile("^Die Klient:in ist mit der Anmeldung einverstanden")).check()
    page.get_by_role("button", name="Anmelden", exact=True).click()
    expect(page.get_by_text("Eine E-Mail bittet die Klient:in")).to_be_visible()
    check_accessibility(page)
