"""Providers are asked at the right times, once each time; what nobody confirms is taken out."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlmodel import col, select

from app.accounts.models import User
from app.cli import cli
from app.core.clock import utc_now
from app.directory.confirming import report_change
from app.directory.due_entries import count_due, load_due_offers
from app.directory.freshness import entered_on, freshness_of
from app.directory.freshness_rules import FreshnessFileError
from app.directory.history import Author
from app.directory.models import DirectoryChange, Offer
from app.directory.reminding import (
    LINK_PURPOSE,
    RemindedMeanwhileError,
    load_rounds,
    remind_now,
    remind_provider,
)
from app.directory.upkeep_models import EntryRevision, Reminder
from app.directory.verification import verify_offers
from app.links.service import find_link
from app.mail.models import OutboxMail
from app.matching.rule_files import load_rules
from app.operations.reminding import reminder_basis, run_reminders
from app.operations.runtime import Runtime, open_runtime
from app.settings import Settings, load_settings
from tests.conftest import TODAY
from tests.integration.upkeep_samples import club, fill, offer_ids, offer_of, provider, provider_id

DUE = 184
"""Days after which a club is due on the fixed day."""
EDITOR = Author("Redaktion", "editor")


def at(runtime: Runtime, today: date) -> Runtime:
    """The same instance on another day."""
    return Runtime(runtime.settings.with_today(today), runtime.database)


def mails(runtime: Runtime, purpose: str | None = None) -> Sequence[OutboxMail]:
    with runtime.database.read() as session:
        statement = select(OutboxMail).order_by(col(OutboxMail.created_at))
        if purpose:
            statement = statement.where(OutboxMail.purpose == purpose)
        return session.exec(statement).all()


def statuses(runtime: Runtime) -> dict[str, str]:
    with runtime.database.read() as session:
        return {offer.title: offer.status for offer in session.exec(select(Offer))}


def add_editor(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        session.add(
            User(
                email="redaktion@haus.example",
                name="R",
                role="directory_editor",
                password_hash="x",
            )
        )


def test_the_database_finds_what_the_rules_call_due(runtime: Runtime) -> None:
    kinds = [("club", None), ("authority", None), ("language_course", None)]
    kinds += [("language_course", "conversation"), ("language_course", "integration_general")]
    offers = [
        club(f"{kind} {course} {days}", days, kind=kind, course_kind=course)
        for kind, course in kinds
        for days in (None, 0, 29, 30, 31, 90, 91, 92, 93, 183, 184, 185, 364, 365, 366, 400)
    ]
    fill(runtime, provider("Alle", *offers, club("weg", 999, status="paused")))
    rules = runtime.freshness_rules
    for shift in range(-3, 40):
        today = TODAY + timedelta(days=shift)
        with runtime.database.read() as session:
            rows = session.exec(select(Offer).where(Offer.status == "published")).all()
            expected = {
                row.title
                for row in rows
                if freshness_of(
                    row.kind, row.course_kind, row.verified_on, entered_on(row.created_at), today, rules
                ).state
                != "fresh"
            }
            found = load_due_offers(session, today, rules)
            assert {offer.title for offer in found} == expected
            assert count_due(session, today, rules) == len(expected)
        over = [offer.freshness.days_over for offer in found]
        assert over == sorted(over, reverse=True)


def test_a_provider_gets_one_mail_for_all_that_is_due(runtime: Runtime) -> None:
    fill(
        runtime,
        provider("TSV", club("Fußball", DUE), club("Schach", DUE + 3), club("Tanz", 10)),
        provider("Frisch", club("Chor", 5)),
    )
    report = run_reminders(runtime)
    assert report.reminded == [("TSV", 1)]
    (mail,) = mails(runtime)
    assert mail.recipient == "tsv@verein.example"
    assert "Fußball" in mail.text_body
    assert "Schach" in mail.text_body
    assert "Tanz" not in mail.text_body
    assert "Der Link gilt" in mail.text_body
    token = mail.text_body.split("/bestaetigung/")[1].split()[0]
    with runtime.database.read() as session:
        secret = reminder_basis(runtime).secret
        link = find_link(session, secret, token, LINK_PURPOSE, utc_now())
        assert link is not None
        assert link.subject_id == provider_id(session, "TSV")


def test_running_again_on_the_same_day_changes_nothing(runtime: Runtime) -> None:
    add_editor(runtime)
    fill(runtime, provider("TSV", club("Fußball", DUE)), provider("Stumm", club("Go", DUE), email=None))
    run_reminders(runtime)
    before = [mail.key for mail in mails(runtime)]
    report = run_reminders(runtime)
    assert (report.reminded, report.to_call, report.taken_out) == ([], [], 0)
    assert [mail.key for mail in mails(runtime)] == before
    assert len(before) == 2


def test_two_rounds_at_once_write_each_mail_once(runtime: Runtime) -> None:
    fill(runtime, *(provider(f"Verein {n}", club(f"Sport {n}", DUE)) for n in range(12)))
    failures: list[BaseException] = []

    def run() -> None:
        try:
            run_reminders(Runtime(runtime.settings, runtime.database))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(mails(runtime)) == 12
    with runtime.database.read() as session:
        assert len(session.exec(select(Reminder)).all()) == 12


def test_who_comes_second_in_the_same_moment_leaves_nothing(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the database lets two read at once, its unique constraint decides."""
    fill(runtime, provider("TSV", club("Fußball", DUE)))
    with runtime.database.read() as session:
        before = load_rounds(session, TODAY, runtime.freshness_rules)
    run_reminders(runtime)
    monkeypatch.setattr("app.directory.reminding.load_rounds", lambda *_args: before)
    with runtime.database.read() as session:
        tsv = provider_id(session, "TSV")
    with pytest.raises(RemindedMeanwhileError), runtime.database.write() as session:
        remind_provider(session, tsv, reminder_basis(runtime))
    assert len(mails(runtime)) == 1


