"""The pages of waiting lists, and of rounds in which places are given out."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, select

from app.accounts.models import User
from app.cases.models import Client
from app.core.ids import new_id
from app.directory.models import Offer
from app.matching.models import AllocationLine, AllocationRound, PassedOver, WaitingEntry
from app.operations.runtime import Runtime
from app.referrals.models import Referral
from app.web.runtime import EXTENSION
from tests.conftest import TODAY
from tests.web.conftest import EMAIL_OF_ROLE, SignIn, check_page, token_of


def _runtime(app: Flask) -> Runtime:
    runtime: Runtime = app.extensions[EXTENSION]
    return runtime


def _own_client(app: Flask) -> str:
    """A client of the first case worker who waits for nothing."""
    with _runtime(app).database.read() as session:
        worker = session.exec(select(User).where(User.email == EMAIL_OF_ROLE["case_worker"])).one()
        waiting = select(WaitingEntry.client_id)
        found = session.exec(
            select(Client.id)
            .where(
                Client.case_worker_id == worker.id,
                col(Client.closed_on).is_(None),
                col(Client.id).not_in(waiting),
            )
            .order_by(col(Client.id))
        ).first()
    assert found is not None
    return found


def _round(app: Flask) -> AllocationRound:
    with _runtime(app).database.read() as session:
        return session.exec(select(AllocationRound)).one()


def _open_lines(app: Flask) -> list[AllocationLine]:
    with _runtime(app).database.read() as session:
        wanted = (
            col(AllocationLine.proposed_offer_id).is_not(None),
            AllocationLine.state == "proposed",
        )
        return list(session.exec(select(AllocationLine).where(*wanted).order_by(AllocationLine.id)))


def _post(browser: FlaskClient, address: str, page: str, **values: object):
    token = token_of(browser.get(page))
    return browser.post(address, data={"csrf_token": token, **values}, follow_redirects=True)


@pytest.mark.parametrize("role", ["case_worker", "team_lead"])
def test_the_lists_are_well_formed_and_tell_names_to_those_who_may_see(
    app: Flask, sign_in: SignIn, role: str
) -> None:
    browser = sign_in(role)
    overview = browser.get("/wartelisten")
    check_page(overview)
    assert 'href="/wartelisten" aria-current="page"' in overview.text
    page = browser.get("/wartelisten/state_german")
    check_page(page)
    hidden = page.text.count("Fall einer Kollegin oder eines Kollegen")
    named = len(re.findall(r'class="lb-queue__line"', page.text)) - hidden
    assert named > 0
    assert (hidden > 0) is (role == "case_worker")
    own = browser.get("/wartelisten/state_german?nur=meine")
    check_page(own)
    assert "Fall einer Kollegin" not in own.text
    assert len(re.findall(r'class="lb-queue__line"', own.text)) == named
    assert ("?nur=meine" in page.text) is (role == "case_worker")
    with _runtime(app).database.read() as session:
        offer_id = session.exec(
            select(WaitingEntry.offer_key).where(WaitingEntry.offer_key != "")
        ).first()
    check_page(browser.get(f"/wartelisten/{offer_id}"))
    check_page(browser.get(f"/angebote/{offer_id}"))


def test_a_long_list_is_cut_into_pages_and_keeps_its_numbers(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.views.waiting.LINES_PER_PAGE", 4)
    browser = sign_in("team_lead")
    second = browser.get("/wartelisten/state_german?seite=2")
    check_page(second)
    assert re.findall(r'lb-queue__number">(\d+)', second.text) == ["5", "6", "7", "8"]
    assert "Nächste Seite" in second.text
    for odd in ("seite=999999999", "seite=-4", "seite=x&nur=y"):
        assert browser.get(f"/wartelisten/state_german?{odd}").status_code == 200


@pytest.mark.parametrize("key", ["karate", "%00", "x" * 400, "../faelle"])
def test_a_list_that_is_none_is_not_found(sign_in: SignIn, key: str) -> None:
    assert sign_in("case_worker").get(f"/wartelisten/{key}").status_code == 404


def test_a_client_is_put_on_a_list_taken_off_and_put_back(app: Flask, sign_in: SignIn) -> None:
    browser, client_id = sign_in("case_worker"), _own_client(app)
    page = f"/faelle/{client_id}/warteliste"
    check_page(browser.get(page))
    day = (TODAY - timedelta(days=40)).strftime("%d.%m.%Y")
    values = {"wanted": "kind:orientation", "entered_on": day}
    refused = _post(browser, page, page, **values)
    assert refused.status_code == 422
    assert "Bitte sagen Sie, warum der frühere Tag zählt" in refused.text
    check_page(refused)
    done = _post(browser, page, page, **values, date_reason="on_provider_list")
    assert "Auf der Warteliste seit" in done.text
    assert "Platz 1 von 1" in done.text
    assert "Wartet auf" in browser.get(f"/faelle/{client_id}").text
    entry = re.search(r"/warteliste/([0-9a-f-]{36})/beenden", done.text)
    assert entry is not None
    leave = f"{page}/{entry.group(1)}/beenden"
    for wrong in ("", "closed", "because"):
        assert "Bitte wählen Sie, warum" in _post(browser, leave, page, reason=wrong, version=1).text
    assert "inzwischen geändert" in _post(browser, leave, page, reason="moved", version="zwölf").text
    left = _post(browser, leave, page, reason="mistake", version=1)
    assert "irrtümlich eingetragen" in left.text
    check_page(left)
    back = _post(browser, f"{page}/{entry.group(1)}/zurueck", page)
    assert "es zählt der alte Tag" in back.text


@pytest.mark.parametrize(
    "values",
    [
        {"wanted": ""},
        {"wanted": "kind:karate"},
        {"wanted": "offer:"},
        {"wanted": f"offer:{new_id()}"},
        {"wanted": "offer:" + "x" * 4000},
        {"wanted": "kind:orientation", "entered_on": "31.02.2026"},
        {"wanted": "kind:orientation", "entered_on": "24.11.2026"},
        {"wanted": "kind:orientation", "entered_on": "\x00"},
        {"wanted": "kind:orientation", "entered_on": "01.01.2026", "date_reason": "💥"},
    ],
    ids=range(9),
)
def test_what_cannot_be_waited_for_is_said_beside_the_field(
    app: Flask, sign_in: SignIn, values: dict[str, str]
) -> None:
    browser, client_id = sign_in("case_worker"), _own_client(app)
    page = f"/faelle/{client_id}/warteliste"
    answer = _post(browser, page, page, **values)
    assert answer.status_code == 422
    check_page(answer)
    with _runtime(app).database.read() as session:
        wanted = select(WaitingEntry).where(WaitingEntry.client_id == client_id)
        assert session.exec(wanted).all() == []


def test_a_full_course_leads_to_its_waiting_list(app: Flask, sign_in: SignIn) -> None:
    browser, client_id = sign_in("case_worker"), _own_client(app)
    with _runtime(app).database.read() as session:
        full = session.exec(
            select(Offer.id).where(
                Offer.kind == "language_course",
                Offer.status == "published",
                col(Offer.seats_booked) == col(Offer.seats_max),
            )
        ).first()
    page = browser.get(f"/faelle/{client_id}/verweisen/{full}")
    link = f"/faelle/{client_id}/warteliste?angebot={full}"
    assert link in page.text
    shown = browser.get(link)
    assert f'selected value="offer:{full}"' in shown.text
    values = {"wanted": f"offer:{full}", "entered_on": ""}
    assert "Auf der Warteliste" in _post(browser, link.partition("?")[0], link, **values).text


def test_who_is_placed_before_others_asks_for_the_reason(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("team_lead")
    with _runtime(app).database.write() as session:
        lead = session.exec(select(User).where(User.email == EMAIL_OF_ROLE["team_lead"])).one()
        lines = session.exec(
            select(AllocationLine).where(col(AllocationLine.proposed_offer_id).is_not(None))
        ).all()
        first = min(lines, key=lambda line: -line.facts["waited_days"])
        referral = Referral(
            client_id=_own_client(app),
            offer_id=first.proposed_offer_id,
            state="handed_over",
            follow_up_on=TODAY,
            referred_by=lead.id,
        )
        session.add(referral)
    page = f"/vermittlungen/{referral.id}"
    values = {"to_state": "accepted", "version": 1}
    refused = _post(browser, page, page, **values)
    assert refused.status_code == 422
    check_page(refused)
    assert "schon länger darauf" in refused.text
    wordless = _post(browser, page, page, **values, passing_reason="decided")
    assert wordless.status_code == 422
    done = _post(browser, page, page, **values, passing_reason="decided", passing_note="Heidelbeere")
    assert done.status_code == 200
    with _runtime(app).database.read() as session:
        passed = session.exec(
            select(PassedOver).where(
                PassedOver.entry_id == first.entry_id, col(PassedOver.note).is_not(None)
            )
        ).one()
    card = f"/faelle/{first.client_id}"
    shown = browser.get(f"{card}/warteliste")
    assert "Heidelbeere" not in shown.text + browser.get(card).text
    note = browser.get(f"{card}/warteliste/uebergangen/{passed.id}")
    check_page(note)
    assert "Heidelbeere" in note.text


def test_a_round_is_shown_confirmed_decided_otherwise_and_closed(app: Flask, sign_in: SignIn) -> None:
    browser, found = sign_in("team_lead"), _round(app)
    page = f"/platzvergabe/{found.id}"
    for address in ("/platzvergabe", "/platzvergabe/neu", page, f"{page}/bestaetigen"):
        check_page(browser.get(address))
    first, second, *others = _open_lines(app)
    shown = browser.get(page).text
    assert "Kein Platz in „" in shown
    assert "Einfache Liste daneben" in shown
    confirmed = _post(browser, f"{page}/zeilen/{first.id}/bestaetigen", page, version=first.version)
    assert "Der Platz ist bestätigt" in confirmed.text
    check_page(confirmed)
    form = f"{page}/zeilen/{second.id}/anders"
    check_page(browser.get(form))
    refused = _post(browser, form, form, version=second.version, offer_id="", reason=" ")
    assert refused.status_code == 422
    check_page(refused)
    outdated = _post(browser, form, form, version=99, offer_id="", reason="Stachelbeere")
    assert outdated.status_code == 422
    assert "jemand anderes entschieden" in outdated.text
    assert "Stachelbeere" in outdated.text  # nothing typed is lost, and it can be sent once more
    assert re.search(rf'name="version"[^>]*value="{second.version}"', outdated.text)
    check_page(outdated)
    declined = _post(browser, form, form, version=second.version, offer_id="", reason="Stachelbeere")
    assert "der Grund ist festgehalten" in declined.text
    assert "Stachelbeere" not in declined.text
    reason = browser.get(f"{page}/zeilen/{second.id}/grund")
    check_page(reason)
    assert "Stachelbeere" in reason.text
    ticked = [f"{line.id}:{line.version}" for line in others]
    together = _post(browser, f"{page}/bestaetigen", f"{page}/bestaetigen", zeile=[*ticked, "x:y", ""])
    assert "bestätigt." in together.text
    assert "Diese Zeile gibt es nicht mehr. (2×)" in together.text
    check_page(together)
    assert "Der erste Vorschlag" not in together.text
    assert _open_lines(app) == []
    back = _post(browser, f"{page}/zeilen/{first.id}/zuruecknehmen", page, version=first.version + 1)
    assert "Die Zeile ist wieder offen" in back.text
    anew = _post(browser, f"{page}/neu-berechnen", page)
    assert "Neu berechnet" in anew.text
    check_page(anew)
    assert "Der erste Vorschlag: alle" in anew.text
    closed = _post(browser, f"{page}/abschliessen", page)
    assert "Die Platzvergabe ist abgeschlossen" in closed.text
    check_page(closed)
    late = _post(browser, f"{page}/zeilen/{first.id}/bestaetigen", "/platzvergabe/neu", version=1)
    assert "Diese Platzvergabe ist abgeschlossen" in late.text


def test_the_case_worker_finds_a_confirmed_place_on_the_page_of_the_day(
    app: Flask, sign_in: SignIn
) -> None:
    lead, found = sign_in("team_lead"), _round(app)
    page = f"/platzvergabe/{found.id}"
    line = _open_lines(app)[0]
    _post(lead, f"{page}/zeilen/{line.id}/bestaetigen", page, version=line.version)
    with _runtime(app).database.read() as session:
        client = session.get_one(Client, line.client_id)
        worker = session.get_one(User, client.case_worker_id)
        referral = session.exec(
            select(Referral).where(
                Referral.client_id == client.id, Referral.offer_id == line.proposed_offer_id
            )
        ).one()
    browser = sign_in(worker.email)
    assert f"/vermittlungen/{referral.id}" in browser.get("/heute").text
    assert "Platz in einer Platzvergabe erhalten" in browser.get(f"/faelle/{client.id}").text
    for address in ("", "/neu", f"/{found.id}", f"/{found.id}/zeilen/{line.id}/grund"):
        assert browser.get(f"/platzvergabe{address}").status_code == 404


def test_a_new_round_needs_courses_and_places(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("team_lead")
    new = browser.get("/platzvergabe/neu")
    free = re.findall(r'name="kurs" value="([^"]+)">', new.text)
    key = re.search(r'name="creation_key"[^>]*value="([^"]+)"', new.text)
    assert key is not None
    values = {"title": "Frühling", "creation_key": key.group(1)}
    for wrong in (
        {},
        {"kurs": free[0], f"plaetze-{free[0]}": "viele"},
        {"kurs": free[0], f"plaetze-{free[0]}": "9" * 400},
        {"kurs": free[0]},
        {"kurs": new_id(), "plaetze-x": "1"},
        {"kurs": _round(app).offer_ids[0], f"plaetze-{_round(app).offer_ids[0]}": "1"},
    ):
        answer = _post(browser, "/platzvergabe/neu", "/platzvergabe/neu", **values, **wrong)
        assert answer.status_code == 422, wrong
        check_page(answer)
    right = {"kurs": free[0], f"plaetze-{free[0]}": "2"}
    first = _post(browser, "/platzvergabe/neu", "/platzvergabe/neu", **values, **right)
    again = _post(browser, "/platzvergabe/neu", "/platzvergabe/neu", **values, **right)
    assert first.request.path == again.request.path
    check_page(first)


def test_the_lead_of_another_team_finds_nothing_of_a_round(app: Flask, sign_in: SignIn) -> None:
    found, line = _round(app), _open_lines(app)[0]
    with _runtime(app).database.write() as session:
        lead = session.exec(select(User).where(User.email == EMAIL_OF_ROLE["team_lead"])).one()
        session.add(
            User(
                email="nord@lotsenbuch.example",
                name="Nora Nord",
                role="team_lead",
                team="Nord",
                password_hash=lead.password_hash,
                is_demo=True,
            )
        )
    browser = sign_in("nord@lotsenbuch.example")
    app.config["WTF_CSRF_ENABLED"] = False
    page = f"/platzvergabe/{found.id}"
    one = f"{page}/zeilen/{line.id}"
    for address in (page, f"{page}/bestaetigen", f"{one}/anders", f"{one}/grund"):
        assert browser.get(address).status_code == 404, address
    values = {"version": line.version, "reason": "x", "zeile": f"{line.id}:{line.version}"}
    for action in ("bestaetigen", "anders", "zuruecknehmen"):
        assert browser.post(f"{one}/{action}", data=values).status_code == 404, action
    for action in ("bestaetigen", "neu-berechnen", "abschliessen"):
        assert browser.post(f"{page}/{action}", data=values).status_code == 404, action
    assert found.title not in browser.get("/platzvergabe").text
    assert _open_lines(app)[0].state == "proposed"
