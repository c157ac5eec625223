"""Suggestions: field by field against what the entry says now, decided once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session

from app.core.errors import InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.directory.editing import (
    MeanwhileChangedError,
    change_offer,
    get_offer_entry,
    get_provider_entry,
)
from app.directory.history import Author, list_revisions
from app.directory.suggesting import (
    AlreadyDecidedError,
    count_open_suggestions,
    decide_suggestion,
    get_suggestion,
    list_own_suggestions,
    list_suggestions,
    suggest_change,
)
from app.operations.runtime import Runtime
from tests.integration.test_editing import EDITOR, football, import_club

WORKER = Author("Malik Weber", new_id())


def suggest(session: Session, offer_id: str, note: str = "", **changes: Any) -> str:
    made = suggest_change(session, WORKER, "offer", offer_id, changes, note)
    assert made is not None
    return made


def test_only_what_differs_is_suggested(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        provider_id, offer_id = import_club(session)
        made = suggest(session, offer_id, title="Fußball ", cost_cents=500, contact_phone=None)
        review = get_suggestion(session, made)
        assert [(one.change.field, one.said, one.change.new) for one in review.fields] == [
            ("cost_cents", None, 500)
        ]
        assert review.title == "Fußball"
        assert suggest_change(session, WORKER, "offer", offer_id, {"title": "Fußball"}) is None
        changes = {"phone": "0711 2"}
        assert suggest_change(session, WORKER, "provider", provider_id, changes) is not None
        assert get_provider_entry(session, provider_id).record.phone == "0711 1"


def test_a_note_alone_will_do_and_the_same_twice_is_kept_once(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        _, offer_id = import_club(session)
        first = suggest(session, offer_id, "Der Platz ist gesperrt.")
        assert suggest(session, offer_id, " Der Platz ist gesperrt. ") == first
        assert suggest(session, offer_id, "Etwas anderes") != first
        assert count_open_suggestions(session) == 2
        (newest, oldest) = list_own_suggestions(session, WORKER.id or "")
        assert (oldest.note, oldest.state, newest.fields) == ("Der Platz ist gesperrt.", "open", ())
        assert list_own_suggestions(session, new_id()) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"contact_email": "keine Adresse"},
        {"website": "javascript:alert(1)"},
        {"title": ""},
        {"title": "x" * 301},
        {"cost_cents": -1},
        {"cost_cents": "viel"},
        {"external_id": "other"},
        {"verified_on": "2026-11-01"},
        {"no_such_field": 1},
        {"places": ["nowhere"]},
    ],
    ids=str,
)
def test_what_the_entry_could_never_say_is_refused_or_kept_for_the_editor(
    runtime: Runtime, changes: dict[str, Any]
) -> None:
    with runtime.database.write() as session:
        _, offer_id = import_club(session)
        if changes == {"places": ["nowhere"]}:  # an offer alone does not know the places
            made = suggest(session, offer_id, **changes)
            digest = get_suggestion(session, made).digest
            with pytest.raises(InvalidInputError):
                decide_suggestion(session, "editor", made, ["places"], as_read=digest)
        else:
            with pytest.raises(InvalidInputError):
                suggest(session, offer_id, **changes)
        with pytest.raises(InvalidInputError, match="note"):
            suggest(session, offer_id, "x" * 2001)
        with pytest.raises(NotFoundError):
            suggest_change(session, WORKER, "offer", new_id(), {}, "Hallo")


def test_the_editor_accepts_some_fields_and_rejects_others(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        _, offer_id = import_club(session)
        made = suggest(session, offer_id, title="Fußball für alle", cost_cents=500)
        digest = get_suggestion(session, made).digest
        applied = decide_suggestion(
            session, EDITOR.id or "", made, ["title"], answer=" Danke! ", as_read=digest
        )
        assert [change.field for change in applied] == ["title"]
        record = get_offer_entry(session, offer_id).record
        assert (record.title, record.cost_cents) == ("Fußball für alle", None)
        newest = list_revisions(session, "offer", offer_id)[0]
        assert (newest.author, newest.occasion) == (WORKER, "suggestion")
        (line,) = list_own_suggestions(session, WORKER.id or "")
        assert line.decisions == {"title": "accepted", "cost_cents": "rejected"}
        assert (line.state, line.answer) == ("decided", "Danke!")
        assert list_suggestions(session).total == 0
        assert list_suggestions(session, state="decided").items == (line,)


def test_the_second_editor_is_told_that_it_is_decided(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        _, offer_id = import_club(session)
        made = suggest(session, offer_id, cost_cents=500)
        digest = get_suggestion(session, made).digest
        decide_suggestion(session, "one", made, [], as_read=digest)
        with pytest.raises(AlreadyDecidedError):
            decide_suggestion(session, "two", made, ["cost_cents"], as_read=digest)
        assert get_offer_entry(session, offer_id).record.cost_cents is None


def test_what_changed_meanwhile_is_shown_and_not_overwritten_unseen(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        _, offer_id = import_club(session)
        made = suggest(session, offer_id, title="Fußball für alle", cost_cents=500)
        seen = get_suggestion(session, made).digest
        change_offer(session, EDITOR, offer_id, {"title": "Kicken", "cost_cents": 500}, "edit")
    with (
        pytest.raises(MeanwhileChangedError),
        runtime.database.write() as session,
    ):
        decide_suggestion(session, "editor", made, ["title"], as_read=seen)
    with runtime.database.write() as session:
        review = get_suggestion(session, made)
        assert review.suggestion.state == "open"
        title, cost = review.fields
        assert (title.said, title.change.old, title.is_outdated) == ("Fußball", "Kicken", True)
        assert cost.is_done
        decide_suggestion(session, "editor", made, ["title", "cost_cents"], as_read=review.digest)
        assert get_offer_entry(session, offer_id).record.title == "Fußball für alle"


def test_a_value_that_no_longer_fits_changes_nothing(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        _, offer_id = import_club(session, offers=football(seats_max=10))
        made = suggest(session, offer_id, seats_booked=8, title="Neu")
        change_offer(session, EDITOR, offer_id, {"seats_max": 5}, "edit")
        digest = get_suggestion(session, made).digest
    with (
        pytest.raises(InvalidInputError),
        runtime.database.write() as session,
    ):
        decide_suggestion(session, "editor", made, ["seats_booked", "title"], as_read=digest)
    with runtime.database.read() as session:
        assert get_suggestion(session, made).suggestion.state == "open"
        assert get_offer_entry(session, offer_id).record.title == "Fußball"
