"""``lotsenbuch user``: accounts from the command line, for the first administrator."""

from __future__ import annotations

import click
from pydantic import ValidationError

from app.accounts.permissions import ROLES
from app.accounts.queries import find_user_by_email
from app.accounts.service import AccountCreate, create_account, set_password
from app.cli.options import open_from_environment
from app.core.errors import InvalidInputError, NotFoundError
from app.directory.provider_names import choose_provider, find_provider_name


@click.group("user")
def command() -> None:
    """Accounts."""


@command.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--team", default="", help="One word for all of a team; not needed with one team.")
@click.option(
    "--provider", default=None, help="Of a provider's account: its name in the directory, or its id."
)
@click.password_option(help="Asked for when not given.")
def add(email: str, name: str, role: str, team: str, provider: str | None, password: str) -> None:
    """Create an account."""
    database = open_from_environment().database
    told: dict[str, str | None] = {"email": email, "name": name, "role": role}
    told |= {"team": team, "password": password}
    if provider is not None:
        with database.read() as session:
            is_id = find_provider_name(session, provider) is not None
            told["provider_id"] = provider if is_id else choose_provider(session, provider, "")[0]
        if told["provider_id"] is None:
            raise InvalidInputError(f"there is no one provider called {provider}", field="provider_id")
    try:
        data = AccountCreate.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InvalidInputError(f"{first['loc'][0]}: {first['msg']}") from None
    with database.write() as session:
        create_account(session, None, data)
    click.echo(f"{data.email} can sign in.")


@command.command("password")
@click.argument("email")
@click.password_option(help="Asked for when not given.")
def password(email: str, password: str) -> None:
    """Give an account a new password."""
    with open_from_environment().database.write() as session:
        user = find_user_by_email(session, email)
        if user is None:
            raise NotFoundError(f"there is no account {email}")
        set_password(session, None, user.id, password)
    click.echo(f"{email} has a new password.")
