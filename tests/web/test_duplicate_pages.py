"""The queue of duplicates, comparing, merging and undoing in the browser."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from app.core.ids import new_id
from app.directory.editing import change_provider, create_offer, get_provider_entry
from app.directory.entry_records import to_record
from app.directory.history import Author
from app.directory.models import Offer, Provider
from app.directory.records import OfferRecord
from app.directory.service import apply_record
from app.directory.upkeep_models import DuplicateCandidate
from tests.web.conftest import SignIn, check_page, token_of
from tests.web.test_suggestion_pages import runtime_of

EDITOR = Author("Erna Redaktion", new_id())


@pytest.fixture
def pair(app: Flask) -> tuple[str, str]:
    """A provider of the demo and its copy from another list."""
    with runtime_of(app).database.write() as session:
        rows = session.exec(select(Provider)).all()
        original = next(
            row
            for row in rows
            if row.phone and to_record(session, row.id).offers and row.parent_id is None
        )
        record = to_record(session, original.id)
        twin = record.model_copy(
            update={
                "source": "other",
                "name": f"{record.name} e.V.",
                "phone": "0711 99 88 77",
                "description": "Kurz",
                "is_demo": False,
            }
        )
        apply_record(session, twin)
        copy = session.exec(select(Provider.id).where(Provider.source == "other")).one()
        return original.id, copy


def search(browser: FlaskClient) -> str:
    page = browser.get("/pflege/doppelte")
    check_page(page)
    answer = browser.post("/pflege/doppelte/suchen", data={"csrf_token": token_of(page)})
    assert answer.status_code == 303
    queue = browser.get("/pflege/doppelte")
    check_page(queue)
    return queue.text


def form_of(browser: FlaskClient, address: str, **changes: str) -> dict[str, str]:
    page = browser.get(address)
    check_page(page)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    chosen = dict(
        re.findall(r'type="radio" name="([\w-]+)" id="[\w-]+" value="(\w+)" checked', page.text)
    )
    return hidden | chosen | changes


def test_the_editor_finds_compares_merges_and_undoes(
    app: Flask, sign_in: SignIn, pair: tuple[str, str]
) -> None:
    editor = sign_in("directory_editor")
    with runtime_of(app).database.read() as session:
        before = [to_record(session, one) for one in pair]
    text = search(editor)
    assert all(one in text for one in pair)
    address = f"/pflege/doppelte/anbieter/{pair[0]}/{pair[1]}"
    data = form_of(editor, f"{address}?behalten={pair[0]}", **{"field-phone": "merged"})
    assert editor.post(address, data=data).status_code == 303
    with runtime_of(app).database.read() as session:
        kept = get_provider_entry(session, pair[0]).record
        assert kept.phone == "0711 99 88 77"
        assert len(kept.offers) == len(before[0].offers) + len(before[1].offers)
    assert editor.post(address, data=data).status_code == 404, "sent twice"
    assert pair[1] not in search(editor)
    history = editor.get(f"/anbieter/{pair[0]}/verlauf")
    check_page(history)
    check_page(editor.get(f"/anbieter/{pair[1]}/verlauf"))
    undo = re.search(r'action="(/pflege/zusammenfuehrungen/[^"]+)"', history.text)
    assert undo
    token = {"csrf_token": token_of(history)}
    assert editor.post(undo.group(1), data=token).status_code == 303
    with runtime_of(app).database.read() as session:
        assert [to_record(session, one) for one in pair] == before
    again = editor.post(undo.group(1), data=token)
    assert again.status_code == 409
    check_page(again)
    assert "schon rückgängig" in again.text


def test_what_is_in_the_way_of_undoing_is_said(
    app: Flask, sign_in: SignIn, pair: tuple[str, str]
) -> None:
    editor = sign_in("directory_editor")
    address = f"/pflege/doppelte/anbieter/{pair[0]}/{pair[1]}"
    data = form_of(editor, f"{address}?behalten={pair[0]}", **{"field-phone": "merged"})
    editor.post(address, data=data)
    with runtime_of(app).database.write() as session:
        change_provider(session, EDITOR, pair[0], {"phone": "0711 1"}, "edit")
    history = editor.get(f"/anbieter/{pair[0]}/verlauf")
    undo = re.search(r'action="(/pflege/zusammenfuehrungen/[^"]+)"', history.text)
    assert undo
    answer = editor.post(undo.group(1), data={"csrf_token": token_of(history)})
    assert answer.status_code == 409
    assert "„Telefon“ wurde seither geändert" in answer.text


def test_not_the_same_is_remembered(app: Flask, sign_in: SignIn, pair: tuple[str, str]) -> None:
    editor = sign_in("directory_editor")
    search(editor)
    address = f"/pflege/doppelte/anbieter/{pair[0]}/{pair[1]}"
    token = {"csrf_token": token_of(editor.get(address))}
    for _ in range(2):
        assert editor.post(f"{address}/verschieden", data=token).status_code == 303
    assert pair[1] not in search(editor)
    with runtime_of(app).database.read() as session:
        rows = session.exec(select(DuplicateCandidate)).all()
        assert [row.state for row in rows if pair[1] in (row.a_id, row.b_id)] == ["distinct"]
    assert "nicht dasselbe" in editor.get(address).text


def test_a_change_meanwhile_is_shown_before_merging(
    app: Flask, sign_in: SignIn, pair: tuple[str, str]
) -> None:
    editor = sign_in("directory_editor")
    address = f"/pflege/doppelte/anbieter/{pair[0]}/{pair[1]}"
    data = form_of(editor, address)
    with runtime_of(app).database.write() as session:
        change_provider(session, EDITOR, pair[1], {"description": "Ganz neu"}, "edit")
    answer = editor.post(address, data=data)
    assert answer.status_code == 409
    check_page(answer)
    assert "Ganz neu" in answer.text


def test_offers_that_do_not_go_together_are_refused(
    app: Flask, sign_in: SignIn, pair: tuple[str, str]
) -> None:
    with runtime_of(app).database.write() as session:
        one, other = (
            create_offer(
                session,
                EDITOR,
                pair[0],
                OfferRecord(
                    external_id=new_id(), title="Turnen", kind="club", min_age=low, max_age=high
                ),
            )
            for low, high in ((20, 30), (5, 10))
        )
    editor = sign_in("directory_editor")
    address = f"/pflege/doppelte/angebote/{one}/{other}"
    data = form_of(editor, f"{address}?behalten={one}")
    wrong = data | {"field-min_age": "kept", "field-max_age": "merged"}
    answer = editor.post(address, data=wrong)
    assert answer.status_code == 422
    check_page(answer)
    right = data | {"field-min_age": "merged", "field-max_age": "merged"}
    assert editor.post(address, data=right).status_code == 303
    with runtime_of(app).database.read() as session:
        row = session.get_one(Offer, other)
        assert (row.status, row.merged_into_id) == ("withdrawn", one)


def test_addresses_that_make_no_sense_are_not_found(sign_in: SignIn, pair: tuple[str, str]) -> None:
    editor = sign_in("directory_editor")
    one, other = pair
    for address in (
        f"/pflege/doppelte/anbieter/{one}/{one}",
        f"/pflege/doppelte/angebote/{one}/{other}",
        f"/pflege/doppelte/unsinn/{one}/{other}",
        f"/pflege/doppelte/anbieter/{one}/{new_id()}",
    ):
        assert editor.get(address).status_code == 404, address
