"""A client wishes a tandem, the proposal says why, and the two are noted."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.operations.demo_accounts import DEMO_ACCOUNTS
from tests.browser.conftest import PHONE, WIDE, OpenPage, check_accessibility

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LEAD = next(one for one in DEMO_ACCOUNTS if one.role == "team_lead")
SIZES = [pytest.param(WIDE, id="wide"), pytest.param(PHONE, id="phone")]


@pytest.mark.parametrize("size", SIZES)
def test_a_proposed_tandem_is_agreed(open_page: OpenPage, size: dict[str, int]) -> None:
    page = open_page(LEAD.email, size=size)
    page.goto("/tandems")
    check_accessibility(page)
    proposed = page.locator(".lb-tandem").filter(has_text="Sie haben sich kennengelernt").first
    name = proposed.get_by_role("heading").inner_text()
    proposed.get_by_role("link", name="Sie haben sich kennengelernt").click()
    check_accessibility(page)
    page.get_by_label("Die beiden haben sich kennengelernt").check()
    page.get_by_role("button", name="Tandem festhalten").click()
    expect(page.get_by_text("Das Tandem ist festgehalten.")).to_be_visible()
    check_accessibility(page)
    page.goto("/tandems")
    current = page.get_by_role("region", name="Laufende Tandems")
    expect(current.get_by_role("link", name=name).first).to_be_visible()
