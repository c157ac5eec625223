"""A request by mail in a real browser: taken back, answered by link or account, and found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlmodel import select

from app.mail.models import OutboxMail
from app.operations.demo_accounts import DEMO_PASSWORD, DEMO_PROVIDER_ACCOUNT
from app.operations.runtime import open_runtime
from app.referrals.requests import MAIL_PURPOSE
from app.settings import load_settings
from tests.browser.conftest import PHONE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WORKER = "mira.lindner@lotsenbuch.example"


@pytest.fixture(scope="session")
def link(demo_folder: Path) -> str:
    """The address in the mail of the demo."""
    runtime = open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": str(demo_folder)}))
    with runtime.database.read() as session:
        mails = session.exec(select(OutboxMail).where(OutboxMail.purpose == MAIL_PURPOSE)).all()
    runtime.database.dispose()
    found = re.search(r"/rueckmeldung/\S+", "\n".join(mail.text_body for mail in mails))
    assert found
    return found.group()


def test_a_provider_answers_on_the_phone_and_the_case_worker_finds_it(
    open_page: OpenPage, link: str
) -> None:
    for javascript in (True, False):  # opening it changes nothing, with scripts or without
        phone = open_page(size=PHONE, javascript=javascript)
        phone.goto(link)
        expect(phone.locator("summary")).to_have_count(5)
        assert phone.context.cookies() == []
    checked = open_page(size=PHONE)
    checked.goto(link)
    for summary in checked.locator("summary").all():
        summary.click()
    check_accessibility(checked)
    name = phone.get_by_role("heading", level=1).inner_text()
    phone.locator("summary", has_text="Zusage").click()
    form = phone.locator("details[open]")
    form.get_by_label("Wann geht es los?").fill("im Dezember")
    form.get_by_label("Möchten Sie uns noch etwas sagen?").fill("Bitte um 9 Uhr")
    form.get_by_role("button", name="Senden").click()
    expect(phone.get_by_text("Noch nicht gespeichert")).to_be_visible()
    form = phone.locator("details[open]")
    expect(form.get_by_label("Möchten Sie uns noch etwas sagen?")).to_have_value("Bitte um 9 Uhr")
    form.get_by_label("Wann geht es los?").fill("07.12.2026")
    form.get_by_role("button", name="Senden").click()
    expect(phone.get_by_text("Danke! Notiert: Zusage (am 07.12.2026)")).to_be_visible()
    checked.reload()
    check_accessibility(checked)
    worker = open_page(WORKER)
    worker.goto("/heute")
    answers = worker.locator("section", has=worker.get_by_role("heading", name="Neue Antworten"))
    expect(answers.get_by_text(name)).to_be_visible()
    answers.get_by_role("link", name="Antwort lesen").click()
    expect(worker.get_by_text(", vom Anbieter")).to_be_visible()
    check_accessibility(worker)


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


def test_a_request_is_taken_back_with_one_click(open_page: OpenPage) -> None:
    page = open_page(WORKER)
    page.goto("/vermittlungen?stand=agreed")
    page.locator('main a[href^="/vermittlungen/"]').first.click()
    page.get_by_role("button", name="Anfrage per E-Mail").click()
    expect(page.get_by_text("Die Anfrage geht hinaus")).to_be_visible()
    check_accessibility(page)
    page.get_by_role("button", name="Rückgängig").click()
    expect(page.get_by_text("Rückgängig gemacht")).to_be_visible()
    expect(page.get_by_role("button", name="Anfrage per E-Mail")).to_be_visible()
