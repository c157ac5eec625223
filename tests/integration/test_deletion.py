"""Who is deleted is gone: from every table, the file, the outbox, and from restored backups."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import MetaData, func, select
from sqlmodel import Session, SQLModel, col
from sqlmodel import select as select_models

from app.accounts.models import User
from app.audit.models import AuditEntry
from app.cases.counselling_models import CaseNote, ContactEntry, SelfAssessment
from app.cases.models import Client, Household
from app.cases.privacy_models import CaseFigure, EmergencyAccess, Handover, Substitution
from app.cases.status_models import CaseClosing, RelatedPerson
from app.cli import cli
from app.core.errors import NotFoundError
from app.core.ids import new_id
from app.directory.models import Offer, Provider
from app.directory.upkeep_models import ChangeSuggestion
from app.links.models import SignedLink
from app.mail.models import OutboxMail
from app.operations import client_deletion
from app.operations.case_texts import KEPT_COLUMNS, ROWS_THAT_GO, list_emptied_columns
from app.operations.client_deletion import erase_client, reapply_deletions
from app.operations.client_tables import list_client_tables, list_encrypted_columns
from app.operations.deletion_list import FILE_NAME, add_to_list, deletion_hash, list_returned
from app.operations.retention import delete_due, list_due, run_deletions
from app.operations.runtime import Runtime, open_runtime
from app.settings import load_settings
from tests.conftest import TODAY
from tests.full_case import MARKER, FullCase, add_full_case

NAME = "Quendelina"


@pytest.fixture
def case(runtime: Runtime) -> FullCase:
    """A full case, and a neighbour in the same household."""
    with runtime.database.write() as session:
        workers = [
            User(email=f"w{i}@x.example", name="W", role="case_worker", password_hash="-")
            for i in range(2)
        ]
        provider = Provider(name="Verein", kind="club", source="t", external_id="v")
        session.add_all([*workers, provider])
        session.flush()
        session.add(
            Offer(
                provider_id=provider.id,
                source="t",
                external_id="c",
                kind="club",
                title="Chor",
                status="published",
            )
        )
        session.flush()
        full = add_full_case(session, workers[0].id, workers[1].id, NAME)
        _add_more(session, full, workers[0].id)
        return full


def _add_more(session: Session, full: FullCase, worker_id: str) -> None:
    """What is not in the full case: an emergency, the client as somebody's guardian, links, mails."""
    now = datetime(2026, 11, 20, tzinfo=UTC)
    household_id = session.get_one(Client, full.client_id).household_id
    child = Client(case_worker_id=worker_id, given_name="Kind", household_id=household_id)
    emergency = EmergencyAccess(
        client_id=full.client_id, user_id=worker_id, reason=MARKER, until_at=now, at=now
    )
    session.add_all([child, emergency])
    session.flush()
    session.add(
        RelatedPerson(client_id=child.id, role="guardian", name="Mutter", person_id=full.client_id)
    )
    for subject in (full.client_id, full.ids["assessment_id"]):
        session.add(SignedLink(purpose="x", subject_id=subject, expires_at=now))
    for subject, key in (
        (emergency.id, f"emergency:{emergency.id}"),
        (None, f"referral:{full.ids['referral_id']}:1"),
    ):
        session.add(
            OutboxMail(
                key=key, message_id=f"<{new_id()}@x>", purpose="x", subject_id=subject,
                recipient="a@x.example", subject="Notfall", text_body="Text", state="sent",
            )
        )  # fmt: skip


def _close(runtime: Runtime, full: FullCase, closed_on: date) -> None:
    with runtime.database.write() as session:
        client = session.get_one(Client, full.client_id)
        client.closed_on = closed_on
        session.add(client)
        session.add(
            CaseClosing(
                client_id=client.id, closed_on=closed_on, reason="goals_reached", outcomes=["job"]
            )
        )


def _texts(runtime: Runtime) -> Iterator[tuple[str, str]]:
    """Table and content of everything stored as text, but in the access log."""
    known = MetaData()
    known.reflect(runtime.database.engine)
    with runtime.database.read() as session:
        for table in known.sorted_tables:
            if table.name != "audit_entry":
                for row in session.connection().execute(select(table)):
                    yield table.name, repr(tuple(row))


