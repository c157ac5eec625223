"""The history of an entry, and going back."""

from __future__ import annotations

import re

from flask import Flask

from app.core.clock import utc_now
from app.directory.editing import change_offer, change_provider, get_offer_entry
from app.directory.history import list_revisions
from app.directory.upkeep_models import Verification
from tests.conftest import TODAY
from tests.web.conftest import SignIn, check_page, token_of
from tests.web.test_suggestion_pages import EDITOR, offer_id, provider_id, runtime_of

__all__ = ["offer_id", "provider_id"]


def test_changes_and_confirmations_stand_in_one_line(
    app: Flask, sign_in: SignIn, offer_id: str
) -> None:
    with runtime_of(app).database.write() as session:
        change_offer(session, EDITOR, offer_id, {"title": "Neuer Titel"}, "edit")
        session.add(
            Verification(
                offer_id=offer_id, verified_on=TODAY, way="phone", name="Frau Berg", at=utc_now()
            )
        )
    page = sign_in("case_worker").get(f"/angebote/{offer_id}/verlauf")
    check_page(page)
    assert "Neuer Titel" in page.text
    assert "Erna Redaktion" in page.text
    assert "am Telefon bestätigt" in page.text
    assert page.text.index("am Telefon bestätigt") < page.text.index("Neuer Titel</ins>")
    assert "Diesen Stand wiederherstellen" not in page.text


def test_an_editor_sees_what_a_restore_would_change_and_restores(
    app: Flask, sign_in: SignIn, offer_id: str
) -> None:
    with runtime_of(app).database.write() as session:
        before = get_offer_entry(session, offer_id).record
        change_offer(session, EDITOR, offer_id, {"title": "Versehen", "cost_cents": 999}, "edit")
        seq = list_revisions(session, "offer", offer_id)[1].seq
    editor = sign_in("directory_editor")
    history = editor.get(f"/angebote/{offer_id}/verlauf")
    address = f"/verlauf/{seq}/wiederherstellen"
    assert address in history.text
    page = editor.get(address)
    check_page(page)
    assert "Versehen" in page.text
    data = {
        "csrf_token": token_of(page),
        "as_read": re.search(r'name="as_read" value="([^"]+)"', page.text).group(1),  # type: ignore[union-attr]
    }
    assert editor.post(address, data=data).status_code == 303
    with runtime_of(app).database.read() as session:
        assert get_offer_entry(session, offer_id).record == before
        assert list_revisions(session, "offer", offer_id)[0].occasion == "restore"
    late = editor.post(address, data=data)
    assert late.status_code == 409
    check_page(late)
    nothing = editor.get(address)
    check_page(nothing)
    assert "Es ändert sich nichts" in nothing.text


def test_what_no_longer_fits_cannot_be_restored(app: Flask, sign_in: SignIn, offer_id: str) -> None:
    with runtime_of(app).database.write() as session:
        change_offer(session, EDITOR, offer_id, {"title": "Neu"}, "edit")
        from sqlmodel import select

        from app.directory.upkeep_models import EntryRevision

        row = session.exec(select(EntryRevision).where(EntryRevision.entry_id == offer_id)).all()[0]
        row.record = {**row.record, "kind": "code that is gone"}
        seq = row.seq
    answer = sign_in("directory_editor").get(f"/verlauf/{seq}/wiederherstellen")
    assert answer.status_code == 422
    check_page(answer)


def test_a_provider_has_a_history_too(app: Flask, sign_in: SignIn, provider_id: str) -> None:
    with runtime_of(app).database.write() as session:
        change_provider(session, EDITOR, provider_id, {"phone": "0711 424242"}, "edit")
        seq = list_revisions(session, "provider", provider_id)[-1].seq
    editor = sign_in("directory_editor")
    page = editor.get(f"/anbieter/{provider_id}/verlauf")
    check_page(page)
    assert "0711 424242" in page.text
    preview = editor.get(f"/verlauf/{seq}/wiederherstellen")
    check_page(preview)
    assert "0711 424242" in preview.text


def test_numbers_that_do_not_exist_are_not_found(sign_in: SignIn) -> None:
    editor = sign_in("directory_editor")
    for seq in ("0", "999999999", "9" * 30):
        assert editor.get(f"/verlauf/{seq}/wiederherstellen").status_code == 404
    assert editor.get("/angebote/x/verlauf").status_code == 404