def test_three_mails_then_the_editor_then_the_entry_is_taken_out(runtime: Runtime) -> None:
    add_editor(runtime)
    fill(runtime, provider("TSV", club("Fußball", DUE), club("Tanz", DUE - 100)))
    happened = []
    for number in range(70):
        report = run_reminders(at(runtime, TODAY + timedelta(days=number)))
        happened += [(number, f"mail {stage}") for _, stage in report.reminded]
        happened += [(number, "call")] * len(report.to_call)
        happened += [(number, "out")] * report.taken_out
    assert happened == [(0, "mail 1"), (14, "mail 2"), (28, "mail 3"), (42, "call"), (56, "out")]
    assert statuses(runtime) == {"Fußball": "unconfirmed", "Tanz": "published"}
    subjects = [mail.subject for mail in mails(runtime, "reminder")]
    assert len(set(subjects)) == 3
    (digest,) = mails(runtime, "reminder_digest")
    assert "TSV" in digest.text_body
    assert "0711 555 01" in digest.text_body
    with runtime.database.read() as session:
        offer = offer_of(session, "Fußball")
        last = session.exec(
            select(EntryRevision)
            .where(EntryRevision.entry_id == offer.id)
            .order_by(col(EntryRevision.seq).desc())
        ).first()
        assert last is not None
        assert last.occasion == "freshness"


def test_one_click_brings_an_entry_back(runtime: Runtime) -> None:
    fill(runtime, provider("TSV", club("Fußball", 900, status="unconfirmed")))
    with runtime.database.write() as session:
        assert (
            verify_offers(session, EDITOR, offer_ids(session, "Fußball"), way="editor", on=TODAY) == 1
        )
    assert statuses(runtime) == {"Fußball": "published"}
    with runtime.database.read() as session:
        assert offer_of(session, "Fußball").verified_on == TODAY
    assert run_reminders(runtime).reminded == []


def test_a_first_run_on_old_entries_still_asks_three_times(runtime: Runtime) -> None:
    fill(runtime, provider("TSV", club("Fußball", 2000)))
    stages = []
    for number in range(60):
        report = run_reminders(at(runtime, TODAY + timedelta(days=number)))
        stages += [(number, stage) for _, stage in report.reminded]
        if report.taken_out:
            stages.append((number, 0))
    assert stages == [(0, 1), (14, 2), (28, 3), (56, 0)]


def test_confirming_the_oldest_begins_a_new_round(runtime: Runtime) -> None:
    fill(runtime, provider("TSV", club("Fußball", DUE + 20), club("Schach", DUE)))
    run_reminders(runtime)
    with runtime.database.write() as session:
        verify_offers(session, EDITOR, offer_ids(session, "Fußball"), way="editor", on=TODAY)
    assert run_reminders(runtime).reminded == [("TSV", 1)]
    second = mails(runtime)[-1]
    assert "Schach" in second.text_body
    assert "Fußball" not in second.text_body


