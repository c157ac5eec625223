"""Nothing protected, internal or personal is in anything that leaves the house, whoever asks for it.

The routes are walked by their access mark: a new route for everybody fails here until it is listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.core.clock import utc_now
from app.core.secrets import session_secret
from app.directory.hsds.exporting import build_export
from app.directory.models import Accommodation, Offer, OfferPlace, Place, Provider
from app.directory.queries import get_offer_page
from app.directory.selections import SelectionWords, create_selection
from app.directory.service import apply_record
from app.links.service import create_link
from app.operations.referring import snapshot_of_page
from app.operations.runtime import Runtime
from app.printouts.content import CaseWorkerContact, build_sheet
from app.web.access import PUBLIC, access_of
from app.web.runtime import EXTENSION
from tests.conftest import TODAY
from tests.contracts.hsds_api import LISTS, SECRET, record_with_secrets

WITHOUT_ENTRIES = {
    "static",
    "health.health",
    "auth.sign_in",
    "hsds.openapi",
    "hsds.elsewhere",
    "joining.choose",
    "joining.new_volunteer",
    "joining.register_volunteer",
    "joining.new_organisation",
    "joining.almost_done",
    "joining.forgotten",
    "news_opt_out.show",
    "news_opt_out.decide",
    "sign_in_links.ask",
    "sign_in_links.send",
    "sign_in_links.show",
    "sign_in_links.enter",
}
"""Public routes that say nothing of any entry."""

BY_OTHER_LINKS = {
    "confirmation.show",
    "confirmation.confirm",
    "confirmation.answer",
    "self_assessment.show",
    "self_assessment.answer",
    "partner_answers.show",
    "partner_answers.answer",
    "joining.show_confirmation",
    "joining.confirm_address",
    "joining.show_question",
    "joining.reply",
    "joining.register_organisation",
}
"""Opened by a signed link of one's own: a provider's, about its own entries or one referral to it, what
somebody told when registering, and a client's, with questions that name nobody; and the form that names
public entries like what was typed. See their own tests."""

ADDRESSES = {
    "public.search": ("/wegweiser", "/wegweiser?seite=2", "/wegweiser?q=beratung&sprache=uk"),
    "public.show_map": ("/wegweiser/karte", "/wegweiser/karte?q=beratung"),
    "public.points": ("/wegweiser/karte/punkte", "/wegweiser/karte/punkte?q=beratung"),
    "public.offer": ("/wegweiser/angebote/{offer}", "/wegweiser/angebote/{offer}?sprache=ar"),
    "public.provider": ("/wegweiser/anbieter/{provider}",),
    "public.calendar": ("/wegweiser/angebote/{offer}/kalender.ics",),
    "public.robots": ("/robots.txt",),
    "public.sitemap": ("/sitemap.xml",),
    "shared_selection.show": ("/geteilt/{token}",),
    "shared_selection.calendar": ("/geteilt/{token}/kalender.ics",),
    "hsds.base": ("/hsds/",),
    **{f"hsds.{name}": (f"/hsds/{name}?full=true&format=ndjson",) for name in LISTS[:3]},
    **{f"hsds.{name}": (f"/hsds/{name}?format=ndjson",) for name in LISTS[3:]},
    "hsds.services_item": ("/hsds/services/{offer}",),
    "hsds.organizations_item": ("/hsds/organizations/{provider}?full_service=true",),
    "hsds.service_at_locations_item": ("/hsds/service_at_locations/{place}",),
    "hsds.taxonomies_item": ("/hsds/taxonomies/{offer}",),
    "hsds.taxonomy_terms_item": ("/hsds/taxonomy_terms/{offer}",),
}
"""Endpoint → the addresses to try, with every id in the place of the names."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A provider with secrets of all sorts, and a link to a selection of all its offers."""

    ids: dict[str, list[str]]
    """Name in an address → all ids that may stand there."""
    hidden_offers: frozenset[str]
    shown_offer: str


@pytest.fixture
def planted(app: Flask) -> Planted:
    """The demo with `record_with_secrets` and an accommodation in it."""
    runtime: Runtime = app.extensions[EXTENSION]
    with runtime.database.write() as session:
        apply_record(session, record_with_secrets())
        session.add(Accommodation(name=f"{SECRET}heim", street=f"{SECRET}ring"))
        session.flush()
        provider = session.exec(select(Provider).where(Provider.external_id == "house")).one()
        own = session.exec(select(Offer).where(Offer.provider_id == provider.id)).all()
        other = _not_public_of_the_demo(session)
        token = _shared(session, runtime, [one.id for one in own])
        places = session.exec(select(Place.id).where(Place.provider_id == provider.id)).all()
        return Planted(
            ids={
                "offer": [one.id for one in [*own, *other]],
                "provider": [provider.id, *{one.provider_id for one in other}],
                "place": list(places),
                "token": [token],
            },
            hidden_offers=frozenset(one.id for one in [*own, *other] if not _is_public(one)),
            shown_offer=next(one.id for one in own if _is_public(one)),
        )


