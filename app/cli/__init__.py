"""The ``lotsenbuch`` command: the product's scripting interface.

Each group of commands has its module, imported only when it is called, so that every command starts
quickly. Exit codes: 0 done, 1 refused (nothing written), 2 the input or the call cannot be used.
"""

from __future__ import annotations

import importlib
import sys

import click

from app.core.errors import LotsenbuchError
from app.settings import SettingsError

_MODULE_OF_COMMAND = {
    "allocate": "app.cli.allocate",
    "audit": "app.cli.audit",
    "demo": "app.cli.demo",
    "duplicates": "app.cli.duplicates",
    "export": "app.cli.exporting",
    "import": "app.cli.importing",
    "index": "app.cli.index",
    "jobs": "app.cli.jobs",
    "keys": "app.cli.keys",
    "mail": "app.cli.mail",
    "match": "app.cli.match",
    "privacy": "app.cli.privacy",
    "remind": "app.cli.remind",
    "rules": "app.cli.rules",
    "search": "app.cli.search",
    "serve": "app.cli.serve",
    "user": "app.cli.user",
    "websites": "app.cli.websites",
}


class _LazyGroup(click.Group):
    """Loads a command's module when it is asked for. Each offers its command as ``command``."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  given by click
        """All names, sorted."""
        return sorted(_MODULE_OF_COMMAND)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name."""
        module = _MODULE_OF_COMMAND.get(cmd_name)
        if module is None:
            return None
        command: click.Command = importlib.import_module(module).command
        return command


@click.group(cls=_LazyGroup)
@click.version_option(package_name="lotsenbuch")
def cli() -> None:
    """Lotsenbuch: find the right door for each client."""


def main() -> None:
    """Run the command; errors of the product end as one line and exit code 2."""
    try:
        cli.main(standalone_mode=True)
    except (LotsenbuchError, SettingsError) as error:
        _end(str(error))
    except OSError as error:  # a folder that cannot be written, a full disk, a port in use
        _end(": ".join(str(part) for part in (error.filename, error.strerror or error) if part))
    except Exception as error:
        from app.core.db import storage_problem

        problem = storage_problem(error)
        if problem is None:
            raise
        _end(problem)


def _end(problem: str) -> None:
    click.echo(f"lotsenbuch: {problem}", err=True)
    sys.exit(2)