@pytest.mark.parametrize(
    "email", [None, "kaputt@verein.example", "a<b@verein.example"], ids=["none", "bounced", "unusable"]
)
def test_who_gets_no_mail_is_put_before_the_editor_at_once(runtime: Runtime, email: str | None) -> None:
    add_editor(runtime)
    fill(runtime, provider("Stumm", club("Go", DUE), email=email))
    with runtime.database.write() as session:
        session.add(
            OutboxMail(
                key="old",
                message_id="<old@x>",
                purpose="x",
                recipient="kaputt@verein.example",
                subject="x",
                text_body="x",
                state="bounced",
            )
        )
    report = run_reminders(runtime)
    assert report.to_call == ["Stumm"]
    assert mails(runtime, "reminder") == []
    (digest,) = mails(runtime, "reminder_digest")
    assert "Stumm" in digest.text_body


def test_protected_entries_stand_in_no_mail(runtime: Runtime) -> None:
    fill(
        runtime,
        provider("Haus", club("Geheim", DUE, visibility="protected"), club("Offen", DUE)),
        provider("Schutz", club("Zuflucht", DUE, visibility="protected")),
    )
    report = run_reminders(runtime)
    assert report.reminded == [("Haus", 1)]
    assert report.to_call == ["Schutz"]
    texts = " ".join(mail.text_body for mail in mails(runtime))
    assert "Geheim" not in texts
    assert "Zuflucht" not in texts


def test_a_dry_run_tells_and_writes_nothing(runtime: Runtime) -> None:
    fill(runtime, provider("TSV", club("Fußball", DUE)), provider("Stumm", club("Go", DUE), email=None))
    report = run_reminders(runtime, dry_run=True)
    assert report.reminded == [("TSV", 1)]
    assert report.to_call == ["Stumm"]
    assert mails(runtime) == []
    with runtime.database.read() as session:
        assert session.exec(select(Reminder)).all() == []


def test_an_editor_sends_the_next_reminder_at_once_but_one_a_day(runtime: Runtime) -> None:
    fill(runtime, provider("TSV", club("Fußball", DUE)), provider("Stumm", club("Go", DUE), email=None))
    told = []
    for days in (0, 0, 1, 2, 2, 3, 3):
        moved = at(runtime, TODAY + timedelta(days=days))
        with runtime.database.write() as session:
            told.append(remind_now(session, provider_id(session, "TSV"), reminder_basis(moved)))
    assert told == ["sent", "today_already", "sent", "sent", "today_already", "sent", "today_already"]
    assert len(mails(runtime)) == 4  # after the third, the third again
    with runtime.database.write() as session:
        basis = reminder_basis(runtime)
        assert remind_now(session, provider_id(session, "Stumm"), basis) == "no_address"
        assert remind_now(session, "none", basis) == "nothing_due"


def test_new_entries_to_call_after_the_days_mail_wait_for_tomorrow(runtime: Runtime) -> None:
    add_editor(runtime)
    fill(runtime, provider("Eins", club("A", DUE), email=None))
    run_reminders(runtime)
    fill(runtime, provider("Zwei", club("B", DUE), email=None))
    run_reminders(runtime)
    assert len(mails(runtime, "reminder_digest")) == 1
    run_reminders(at(runtime, TODAY + timedelta(days=1)))
    second = mails(runtime, "reminder_digest")[-1]
    assert "Zwei" in second.text_body
    assert "Eins" not in second.text_body


def test_confirming_twice_on_a_day_is_noted_once(runtime: Runtime) -> None:
    fill(runtime, provider("TSV", club("Fußball", DUE), club("Weg", DUE, status="withdrawn")))
    with runtime.database.write() as session:
        ids = offer_ids(session, "Fußball", "Weg")
        assert verify_offers(session, EDITOR, ids, way="phone", on=TODAY, told_by="Frau Y") == 1
        changes = len(session.exec(select(DirectoryChange)).all())
        assert verify_offers(session, EDITOR, ids, way="phone", on=TODAY, told_by="Frau Y") == 0
        assert len(session.exec(select(DirectoryChange)).all()) == changes
        offer = offer_of(session, "Fußball")
        assert (offer.verified_on, offer.verified_by) == (TODAY, "TSV")  # never the person's name


