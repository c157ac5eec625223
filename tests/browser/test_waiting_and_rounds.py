"""The lead decides on the places of a round; a case worker puts a client on a waiting list."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from app.operations.demo_accounts import DEMO_ACCOUNTS, DEMO_CASE_WORKERS
from tests.browser.conftest import PHONE, WIDE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LEAD = next(account for account in DEMO_ACCOUNTS if account.role == "team_lead")
WORKER = DEMO_CASE_WORKERS[0]
SIZES = [pytest.param(WIDE, id="wide"), pytest.param(PHONE, id="phone")]


@pytest.mark.parametrize("size", SIZES)
def test_places_are_confirmed_and_declined_with_a_reason(
    open_page: OpenPage, size: dict[str, int]
) -> None:
    page = open_page(LEAD.email, size=size)
    page.goto("/platzvergabe/neu")
    check_accessibility(page)
    page.goto("/platzvergabe")
    check_accessibility(page)
    page.get_by_role("link", name="Kurse zum Jahreswechsel").click()
    check_accessibility(page)
    page.get_by_role("button", name=re.compile("^Bestätigen: ")).first.click()
    expect(page.get_by_text("Der Platz ist bestätigt")).to_be_visible()
    check_accessibility(page)

    place = page.locator(".lb-place").filter(has=page.get_by_role("button", name="Bestätigen")).first
    name = place.get_by_role("link").first.inner_text()
    place.get_by_role("link", name=re.compile("^Anders: ")).click()
    check_accessibility(page)
    page.get_by_role("button", name="Entscheiden").click()
    check_accessibility(page)
    page.get_by_label("Warum", exact=True).fill("Beginnt vorher eine Ausbildung.")
    page.get_by_role("button", name="Entscheiden").click()
    expect(page.get_by_text("der Grund ist festgehalten")).to_be_visible()
    expect(page.get_by_text("Beginnt vorher eine Ausbildung.")).to_have_count(0)
    line = page.locator(".lb-place").filter(has_text=name).filter(has_text="kein Platz").first
    line.get_by_role("link", name=re.compile("^Warum genau")).click()
    expect(page.get_by_text("Beginnt vorher eine Ausbildung.")).to_be_visible()
    check_accessibility(page)

    page.get_by_role("link", name="Alle offenen bestätigen").click()
    check_accessibility(page)


@pytest.mark.parametrize("size", SIZES)
def test_a_client_waits_where_everybody_sees_the_order(
    open_page: OpenPage, size: dict[str, int]
) -> None:
    page = open_page(WORKER.email, size=size)
    page.goto("/wartelisten")
    check_accessibility(page)
    page.get_by_role("link", name="Landeskurs (VwV Deutsch)", exact=True).click()
    expect(page.get_by_text("Fall einer Kollegin oder eines Kollegen").first).to_be_visible()
    check_accessibility(page)
    page.locator(".lb-queue").get_by_role("link").first.click()
    page.get_by_role("link", name=re.compile("Wartet auf$")).click()
    check_accessibility(page)
    page.get_by_label("Wartet auf", exact=True).select_option(label="irgendein Kurs: Intensivkurs")
    page.get_by_label("Seit", exact=True).fill("01.10.2026")
    page.get_by_role("button", name="Auf die Liste setzen").click()
    check_accessibility(page)
    page.get_by_label("Warum ein früherer Tag zählt").select_option(
        label="hat an diesem Tag bei uns danach gefragt"
    )
    page.get_by_role("button", name="Auf die Liste setzen").click()
    expect(page.get_by_text("Auf der Warteliste seit 01.10.2026.")).to_be_visible()
    line = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Intensivkurs"))
    line.get_by_label("Wartet nicht mehr, denn").select_option(label="irrtümlich eingetragen")
    line.get_by_role("button", name="Von der Liste nehmen: Intensivkurs").click()
    expect(page.get_by_text("Von der Warteliste genommen.")).to_be_visible()
    check_accessibility(page)
