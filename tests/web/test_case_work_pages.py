"""The list of cases, handovers, substitutions and emergencies as pages."""

from __future__ import annotations

import re
from datetime import date, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, col, select
from werkzeug.test import TestResponse

from app.accounts.models import User
from app.audit.models import AuditEntry
from app.cases.models import Client
from app.cases.privacy_models import EmergencyAccess, HandedOverCase, Handover, Substitution
from app.operations.demo_accounts import DEMO_CASE_WORKERS
from app.operations.demo_cases import client_id
from app.operations.runtime import Runtime
from app.web.runtime import EXTENSION
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page, token_of

MIRA, JONAS = DEMO_CASE_WORKERS[:2]
AMIRA = client_id("amira")
REASON = "Das Krankenhaus hat angerufen"


def _runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions[EXTENSION]
    return found


def _cases_of(app: Flask, worker: str) -> list[str]:
    with _runtime(app).database.read() as session:
        return list(session.exec(select(Client.id).where(Client.case_worker_id == worker)).all())


def _post(browser: FlaskClient, page: str, address: str, **data: object) -> TestResponse:
    token = token_of(browser.get(page))
    return browser.post(address, data={"csrf_token": token, **data})


def _hand_over(browser: FlaskClient, ids: list[str], **data: object) -> TestResponse:
    page = browser.get("/uebergaben/neu", query_string={"fall": ids})
    check_page(page)
    fields = dict(re.findall(r'name="(bei-[^"]+)" value="([^"]+)"', page.text))
    key = re.search(r'name="creation_key"[^>]*value="([^"]+)"', page.text)
    assert key
    form = {"csrf_token": token_of(page), "creation_key": key.group(1), "to_id": JONAS.id}
    return browser.post("/uebergaben", data={**form, "reason": "leave", "fall": ids, **fields, **data})


ADDRESSES = (
    "/faelle",
    "/faelle?stand=alle&sortierung=kontakt&ab=1",
    "/faelle?sortierung=wiedervorlage&hinweis=no_contact&niveau=A2&sprache=ar&ziel=language",
    "/faelle?q=zzz&person=unbekannt&ort=%00&unterkunft=x&seite=-3&stand=%F0%9F%98%80&ab=x",
    "/uebergaben",
    "/uebergaben/neu",
    "/vertretungen",
)
OF_THE_LEAD = ("/faelle/team", "/notzugriffe")


def test_the_pages_are_whole(sign_in: SignIn):
    worker, lead = sign_in("case_worker"), sign_in("team_lead")
    pages = [(worker, address) for address in (*ADDRESSES, "/faelle/notzugriff")]
    pages += [(lead, address) for address in (*ADDRESSES, *OF_THE_LEAD)]
    for browser, address in pages:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        check_page(answer)


def test_each_filter_leaves_as_many_cases_as_its_count_says(sign_in: SignIn):
    lead = sign_in("team_lead")
    page = lead.get("/faelle").text
    boxes = re.findall(
        r'name="(\w+)" value="([^"]+)">\s*<span>[^<]*</span>\s*<span class="lb-facet__count">(\d+)<',
        page,
    )
    assert len(boxes) > 20
    for name, value, count in boxes[::4]:
        text = lead.get("/faelle", query_string={name: value}).text
        found = re.search(r'role="status">(\d+) F', text)
        assert found, (name, value)
        assert found.group(1) == count, (name, value)


def test_a_list_is_sorted_both_ways(sign_in: SignIn):
    browser = sign_in("team_lead")
    for sort in ("beginn", "niveau", "wiedervorlage", "name"):
        up, down = (
            re.findall(r'lb-cases__name" href="/faelle/([^"]+)"', browser.get(address).text)
            for address in (f"/faelle?sortierung={sort}", f"/faelle?sortierung={sort}&ab=1")
        )
        assert up
        assert up != down