def test_a_confirmation_survives_an_import_of_the_old_list(runtime: Runtime) -> None:
    old = provider("TSV", club("Fußball", DUE))
    fill(runtime, old)
    with runtime.database.write() as session:
        verify_offers(session, EDITOR, offer_ids(session, "Fußball"), way="editor", on=TODAY)
    fill(runtime, old, provider("TSV", club("Fußball", DUE, description="neu")))
    with runtime.database.read() as session:
        offer = offer_of(session, "Fußball")
        assert offer.verified_on == TODAY
        assert offer.description == "neu"


def test_search_and_matching_see_a_confirmation(runtime: Runtime) -> None:
    fill(runtime, provider("TSV", club("Fußball", DUE)))
    before = runtime.offer_table_cache.current()
    with runtime.database.write() as session:
        verify_offers(session, EDITOR, offer_ids(session, "Fußball"), way="editor", on=TODAY)
    after = runtime.offer_table_cache.current()
    assert int(before.verified_on[0]) == (TODAY - timedelta(days=DUE)).toordinal()
    assert int(after.verified_on[0]) == TODAY.toordinal()


def test_rounds_tell_why_the_editor_has_to_call(runtime: Runtime) -> None:
    fill(
        runtime,
        provider("Ohne", club("A", DUE + 9), email=None),
        provider("Schutz", club("B", DUE + 5, visibility="protected")),
        provider("Mit", club("C", DUE)),
    )
    with runtime.database.read() as session:
        rounds = load_rounds(session, TODAY, runtime.freshness_rules)
    assert [(found.reach.name, found.reason) for found in rounds] == [
        ("Ohne", "no_address"),
        ("Schutz", "protected"),
        ("Mit", "no_answer"),
    ]


def test_the_command_reports_what_it_did(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOTSENBUCH_DATA_DIR", str(settings.data_dir))
    runtime = open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": str(settings.data_dir)}))
    fill(runtime, provider("TSV", club("Fußball", DUE)))
    arguments = ["remind", "--today", TODAY.isoformat()]
    dry = CliRunner().invoke(cli, [*arguments, "--dry-run"])
    assert "reminder 1: TSV" in dry.output
    assert "nothing was written" in dry.output
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0
    assert "reminded 1 providers, 0 to call, took out 0 offers" in done.output
    assert "reminded 0 providers" in CliRunner().invoke(cli, arguments).output


def test_a_wrong_file_of_periods_is_told_at_the_start(settings: Settings, tmp_path: Path) -> None:
    wrong = tmp_path / "periods.toml"
    wrong.write_text("[period]\nclub = 3\n", encoding="utf-8")
    environment = {
        "LOTSENBUCH_DATA_DIR": str(settings.data_dir),
        "LOTSENBUCH_FRESHNESS_FILE": str(wrong),
    }
    with pytest.raises(FreshnessFileError, match=r"periods\.toml: period\.club"):
        open_runtime(load_settings(environment))


def test_an_instance_has_periods_of_its_own(settings: Settings, tmp_path: Path) -> None:
    own = tmp_path / "periods.toml"
    shipped = settings.freshness_file.read_text(encoding="utf-8")
    own.write_text(shipped.replace('club = "6 months"', 'club = "10 days"'), encoding="utf-8")
    environment = {"LOTSENBUCH_DATA_DIR": str(settings.data_dir), "LOTSENBUCH_FRESHNESS_FILE": str(own)}
    runtime = open_runtime(load_settings(environment).with_today(TODAY))
    fill(runtime, provider("TSV", club("Fußball", 11)))
    assert run_reminders(runtime, dry_run=True).reminded == [("TSV", 1)]
    assert runtime.matching_rules.freshness == runtime.freshness_rules
    assert runtime.matching_rules.version != load_rules().version


def test_what_the_provider_reported_is_not_asked_again(runtime: Runtime) -> None:
    fill(runtime, provider("TSV", club("Fußball", DUE), club("Schach", DUE - 1)))
    with runtime.database.write() as session:
        report_change(
            session, provider_id(session, "TSV"), offer_of(session, "Fußball").id, "jetzt dienstags"
        )
    report = run_reminders(at(runtime, TODAY + timedelta(days=3)))
    assert report.reminded == [("TSV", 1)]
    (mail,) = mails(runtime)
    assert "Schach" in mail.text_body
    assert "Fußball" not in mail.text_body
