"""Nothing that is not public is in any answer of the HSDS API."""

from __future__ import annotations

import json

from flask import Flask
from sqlmodel import select

from app.directory.models import Accommodation, ContactPerson, Offer, Provider
from app.directory.service import apply_record
from app.web.runtime import EXTENSION
from tests.contracts.hsds_api import (
    LISTS,
    SECRET,
    get_json,
    record_with_secrets,
)


def test_nothing_that_is_not_public_is_in_any_answer(app: Flask) -> None:
    client = app.test_client()
    runtime = app.extensions[EXTENSION]
    with runtime.database.write() as session:
        apply_record(session, record_with_secrets())
        session.add(Accommodation(name=f"{SECRET}heim", street=f"{SECRET}ring"))
    texts = [client.get(f"/hsds/{name}?full=true&format=ndjson").text for name in LISTS[:3]]
    texts += [client.get("/hsds/organizations?full_service=true&format=ndjson").text]
    texts += [client.get(f"/hsds/{name}?format=ndjson").text for name in LISTS]
    texts += [client.get("/hsds/services?minimal=true").text]
    texts += [client.get(f"/hsds/{name}?search={SECRET}").text for name in LISTS[:3]]
    shown = get_json(client, "services?full=true&search=Offene%20Beratung")["contents"][0]
    texts += [client.get(f"/hsds/services/{shown['id']}").text]
    texts += [client.get(f"/hsds/organizations/{shown['organization_id']}").text]
    assert shown["name"] == "Offene Beratung"
    assert any("Marktplatz" in text for text in texts)
    assert any("Erika Muster" in text for text in texts)
    for text in texts:
        assert SECRET not in text
        assert "is_sensitive" not in text
        assert "lotsenbuch.flags" not in text


def test_no_answer_names_anything_of_the_demo_that_is_not_public(app: Flask) -> None:
    client = app.test_client()
    with app.extensions[EXTENSION].database.read() as session:
        offers = session.exec(select(Offer)).all()
        public = {one.id for one in offers if (one.status, one.visibility) == ("published", "public")}
        hidden = {one.id: one for one in offers if one.id not in public}
        persons = {one.name for one in session.exec(select(ContactPerson)) if not one.is_public}
        notes = {one.approach_note for one in session.exec(select(Provider)) if one.approach_note}
        homes = {one.name for one in session.exec(select(Accommodation))}
    assert hidden
    assert persons
    assert homes
    texts = [client.get(f"/hsds/{name}?full=true&format=ndjson").text for name in LISTS[:3]]
    texts += [client.get("/hsds/organizations?full_service=true&format=ndjson").text]
    for text in texts:
        assert not any(own_id in text for own_id in hidden)
        assert not any(json.dumps(word, ensure_ascii=False)[1:-1] in text for word in notes | homes)
        assert not any(f'"name":{json.dumps(name, ensure_ascii=False)}' in text for name in persons)
    for own_id in hidden:
        assert client.get(f"/hsds/services/{own_id}").status_code == 404