def test_two_cases_are_handed_over_and_taken_back(app: Flask, sign_in: SignIn):
    browser, ids = sign_in(MIRA.email), _cases_of(app, MIRA.id)[:2]
    note = {f"notiz-{ids[0]}": "Kornblume", "note": "Kornblume allgemein"}
    answer = _hand_over(browser, ids, **note)
    assert answer.status_code == 303
    address = answer.headers["Location"]
    assert browser.get(f"/faelle/{ids[0]}").status_code == 404
    other = sign_in(JONAS.email)
    page = other.get(address)
    check_page(page)
    assert "Kornblume" not in page.text
    assert "Kornblume" in other.get(f"{address}/faelle/{ids[0]}/notiz").text
    assert "Kornblume allgemein" in other.get(f"{address}/notiz").text
    assert browser.get(f"{address}/notiz").status_code == 404
    assert "Neu übernommen" in other.get("/uebergaben").text
    assert _post(other, address, f"{address}/gelesen", fall=ids[0]).status_code == 303
    assert _post(browser, address, f"{address}/zuruecknehmen").status_code == 303
    check_page(browser.get(address))
    assert browser.get(f"/faelle/{ids[0]}").status_code == 200
    assert other.get(f"/faelle/{ids[0]}").status_code == 404


def test_a_mistake_in_the_form_loses_no_note(app: Flask, sign_in: SignIn):
    browser, ids = sign_in(MIRA.email), _cases_of(app, MIRA.id)[:2]
    answer = _hand_over(browser, ids, reason="", **{f"notiz-{ids[1]}": "Kornblume"})
    assert answer.status_code == 422
    check_page(answer)
    assert "Kornblume" in answer.text
    for nobody in (MIRA.id, "00000000-0000-0000-0000-000000000000", ""):
        assert _hand_over(browser, ids, to_id=nobody).status_code == 422


def test_a_case_that_has_moved_meanwhile_is_named_and_the_rest_stays_ticked(
    app: Flask, sign_in: SignIn
):
    browser, ids = sign_in(MIRA.email), _cases_of(app, MIRA.id)[:2]
    answer = _hand_over(browser, ids, **{f"bei-{ids[0]}": JONAS.id}, to_id=DEMO_CASE_WORKERS[2].id)
    assert answer.status_code == 409
    check_page(answer)
    assert "1 dieser Fälle ist nicht mehr dort" in answer.text
    assert len(re.findall(r'name="fall" value="[^"]+" checked', answer.text)) == 1
    with _runtime(app).database.read() as session:
        made = select(Handover).where(Handover.by_id == MIRA.id)
        assert session.exec(made).first() is None


def test_foreign_cases_cannot_be_prepared_or_handed_over(app: Flask, sign_in: SignIn):
    browser, foreign = sign_in(MIRA.email), _cases_of(app, JONAS.id)[0]
    assert browser.get(f"/uebergaben/neu?fall={foreign}").status_code == 404
    assert browser.get(f"/uebergaben/neu?von={JONAS.id}").status_code == 404
    forged = {"fall": [foreign], f"bei-{foreign}": JONAS.id, "to_id": MIRA.id, "reason": "leave"}
    assert _post(browser, "/uebergaben", "/uebergaben", **forged).status_code == 409
    with _runtime(app).database.read() as session:
        handovers = session.exec(select(Handover.id)).all()
    for handover_id in handovers:  # those of the demo are of other people
        assert browser.get(f"/uebergaben/{handover_id}").status_code == 404


def test_a_substitution_marks_the_cases_and_ends(app: Flask, sign_in: SignIn):
    browser = sign_in(MIRA.email)
    page = browser.get("/vertretungen")
    key = re.search(r'name="creation_key"[^>]*value="([^"]+)"', page.text)
    assert key
    data = {
        "creation_key": key.group(1),
        "absent_id": MIRA.id,
        "deputy_id": JONAS.id,
        "from_on": "23.11.2026",
        "until_on": (TODAY + timedelta(days=3)).isoformat(),
    }
    for _twice in range(2):
        assert _post(browser, "/vertretungen", "/vertretungen", **data).status_code == 303
    other = sign_in(JONAS.email)
    assert "in Vertretung für Mira Lindner" in other.get("/faelle?wie=deputised").text
    assert other.get(f"/faelle/{AMIRA}").status_code == 200
    with _runtime(app).database.read() as session:
        (row,) = session.exec(select(Substitution).where(Substitution.absent_id == MIRA.id)).all()
    end = f"/vertretungen/{row.id}/beenden"
    assert _post(other, "/vertretungen", end).status_code == 404
    assert _post(browser, "/vertretungen", end).status_code == 303
    assert other.get(f"/faelle/{AMIRA}").status_code == 404


