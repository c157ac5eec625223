"""``lotsenbuch rules``: checks, loads and lists the rules of the courses."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from app.cli.options import open_from_environment
from app.matching.rule_checks import RuleProblem, check_rules, problem_text
from app.matching.rule_files import RuleFileError, parse_courses
from app.matching.rule_sets import get_content, get_rules_in_force, list_rule_sets, load_rule_set

EXIT_TO_LOOK_AT: Final = 1


@click.group("rules")
def command() -> None:
    """Who may enter which language course: check, load and list the rules."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
def check(file: Path | None) -> None:
    """Look for gaps and overlaps in FILE, or in the rules that hold (exit code 1: some found)."""
    runtime = open_from_environment()
    if file is None:
        with runtime.database.read() as session:
            rules = parse_courses(get_rules_in_force(session).content)
    else:
        rules = parse_courses(_read(file), file.name)
    problems = check_rules(rules, runtime.today)
    _tell(problems)
    click.echo(f"{rules.version}: {len(problems)} to look at")
    if problems:
        sys.exit(EXIT_TO_LOOK_AT)


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--comment", default="", help="What it is about.")
def load(file: Path, comment: str) -> None:
    """Let the rules in FILE hold from now on. A running server takes them with its next page."""
    runtime = open_from_environment()
    content = _read(file)
    rules = parse_courses(content, file.name)
    with runtime.database.write() as session:
        row = load_rule_set(session, None, content, comment)
    _tell(check_rules(rules, runtime.today))
    click.echo(f"{row.version} holds now (no. {row.seq})")


@command.command("list")
def list_command() -> None:
    """List the files that were loaded, the newest first."""
    with open_from_environment().database.read() as session:
        for one in list_rule_sets(session):
            moment = f"{one.loaded_at:%Y-%m-%d %H:%M}" if one.loaded_at else "as shipped"
            mark = "*" if one.is_in_force else " "
            click.echo(f"{mark} {one.seq:>3}  {one.version:<20}  {moment}  {one.comment}".rstrip())


@command.command()
@click.argument("number", type=click.IntRange(min=0), required=False)
def show(number: int | None) -> None:
    """Print the file that holds, or the one with this NUMBER (0: as shipped)."""
    with open_from_environment().database.read() as session:
        content = (
            get_rules_in_force(session).content if number is None else get_content(session, number)
        )
    click.echo(content, nl=False)


def _tell(problems: tuple[RuleProblem, ...]) -> None:
    for problem in problems:
        click.echo(problem_text(problem), err=True)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleFileError(f"{file.name} cannot be read: {error}") from None
