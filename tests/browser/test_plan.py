"""Agreeing on a goal with the client beside the desk, in a real browser, checked with axe-core."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.operations.demo_accounts import DEMO_CASE_WORKERS
from app.operations.demo_cases import client_id
from tests.browser.conftest import PHONE, WIDE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WORKER = DEMO_CASE_WORKERS[0].email
PLAN = f"/faelle/{client_id('amira')}/plan"


def _agree(page: Page, words: str) -> None:
    page.get_by_role("link", name="Neues Ziel").click()
    page.get_by_label("Bereich").select_option(label="Wohnen")
    page.get_by_label("Was soll erreicht werden?").fill(words)
    page.get_by_label("Bis wann?").fill("30.6.2027")
    page.get_by_label("Woran sieht man, dass es erreicht ist?").select_option("place")
    check_accessibility(page)
    page.get_by_role("button", name="Speichern").click()


@pytest.mark.parametrize("size", [pytest.param(WIDE, id="wide"), pytest.param(PHONE, id="phone")])
def test_a_goal_is_agreed_taken_step_by_step_signed_and_reached(
    open_page: OpenPage, size: dict[str, int]
) -> None:
    words = f"Zwei Zimmer in der Nähe der Schule, {size['width']}"
    page = open_page(WORKER, size=size)
    page.goto(PLAN)
    _agree(page, words)
    goal = page.get_by_role("article", name=words)
    goal.get_by_text("Schritt hinzufügen").click()
    goal.get_by_label("Schritt", exact=True).fill("Wohnberechtigungsschein beantragen")
    goal.get_by_role("button", name="Hinzufügen").click()
    box = goal.get_by_role("button", name="Erledigt: Wohnberechtigungsschein beantragen")
    expect(box).to_have_attribute("aria-pressed", "false")
    box.click()
    expect(box).to_have_attribute("aria-pressed", "true")
    goal.get_by_role("button", name="Nach oben").click()
    check_accessibility(page)

    page.get_by_role("link", name="Unterschrift eintragen").click()
    expect(page.get_by_role("listitem").filter(has_text=words)).to_be_visible()
    page.get_by_role("button", name="Unterschrift eintragen").click()
    expect(page.get_by_text("Unterschrieben am 23.11.2026")).to_be_visible()

    goal.get_by_role("link", name="Erreicht").click()
    page.get_by_label("wir haben es selbst gesehen").check()
    page.get_by_role("button", name="Ziel erreicht").click()
    expect(goal).to_have_count(0)
    expect(page.get_by_role("listitem").filter(has_text=words)).to_contain_text("erreicht")
    expect(page.get_by_text("Seit der Unterschrift geändert")).to_have_count(0)
    check_accessibility(page)
