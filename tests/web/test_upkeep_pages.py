"""The editor's work list, and the one click that says "still right"."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlmodel import col, select

from app.core.clock import utc_now
from app.directory.due_entries import load_due_offers
from app.directory.editing import change_offer
from app.directory.history import Author
from app.directory.models import Offer, Provider
from app.directory.upkeep_models import LinkCheck, Reminder, Verification
from app.mail.models import OutboxMail
from app.operations.runtime import Runtime
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page, token_of

PAGES = (
    "/pflege",
    "/pflege/ueberfaellig",
    "/pflege/unbestaetigt",
    "/pflege/unzustellbar",
    "/pflege/links",
    "/pflege/hinweise",
)


@pytest.fixture
def overdue(demo: Runtime) -> Offer:
    """The offer of the demo that is overdue for the longest time."""
    with demo.database.read() as session:
        first = load_due_offers(session, TODAY, demo.freshness_rules)[0]
        return session.get_one(Offer, first.id)


def offer(runtime: Runtime, offer_id: str) -> Offer:
    with runtime.database.read() as session:
        return session.get_one(Offer, offer_id)


def counts_of(text: str) -> dict[str, int]:
    """Label → number of the tabs."""
    row = text.split('<ul class="lb-tabs__row">')[1].split("</ul>")[0]
    found = re.findall(r'<a href="[^"]*"[^>]*>([^<]+?) <span class="lb-tabs__count">(\d+)</span>', row)
    return {label: int(number) for label, number in found}


@pytest.mark.parametrize("page", PAGES)
def test_each_list_is_a_sound_page_with_its_tab(sign_in: SignIn, page: str) -> None:
    answer = sign_in("directory_editor").get(page)
    assert answer.status_code == 200
    check_page(answer)
    assert answer.text.count(f'href="{page}" aria-current="page"') >= 2  # in the row and unfolded


def test_the_old_address_of_the_flagged_entries_leads_on(sign_in: SignIn) -> None:
    answer = sign_in("directory_editor").get("/verwaltung/hinweise")
    assert answer.headers["Location"] == "/pflege/hinweise"


def test_every_page_number_shows_a_page(sign_in: SignIn) -> None:
    browser = sign_in("directory_editor")
    for wanted in ("0", "-3", "99999", "abc", "1e9"):
        for page in PAGES:
            answer = browser.get(f"{page}?seite={wanted}")
            assert answer.status_code == 200, f"{page} {wanted}"


def test_the_longest_overdue_comes_first_and_leaves_with_one_click(
    demo: Runtime, sign_in: SignIn, overdue: Offer
) -> None:
    browser = sign_in("directory_editor")
    page = browser.get("/pflege/ueberfaellig")
    assert page.text.index(overdue.title) < 20_000
    before = counts_of(page.text)["Überfällig"]
    data = {"csrf_token": token_of(page), "next": "/pflege/ueberfaellig?seite=1"}
    for _ in range(2):
        answer = browser.post(f"/angebote/{overdue.id}/bestaetigen", data=data)
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/pflege/ueberfaellig?seite=1"
    shown = offer(demo, overdue.id)
    assert (shown.verified_on, shown.verified_by) == (TODAY, "Redaktion")
    after = browser.get("/pflege/ueberfaellig")
    assert counts_of(after.text)["Überfällig"] == before - 1
    with demo.database.read() as session:
        noted = session.exec(select(Verification).where(Verification.offer_id == overdue.id)).all()
    assert [(one.way, one.verified_on) for one in noted] == [("editor", TODAY)]


def test_a_case_worker_notes_what_was_said_on_the_phone(
    demo: Runtime, sign_in: SignIn, overdue: Offer
) -> None:
    browser = sign_in("case_worker")
    page = browser.get(f"/angebote/{overdue.id}")
    check_page(page)
    assert "Am Telefon bestätigt" in page.text
    data = {"csrf_token": token_of(page), "way": "editor", "told_by": "Frau Beispiel"}
    browser.post(f"/angebote/{overdue.id}/bestaetigen", data=data)
    shown = offer(demo, overdue.id)
    with demo.database.read() as session:
        (noted,) = session.exec(select(Verification).where(Verification.offer_id == overdue.id))
        name = session.get_one(Provider, overdue.provider_id).name
    assert (noted.way, noted.name) == ("phone", "Frau Beispiel")
    assert shown.verified_by == name  # nobody's own name in public
    assert "heute bestätigt" in browser.get(f"/angebote/{overdue.id}").text


def test_two_people_confirm_at_once(demo: Runtime, sign_in: SignIn, overdue: Offer) -> None:
    browsers = [sign_in("directory_editor"), sign_in("case_worker")]
    tokens = [token_of(browser.get(f"/angebote/{overdue.id}")) for browser in browsers]
    for browser, token in zip(browsers, tokens, strict=True):
        answer = browser.post(f"/angebote/{overdue.id}/bestaetigen", data={"csrf_token": token})
        assert answer.status_code == 303
    assert offer(demo, overdue.id).verified_on == TODAY


def test_a_provider_is_confirmed_as_a_whole(demo: Runtime, sign_in: SignIn, overdue: Offer) -> None:
    browser = sign_in("directory_editor")
    page = browser.get(f"/anbieter/{overdue.provider_id}")
    check_page(page)
    address = f"/anbieter/{overdue.provider_id}/bestaetigen"
    answer = browser.post(address, data={"csrf_token": token_of(page), "way": "editor"})
    assert answer.status_code == 303
    with demo.database.read() as session:
        offers = session.exec(
            select(Offer).where(Offer.provider_id == overdue.provider_id, Offer.status == "published")
        ).all()
    assert {one.verified_on for one in offers} == {TODAY}


def test_nobody_is_led_elsewhere(sign_in: SignIn, overdue: Offer) -> None:
    browser = sign_in("directory_editor")
    token = token_of(browser.get("/pflege/ueberfaellig"))
    for target in ("https://boese.example/", "//boese.example/", "/\\boese.example", "javascript:x"):
        data = {"csrf_token": token, "next": target}
        answer = browser.post(f"/angebote/{overdue.id}/bestaetigen", data=data)
        assert answer.headers["Location"] == f"/angebote/{overdue.id}"


def test_what_was_taken_out_is_listed_and_comes_back(
    demo: Runtime, sign_in: SignIn, overdue: Offer
) -> None:
    browser = sign_in("directory_editor")
    before = counts_of(browser.get("/pflege/unbestaetigt").text)["Unbestätigt"]
    with demo.database.write() as session:
        change_offer(session, Author("x"), overdue.id, {"status": "unconfirmed"}, "freshness")
    page = browser.get("/pflege/unbestaetigt")
    assert overdue.title in page.text
    assert counts_of(page.text)["Unbestätigt"] == before + 1
    assert "nicht mehr angezeigt" in browser.get(f"/angebote/{overdue.id}").text
    data = {"csrf_token": token_of(page), "next": "/pflege/unbestaetigt"}
    browser.post(f"/angebote/{overdue.id}/bestaetigen", data=data)
    assert offer(demo, overdue.id).status == "published"
    assert overdue.title not in browser.get("/pflege/unbestaetigt").text.split("lb-tabs")[-1]


def test_a_mail_now_is_written_once_a_day(demo: Runtime, sign_in: SignIn, overdue: Offer) -> None:
    browser = sign_in("directory_editor")
    token = token_of(browser.get("/pflege/ueberfaellig"))
    address = f"/pflege/anbieter/{overdue.provider_id}/erinnern"
    for _ in range(2):
        assert browser.post(address, data={"csrf_token": token}).status_code == 303
    assert "heute schon eine Mail bekommen" in browser.get("/pflege/ueberfaellig").text
    with demo.database.read() as session:
        mails = session.exec(
            select(OutboxMail).where(OutboxMail.subject_id == overdue.provider_id)
        ).all()
        stages = session.exec(
            select(Reminder.stage).where(Reminder.provider_id == overdue.provider_id)
        ).all()
    assert len(mails) == 1
    assert list(stages) == [1]
    assert mails[0].text_body.startswith("Guten Tag")
    assert "1. von 3 Erinnerungen" in browser.get("/pflege/ueberfaellig").text


def test_mails_that_come_back_put_the_provider_on_the_list(
    demo: Runtime, sign_in: SignIn, overdue: Offer
) -> None:
    browser = sign_in("directory_editor")
    with demo.database.write() as session:
        provider = session.get_one(Provider, overdue.provider_id)
        provider.email = "Kaputt@verein.example"
        session.add(provider)
        session.add(
            OutboxMail(
                key="k",
                message_id="<k@x>",
                purpose="reminder",
                recipient="kaputt@verein.example",
                subject="x",
                text_body="x",
                state="bounced",
            )
        )
    page = browser.get("/pflege/unzustellbar")
    check_page(page)
    assert provider.name in page.text
    assert "Mails an Kaputt@verein.example kommen zurück" in page.text
    token = token_of(browser.get("/pflege/ueberfaellig"))
    browser.post(f"/pflege/anbieter/{provider.id}/erinnern", data={"csrf_token": token})
    assert "Bitte anrufen" in browser.get("/pflege").text


def test_broken_links_are_listed_by_entry(demo: Runtime, sign_in: SignIn) -> None:
    with demo.database.write() as session:
        provider = session.exec(
            select(Provider).where(col(Provider.website).is_not(None)).order_by(col(Provider.id))
        ).first()
        assert provider is not None
        assert provider.website is not None
        session.merge(
            LinkCheck(
                url=provider.website,
                checked_at=utc_now() - timedelta(days=1),
                outcome="gone",
                http_status=404,
                failures=1,
            )
        )
    page = sign_in("directory_editor").get("/pflege/links")
    check_page(page)
    assert provider.name in page.text
    assert "die Seite gibt es nicht mehr (404)" in page.text


def test_a_stale_entry_says_for_how_long(sign_in: SignIn, overdue: Offer) -> None:
    page = sign_in("case_worker").get(f"/angebote/{overdue.id}").text
    assert re.search(r"seit \d+ Monaten nicht bestätigt", page)


def test_who_may_not_confirm_sees_no_box(app: Flask, sign_in: SignIn, overdue: Offer) -> None:
    browser = sign_in("administrator")
    assert "Am Telefon bestätigt" not in browser.get(f"/angebote/{overdue.id}").text
    app.config["WTF_CSRF_ENABLED"] = False
    assert browser.post(f"/angebote/{overdue.id}/bestaetigen").status_code == 404


def test_without_the_forms_token_nothing_is_confirmed(
    demo: Runtime, sign_in: SignIn, overdue: Offer
) -> None:
    answer = sign_in("directory_editor").post(f"/angebote/{overdue.id}/bestaetigen")
    assert answer.status_code == 400
    assert offer(demo, overdue.id).verified_on != TODAY
