"""The list of cases as a page shows it: lines with their follow-ups, filters with counts, chips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for

from app.accounts.permissions import Actor
from app.cases.caseload import Caseload, list_caseload, note_listing
from app.cases.caseload_rules import EXTRAS, UNKNOWN, WAYS, CaseloadFilters
from app.cases.substitutions import DeputisedColleague, load_deputised
from app.core.i18n import gettext as _
from app.directory.codes import GOAL_AREAS, LEVELS
from app.operations.runtime import Runtime
from app.referrals.case_figures import FollowUps, load_follow_ups
from app.web.facets import Chip, FacetChoice, build_choices
from app.web.forms.caseload import PARAMETERS, CaseloadRequest, as_arguments
from app.web.labels.caseload import case_state_label, extra_label, way_label
from app.web.labels.cases import goal_area_label, spoken_language
from app.web.labels.directory import level_label

MOST_CHOICES = 15
"""Of languages and places: the most frequent ones, and those that are chosen."""


@dataclass(frozen=True, slots=True)
class CaseloadView:
    """All that the page of the list needs."""

    caseload: Caseload
    follow_ups: Mapping[str, FollowUps]
    deputised: Mapping[str, DeputisedColleague]


def load_caseload(runtime: Runtime, actor: Actor, wanted: CaseloadRequest) -> CaseloadView:
    """The list, noted in the audit log."""
    with runtime.database.write() as session:  # one writes at a time: the list is read afterwards
        note_listing(session, actor)
    filters = wanted.filters
    with runtime.database.read() as session:
        follow_ups = load_follow_ups(session, actor) if filters.sort == "follow_up" else None
        caseload = list_caseload(
            session,
            actor,
            filters,
            runtime.today,
            page=wanted.page,
            follow_ups={key: known.next_on for key, known in follow_ups.items() if known.next_on}
            if follow_ups
            else None,
        )
        if follow_ups is None:
            ids = [line.row.id for line in caseload.page.items]
            follow_ups = load_follow_ups(session, actor, ids)
        return CaseloadView(caseload, follow_ups, load_deputised(session, actor))


def list_facets(caseload: Caseload, filters: CaseloadFilters) -> dict[str, list[FacetChoice]]:
    """Group → its boxes; those that nobody fits are left out unless chosen."""
    counts, arguments = caseload.counts, as_arguments(filters)
    codes: dict[str, list[str]] = {
        "way": list(WAYS),
        "case_worker": list(caseload.case_workers),
        "level": [*LEVELS, UNKNOWN],
        "language": _frequent(counts["language"], filters.languages),
        "accommodation": [*caseload.accommodations, UNKNOWN],
        "place": _frequent(counts["place"], filters.places),
        "goal_area": list(GOAL_AREAS),
        "extra": list(EXTRAS),
    }
    facets = {
        group: build_choices(
            PARAMETERS[group],
            some,
            counts[group],
            arguments.get(PARAMETERS[group], []),
            lambda code, group=group: _label(group, code, caseload),  # type: ignore[misc]  # bound now
        )
        for group, some in codes.items()
    }
    return {
        group: [choice for choice in choices if choice.count or choice.is_chosen]
        for group, choices in facets.items()
    }


def list_chips(filters: CaseloadFilters, facets: Mapping[str, list[FacetChoice]]) -> list[Chip]:
    """What narrows the list, each with the address of the list without it."""
    arguments = as_arguments(filters)
    chips = []
    if filters.text:
        chips.append(Chip(f"„{filters.text}“", _address({**arguments, "q": []})))
    if filters.state != "open":
        chips.append(Chip(case_state_label(filters.state), _address({**arguments, "stand": []})))
    for choices in facets.values():
        for choice in choices:
            if choice.is_chosen:
                kept = [v for v in arguments.get(choice.parameter, []) if v != choice.value]
                chips.append(Chip(choice.label, _address({**arguments, choice.parameter: kept})))
    return chips


def sort_address(filters: CaseloadFilters, sort: str) -> str:
    """The list sorted by ``sort``; by the current one, the other way round."""
    turned = sort == filters.sort and not filters.descending
    return _address(as_arguments(replace(filters, sort=sort, descending=turned)))


def page_address(filters: CaseloadFilters, number: int) -> str:
    """Another page of the same list."""
    return _address({**as_arguments(filters), "seite": [str(number)] if number > 1 else []})


def _address(arguments: Mapping[str, list[str]]) -> str:
    values: dict[str, Any] = dict(arguments)  # url_for repeats a parameter for each value of a list
    return url_for("caseload.list_cases", **values)


def _frequent(counts: Mapping[str, int], chosen: tuple[str, ...]) -> list[str]:
    by_count = sorted(counts, key=lambda code: (-counts[code], code))
    shown = by_count[:MOST_CHOICES]
    return shown + [code for code in chosen if code not in shown]


def _label(group: str, code: str, caseload: Caseload) -> str:
    if code == UNKNOWN:
        return _("unknown") if group != "accommodation" else _("no accommodation")
    match group:
        case "way":
            return way_label(code)
        case "case_worker":
            return caseload.case_workers.get(code, code)
        case "level":
            return level_label(code)
        case "language":
            return spoken_language(code)
        case "accommodation":
            return caseload.accommodations.get(code, code)
        case "goal_area":
            return goal_area_label(code)
        case "extra":
            return extra_label(code)
        case _:
            return code