def _is_public(offer: Offer) -> bool:
    return (offer.status, offer.visibility) == ("published", "public")


def _not_public_of_the_demo(session: Session) -> list[Offer]:
    return [one for one in session.exec(select(Offer)) if not _is_public(one)]


def _shared(session: Session, runtime: Runtime, offer_ids: list[str]) -> str:
    owner = session.exec(select(User.id)).first()
    assert owner
    selection = create_selection(session, owner, SelectionWords(title="Alles"), offer_ids)
    secret = session_secret(runtime.settings)
    return create_link(session, secret, "selection", selection.id, utc_now() + timedelta(days=7))


def _addresses(planted: Planted) -> Iterator[str]:
    for patterns in ADDRESSES.values():
        for pattern in patterns:
            name = re.search(r"\{(\w+)\}", pattern)
            if name is None:
                yield pattern
            else:
                yield from (pattern.format(**{name[1]: own_id}) for own_id in planted.ids[name[1]])


def test_every_route_for_everybody_is_walked(app: Flask) -> None:
    public = {name for name in app.view_functions if access_of(app, name) == PUBLIC}
    assert public == {*ADDRESSES, *WITHOUT_ENTRIES, *BY_OTHER_LINKS}


def test_no_answer_for_everybody_says_anything_that_is_not_public(app: Flask, planted: Planted) -> None:
    client = app.test_client()
    texts = {address: client.get(address).text for address in _addresses(planted)}
    assert f"/wegweiser/angebote/{planted.shown_offer}" in texts["/sitemap.xml"]
    assert "Marktplatz" in texts[f"/wegweiser/angebote/{planted.shown_offer}"]
    assert "Marktplatz" in texts["/wegweiser/karte/punkte?q=beratung"]
    homes, streets = _hidden_words(app)
    for address, text in texts.items():
        assert SECRET not in text, address
        named = [own_id for own_id in planted.hidden_offers if own_id in text]
        # A program is told in an error which address it asked for.
        assert [one for one in named if one not in address] == [], address
        assert [word for word in homes | streets if word in text] == [], address


def _hidden_words(app: Flask) -> tuple[set[str], set[str]]:
    """Accommodations of the demo, and streets with number where only hidden places are."""
    with app.extensions[EXTENSION].database.read() as session:
        homes = {one.name for one in session.exec(select(Accommodation))}
        places = session.exec(select(Place)).all()
    open_streets = {_street(one) for one in places if one.visibility == "public"}
    hidden = {_street(one) for one in places if one.visibility != "public" and one.house_number}
    return homes, hidden - open_streets


def _street(place: Place) -> str:
    return f"{place.street} {place.house_number}"


def test_what_is_not_public_answers_as_if_it_were_not_there(app: Flask, planted: Planted) -> None:
    client = app.test_client()
    for own_id in planted.hidden_offers:
        for address in (
            f"/wegweiser/angebote/{own_id}",
            f"/wegweiser/angebote/{own_id}/kalender.ics",
            f"/hsds/services/{own_id}",
        ):
            assert client.get(address).status_code == 404, address


@pytest.mark.parametrize("word", [f"{SECRET}gasse", f"{SECRET}weg", f"{SECRET}hof", f"{SECRET} 0"])
@pytest.mark.usefixtures("planted")
def test_trying_words_finds_no_hidden_address(app: Flask, word: str) -> None:
    client: FlaskClient = app.test_client()
    for address in ("/wegweiser", "/wegweiser/karte", "/wegweiser/karte/punkte"):
        assert "Offene Beratung" not in client.get(address, query_string={"q": word}).text


@pytest.mark.usefixtures("planted")
def test_the_export_for_others_holds_nothing_that_is_not_public(
    app: Flask,
) -> None:
    with app.extensions[EXTENSION].database.read() as session:
        export = build_export(session, "not_public")
    assert any("Offene Beratung" in text for text in export.files.values())
    for text in export.files.values():
        assert SECRET not in text


@pytest.mark.usefixtures("planted")
def test_no_sheet_and_no_code_on_it_leads_to_a_protected_place(app: Flask) -> None:
    runtime: Runtime = app.extensions[EXTENSION]
    with runtime.database.read() as session:
        protected = session.exec(
            select(OfferPlace.offer_id)
            .join(Place, col(Place.id) == col(OfferPlace.place_id))
            .join(Offer, col(Offer.id) == col(OfferPlace.offer_id))
            .where((Place.visibility == "protected") | (Offer.visibility == "protected"))
            .where(OfferPlace.position == 0)
        ).all()
        pages = [get_offer_page(session, one) for one in protected]
    assert pages
    for page in pages:
        snapshot = snapshot_of_page(
            page, runtime.holidays, TODAY, public_url="https://lotsenbuch.example"
        )
        sheet = build_sheet(snapshot, "uk", CaseWorkerContact("Mira Lindner"), TODAY)
        assert sheet.qr is None
        assert snapshot.page_address is None
        assert page.offer.title not in snapshot.model_dump_json()
        for place in page.places:
            assert place.street is None or place.street not in snapshot.model_dump_json()
