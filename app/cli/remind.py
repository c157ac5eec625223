"""``lotsenbuch remind``: asks providers whether their entries are still right."""

from __future__ import annotations

from datetime import date

import click

from app.cli.index import catch_up
from app.cli.options import open_from_environment, today_option
from app.operations.reminding import ReminderReport, run_reminders


@click.command("remind")
@click.option("--dry-run", is_flag=True, help="Tell what would happen, write nothing.")
@today_option
def command(dry_run: bool, today: date | None) -> None:
    """Write the reminders that are due today, and take out what nobody confirmed in time.

    One mail for each provider; whom mails do not reach is listed for the editors. The mails go into the
    outbox and leave with ``lotsenbuch mail send``. Running it again on the same day changes nothing.
    """
    runtime = open_from_environment(today)
    report = run_reminders(runtime, dry_run=dry_run)
    click.echo("\n".join(_in_words(report, dry_run=dry_run)))
    if report.taken_out and not dry_run:
        catch_up(runtime)


def _in_words(report: ReminderReport, *, dry_run: bool) -> list[str]:
    lines = [
        f"reminded {len(report.reminded)} providers, {len(report.to_call)} to call, "
        f"took out {report.taken_out} offers"
    ]
    lines += [f"reminder {stage}: {name}" for name, stage in report.reminded]
    lines += [f"call: {name}" for name in report.to_call]
    if dry_run:
        lines.append("nothing was written")
    return lines
