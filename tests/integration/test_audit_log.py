"""The access log in the database: one chain whoever writes, sealed by years, dropped whole."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from click.testing import CliRunner
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, text

from app.audit.models import AuditEntry, AuditSegment
from app.audit.notes import FILE_NAME, read_notes
from app.audit.service import record_access
from app.cli import cli
from app.operations.audit_log import (
    drop_years,
    list_years_to_drop,
    note_restored_backup,
    seal_log,
    verify_log,
)
from app.operations.runtime import Runtime, open_runtime
from app.settings import PROJECT_ROOT

WRITE_SOME = """
import sys
from app.audit.service import record_access
from app.operations.runtime import open_runtime
from app.settings import load_settings
runtime = open_runtime(load_settings())
for number in range(40):
    with runtime.database.write() as session:
        record_access(session, None, "test.write", "test", f"{sys.argv[1]}-{number}")
"""


def _write(runtime: Runtime, *years: int) -> None:
    for year in years:
        with runtime.database.write() as session:
            for day in (1, 2):
                at = datetime(year, 6, day, tzinfo=UTC)
                session.add(AuditEntry(at=at, action="a", subject_type="t", subject_id=""))


def _lift_guard(session: Session) -> None:
    for name in ("audit_entry_no_update", "audit_entry_no_delete"):
        session.connection().execute(text(f"DROP TRIGGER IF EXISTS {name}"))


def test_two_processes_and_many_threads_write_one_chain(runtime: Runtime) -> None:
    environment = {"LOTSENBUCH_DATA_DIR": str(runtime.settings.data_dir), "PATH": ""}
    processes = [
        subprocess.Popen([sys.executable, "-c", WRITE_SOME, name], env=environment, cwd=PROJECT_ROOT)
        for name in ("one", "two")
    ]

    def write(number: int) -> None:
        with runtime.database.write() as session:
            record_access(session, None, "test.write", "test", f"thread-{number}")
            session.flush()
            record_access(session, None, "test.again", "test", f"thread-{number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(20)))
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    proof = verify_log(runtime)
    assert (proof.is_unbroken, proof.checked, proof.head_seq) == (True, 120, 120)


def test_what_was_rolled_back_leaves_no_gap(runtime: Runtime) -> None:
    _write(runtime, 2026)

    def fail_midway() -> None:
        with runtime.database.write() as session:
            record_access(session, None, "a", "t", "")
            session.flush()
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail_midway()
    _write(runtime, 2026)
    assert verify_log(runtime).head_seq == 4


@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        ("UPDATE audit_entry SET action = 'b' WHERE seq = 3", 3),
        ("DELETE FROM audit_entry WHERE seq = 2", 2),
        ("DELETE FROM audit_entry WHERE seq > 4", 5),
        ("DELETE FROM audit_entry", 1),
        ("UPDATE audit_entry SET seq = seq + 1 WHERE seq = 6", 6),
        (
            "INSERT INTO audit_entry (seq, at, action, subject_type, subject_id, hash) "
            "VALUES (7, '2026-11-23 08:00:00.000000', 'a', 't', '', 'f')",
            7,
        ),
    ],
    ids=["changed", "deleted", "cut off", "emptied", "renumbered", "put in"],
)
def test_whoever_gets_past_the_guard_is_found_out(
    runtime: Runtime, tampering: str, broken_at: int
) -> None:
    _write(runtime, 2024, 2025, 2026)
    assert verify_log(runtime).is_unbroken
    with runtime.database.write() as session:
        _lift_guard(session)
        session.connection().execute(text(tampering))
    assert verify_log(runtime).broken_at == broken_at
    assert read_notes(runtime.settings.data_dir)[-1].kind == "broken"


_SEAL = (
    "INSERT INTO audit_segment (year, first_seq, last_seq, closing_hash, sealed_at, dropped_at) "
    "SELECT 2025, {}, {}, {}, at, {} FROM audit_entry WHERE seq = 4"
)


@pytest.mark.parametrize(
    "tampering",
    [
        "REPLACE INTO audit_entry (seq, at, actor_id, action, subject_type, subject_id, hash) "
        "SELECT seq, at, 'x', action, subject_type, subject_id, hash FROM audit_entry WHERE seq = 3",
        "UPDATE OR REPLACE audit_entry SET seq = 1 WHERE seq = 4",
        _SEAL.format(1, 4, "hash", "at"),
        _SEAL.format(1, 9, "hash", "NULL"),
        _SEAL.format(2, 4, "hash", "NULL"),
        _SEAL.format(1, 4, "'f'", "NULL"),
    ],
    ids=["replaced", "moved", "dropped seal", "seal too far", "seal with a gap", "another hash"],
)
def test_the_guard_has_no_way_around(runtime: Runtime, tampering: str) -> None:
    _write(runtime, 2024, 2025)
    with pytest.raises(IntegrityError, match="append-only"), runtime.database.write() as session:
        session.connection().execute(text(tampering))
    with runtime.database.write() as session:
        session.connection().execute(text(_SEAL.format(1, 4, "hash", "NULL")))
    with pytest.raises(IntegrityError, match="append-only"), runtime.database.write() as session:
        session.connection().execute(
            text(_SEAL.format(1, 99, "hash", "at").replace("INSERT", "REPLACE"))
        )
    assert verify_log(runtime).is_unbroken


def test_years_are_sealed_once_they_are_over(runtime: Runtime) -> None:
    _write(runtime, 2023, 2025, 2026)
    assert seal_log(runtime)[1] == [2023, 2025]
    assert seal_log(runtime)[1] == []
    with runtime.database.read() as session:
        rows = session.exec(select(AuditSegment).order_by(col(AuditSegment.year))).all()
    assert [(row.year, row.first_seq, row.last_seq) for row in rows] == [(2023, 1, 2), (2025, 3, 4)]
    assert verify_log(runtime).is_unbroken


def test_the_new_year_begins_at_midnight_in_germany(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        for hour in (22, 23):
            at = datetime(2025, 12, 31, hour, 30, tzinfo=UTC)
            session.add(AuditEntry(at=at, action="a", subject_type="t", subject_id=""))
    assert seal_log(runtime)[1] == [2025]
    with runtime.database.read() as session:
        assert session.get_one(AuditSegment, 2025).last_seq == 1


def test_a_broken_log_is_not_sealed(runtime: Runtime) -> None:
    _write(runtime, 2024, 2025)
    with runtime.database.write() as session:
        _lift_guard(session)
        session.connection().execute(text("UPDATE audit_entry SET action = 'b' WHERE seq = 3"))
    proof, years = seal_log(runtime)
    assert (proof.broken_at, years) == (3, [])


def test_a_year_is_dropped_whole_and_the_chain_holds_from_its_closing_hash(runtime: Runtime) -> None:
    _write(runtime, 2014, 2015, 2016, 2026)
    assert seal_log(runtime)[1] == [2014, 2015, 2016]
    assert list_years_to_drop(runtime) == [2014, 2015]
    assert drop_years(runtime) == ([2014, 2015], 4)
    assert drop_years(runtime) == ([], 0)
    proof = verify_log(runtime)
    assert proof.is_unbroken
    assert proof.checked == 9  # two each of 2016 and 2026, three seals, two drops
    with runtime.database.read() as session:
        assert session.exec(select(AuditEntry.seq).order_by(col(AuditEntry.seq))).first() == 5
    with pytest.raises(IntegrityError), runtime.database.write() as session:
        session.connection().execute(text("DELETE FROM audit_entry WHERE seq = 5"))


def test_when_every_entry_was_dropped_the_chain_still_goes_on(runtime: Runtime) -> None:
    _write(runtime, 2014)
    with runtime.database.write() as session:
        link = session.exec(select(AuditEntry.hash).where(AuditEntry.seq == 2)).one()
        segment = AuditSegment(year=2014, first_seq=1, last_seq=2, closing_hash=link)
        session.add(segment)
        session.flush()
        segment.dropped_at = datetime(2026, 1, 1, tzinfo=UTC)
    assert drop_years(runtime) == ([], 2)  # as after a kill
    _write(runtime, 2026)
    proof = verify_log(runtime)
    assert (proof.is_unbroken, proof.head_seq, proof.checked) == (True, 4, 2)


def test_a_restored_backup_has_to_be_noted(runtime: Runtime) -> None:
    _write(runtime, 2024, 2025)
    assert verify_log(runtime).is_unbroken
    with runtime.database.write() as session:
        _lift_guard(session)
        session.connection().execute(text("DELETE FROM audit_entry WHERE seq > 2"))
    assert verify_log(runtime).fault == "cut_off"
    assert note_restored_backup(runtime) == 2
    _write(runtime, 2026)
    assert verify_log(runtime).is_unbroken
    assert [note.kind for note in read_notes(runtime.settings.data_dir)] == [
        "unbroken", "broken", "restored", "unbroken",
    ]  # fmt: skip


def test_a_restored_backup_can_be_noted_after_the_log_went_on(runtime: Runtime) -> None:
    _write(runtime, 2024)
    verify_log(runtime)
    _write(runtime, 2025)
    verify_log(runtime)
    with runtime.database.write() as session:
        _lift_guard(session)
        session.connection().execute(text("DELETE FROM audit_entry WHERE seq > 2"))
    _write(runtime, 2026, 2026)
    assert verify_log(runtime).fault == "not_as_noted"
    assert note_restored_backup(runtime) == 3
    assert verify_log(runtime).is_unbroken


def test_the_commands_tell_and_exit_as_they_should(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOTSENBUCH_DATA_DIR", str(runtime.settings.data_dir))
    monkeypatch.setenv("LOTSENBUCH_TODAY", date(2026, 11, 23).isoformat())
    _write(runtime, 2014, 2026)
    run = CliRunner().invoke
    assert run(cli, ["audit", "verify"]).output.startswith("unbroken: 4 entries, head 4 ")
    assert "sealed: 2014" in run(cli, ["audit", "seal"]).output
    assert run(cli, ["audit", "drop"]).output == "due: 2014 (nothing was dropped)\n"
    assert run(cli, ["audit", "drop", "--yes"]).output == "dropped: 2014, 2 entries\n"
    with runtime.database.write() as session:
        _lift_guard(session)
        session.connection().execute(text("UPDATE audit_entry SET actor_id = 'x' WHERE seq = 4"))
    answer = run(cli, ["audit", "verify"])
    assert (answer.exit_code, answer.output.split(":")[0]) == (1, "BROKEN at entry 4")
    assert run(cli, ["audit", "seal"]).exit_code == 1
    assert run(cli, ["audit", "restored"]).exit_code == 2
    assert run(cli, ["audit", "restored", "--yes"]).exit_code == 0


def test_the_notes_are_for_the_owner_only_and_hold_no_content(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        record_access(session, None, "client.read", "client", "subject")
    verify_log(open_runtime(runtime.settings))
    file = runtime.settings.data_dir / FILE_NAME
    assert file.stat().st_mode & 0o077 == 0
    assert "client" not in file.read_text()
