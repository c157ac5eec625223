"""`lotsenbuch import clients` with a real database: nobody twice, nothing half, no name told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.audit.models import AuditEntry
from app.cases.models import CaseEvent, Client, ClientInterest
from app.cases.status_models import LevelEntry, ResidenceEntry
from app.cli import cli
from app.core.errors import LotsenbuchError
from app.operations import client_import
from app.operations.client_deletion import erase_client
from app.operations.runtime import Runtime

MAIL = "anna@example.org"
EDITOR = "editor@example.org"
HEADER = (
    "Aktenzeichen;Vorname;Nachname;Geburtsdatum;Deutschniveau;Aufenthaltsstatus;Haushalt;Interessen"
)
AMIRA = "A-1;Amira;Haddad;03.04.1994;A2;§ 24;H1;Nähen"
OMAR = "A-2;Omar;Haddad;01.02.1990;B1;;H1;"
OLENA = "A-3;Olena;Bondar;09.08.1988;;;;"
Run = Callable[..., Result]


@pytest.fixture
def run(runtime: Runtime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    with runtime.database.write() as session:
        session.add(User(email=MAIL, name="Anna", role="case_worker", password_hash="x"))
        session.add(
            User(email="editor@example.org", name="E", role="directory_editor", password_hash="x")
        )
    monkeypatch.setenv("LOTSENBUCH_DATA_DIR", str(tmp_path))

    def invoke(content: str | bytes | Path, *options: str) -> Result:
        file = content if isinstance(content, Path) else tmp_path / "clients.csv"
        if not isinstance(content, Path):
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        chosen = options if "--case-worker" in options else ("--case-worker", MAIL, *options)
        return CliRunner().invoke(cli, ["import", "clients", str(file), *chosen])

    return invoke


def _lines(*rows: str) -> str:
    return "\n".join((HEADER, *rows)) + "\n"


def _told(result: Result) -> dict[str, Any]:
    assert result.exit_code in {0, 1}, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def _clients(runtime: Runtime) -> list[Client]:
    with runtime.database.read() as session:
        return list(session.exec(select(Client).order_by(col(Client.given_name))).all())


def test_people_become_cases_of_the_case_worker_and_live_together(run: Run, runtime: Runtime) -> None:
    told = _told(run(_lines(AMIRA, OMAR, OLENA), "--json"))
    assert (told["created"], told["rejected"], told["duplicates"]) == (3, 0, 0)
    amira, olena, omar = _clients(runtime)
    assert amira.household_id is not None
    assert amira.household_id == omar.household_id != olena.household_id
    assert (amira.german_level, amira.residence_status) == ("A2", "24")
    assert amira.counselling_started_on is None
    with runtime.database.read() as session:
        worker = session.exec(select(User).where(User.email == MAIL)).one()
        assert amira.case_worker_id == worker.id
        assert session.exec(select(ClientInterest.word)).all() == ["Nähen"]
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "client.create")).all()
        assert {entry.subject_id for entry in entries} == {amira.id, omar.id, olena.id}
        assert {entry.actor_id for entry in entries} == {None}
        assert set(session.exec(select(CaseEvent.actor_id)).all()) == {None}
        assert set(session.exec(select(LevelEntry.recorded_by)).all()) == {None}
        assert set(session.exec(select(ResidenceEntry.recorded_by)).all()) == {None}


def test_the_same_file_again_creates_nothing(run: Run, runtime: Runtime) -> None:
    run(_lines(AMIRA, OMAR))
    again = _told(run(_lines(AMIRA, OMAR, OLENA), "--json"))
    assert (again["created"], again["known"], again["duplicates"]) == (1, 2, 0)
    without_key = "Vorname;Nachname\nSamir;Nasser\n"
    assert _told(run(without_key, "--json"))["created"] == 1
    assert _told(run(without_key, "--json", "--with-duplicates"))["created"] == 0
    assert len(_clients(runtime)) == 4


def test_likely_known_people_are_listed_and_created_only_on_wish(run: Run, runtime: Runtime) -> None:
    run(_lines(AMIRA))
    stored = _clients(runtime)[0]
    list_of_others = _lines("B-1;Amirah;Hadad;03.04.1994;;;;", OLENA, "B-2;Bondar;Olena;08.09.1988;;;;")
    told = _told(run(list_of_others, "--json"))
    assert told["created"] == 1
    assert told["duplicate_of"] == [
        {"line": 2, "same_as": f"client {stored.id}"},
        {"line": 4, "same_as": "line 3"},
    ]
    wished = _told(run(list_of_others, "--json", "--with-duplicates"))
    assert (wished["created"], wished["known"]) == (2, 1)
    assert len(_clients(runtime)) == 4


def test_unusable_rows_are_told_and_the_others_go_in(run: Run, runtime: Runtime) -> None:
    content = _lines(AMIRA, "A-2;Omar;Haddad;31.02.1990;;;;", "A-3;Olena;Bondar;;Huber;;;")
    result = run(content)
    assert result.exit_code == 0
    assert "line 3, column “Geburtsdatum”" in result.output
    assert "line 4, column “Deutschniveau”" in result.output
    assert len(_clients(runtime)) == 1
    for name in ("Amira", "Haddad", "Olena", "Huber"):
        assert name not in result.output


def test_strict_takes_all_or_nothing(run: Run, runtime: Runtime) -> None:
    result = run(_lines(AMIRA, "A-2;Omar;Haddad;31.02.1990;;;;"), "--strict")
    assert result.exit_code == 1
    assert "nothing was written" in result.output
    assert _clients(runtime) == []
    assert run(_lines(AMIRA), "--strict").exit_code == 0
    assert len(_clients(runtime)) == 1


def test_strict_takes_back_what_fails_in_the_middle(
    run: Run, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = client_import.create_client

    def refuse_omar(session: Session, actor: Any, data: Any, *rest: Any, **named: Any) -> Client:
        if data.given_name == "Omar":
            raise LotsenbuchError("refused")
        return create(session, actor, data, *rest, **named)

    monkeypatch.setattr(client_import, "create_client", refuse_omar)
    assert run(_lines(AMIRA, OMAR), "--strict").exit_code == 1
    assert _clients(runtime) == []
    result = run(_lines(AMIRA, OMAR, OLENA))
    assert "line 3: refused" in result.output
    assert [client.given_name for client in _clients(runtime)] == ["Amira", "Olena"]


def test_a_dry_run_tells_each_line_and_writes_nothing(run: Run, runtime: Runtime) -> None:
    result = run(_lines(AMIRA, "A-9;Amira;Hadad;03.04.1994;;;;"), "--dry-run")
    assert "line 2: would be created" in result.output
    assert "line 3: is likely somebody known" in result.output
    assert "nothing was written" in result.output
    assert _clients(runtime) == []
    with runtime.database.read() as session:
        assert session.exec(select(AuditEntry)).all() == []


def test_killed_in_the_middle_and_run_again_nobody_is_there_twice(
    run: Run, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{first}{last}" for first in ("Ba", "Do", "Fi", "Gu", "Le") for last in ("rak", "mel")]
    rows = [
        f"K-{n};{name};Test{n};0{n % 9 + 1}.05.19{60 + n};;;H{n % 3};" for n, name in enumerate(names)
    ]
    monkeypatch.setattr(client_import, "ROWS_PER_TRANSACTION", 3)
    create, calls = client_import.create_client, iter(range(100))

    def die_at_the_eighth(*given: Any, **named: Any) -> Client:
        if next(calls) == 7:
            raise KeyboardInterrupt
        return create(*given, **named)

    monkeypatch.setattr(client_import, "create_client", die_at_the_eighth)
    assert run(_lines(*rows)).exit_code != 0
    assert len(_clients(runtime)) == 6
    monkeypatch.setattr(client_import, "create_client", create)
    told = _told(run(_lines(*rows), "--json"))
    assert (told["created"], told["known"]) == (4, 6)
    assert len(_clients(runtime)) == len(rows)
    assert len({client.household_id for client in _clients(runtime)}) == 3


def test_who_was_deleted_does_not_come_back(run: Run, runtime: Runtime) -> None:
    run(_lines(AMIRA))
    erase_client(runtime.settings, runtime.database, _clients(runtime)[0].id)
    told = _told(run(_lines(AMIRA, OMAR), "--json"))
    assert (told["created"], told["deleted"]) == (1, 1)
    assert [client.given_name for client in _clients(runtime)] == ["Omar"]


def test_rows_may_name_their_case_worker(run: Run) -> None:
    rows = f"Amira;{MAIL.upper()};\nOmar;{EDITOR};\nOlena;;Nirgends\n"
    content = f"Vorname;zuständig;Unterkunft\n{rows}"
    told = _told(run(content, "--json"))
    assert told["created"] == 1
    assert [(one["line"], one["column"]) for one in told["problems"]] == [
        (3, "zuständig"),
        (4, "Unterkunft"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7",
        b"PK\x03\x04rest",
        b"Vorname;Nachname\nM\xc3\xbcller;A\nJ\xfcrgen;\xc3\xb6\xc3\xa4\n",
        b"PLZ;Ort\n04109;Leipzig\n",
        b'Vorname;Nachname\n"Amira;Haddad\n',
    ],
    ids=["empty", "pdf", "zip", "mixed encodings", "missing columns", "open quotation mark"],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(
    run: Run, runtime: Runtime, content: bytes
) -> None:
    result = run(content)
    assert isinstance(result.exception, LotsenbuchError)
    assert "\n" not in str(result.exception)
    assert _clients(runtime) == []


def test_a_case_worker_who_works_on_no_cases_refuses_the_file(run: Run) -> None:
    result = run(_lines(AMIRA), "--case-worker", EDITOR)
    assert isinstance(result.exception, LotsenbuchError)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_encodings_of_spreadsheets_are_read(run: Run, runtime: Runtime, encoding: str) -> None:
    assert run("Vorname;Nachname\nJürgen;Größe\n".encode(encoding)).exit_code == 0
    assert _clients(runtime)[0].family_name == "Größe"


def test_an_excel_sheet_is_read_with_its_dates(run: Run, runtime: Runtime, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Sonstiges"  # type: ignore[union-attr]
    page = book.create_sheet("Klientinnen")
    page.append(["Liste"])
    page.append(["Vorname", "Nachname", "Geburtsdatum"])
    page.append(["Amira", "Haddad", "=DATE(1994,4,3)"])
    page.append(["Omar", "Haddad", date(1990, 2, 1)])
    file = tmp_path / "list.xlsx"
    book.save(file)
    assert run(file, "--sheet", "Klientinnen").exit_code == 0
    assert [client.given_name for client in _clients(runtime)] == ["Amira", "Omar"]
    assert str(_clients(runtime)[1].birth_date) == "1990-02-01"
