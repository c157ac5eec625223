"""Keys change: texts are encrypted anew, also after a kill, and no foreign key is let in."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet
from sqlalchemy import Text, select, type_coerce
from sqlmodel import SQLModel, col
from sqlmodel import select as select_models

from app.accounts.models import User
from app.cases.counselling_models import CaseNote, SelfAssessment
from app.cases.models import Client
from app.cli import cli
from app.core.crypto import TextCipher, UnreadableTextError, UnusableKeyError, use_cipher
from app.operations import reencryption
from app.operations.client_tables import list_encrypted_columns
from app.operations.reencryption import check_keys, reencrypt
from app.operations.runtime import Runtime, open_runtime
from tests.conftest import TODAY

OLD, MIDDLE, NEW = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
def three_keys(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """Texts of two older keys, some of the newest, and one column of JSON."""
    monkeypatch.setattr(reencryption, "ROWS_AT_ONCE", 3)
    with runtime.database.write() as session:
        user = User(email="w@x.example", name="W", role="case_worker", password_hash="-")
        session.add(user)
        session.flush()
        client = Client(case_worker_id=user.id, given_name="A", accessibility_note=None)
        session.add(client)
        session.flush()
        ids = {"client_id": client.id, "author_id": user.id}
    for number, keys in enumerate([(OLD,), (MIDDLE, OLD), (NEW, MIDDLE, OLD)]):
        use_cipher(TextCipher(keys))
        with runtime.database.write() as session:
            for text in range(4):
                session.add(CaseNote(**ids, kind="general", text=f"note {number}.{text} ü🌼"))
            session.add(
                SelfAssessment(
                    client_id=ids["client_id"], taken_on=TODAY, language="uk", way="paper",
                    answers={"health": number},
                )
            )  # fmt: skip
    return runtime


def _read(runtime: Runtime) -> tuple[set[str], list[int]]:
    with runtime.database.read() as session:
        notes = set(session.exec(select_models(CaseNote.text)).all())
        answers = session.exec(select_models(SelfAssessment.answers)).all()
    return notes, sorted(one["health"] for one in answers)


def test_after_a_kill_the_rest_is_done_and_old_keys_can_go(three_keys: Runtime) -> None:
    database, keys = three_keys.database, (NEW, MIDDLE, OLD)
    before = check_keys(database, keys)
    assert (before.with_newest, before.with_older, before.unreadable) == (5, 10, {})
    batches = []

    def die_in_the_middle() -> None:
        batches.append(1)
        if len(batches) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reencrypt(database, keys, die_in_the_middle)
    half = check_keys(database, keys)
    assert 0 < half.with_older < 10
    assert reencrypt(database, keys).with_older == half.with_older
    assert check_keys(database, (NEW,)).unreadable == {}
    assert reencrypt(database, keys).with_older == 0
    use_cipher(TextCipher((NEW,)))
    notes, answers = _read(three_keys)
    assert notes == {f"note {number}.{text} ü🌼" for number in range(3) for text in range(4)}
    assert answers == [0, 1, 2]


def test_what_somebody_writes_meanwhile_is_kept(
    three_keys: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, keys = three_keys.database, (NEW, MIDDLE, OLD)
    judge = reencryption._judge
    changed: list[str] = []

    def change_first(row: object, column: object, *others: object) -> object:
        if str(column) == "case_note.text" and not changed:
            changed.append(row[0])  # type: ignore[index]
            with database.write() as session:
                note = session.get_one(CaseNote, row[0])  # type: ignore[index]
                note.text = "newer"
                session.add(note)
        return judge(row, column, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(reencryption, "_judge", change_first)
    reencrypt(database, keys)
    with database.read() as session:
        assert session.get_one(CaseNote, changed[0]).text == "newer"


def test_what_no_key_opens_is_counted_and_left(three_keys: Runtime) -> None:
    report = reencrypt(three_keys.database, (NEW, MIDDLE))
    assert report.unreadable == {"case_note.text": 4, "self_assessment.answers": 1}
    assert report.with_older == 5
    use_cipher(TextCipher((NEW, OLD)))
    assert len(_read(three_keys)[0]) == 12


def test_no_column_holds_anything_in_the_open(three_keys: Runtime) -> None:
    with three_keys.database.read() as session:
        for column in list_encrypted_columns():
            for stored in session.execute(select(type_coerce(column, Text))).scalars():
                assert stored is None or stored.startswith("gAAAA")
    assert {column.table.name for column in list_encrypted_columns()} <= set(SQLModel.metadata.tables)


def test_a_foreign_key_is_refused_at_the_start(three_keys: Runtime) -> None:
    # The texts were not written with the key in the data folder.
    with pytest.raises(UnusableKeyError, match="put back the key they were written with"):
        open_runtime(three_keys.settings)


def test_the_commands_tell_what_is_left_to_do(
    three_keys: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOTSENBUCH_DATA_DIR", str(three_keys.settings.data_dir))
    monkeypatch.setenv("LOTSENBUCH_ENCRYPTION_KEYS", f"{NEW} {MIDDLE} {OLD}")
    run = CliRunner().invoke
    check = run(cli, ["keys", "reencrypt", "--check"])
    assert (check.exit_code, check.output) == (1, "5 with the newest key, 10 with older ones\n")
    assert run(cli, ["keys", "reencrypt"]).output == "10 encrypted anew, 5 were up to date\n"
    assert run(cli, ["keys", "reencrypt", "--check"]).exit_code == 0
    fresh = run(cli, ["keys", "new"]).output.strip()
    assert TextCipher((fresh,)).decrypt(TextCipher((fresh,)).encrypt("x")) == "x"
    monkeypatch.setenv("LOTSENBUCH_ENCRYPTION_KEYS", fresh)
    assert isinstance(run(cli, ["keys", "reencrypt"]).exception, UnusableKeyError)
    use_cipher(TextCipher((fresh,)))
    with pytest.raises(UnreadableTextError), three_keys.database.read() as session:
        session.exec(select_models(CaseNote).order_by(col(CaseNote.id))).all()