def _erase(runtime: Runtime, client_id: str) -> None:
    erase_client(runtime.settings, runtime.database, client_id)


def test_the_full_case_has_a_row_in_every_table_of_clients(runtime: Runtime, case: FullCase) -> None:
    with runtime.database.read() as session:
        for one in list_client_tables():
            statement = select(func.count()).select_from(one.table).where(one.rows_of([case.client_id]))
            assert session.execute(statement).scalar_one(), f"{one.name}: nothing to delete in the test"


def test_the_models_are_all_tables_there_are(runtime: Runtime) -> None:
    known = MetaData()
    known.reflect(runtime.database.engine)
    list_client_tables()
    assert set(known.tables) - {"alembic_version"} == set(SQLModel.metadata.tables)


def test_nothing_of_a_deleted_client_is_left_anywhere(runtime: Runtime, case: FullCase) -> None:
    outbox = runtime.settings.mail_folder
    outbox.mkdir()
    with runtime.database.read() as session:
        mails = session.exec(select_models(OutboxMail.message_id)).all()
    for message_id in mails:
        (outbox / f"{message_id.strip('<>').partition('@')[0]}.eml").write_text("Text")
    _erase(runtime, case.client_id)
    shared = {case.ids["offer_id"]}
    left = [
        (table, value)
        for table, row in _texts(runtime)
        for value in ({case.client_id, *case.ids.values(), NAME} - shared)
        if value in row
    ]
    assert left == []
    with runtime.database.read() as session:
        assert session.exec(select_models(Handover)).all() == []
        assert session.exec(select_models(SignedLink)).all() == []
        assert session.exec(select_models(OutboxMail)).all() == []
        child = session.exec(select_models(Client)).one()
        assert child.household_id is not None  # somebody still lives there
        assert session.exec(select_models(RelatedPerson)).one().person_id is None
        last = session.exec(select_models(AuditEntry).order_by(col(AuditEntry.seq).desc())).first()
        assert last
        assert (last.action, last.subject_id) == ("client.erase", case.client_id)
    assert list(outbox.iterdir()) == []
    _erase(runtime, child.id)
    with runtime.database.read() as session:
        assert session.exec(select_models(Household)).all() == []


def test_the_file_holds_nothing_of_a_deleted_client(runtime: Runtime, case: FullCase) -> None:
    def found() -> set[str]:
        files = runtime.settings.data_dir.glob("lotsenbuch.sqlite3*")
        return {file.name for file in files if NAME.encode() in file.read_bytes()}

    assert found()
    _erase(runtime, case.client_id)
    assert found() == set()


def test_who_is_not_there_cannot_be_deleted(runtime: Runtime) -> None:
    with pytest.raises(NotFoundError):
        _erase(runtime, new_id())
    assert not (runtime.settings.data_dir / FILE_NAME).exists()


def test_only_a_closed_case_leaves_figures_and_they_name_nobody(
    runtime: Runtime, case: FullCase
) -> None:
    _close(runtime, case, date(2026, 5, 1))
    _erase(runtime, case.client_id)
    with runtime.database.read() as session:
        figure = session.exec(select_models(CaseFigure)).one()
        child_id = session.exec(select_models(Client.id)).one()
    assert (figure.closed_year, figure.age_group, figure.level_before) == (2026, "27-44", "A2")
    assert figure.facts["outcomes"] == ["job"]
    assert figure.facts["referrals"] == {"club:handed_over": 1}  # the sealed one is not counted
    _erase(runtime, child_id)
    with runtime.database.read() as session:
        assert len(session.exec(select_models(CaseFigure)).all()) == 1


