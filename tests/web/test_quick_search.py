"""The search field on every page also finds the clients one may see."""

from __future__ import annotations

from app.operations.demo_cases import client_id
from tests.web.conftest import SignIn, check_page

CASE = f"/faelle/{client_id('amira')}"


def test_the_quick_search_leads_to_ones_own_client(sign_in: SignIn):
    answer = sign_in("case_worker").get("/verzeichnis?q=amira")
    assert CASE in answer.text
    check_page(answer)


def test_somebody_elses_client_is_not_found_by_name(sign_in: SignIn):
    assert CASE not in sign_in("jonas.falk@lotsenbuch.example").get("/verzeichnis?q=amira").text
    assert CASE not in sign_in("directory_editor").get("/verzeichnis?q=amira").text


def test_no_client_is_listed_without_words(sign_in: SignIn):
    assert CASE not in sign_in("case_worker").get("/verzeichnis").text
