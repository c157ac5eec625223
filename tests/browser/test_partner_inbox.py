"""A provider's person with an account answers on the phone, and the case worker finds it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.operations.demo_accounts import DEMO_PASSWORD, DEMO_PROVIDER_ACCOUNT
from tests.browser.conftest import PHONE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WORKER = "mira.lindner@lotsenbuch.example"


def test_a_provider_answers_in_the_inbox_on_the_phone(open_page: OpenPage) -> None:
    phone = open_page(size=PHONE, javascript=False)
    phone.goto("/anmelden")
    phone.get_by_label("E-Mail-Adresse").fill(DEMO_PROVIDER_ACCOUNT.email)
    phone.get_by_label("Passwort").fill(DEMO_PASSWORD)
    phone.get_by_role("main").get_by_role("button", name="Anmelden").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Anfragen")
    checked = open_page(DEMO_PROVIDER_ACCOUNT.email, size=PHONE)
    checked.goto("/anfragen")
    check_accessibility(checked)
    phone.locator('main a[href^="/anfragen/"]').first.click()
    name = phone.get_by_role("heading", level=1).inner_text()
    checked.goto(phone.url)
    for summary in checked.locator("summary.lb-answer__button").all():
        summary.click()
    check_accessibility(checked)
    # Whether the link was used before: in both cases the next answer is a good one.
    answer = phone.locator("summary.lb-answer__button", has_text="Zusage")
    if answer.count() == 0:
        answer = phone.locator("summary.lb-answer__button", has_text="Hat angefangen")
    answer.click()
    form = phone.locator("details.lb-answer[open]")
    form.get_by_label("Möchten Sie uns noch etwas sagen?").fill("Bitte um 9 Uhr")
    form.get_by_role("button", name="Senden").click()
    expect(phone.get_by_text("Danke! Notiert:")).to_be_visible()
    phone.get_by_role("link", name="Zurück zu den Anfragen").click()
    expect(phone.get_by_role("heading", name="Beantwortet, noch nicht abgeschlossen")).to_be_visible()
    worker = open_page(WORKER)
    worker.goto("/heute")
    answers = worker.locator("section", has=worker.get_by_role("heading", name="Neue Antworten"))
    expect(answers.get_by_text(name)).to_be_visible()
    answers.get_by_role("link", name="Antwort lesen").click()
    expect(worker.get_by_text(f"vom Anbieter: {DEMO_PROVIDER_ACCOUNT.name}")).to_be_visible()
