"""``lotsenbuch demo``: invented people and providers to try the product with."""

from __future__ import annotations

from datetime import date

import click

from app.cli.index import catch_up
from app.cli.options import open_from_environment, today_option
from app.core.errors import LotsenbuchError
from app.operations.client_deletion import reapply_deletions
from app.operations.demo_accounts import load_demo_accounts
from app.operations.demo_cases import load_demo_cases
from app.operations.demo_directory import load_demo_directory
from app.operations.demo_dismissals import load_demo_dismissals
from app.operations.demo_registrations import load_demo_registrations
from app.operations.demo_requests import load_demo_inbox, load_demo_request
from app.operations.demo_round_mails import load_demo_round_mails
from app.operations.demo_tandems import load_demo_tandems
from app.operations.demo_team import load_demo_team
from app.operations.demo_upkeep import load_demo_upkeep
from app.operations.demo_volunteer import load_demo_volunteer
from app.operations.demo_waiting import load_demo_round, load_demo_waiting
from app.operations.match_all import match_all


class DemoRefusedError(LotsenbuchError):
    """Demo data is for demo mode only."""


@click.group("demo")
def command() -> None:
    """Invented people and providers to try the product with."""


@command.command()
@today_option
def load(today: date | None) -> None:
    """Load the demo data, or bring it up to today. What people entered stays as it is."""
    runtime = open_from_environment(today)
    if not runtime.settings.is_demo:
        raise DemoRefusedError("demo data is loaded in demo mode only")
    with runtime.database.write() as session:
        accounts = load_demo_accounts(session)
        outcomes = load_demo_directory(session, runtime.today)
        cases = load_demo_cases(session, runtime.today, runtime.holidays)
        if cases:
            load_demo_request(session, runtime)
        load_demo_inbox(session)
        load_demo_upkeep(session, runtime.today)
        load_demo_team(session, runtime.today, runtime.settings.public_url.rstrip("/"))
        load_demo_dismissals(session, runtime.today, runtime.holidays)
        load_demo_waiting(session, runtime.today, runtime.holidays)
        load_demo_tandems(session, runtime.today)
        load_demo_registrations(session, runtime.today)
        load_demo_volunteer(session, runtime)
        load_demo_round_mails(session, runtime.today)
    load_demo_round(runtime)
    reapply_deletions(runtime.settings, runtime.database)
    match_all(runtime)
    catch_up(runtime)
    click.echo(
        f"Demo directory: {outcomes['created']} providers created, "
        f"{outcomes['changed']} changed, {outcomes['unchanged']} unchanged. "
        f"New accounts: {accounts}, new clients: {cases}."
    )
