"""``lotsenbuch match``: which offers suit a described person, without storing anybody."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from app.cli.options import open_from_environment, today_option
from app.core.i18n import format_day, ngettext
from app.core.i18n import gettext as _
from app.directory.codes import COURSE_KINDS, OFFER_KINDS
from app.directory.interests import Taxonomy
from app.directory.offer_table import OfferTable
from app.matching.profile import ProfileError, read_profile, to_facts
from app.matching.ranking import rank
from app.matching.types import Match, MatchResult
from app.operations.match_all import match_all
from app.web.labels.directory import distance_words
from app.web.labels.matching import clarify_words, reason_words, rule_words

READABLE_LIMIT = 20


@click.group("match", invoke_without_command=True)
@click.option("--profile", type=click.Path(path_type=Path), help="A JSON file.")
@click.option(
    "--limit", type=click.IntRange(min=1), help="Only the best ones (all with --json, otherwise 20)."
)
@click.option("--explain", is_flag=True, help="Also tell which rules exclude the other offers.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@today_option
@click.pass_context
def command(
    context: click.Context,
    profile: Path | None,
    limit: int | None,
    explain: bool,
    as_json: bool,
    today: date | None,
) -> None:
    """Match the person described in PROFILE with the directory; the best offers come first.

    With `all`: match the whole caseload and keep what is new for each client.
    """
    if context.invoked_subcommand is not None:
        return
    if profile is None:
        raise click.UsageError("Missing option '--profile' (or the command 'all').")
    content = _read(profile)
    runtime = open_from_environment(today)
    taxonomy = runtime.taxonomy
    try:
        facts = to_facts(read_profile(content, runtime.today), taxonomy)
    except ProfileError as error:
        raise ProfileError(f"{profile.name}: {error}") from None
    table = runtime.offer_table_cache.current()
    if limit is None and not as_json:
        limit = READABLE_LIMIT
    rules, day = runtime.matching_rules, runtime.today
    result = rank(facts, table, rules, taxonomy, day, limit=limit, with_exclusions=explain)
    if as_json:
        answer = to_json(result, table, with_exclusions=explain)
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        _print_readable(result, table, taxonomy, with_exclusions=explain)
        for word in facts.unknown_interests:
            click.echo(_("Unknown interest: %(word)s", word=word))


def to_json(result: MatchResult, table: OfferTable, *, with_exclusions: bool) -> dict[str, Any]:
    """The answer as the command prints it; part of the product's scripting interface."""
    answer: dict[str, Any] = {"matches": [_match_json(match, table) for match in result.matches]}
    if with_exclusions:
        answer["excluded"] = [
            {
                "offer_id": exclusion.offer_id,
                "title": table.titles[exclusion.row],
                "rules": [rule.code for rule in exclusion.rules],
                "details": [rule.as_dict() for rule in exclusion.rules],
            }
            for exclusion in result.exclusions
        ]
    return answer


def _match_json(match: Match, table: OfferTable) -> dict[str, Any]:
    course_kind = int(table.course_kind[match.row])
    return {
        "offer_id": match.offer_id,
        "title": table.titles[match.row],
        "kind": OFFER_KINDS[int(table.kind[match.row])],
        **({"course_kind": COURSE_KINDS[course_kind]} if course_kind >= 0 else {}),
        "score": round(match.score, 4),
        **({} if match.distance_km is None else {"distance_km": match.distance_km}),
        "verdict": match.verdict,
        "reasons": [reason.as_dict() for reason in match.reasons],
        "to_clarify": [question.as_dict() for question in match.to_clarify],
    }


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ProfileError(f"{file.name}: cannot be read ({error.strerror})") from None


def _print_readable(
    result: MatchResult, table: OfferTable, taxonomy: Taxonomy, *, with_exclusions: bool
) -> None:
    for number, match in enumerate(result.matches, start=1):
        click.echo(f"{number:3}. {table.titles[match.row]}  [{round(match.score, 2)}]")
        click.echo(f"     {table.provider_names[match.row]}{_place_and_date(match)}")
        for reason in match.reasons:
            click.echo(f"     + {reason_words(reason, taxonomy)}")
        for question in match.to_clarify:
            click.echo(f"     ? {clarify_words(question, taxonomy)}")
    shown, count = len(result.matches), result.suitable_count
    click.echo(
        ngettext(
            "%(shown)s of %(num)s suitable offer",
            "%(shown)s of %(num)s suitable offers",
            count,
            shown=shown,
        )
    )
    if with_exclusions:
        click.echo(_("Not suitable:"))
        for exclusion in result.exclusions:
            rules = "; ".join(rule_words(rule, taxonomy) for rule in exclusion.rules)
            click.echo(f"   - {table.titles[exclusion.row]}: {rules}")


def _place_and_date(match: Match) -> str:
    words = distance_words(match.distance_km, match.distance_is_estimate)
    next_on = "" if match.next_on is None else format_day(match.next_on)
    return "".join(f", {part}" for part in (words, next_on) if part)


@command.command("all")
@today_option
def match_caseload(today: date | None) -> None:
    """Find what is new and better for each open client, for the page of the day.

    A run that was stopped goes on where it was. Exit code 2: another process is at it.
    """
    runtime = open_from_environment(today)
    bar = _Progress() if sys.stderr.isatty() else None
    done = match_all(runtime, bar)
    again = " (went on where a run had stopped)" if done.resumed else ""
    click.echo(f"{done.clients} clients matched, {done.found} offers to tell{again}")


class _Progress:
    """One line on the terminal that tells how far it is."""

    def __call__(self, done: int, total: int) -> None:
        """Overwrite the line."""
        end = "\n" if done >= total else ""
        click.echo(f"\r{done} of {total} clients{end}", err=True, nl=False)
