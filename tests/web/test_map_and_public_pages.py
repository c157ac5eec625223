"""The map, the pages for everybody and the feeds, as requests."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from flask import Flask
from sqlmodel import select

from app.directory.models import Offer
from app.factory import create_app
from app.operations.runtime import Runtime
from app.web.runtime import EXTENSION
from app.web.security import CONTENT_POLICY
from tests.web.conftest import SignIn, check_page

PAGES = ("/wegweiser", "/wegweiser?q=deutschkurs&sprache=uk&seite=2", "/wegweiser/karte")


def _public_offers(app: Flask) -> list[Offer]:
    with app.extensions[EXTENSION].database.read() as session:
        chosen = select(Offer).where(Offer.visibility == "public", Offer.status == "published")
        return list(session.exec(chosen))


@pytest.mark.parametrize("address", PAGES)
def test_a_page_for_everybody_is_kept_for_minutes_and_asked_for_again(app: Flask, address: str) -> None:
    client = app.test_client()
    answer = client.get(address)
    check_page(answer)
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in answer.headers
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


def test_every_public_offer_has_a_sound_page_with_data_for_search_engines(app: Flask) -> None:
    client = app.test_client()
    kinds = {offer.kind: offer for offer in _public_offers(app)}
    for offer in kinds.values():
        answer = client.get(f"/wegweiser/angebote/{offer.id}")
        check_page(answer)
        script = re.search(r'<script type="application/ld\+json">(.*?)</script>', answer.text, re.S)
        assert script
        data = json.loads(script[1])
        assert data["@context"] == "https://schema.org"
        assert data["name"] == offer.title
        assert data["@type"] in {"Course", "Service", "GovernmentService"}
        assert None not in data.values()
        provider = client.get(f"/wegweiser/anbieter/{offer.provider_id}")
        check_page(provider)


def test_a_title_cannot_end_the_data_for_search_engines(app: Flask) -> None:
    runtime: Runtime = app.extensions[EXTENSION]
    offer = _public_offers(app)[0]
    with runtime.database.write() as session:
        row = session.get(Offer, offer.id)
        assert row
        row.title = "</script><b>x</b>"
        session.add(row)
    text = app.test_client().get(f"/wegweiser/angebote/{offer.id}").text
    assert "</script><b>" not in text


@pytest.mark.parametrize("path", ["", "?sprache=uk", "?sprache=xx-%00", f"?sprache={'a' * 900}"])
def test_any_language_may_be_asked_for(app: Flask, path: str) -> None:
    offer = _public_offers(app)[0]
    assert app.test_client().get(f"/wegweiser/angebote/{offer.id}{path}").status_code == 200


def test_a_merged_offer_leads_to_the_kept_one(app: Flask) -> None:
    runtime: Runtime = app.extensions[EXTENSION]
    kept, gone = _public_offers(app)[:2]
    with runtime.database.write() as session:
        row = session.get(Offer, gone.id)
        assert row
        row.merged_into_id = kept.id
        session.add(row)
    answer = app.test_client().get(f"/wegweiser/angebote/{gone.id}")
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"/wegweiser/angebote/{kept.id}"


def test_without_public_pages_none_of_them_is_there_and_nothing_leads_there(demo: Runtime) -> None:
    app = create_app(replace(demo.settings, has_public_pages=False))
    client = app.test_client()
    for address in (*PAGES, "/robots.txt", "/sitemap.xml", "/hsds/services"):
        assert client.get(address).status_code == 404
    assert "/wegweiser" not in client.get("/anmelden").text
    app.extensions[EXTENSION].database.dispose()


def test_tiles_open_the_policy_for_their_host_only(demo: Runtime) -> None:
    app = create_app(replace(demo.settings, tile_url="https://{s}.tiles.example/{z}/{x}/{y}.png"))
    policy = app.test_client().get("/wegweiser/karte").headers["Content-Security-Policy"]
    assert policy.replace(" https://*.tiles.example", "") == CONTENT_POLICY
    app.extensions[EXTENSION].database.dispose()


def test_the_map_of_colleagues_holds_no_protected_offer(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("case_worker")
    check_page(browser.get("/karte?q=beratung&ort=Zell&art=counselling"))
    with app.extensions[EXTENSION].database.read() as session:
        protected = session.exec(select(Offer).where(Offer.visibility == "protected")).all()
    assert protected
    for offer in protected:
        found = browser.get("/karte/punkte", query_string={"q": offer.title}).json
        assert offer.id not in found["offers"]
        assert browser.get(f"/angebote/{offer.id}/punkte").json["points"] == []
        assert browser.get(f"/angebote/{offer.id}/kalender.ics").status_code == 404
        assert "data-map=" not in browser.get(f"/angebote/{offer.id}").text


def test_the_feed_of_an_offer_is_sent_once(app: Flask, sign_in: SignIn) -> None:
    offer = _public_offers(app)[0]
    for browser, prefix in ((app.test_client(), "/wegweiser"), (sign_in("case_worker"), "")):
        address = f"{prefix}/angebote/{offer.id}/kalender.ics"
        answer = browser.get(address)
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer.text.startswith("BEGIN:VCALENDAR")
        again = browser.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
