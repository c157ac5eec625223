"""The page of the day: what stands in it for whom, and a list in full."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, select

from app.accounts.models import User
from app.cases.counselling_models import Appointment
from app.cases.models import Client
from app.cases.privacy_models import Substitution
from app.operations.demo_accounts import DEMO_CASE_WORKERS
from app.settings import TIMEZONE
from app.web.runtime import EXTENSION
from app.web.today_lists import LINES
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page

WORKER = DEMO_CASE_WORKERS[0].id


def _client_of(session: Session, worker_id: str) -> Client:
    found = select(Client).where(Client.case_worker_id == worker_id).order_by(Client.id)
    return session.exec(found).all()[0]


def _appoint(session: Session, client: Client, place: str, minutes: int = 0) -> None:
    session.add(
        Appointment(
            client_id=client.id,
            kind="foreigners_office",
            starts_at=datetime.combine(TODAY, time(18), TIMEZONE) + timedelta(minutes=minutes),
            place=place,
            note="nicht auf dieser Seite",
            created_by=client.case_worker_id,
        )
    )


def _group(page: str, key: str) -> str:
    found = re.search(rf'<section[^>]*aria-labelledby="{key}".*?</section>', page, re.DOTALL)
    return found.group(0) if found else ""


def test_a_long_list_shows_some_lines_and_leads_to_all_of_them(app: Flask, sign_in: SignIn) -> None:
    with app.extensions[EXTENSION].database.write() as session:
        client = _client_of(session, WORKER)
        for number in range(LINES + 3):
            _appoint(session, client, f"Zimmer N{number:02}", number)
    browser: FlaskClient = sign_in("case_worker")
    page = browser.get("/heute")
    check_page(page)
    short = _group(page.text, "termine")
    assert short.count("<li") == LINES
    assert "/heute?alle=termine#termine" in short
    full = browser.get("/heute?alle=termine")
    check_page(full)
    assert _group(full.text, "termine").count("Zimmer N") == LINES + 3
    assert "nicht auf dieser Seite" not in full.text
    assert browser.get("/heute?alle=%00x").status_code == 200


def test_cases_one_stands_in_for_are_marked_with_the_colleague(app: Flask, sign_in: SignIn) -> None:
    with app.extensions[EXTENSION].database.write() as session:
        absent = DEMO_CASE_WORKERS[1]
        _appoint(session, _client_of(session, absent.id), "Zimmer der Vertretung")
        _appoint(session, _client_of(session, DEMO_CASE_WORKERS[2].id), "Zimmer von niemandem")
    browser = sign_in("case_worker")
    assert "Zimmer der Vertretung" not in browser.get("/heute?alle=termine").text
    with app.extensions[EXTENSION].database.write() as session:
        session.add(Substitution(absent_id=absent.id, deputy_id=WORKER, from_on=TODAY, until_on=TODAY))
    page = browser.get("/heute?alle=termine")
    check_page(page)
    assert "Zimmer der Vertretung" in page.text
    assert f"in Vertretung für {absent.name}" in page.text
    assert "Zimmer von niemandem" not in page.text


def test_only_the_team_lead_sees_the_team_in_short(app: Flask, sign_in: SignIn) -> None:
    lead = sign_in("team_lead").get("/heute")
    check_page(lead)
    with app.extensions[EXTENSION].database.read() as session:
        clients = session.exec(select(Client).join(User).where(User.role == "case_worker")).all()
    count = sum(client.closed_on is None for client in clients)
    assert f"{count} offene Fälle" in lead.text
    assert "Ihr Team" not in sign_in("case_worker").get("/heute").text
