"""What goes wrong ends as a page; what a log keeps of it quotes no case."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from sqlalchemy import event
from sqlmodel import text

from app.core.db import Database
from app.web.runtime import EXTENSION
from tests.web.conftest import SignIn, token_of

MARKER = "Geheimwort-Zwiebelturm"


def _database(app: Flask) -> Database:
    database: Database = app.extensions[EXTENSION].database
    return database


def test_an_unexpected_error_leaves_no_word_of_the_case_in_the_log(
    app: Flask, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    browser = sign_in("case_worker")
    form = browser.get("/faelle/neu")
    with _database(app).write() as session:
        session.connection().execute(text("ALTER TABLE case_event RENAME TO case_event_away"))
    with caplog.at_level(logging.DEBUG):
        answer = browser.post(
            f"/faelle/neu?q={MARKER}",
            data={
                "csrf_token": token_of(form),
                "creation_key": "a" * 36,
                "given_name": MARKER,
                "family_name": MARKER,
                "street": MARKER,
            },
        )
    assert answer.status_code == 500
    assert "Es wurde nichts gespeichert" in answer.text
    assert "OperationalError" in caplog.text
    assert MARKER not in caplog.text


def test_an_error_names_what_happened_but_not_its_message(
    app: Flask, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    browser = sign_in("case_worker")

    def fail() -> str:
        raise ValueError(MARKER) from KeyError(MARKER)

    app.view_functions["today.show"] = fail
    fail.needs_access = "case:read"  # type: ignore[attr-defined]  # what the decorator sets
    assert browser.get("/heute").status_code == 500
    assert "ValueError" in caplog.text
    assert "KeyError" in caplog.text
    assert "in fail" in caplog.text
    assert MARKER not in caplog.text


def test_without_a_database_there_is_still_a_sentence(
    app: Flask, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    browser = sign_in("case_worker")
    engine = _database(app).engine

    @event.listens_for(engine, "before_cursor_execute")
    def refuse(*_: object) -> None:
        raise OSError("gone")

    answer = browser.get(f"/faelle?q={MARKER}")
    assert answer.status_code == 500
    assert "Es wurde nichts gespeichert" in answer.text
    assert MARKER not in caplog.text
