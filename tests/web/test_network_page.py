"""The page of the network: needs against offers, the picture, and nobody recognisable in it."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from flask import Flask
from sqlmodel import col, select

from app.cases.models import Client, Goal
from app.directory.models import Offer, OfferPlace, Place, Provider
from app.referrals.models import Referral
from app.reports.network import list_partners, list_together, load_help, load_needs
from app.reports.network_figures import NOWHERE
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page
from tests.web.test_suggestion_pages import runtime_of


def test_everybody_of_the_house_sees_it_and_no_client_stands_in_it(app: Flask, sign_in: SignIn) -> None:
    page = sign_in("directory_editor").get("/netzwerk")
    check_page(page)
    with runtime_of(app).database.read() as session:
        names = {name for name in session.exec(select(Client.family_name)) if len(name) > 4}
    assert not [name for name in names if re.search(rf"\b{re.escape(name)}\b", page.text)]
    assert "73728" in page.text


def test_a_language_leaves_those_who_speak_it(sign_in: SignIn) -> None:
    browser = sign_in("case_worker")
    page = browser.get("/netzwerk?sprache=ar")
    check_page(page)
    assert "Arabisch" in page.text
    unknown = browser.get("/netzwerk?sprache=<script>")
    check_page(unknown)
    assert "<script>" not in unknown.text
    assert "Nur Menschen, die sie sprechen" not in unknown.text


def test_the_picture_stands_for_itself(sign_in: SignIn) -> None:
    answer = sign_in("team_lead").get("/netzwerk/bild.svg")
    assert answer.mimetype == "image/svg+xml"
    drawn = ET.fromstring(answer.data)  # noqa: S314  our own
    assert drawn.find("{http://www.w3.org/2000/svg}title") is not None


def test_needs_are_those_of_open_goals_where_people_live(app: Flask) -> None:
    with runtime_of(app).database.write() as session:
        for goal in session.exec(select(Goal)).all():
            goal.state = "reached"
        open_case = select(Client).where(col(Client.closed_on).is_(None)).limit(2)
        first, second = session.exec(open_case).all()
        first.plz, first.languages = "73728", ["fa-AF"]
        second.plz, second.accommodation_id = None, None
        for client in (first, second):
            session.add(Goal(client_id=client.id, area="work"))
        session.flush()
        found = {(one.plz, one.languages) for one in load_needs(session)}
        assert ("73728", frozenset({"fa"})) in found
        assert NOWHERE in {plz for plz, _tags in found}
        assert len(load_needs(session)) == 2
        session.add(Goal(client_id=first.id, area="work"))  # another one of the same kind
        session.flush()
        assert len(load_needs(session)) == 2


def test_what_is_protected_counts_nowhere(app: Flask) -> None:
    with runtime_of(app).database.write() as session:
        before = len(load_help(session))
        offer = session.exec(select(Offer).where(Offer.status == "published")).first()
        assert offer is not None
        others = session.exec(select(OfferPlace).where(OfferPlace.offer_id == offer.id)).all()
        places = [session.get_one(Place, one.place_id) for one in others]
        for place in places:
            place.visibility = "protected"
        offer.visibility = "protected"
        session.flush()
        assert len(load_help(session)) < before


def test_organisations_are_joined_by_those_who_were_referred_to_both(
    app: Flask, sign_in: SignIn
) -> None:
    page = sign_in("directory_editor").get("/netzwerk")
    assert "Wer mit wem" in page.text
    assert "weniger werden nicht genannt" in page.text
    with runtime_of(app).database.write() as session:
        rows = select(Offer).where(Offer.status == "published", Offer.kind == "club")
        clubs = session.exec(rows.order_by(col(Offer.id))).all()
        one = clubs[0]
        other = next(offer for offer in clubs if offer.provider_id != one.provider_id)
        worker = session.exec(select(Client.case_worker_id)).first()
        for client in session.exec(select(Client).limit(6)).all():
            for offer in (one, other):
                told = {"client_id": client.id, "offer_id": offer.id, "referred_by": worker}
                session.add(Referral(mode="signpost", state="handed_over", follow_up_on=TODAY, **told))
        session.flush()
        names = {session.get_one(Provider, offer.provider_id).name for offer in (one, other)}
        [pair] = [row for row in list_together(session, TODAY) if set(row[:2]) == names]
        assert pair[2] == 5


def test_volunteers_stand_together_without_their_names(app: Flask) -> None:
    with runtime_of(app).database.write() as session:
        two = session.exec(select(Provider).join(Offer).where(Offer.status == "published")).all()[:2]
        for one in two:
            one.kind, one.name = "volunteer", "Wilma"
        session.flush()
        partners = list_partners(session, TODAY)
    [together] = [one for one in partners if one.kind == "volunteer"]
    assert together.people >= len({one.id for one in two})
    assert "Wilma" not in {one.name for one in partners}
