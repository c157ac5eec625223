"""The directory: searching, an offer, a provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.queries import ClientFilters, ClientLine, list_clients
from app.core.i18n import current_language, language_name, weekday_name
from app.core.i18n import gettext as _
from app.directory.codes import COURSE_KINDS, LEVELS, OFFER_KINDS
from app.directory.freshness import is_stale
from app.directory.queries import get_offer_page, get_provider_page, load_offer_cards
from app.search.types import SearchAnswer, UnderstoodPart
from app.web.access import current_actor, permission
from app.web.forms.directory import (
    DISTANCES_KM,
    EXTRAS,
    PAGE_SIZE,
    DirectoryRequest,
    as_arguments,
    read_request,
)
from app.web.labels.directory import course_kind_label, extra_label, level_label, offer_kind_label
from app.web.runtime import current_runtime

blueprint = Blueprint("directory", __name__)

MAX_FACET_LANGUAGES = 12
SUGGESTIONS = 8
CLIENTS_ABOVE_RESULTS = 5


@dataclass(frozen=True, slots=True)
class FacetChoice:
    """One box of a filter."""

    parameter: str
    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A part of the search that can be taken away with one click."""

    label: str
    address: str


@blueprint.get("/verzeichnis")
@permission("directory:read")
def search() -> str:
    """Search and browse the directory."""
    runtime = current_runtime()
    wanted = read_request(request.args, runtime.today)
    engine = runtime.search_engine
    near = engine.find_place(wanted.place) if wanted.place else None
    answer = engine.search(replace(wanted.query, near=near))
    with runtime.database.read() as session:
        cards = load_offer_cards(session, [hit.offer_id for hit in answer.hits])
    template = "directory/results.html" if _is_partial() else "directory/search.html"
    return render_template(
        template,
        wanted=wanted,
        query=wanted.query,
        answer=answer,
        cards=cards,
        clients=_find_clients(wanted),
        chips=_list_chips(wanted, answer),
        facets=_list_facets(wanted, answer),
        place_is_unknown=bool(wanted.place) and near is None,
        page_count=max(1, -(-answer.total // PAGE_SIZE)),
        page_address=_page_address(wanted),
        distances=DISTANCES_KM,
    )


@blueprint.get("/verzeichnis/vorschlaege")
@permission("directory:read")
def suggest() -> Response:
    """Words to choose from while typing."""
    found = current_runtime().search_engine.suggest(
        request.args.get("q", ""), SUGGESTIONS, current_language()
    )
    return jsonify([suggestion.text for suggestion in found])


@blueprint.get("/angebote/<offer_id>")
@permission("directory:read")
def offer(offer_id: str) -> str:
    """Everything about an offer on one screen."""
    runtime = current_runtime()
    with runtime.database.read() as session:
        page = get_offer_page(session, offer_id)
    return render_template(
        "directory/offer.html",
        page=page,
        taxonomy=runtime.taxonomy,
        seats_free=page.seats_free,
        is_stale=is_stale(page.offer.verified_on, runtime.today),
    )


@blueprint.get("/anbieter/<provider_id>")
@permission("directory:read")
def provider(provider_id: str) -> str:
    """A provider and what it offers."""
    runtime = current_runtime()
    with runtime.database.read() as session:
        page = get_provider_page(session, provider_id)
    return render_template("directory/provider.html", page=page)


def _find_clients(wanted: DirectoryRequest) -> tuple[ClientLine, ...]:
    """Clients of this name whom one may see: from the database, never from the search index."""
    actor, words = current_actor(), wanted.query.text.strip()
    if not words or not actor.may("case:read"):
        return ()
    filters = ClientFilters(text=words, page_size=CLIENTS_ABOVE_RESULTS)
    with current_runtime().database.write() as session:  # for the audit entry
        return list_clients(session, actor, filters).items


def _is_partial() -> bool:
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def _page_address(wanted: DirectoryRequest) -> Callable[[int], str]:
    arguments = as_arguments(wanted)
    return lambda page: _address({**arguments, "seite": [str(page)] if page > 1 else []})


def _address(arguments: dict[str, list[str]]) -> str:
    values: dict[str, Any] = dict(arguments)  # url_for repeats a parameter for each value of a list
    return url_for(".search", **values)


def _list_chips(wanted: DirectoryRequest, answer: SearchAnswer) -> list[Chip]:
    arguments = as_arguments(wanted)
    chips = [
        Chip(_part_words(part), _address({**arguments, "q": [part.rest]})) for part in answer.understood
    ]
    for group in _list_facets(wanted, answer).values():
        for choice in group:
            if choice.is_chosen:
                kept = [v for v in arguments.get(choice.parameter, []) if v != choice.value]
                without = {**arguments, choice.parameter: kept}
                chips.append(Chip(choice.label, _address(without)))
    if wanted.place:
        without = {name: v for name, v in arguments.items() if name not in {"ort", "km"}}
        chips.append(Chip(_("near %(place)s", place=wanted.place), _address(without)))
    return chips


def _part_words(part: UnderstoodPart) -> str:
    match part.kind:
        case "level":
            return _("level %(level)s", level=part.value)
        case "weekday":
            return weekday_name(int(part.value))
        case "language":
            return language_name(part.value)
        case "place":
            return _("near %(place)s", place=part.value)
        case _:
            return extra_label(part.kind)


def _list_facets(wanted: DirectoryRequest, answer: SearchAnswer) -> dict[str, list[FacetChoice]]:
    query, counts = wanted.query, answer.facets
    languages = sorted(counts["language"].items(), key=lambda item: (-item[1], item[0]))
    shown = [tag for tag, _count in languages[:MAX_FACET_LANGUAGES]]
    shown += [tag for tag in query.languages if tag not in shown]
    chosen_extras = {
        "free_seats": query.free_seats_only,
        "step_free": query.step_free,
        "childcare": query.childcare,
        "women_only": query.women_only,
    }
    facets = {
        "kind": _choices("art", OFFER_KINDS, counts["kind"], query.kinds, offer_kind_label),
        "course_kind": _choices(
            "kurs", COURSE_KINDS, counts["course_kind"], query.course_kinds, course_kind_label
        ),
        "level": _choices("niveau", LEVELS, counts["level"], query.levels, level_label),
        "language": _choices("sprache", shown, counts["language"], query.languages, language_name),
        "weekday": _choices(
            "tag",
            tuple("1234567"),
            counts["weekday"],
            tuple(map(str, query.weekdays)),
            lambda day: weekday_name(int(day)),
        ),
        "extra": [
            FacetChoice(name, "1", extra_label(code), counts["extra"].get(code, 0), chosen_extras[code])
            for name, code in EXTRAS.items()
        ],
    }
    return {
        name: [choice for choice in choices if choice.count or choice.is_chosen]
        for name, choices in facets.items()
    }


def _choices(
    parameter: str,
    codes: tuple[str, ...] | list[str],
    counts: Any,
    chosen: tuple[str, ...],
    label: Callable[[str], str],
) -> list[FacetChoice]:
    return [
        FacetChoice(parameter, code, label(code), counts.get(code, 0), code in chosen) for code in codes
    ]
