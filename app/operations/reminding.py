"""The daily round: reminders to providers, the editors' list, and taking out what nobody confirms."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.clock import utc_now
from app.core.i18n import language
from app.core.secrets import session_secret
from app.directory.freshness import EDITOR_STAGE
from app.directory.reminding import (
    RemindedMeanwhileError,
    ReminderBasis,
    Round,
    load_rounds,
    remind_provider,
    take_out_expired,
    write_editor_digest,
)
from app.operations.runtime import Runtime

MAIL_LANGUAGE = "de"


@dataclass(slots=True)
class ReminderReport:
    """What a round did, or in a dry run would do."""

    reminded: list[tuple[str, int]] = field(default_factory=list)
    """Name of the provider and stage (1 to 3), one mail each."""
    to_call: list[str] = field(default_factory=list)
    """Names of providers that are new on the editor's list."""
    taken_out: int = 0
    """Offers that are not shown any more until somebody confirms them."""


def reminder_basis(runtime: Runtime) -> ReminderBasis:
    """What reminding needs, from the settings and the clock."""
    settings = runtime.settings
    return ReminderBasis(
        today=runtime.today,
        now=utc_now(),
        rules=runtime.freshness_rules,
        secret=session_secret(settings),
        public_url=settings.public_url,
        with_demo_editors=settings.is_demo,
    )


def run_reminders(runtime: Runtime, *, dry_run: bool = False) -> ReminderReport:
    """Do what is due today. Harmless when it runs twice, or on two machines at once.

    Each provider has a transaction of its own, so that nobody waits for the whole round.
    """
    basis = reminder_basis(runtime)
    report = ReminderReport()
    with language(MAIL_LANGUAGE):
        for name, provider_id in _list_work(runtime, basis, report, dry_run=dry_run):
            try:
                with runtime.database.write() as session:
                    taken = take_out_expired(session, provider_id, basis.today, basis.rules)
                    stage = remind_provider(session, provider_id, basis)
            except RemindedMeanwhileError:
                continue  # it is in good hands
            report.taken_out += len(taken)
            _note_stage(report, name, stage)
        if not dry_run:
            with runtime.database.write() as session:
                write_editor_digest(session, basis)
    return report


def _list_work(
    runtime: Runtime, basis: ReminderBasis, report: ReminderReport, *, dry_run: bool
) -> list[tuple[str, str]]:
    """Name and id of the providers for whom something is due; in a dry run it is only reported."""
    with runtime.database.read() as session:
        rounds = load_rounds(session, basis.today, basis.rules)
    work = [found for found in rounds if _is_work(found, basis)]
    if not dry_run:
        return [(found.reach.name, found.reach.id) for found in work]
    for found in work:
        report.taken_out += len(found.expired(basis.today, basis.rules))
        _note_stage(report, found.reach.name, found.next_stage(basis.today, basis.rules))
    return []


def _is_work(found: Round, basis: ReminderBasis) -> bool:
    is_due = found.next_stage(basis.today, basis.rules) is not None
    return is_due or bool(found.expired(basis.today, basis.rules))


def _note_stage(report: ReminderReport, name: str, stage: int | None) -> None:
    if stage == EDITOR_STAGE:
        report.to_call.append(name)
    elif stage is not None:
        report.reminded.append((name, stage))
