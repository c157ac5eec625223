"""``lotsenbuch allocate``: places of course starts shared among those who wait, as a proposal.

Shows ids, days and numbers, nobody's name, and changes nothing.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from app.audit.service import record_access
from app.cli.options import open_from_environment, today_option
from app.core.clock import today as day_of
from app.core.errors import InvalidInputError
from app.core.i18n import format_number, ngettext
from app.core.i18n import gettext as _
from app.matching.allocation import DEFAULT_SECONDS
from app.matching.allocation_files import PRIORITY_WORDS, read_problem
from app.matching.allocation_rules import Applicant, precedence
from app.operations.allocating import (
    Proposal,
    build_problem,
    list_open_entries_of,
    load_attributes,
    propose,
)
from app.operations.referring import MatchingBasis
from app.settings import load_settings
from app.web.labels.allocation import (
    change_label,
    dimension_label,
    group_label,
    price_words,
    priority_label,
    why_not_label,
)


class Seats(click.ParamType[tuple[str, int]]):
    """``OFFER=N``."""

    name = "OFFER=N"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """The offer and its seats, or a usage error (exit 2)."""
        offer_id, _sign, number = str(value).rpartition("=")
        if not offer_id or not number.isascii() or not number.isdigit() or len(number) > 5:
            self.fail(f"{value!r} is not of the form OFFER=NUMBER.", param, ctx)
        return offer_id, int(number)


@click.command("allocate")
@click.option(
    "--offers", multiple=True, metavar="ID", help="A course start; can be given more than once."
)
@click.argument("more_offers", nargs=-1, metavar="[ID]...")
@click.option(
    "--seats", multiple=True, type=Seats(), help="How many places of an offer (else: those free)."
)
@click.option(
    "--file", type=click.Path(path_type=Path), help="A problem in JSON, instead of the lists."
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.1, max=3600),
    default=DEFAULT_SECONDS,
    show_default=True,
    help="The longest that one calculation may take.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@today_option
def command(
    offers: tuple[str, ...],
    more_offers: tuple[str, ...],
    seats: tuple[tuple[str, int], ...],
    file: Path | None,
    seconds: float,
    as_json: bool,
    today: date | None,
) -> None:
    """Share the places of course starts among the waiting lists, beside first come, first served.

    Legal priority goes first, then the time of waiting, fit and distance; families stay together.
    Nothing is changed.
    """
    chosen = (*offers, *more_offers)
    if (file is None) == (not chosen):
        raise click.UsageError(_("Name either course starts (--offers) or a file (--file)."))
    if file is not None:
        if seats:
            raise click.UsageError(_("The seats stand in the file."))
        proposal = _from_file(file, seconds, today)
    else:
        proposal = _from_lists(chosen, dict(seats), seconds, today)
    if as_json:
        click.echo(json.dumps(to_json(proposal), ensure_ascii=False, indent=2))
    else:
        _print_readable(proposal)


def _from_file(file: Path, seconds: float, today: date | None) -> Proposal:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InvalidInputError(f"{file.name}: cannot be read ({error.strerror})") from None
    day = today or day_of(load_settings())
    try:
        problem, attributes = read_problem(content, day)
    except InvalidInputError as error:
        raise InvalidInputError(f"{file.name}: {error}") from None
    return propose(problem, attributes, seconds=seconds)


def _from_lists(
    offer_ids: tuple[str, ...], seats: dict[str, int], seconds: float, today: date | None
) -> Proposal:
    runtime = open_from_environment(today)
    if foreign := sorted(seats.keys() - set(offer_ids)):
        raise InvalidInputError(_("Seats are given of %(id)s, which is not shared out.", id=foreign[0]))
    basis = MatchingBasis(runtime.offer_table_cache.current(), runtime.matching_rules, runtime.taxonomy)
    with runtime.database.write() as session:
        entries = list_open_entries_of(session, None)
        problem = build_problem(session, None, entries, offer_ids, seats, basis, runtime.today)
        attributes = load_attributes(session, None, entries, runtime.today)
        for start in problem.starts:
            record_access(session, None, "allocation.calculate", "offer", start.offer_id)
    return propose(problem, attributes, seconds=seconds)


def to_json(proposal: Proposal) -> dict[str, Any]:
    """The answer as the command prints it; part of the product's scripting interface."""
    report = proposal.report
    return {
        "is_exact": proposal.proposal.is_exact,
        "lines": [_line_json(proposal, one) for one in _in_order(proposal)],
        "losses": [
            {
                "entry": one.entry_id,
                "offer": one.listed_offer_id,
                "reason": one.reason,
                "instead": list(one.instead),
            }
            for one in report.losses
        ],
        "runners_up": [
            {"offer": one.offer_id, "entry": one.entry_id, "reason": one.reason, "behind": one.behind}
            for one in report.runners_up
        ],
        "envy": [
            {"entry": one.entry_id, "offer": one.offer_id, "over": one.over, "kind": one.kind}
            for one in report.envy
        ],
        "figures": proposal.figures,
    }