def test_a_restored_backup_brings_nobody_back(runtime: Runtime, case: FullCase, tmp_path: Path) -> None:
    client_deletion.clear_traces(runtime.database)
    database = runtime.settings.data_dir / "lotsenbuch.sqlite3"
    backup = tmp_path / "backup.sqlite3"
    shutil.copy(database, backup)
    _erase(runtime, case.client_id)
    runtime.database.dispose()
    shutil.copy(backup, database)
    again = open_runtime(runtime.settings)
    with again.database.read() as session:
        assert session.get(Client, case.client_id) is None
        assert len(session.exec(select_models(Client)).all()) == 1
    assert reapply_deletions(again.settings, again.database) == 0
    assert NAME not in "".join(row for _, row in _texts(again))


def test_a_kill_after_the_list_was_written_is_made_good_at_the_next_start(
    runtime: Runtime, case: FullCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(client_deletion, "_delete_links_and_mails", die)
        with pytest.raises(KeyboardInterrupt):
            _erase(runtime, case.client_id)
    with runtime.database.read() as session:
        assert session.get(Client, case.client_id) is not None
    with open_runtime(runtime.settings).database.read() as session:
        assert session.get(Client, case.client_id) is None


def test_the_list_outlives_a_line_that_was_cut_off(tmp_path: Path) -> None:
    ids = [new_id() for _ in range(3)]
    add_to_list(tmp_path, ids[0])
    file = tmp_path / FILE_NAME
    file.write_text(file.read_text() + deletion_hash(ids[1])[:20])
    add_to_list(tmp_path, ids[2])
    assert list_returned(tmp_path, ids) == [ids[0], ids[2]]
    assert file.stat().st_mode & 0o077 == 0
    assert not any(one in file.read_text() for one in ids)


def test_every_encrypted_column_of_a_client_goes_with_the_texts_or_is_kept_on_purpose() -> None:
    tables = {one.name for one in list_client_tables()}
    emptied = {str(column) for _, column in list_emptied_columns()}
    for column in list_encrypted_columns():
        if column.table.name in tables:
            is_handled = (
                str(column) in KEPT_COLUMNS
                or column.table.name in ROWS_THAT_GO
                or (str(column) in emptied and column.nullable)
            )
            assert is_handled, f"{column} can neither be emptied nor goes with its row"


def test_texts_of_a_closed_case_go_first_and_the_case_later(runtime: Runtime, case: FullCase) -> None:
    closed_on = date(2025, 11, 23)
    _close(runtime, case, closed_on)
    with runtime.database.read() as session:
        due = list_due(session, runtime.retention_rules, TODAY)
        early = list_due(session, runtime.retention_rules, TODAY - timedelta(days=1))
    texts = [(one.kind, one.id, one.since, one.due_on) for one in due]
    assert ("closed_case_texts", case.client_id, closed_on, TODAY) in texts
    assert "closed_case_texts" not in {one.kind for one in early}
    assert delete_due(runtime)["closed_case_texts"] == 1
    with runtime.database.read() as session:
        assert session.exec(select_models(CaseNote)).all() == []
        assert session.exec(select_models(SelfAssessment)).all() == []
        contact = session.exec(select_models(ContactEntry)).one()
        assert (contact.note, contact.minutes) == (None, 30)
        for column in list_encrypted_columns():
            for value in session.execute(select(column)).scalars():
                assert MARKER not in repr(value) or str(column) in {
                    *KEPT_COLUMNS,
                    "handover.note",  # of this week: has a period of its own
                }, column
    assert "closed_case_texts" not in delete_due(runtime)
    later = open_runtime(runtime.settings.with_today(date(2028, 11, 23)))
    assert delete_due(later)["closed_case"] == 1
    with later.database.read() as session:
        assert session.get(Client, case.client_id) is None


def test_a_case_that_was_opened_again_is_not_due(runtime: Runtime, case: FullCase) -> None:
    _close(runtime, case, date(2020, 1, 1))
    with runtime.database.write() as session:
        client = session.get_one(Client, case.client_id)
        client.closed_on = None
        session.add(client)
        due = list_due(session, runtime.retention_rules, TODAY)
    assert not {one.kind for one in due} & {"closed_case", "closed_case_texts"}


def _add_old_rows(session: Session, user_id: str, provider_id: str) -> None:
    old, new = datetime(2023, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    for at in (old, new):
        session.add(Handover(to_id=user_id, by_id=user_id, reason="leave", note="n", at=at))
        session.add(
            Substitution(absent_id=user_id, deputy_id=user_id, from_on=at.date(), until_on=at.date())
        )
        session.add(SignedLink(purpose="x", subject_id=new_id(), expires_at=at))
        session.add(ChangeSuggestion(
            entry_type="offer", entry_id="e", provider_id=provider_id, state="decided", decided_at=at
        ))  # fmt: skip
        for state, recipient in (
            ("sent", "a@x"),
            ("waiting", "b@x"),
            ("bounced", "c@x"),
            ("sent", "c@x"),
        ):
            session.add(OutboxMail(
                key=new_id(), message_id=new_id(), purpose="x", recipient=recipient, subject="s",
                text_body="t", state=state, created_at=at,
            ))  # fmt: skip
    session.add(
        ChangeSuggestion(entry_type="offer", entry_id="e", provider_id=provider_id, created_at=old)
    )
    revoked = SignedLink(purpose="x", subject_id=new_id(), expires_at=datetime(2040, 1, 1, tzinfo=UTC))
    revoked.revoked_at = old
    session.add(revoked)


def test_other_data_goes_after_its_own_period_and_not_before(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        user = User(email="w@x.example", name="W", role="case_worker", password_hash="-")
        provider = Provider(name="Verein", kind="club", source="t", external_id="v")
        session.add_all([user, provider])
        session.flush()
        _add_old_rows(session, user.id, provider.id)
    assert dict(delete_due(runtime)) == {
        "handover_note": 1, "substitution": 1, "mail": 1, "link": 2, "suggestion": 1,
    }  # fmt: skip
    assert dict(delete_due(runtime)) == {}
    with runtime.database.read() as session:
        notes = session.exec(select_models(Handover.note).order_by(col(Handover.at))).all()
        assert notes == [None, "n"]
        assert len(session.exec(select_models(OutboxMail)).all()) == 7
        assert len(session.exec(select_models(SignedLink)).all()) == 1


def test_the_job_deletes_only_where_the_file_says_so(
    runtime: Runtime, case: FullCase, tmp_path: Path
) -> None:
    _close(runtime, case, date(2020, 1, 1))
    run_deletions(runtime)
    with runtime.database.read() as session:
        assert session.get(Client, case.client_id) is not None
    shipped = runtime.settings.retention_file.read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(shipped.replace("deletes = false", "deletes = true"), encoding="utf-8")
    settings = load_settings(
        {
            "LOTSENBUCH_DATA_DIR": str(runtime.settings.data_dir),
            "LOTSENBUCH_RETENTION_FILE": str(own),
        }
    )
    run_deletions(open_runtime(settings.with_today(TODAY)))
    with runtime.database.read() as session:
        assert session.get(Client, case.client_id) is None


def test_the_commands_name_ids_only_and_ask_before_they_delete(
    runtime: Runtime, case: FullCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOTSENBUCH_DATA_DIR", str(runtime.settings.data_dir))
    monkeypatch.setenv("LOTSENBUCH_TODAY", TODAY.isoformat())
    _close(runtime, case, date(2020, 1, 1))
    run = CliRunner().invoke
    listed = run(cli, ["privacy", "due", "--json"])
    assert {(line["kind"], line["id"]) for line in json.loads(listed.output)} == {
        ("closed_case_texts", case.client_id), ("closed_case", case.client_id),
    }  # fmt: skip
    told = run(cli, ["privacy", "due"])
    assert "2 due (nothing was deleted)" in told.output
    assert NAME not in listed.output + told.output
    assert run(cli, ["privacy", "delete"]).exit_code == 1
    assert run(cli, ["privacy", "delete-client", case.client_id]).exit_code == 1
    assert run(cli, ["privacy", "delete-client", case.client_id, "--yes"]).exit_code == 0
    assert isinstance(
        run(cli, ["privacy", "delete-client", case.client_id, "--yes"]).exception, NotFoundError
    )
    assert run(cli, ["privacy", "delete", "--yes"]).output == "0 deleted\n"
    assert run(cli, ["privacy", "reapply"]).output == "0 deleted again\n"