def test_a_substitution_that_cannot_be_is_refused_with_words(sign_in: SignIn):
    browser = sign_in(MIRA.email)
    data = {
        "absent_id": MIRA.id,
        "deputy_id": JONAS.id,
        "from_on": "2026-11-23",
        "until_on": "2026-11-24",
    }
    wrong = (
        {"until_on": ""},
        {"until_on": "gestern"},
        {"until_on": "2030-01-01"},
        {"deputy_id": MIRA.id},
        {"absent_id": JONAS.id},
        {"deputy_id": "x"},
    )
    for changes in wrong:
        answer = _post(browser, "/vertretungen", "/vertretungen", **{**data, **changes})
        assert answer.status_code == 422, changes
        check_page(answer)
        assert "kern-error" in answer.text, changes


def _birth_date(app: Flask) -> str:
    with _runtime(app).database.read() as session:
        born = session.get_one(Client, AMIRA).birth_date
    assert isinstance(born, date)
    return born.isoformat()


def test_an_emergency_opens_a_case_to_read_and_the_lead_reviews_it(app: Flask, sign_in: SignIn):
    browser, lead = sign_in(JONAS.email), sign_in("team_lead")
    page = "/faelle/notzugriff"
    wrong = _post(browser, page, page, name="Amira H.", birth_date="1.1.1950", reason=REASON)
    assert wrong.status_code == 404
    check_page(wrong)
    short = _post(browser, page, page, name="Amira H.", birth_date=_birth_date(app), reason="eilig")
    assert short.status_code == 422
    answer = _post(browser, page, page, name="amira h.", birth_date=_birth_date(app), reason=REASON)
    assert answer.headers["Location"] == f"/faelle/{AMIRA}"
    case = browser.get(f"/faelle/{AMIRA}")
    assert "nur zum Lesen geöffnet" in case.text
    assert browser.get(f"/faelle/{AMIRA}/bearbeiten").status_code in {404, 403}
    with _runtime(app).database.read() as session:
        mine = select(EmergencyAccess.id).where(EmergencyAccess.user_id == JONAS.id)
        access_id = session.exec(mine).one()
    reviews = lead.get("/notzugriffe")
    check_page(reviews)
    assert REASON not in reviews.text
    assert REASON in lead.get(f"/notzugriffe/{access_id}/grund").text
    done = _post(lead, "/notzugriffe", f"/notzugriffe/{access_id}/geprueft")
    assert done.status_code == 303


def test_guessing_is_slowed_down(app: Flask, sign_in: SignIn):
    browser = sign_in(JONAS.email)
    page = "/faelle/notzugriff"
    codes = [
        _post(browser, page, page, name="Niemand", birth_date="1.1.1950", reason=REASON).status_code
        for _try in range(8)
    ]
    assert codes[:6] == [404] * 6
    assert codes[6:] == [429, 429]
    with _runtime(app).database.read() as session:
        tried = select(AuditEntry.seq).where(AuditEntry.action == "emergency.search")
        assert len(session.exec(tried).all()) == 6


def test_a_team_lead_sees_the_own_team_only(app: Flask, sign_in: SignIn):
    lead, administrator = sign_in("team_lead"), sign_in("administrator")
    assert lead.get(f"/faelle/{AMIRA}").status_code == 200
    page = f"/verwaltung/konten/{MIRA.id}"
    with _runtime(app).database.read() as session:
        epoch = session.get_one(User, MIRA.id).session_epoch
    data = {"role": "case_worker", "team": "  Nord ", "is_active": "y", "epoch": str(epoch)}
    assert _post(administrator, page, page, **data).status_code == 302
    assert lead.get(f"/faelle/{AMIRA}").status_code == 404
    assert "Mira Lindner" not in lead.get("/faelle/team").text
    table = administrator.get("/verwaltung/konten")
    check_page(table)
    assert "Nord" in table.text
    assert administrator.get(f"/faelle/{AMIRA}").status_code == 404


def _unseen(session: Session) -> int:
    return len(session.exec(select(HandedOverCase).where(col(HandedOverCase.seen_at).is_(None))).all())


def test_the_demo_has_a_handover_to_read_a_substitution_and_an_emergency(app: Flask):
    with _runtime(app).database.read() as session:
        assert _unseen(session) == 2
        assert session.exec(select(Substitution)).one().until_on > TODAY
        assert session.exec(select(EmergencyAccess)).one().reviewed_at is None