def _line_json(proposal: Proposal, one: Applicant) -> dict[str, Any]:
    offer_id = proposal.proposal.places.get(one.entry_id)
    option = None if offer_id is None else proposal.problem.options[one.entry_id, offer_id]
    return {
        "entry": one.entry_id,
        "priority": PRIORITY_WORDS[one.priority],
        "entered_on": one.entered_on.isoformat(),
        "waited_days": one.waited_days,
        "offer": offer_id,
        "first_come_offer": proposal.plain.places.get(one.entry_id),
        "fit": None if option is None else round(option.fit, 4),
        "distance_km": None if option is None else _roughly(option.distance_km),
        "to_clarify": None if option is None else option.needs_clarifying,
    }


def _roughly(km: float | None) -> float | None:
    """To 100 m: exact distances to several places would tell where somebody lives."""
    return None if km is None else round(km, 1)


def _in_order(proposal: Proposal) -> list[Applicant]:
    return sorted(proposal.problem.applicants, key=precedence)


def _print_readable(proposal: Proposal) -> None:
    for one in _in_order(proposal):
        offer_id = proposal.proposal.places.get(one.entry_id)
        listed = proposal.plain.places.get(one.entry_id)
        change = "" if offer_id == listed else f"  ({_change_words(offer_id, listed)})"
        click.echo(
            f"{one.entry_id}  {one.entered_on}  {priority_label(one.priority)}"
            f"  → {offer_id or _('no place')}{change}"
        )
    _print_report(proposal)


def _print_report(proposal: Proposal) -> None:
    figures = proposal.figures
    for name, key in ((_("Proposal"), "proposed"), (_("First come, first served"), "listed")):
        click.echo(f"{name}: {_wait_words(figures[key], figures['seats'])}")
    for runner in proposal.report.runners_up:
        click.echo(
            _(
                "Next in line for %(offer)s: %(entry)s (%(why)s)",
                offer=runner.offer_id,
                entry=runner.entry_id,
                why=why_not_label(runner.reason),
            )
        )
    for unfilled in proposal.report.unfilled:
        free = ngettext("%(num)s seat stays free", "%(num)s seats stay free", unfilled.seats)
        click.echo(f"{unfilled.offer_id}: {free} ({why_not_label(unfilled.reason)})")
    for row in figures["by_group"]:
        group = group_label(row["dimension"], row["group"])
        counts = ", ".join(
            f"{name} {'–' if row[key] is None else row[key]}"
            for name, key in (
                (_("waiting"), "waiting"),
                (_("Proposal"), "proposed"),
                (_("list"), "listed"),
            )
        )
        click.echo(f"{dimension_label(row['dimension'])} {group}: {counts}")
    families, priorities = (price_words(figures["price"][key]) for key in ("families", "priorities"))
    click.echo(_("What it costs to keep families in mind: %(price)s", price=families))
    click.echo(_("What it costs that a stronger right goes first: %(price)s", price=priorities))
    if not figures["is_exact"]:
        click.echo(_("The time was over before this was proved to be the best."))


def _change_words(offer_id: str | None, listed: str | None) -> str:
    if listed is None:
        return change_label("gains")
    return change_label("loses" if offer_id is None else "other")


def _wait_words(figures: dict[str, Any], seats: int) -> str:
    placed = ngettext("%(num)s place", "%(num)s places", figures["placed"])
    if figures["mean_days"] is None:
        return placed
    waits = _(
        "they have waited %(mean)s days on average, nine of ten at most %(p90)s",
        mean=format_number(figures["mean_days"], 1),
        p90=figures["p90_days"],
    )
    return f"{placed} / {seats}, {waits}"
