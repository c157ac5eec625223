"""Rules of the courses: everybody reads them, an administrator loads others, matching follows."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import TestResponse

from app.audit.models import AuditEntry
from app.cli.rules import command
from app.core.errors import ConflictError, InvalidInputError
from app.matching.rule_files import load_rules, read_shipped_courses
from app.matching.rule_sets import (
    MAX_BYTES,
    get_rules_in_force,
    list_rule_sets,
    load_rule_set,
)
from app.operations.runtime import Runtime
from tests.web.conftest import SignIn, check_page, token_of

SHIPPED = read_shipped_courses()
LIFTED = SHIPPED.replace('version = "2026-11.2"', 'version = "2026-12"').replace(
    "valid_to = 2026-12-31", "valid_to = 2026-11-30"
)


def send(client: FlaskClient, content: str | bytes, name: str = "neu.toml") -> TestResponse:
    data = content.encode() if isinstance(content, str) else content
    token = token_of(client.get("/regeln/laden"))
    fields = {"csrf_token": token, "file": (io.BytesIO(data), name)}
    return client.post("/regeln/laden", data=fields, content_type="multipart/form-data")


def confirm(client: FlaskClient, shown: TestResponse, content: str) -> TestResponse:
    before = re.search(r'name="before" value="([0-9a-f]{64})"', shown.text)
    assert before
    fields = {"content": content, "before": before.group(1), "comment": "Erlass"}
    return client.post("/regeln/in-kraft", data=fields | {"csrf_token": token_of(shown)})


def test_everybody_of_the_house_reads_the_rules_with_their_sources(sign_in: SignIn) -> None:
    page = sign_in("case_worker").get("/regeln")
    check_page(page)
    assert "Aussetzung der Zulassungen" in page.text
    assert "Das Ende ist ungewiss" in page.text
    assert "Geänderte Datei laden" not in page.text
    file = sign_in("case_worker").get("/regeln/datei/0")
    assert file.text == SHIPPED
    assert file.headers["Content-Type"].startswith("application/toml")


def test_a_changed_file_is_looked_at_then_holds_and_can_be_taken_back(
    sign_in: SignIn, demo: Runtime
) -> None:
    admin = sign_in("administrator")
    before = demo.matching_rules
    shown = send(admin, LIFTED)
    check_page(shown)
    assert "<del>31.12.2026</del>" in shown.text
    assert "<ins>30.11.2026</ins>" in shown.text
    assert demo.matching_rules.version == before.version
    done = confirm(admin, shown, LIFTED)
    assert done.status_code == 303
    page = admin.get("/regeln")
    check_page(page)
    assert "Die Regeln „2026-12“ gelten jetzt." in page.text
    assert "Erlass" in page.text
    assert demo.matching_rules.version.startswith("2026-12/")
    assert demo.matching_rules.courses.find_suspension("admission", date(2026, 12, 5)) is None

    again = admin.get("/regeln/laden?nr=0")
    assert "<ins>31.12.2026</ins>" in again.text
    confirm(admin, again, SHIPPED)
    assert demo.matching_rules == before
    with demo.database.read() as session:
        assert [(one.seq, one.is_in_force) for one in list_rule_sets(session)] == [
            (2, True),
            (1, False),
            (0, False),
        ]
        assert "rules.load" in set(session.exec(select(AuditEntry.action)))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "Datei ist nicht brauchbar: „version“ fehlt."),
        (b"\xff\xfe\x00", "nicht in UTF-8"),
        ("version = 1", "Datei ist nicht brauchbar: der Wert von „version“ ist nicht möglich."),
        ("version == 1", "Zeile 1 ist kein TOML"),
        ("a = " + "[" * 5000 + "]" * 5000, "sie ist kein lesbares TOML"),
        ("a = " + "9" * 9000, "sie ist kein lesbares TOML"),
        (SHIPPED + "\n[[rule]]\n", "„rule“ gibt es hier nicht"),
        (
            SHIPPED.replace("valid_to = 2026-12-31", "valid_to = 2020-12-31"),
            "„suspension“ (Eintrag 1) endet, bevor es beginnt",
        ),
        (
            SHIPPED.replace("2026-02-09", '"gestern"', 1),
            "„suspension“ (Eintrag 1), „valid_from“ muss ein Tag sein wie 2026-11-23",
        ),
        (
            SHIPPED.replace('path = "claim"', 'path = "recht"', 1),
            "„access“ (Eintrag 1), „path“ muss eines von diesen sein: claim, admission.",
        ),
        (SHIPPED.replace('["24",', '["24", "25b",', 1), "01.01.2005 gelten zwei Einträge"),
        (SHIPPED + "\n# anders\n", "hat schon eine andere Datei"),
        ("#" * (MAX_BYTES + 1), "zu groß"),
    ],
    ids=[
        "empty",
        "not-utf8",
        "no-entries",
        "not-toml",
        "too-deep",
        "number-too-large",
        "unknown-entry",
        "ends-before-it-begins",
        "no-day",
        "no-such-path",
        "overlap",
        "same-version",
        "huge",
    ],
)
def test_a_file_that_cannot_be_used_gets_a_sentence(
    sign_in: SignIn, demo: Runtime, content: str | bytes, sentence: str
) -> None:
    answer = send(sign_in("administrator"), content)
    check_page(answer)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert demo.matching_rules == load_rules(freshness_file=demo.settings.freshness_file)


def test_without_a_file_and_with_numbers_that_lead_nowhere(sign_in: SignIn) -> None:
    admin = sign_in("administrator")
    token = token_of(admin.get("/regeln/laden"))
    assert admin.post("/regeln/laden", data={"csrf_token": token}).status_code == 422
    for path in (
        "/regeln/laden?nr=7",
        "/regeln/datei/7",
        f"/regeln/datei/{10**30}",
        "/regeln/laden?nr=-1",
    ):
        assert admin.get(path).status_code == 404, path


def test_of_two_who_load_at_once_the_second_looks_again(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        seen = get_rules_in_force(session).digest
        load_rule_set(session, None, LIFTED, "", seen)
        other = LIFTED.replace("2026-12", "2026-12b", 1)
        with pytest.raises(ConflictError):
            load_rule_set(session, None, other, "", seen)
        assert load_rule_set(session, None, LIFTED, "", seen).seq == 1  # a double click loads once


def test_a_version_leads_to_one_file_only(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        load_rule_set(session, None, LIFTED, "")
        with pytest.raises(InvalidInputError):
            load_rule_set(session, None, LIFTED + "\n", "")
        assert load_rule_set(session, None, SHIPPED.replace("\n", "\r\n"), "").seq == 2


def test_the_command_checks_loads_and_lists(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOTSENBUCH_DATA_DIR", str(runtime.settings.data_dir))
    monkeypatch.setenv("LOTSENBUCH_TODAY", "2026-06-01")
    run = CliRunner().invoke
    file = tmp_path / "neu.toml"
    file.write_text(LIFTED, encoding="utf-8")
    assert run(command, ["check", str(file)]).exit_code == 0
    assert (
        "2026-12 holds now (no. 1)" in run(command, ["load", str(file), "--comment", "Erlass"]).output
    )
    assert run(command, ["list"]).output.splitlines()[0].startswith("*   1  2026-12")
    assert run(command, ["show"]).output == LIFTED
    assert run(command, ["show", "0"]).output == SHIPPED
    monkeypatch.setenv("LOTSENBUCH_TODAY", "2026-11-23")
    late = run(command, ["check"])
    assert late.exit_code == 1
    assert "has to be checked" in late.output
    file.write_bytes(b"\xff\xff")
    assert "cannot be read" in str(run(command, ["check", str(file)]).exception)
