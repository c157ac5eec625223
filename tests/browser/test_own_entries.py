"""A volunteer's way on a phone: the link in the mail, a break, other times, the end of the break."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.operations.demo_accounts import DEMO_PROVIDER_ACCOUNT, DEMO_VOLUNTEER_ACCOUNT
from tests.browser.conftest import PHONE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_link_opens_the_own_page_where_a_break_takes_two_taps(
    open_page: OpenPage, newest_mail: Callable[[str], str]
) -> None:
    phone = open_page(size=PHONE)
    phone.goto("/zugang")
    check_accessibility(phone)
    phone.get_by_label("E-Mail-Adresse").fill(DEMO_PROVIDER_ACCOUNT.email)
    phone.get_by_role("button", name="Link schicken").click()
    expect(phone.get_by_text("ist eine Mail unterwegs")).to_be_visible()
    check_accessibility(phone)

    found = re.search(r"/zugang/\S+", newest_mail("sign_in_link"))
    assert found
    phone.goto(found.group())
    check_accessibility(phone)
    phone.get_by_role("button", name="Zu meiner Seite").click()
    expect(phone.get_by_role("heading", level=1, name="Anfragen")).to_be_visible()

    phone.goto("/meine-angebote")
    check_accessibility(phone)
    offer = phone.locator("section[id^=angebot-]").first
    offer.get_by_text("Pause machen", exact=True).first.click()
    offer.get_by_label("Bis wann?").fill("gestern")
    offer.get_by_role("button", name=re.compile("^Pause machen")).click()
    expect(phone.get_by_text("Noch nicht geändert")).to_be_visible()
    check_accessibility(phone)
    offer.get_by_label("Bis wann?").fill("31.12.2026")
    offer.get_by_role("button", name=re.compile("^Pause machen")).click()
    expect(offer.get_by_text("macht Pause bis zum 31.12.2026")).to_be_visible()
    check_accessibility(phone)
    offer.get_by_role("button", name=re.compile("^Pause beenden")).click()
    expect(phone.get_by_text("Das Angebot ist wieder zu finden.")).to_be_visible()
    phone.get_by_role("link", name="Ich möchte aufhören").click()
    check_accessibility(phone)

    again = open_page(size=PHONE)
    again.goto(found.group())
    expect(again.get_by_text("Er wurde schon benutzt")).to_be_visible()
    check_accessibility(again)


def test_a_volunteer_answers_on_the_phone_and_sees_how_to_reach_the_other_only_then(
    open_page: OpenPage,
) -> None:
    phone = open_page(DEMO_VOLUNTEER_ACCOUNT.email, size=PHONE)
    phone.goto("/anfragen")
    waiting = phone.locator("section", has=phone.get_by_role("heading", name="Warten auf Ihre Antwort"))
    waiting.get_by_role("link").first.click()
    heading = phone.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile(r"^\w+$"))  # the first name alone
    expect(phone.get_by_text("Stadtteil oder Ort")).to_be_visible()
    expect(phone.get_by_text("sobald Sie zugesagt haben")).to_be_visible()
    expect(phone.locator('a[href^="tel:"]')).to_have_count(1)  # of the case worker
    check_accessibility(phone)
    phone.locator("summary.lb-answer__button", has_text="Ja, gern").click()
    form = phone.locator("details.lb-answer[open]")
    form.get_by_label("Wann treffen Sie sich zum ersten Mal?").fill("01.12.2026")
    check_accessibility(phone)
    form.get_by_role("button", name="Senden").click()
    expect(phone.get_by_text("Danke! Notiert: Zusage (am 01.12.2026)")).to_be_visible()
    expect(phone.get_by_text("sobald Sie zugesagt haben")).to_have_count(0)
    expect(heading).to_have_text(re.compile(r"\w+ \w+"))
    check_accessibility(phone)
    phone.goto("/meine-stunden")
    expect(phone.get_by_text("6 Stunden").first).to_be_visible()
    check_accessibility(phone)
