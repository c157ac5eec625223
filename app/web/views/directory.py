"""The directory: searching, an offer, a provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.caseload import FoundClient, find_clients
from app.core.i18n import current_language, language_name, weekday_name
from app.core.i18n import gettext as _
from app.directory.codes import COURSE_KINDS, LEVELS, OFFER_KINDS
from app.directory.favourites import load_favourites
from app.directory.queries import OfferCard, load_offer_cards
from app.directory.selections import list_selections
from app.search.types import Proposal, SearchAnswer, SearchHit
from app.web.access import current_actor, permission
from app.web.entry_pages import show_offer, show_provider
from app.web.facets import Chip, FacetChoice, build_choices
from app.web.forms.directory import (
    DISTANCES_KM,
    EXTRAS,
    PAGE_SIZE,
    DirectoryRequest,
    as_arguments,
    read_request,
)
from app.web.labels.directory import course_kind_label, extra_label, level_label, offer_kind_label
from app.web.labels.search import lacking_words, part_words, proposal_words, why_words
from app.web.runtime import current_runtime

blueprint = Blueprint("directory", __name__)

MAX_FACET_LANGUAGES = 12
SUGGESTIONS = 8
CLIENTS_ABOVE_RESULTS = 5


@dataclass(frozen=True, slots=True)
class ResultLine:
    """An offer that was found, and why."""

    card: OfferCard
    hit: SearchHit
    why: list[str]
    lacking: list[str]
    """Wishes it does not fulfil."""


@dataclass(frozen=True, slots=True)
class OtherSearch:
    """Another search that finds something."""

    label: str
    total: int
    address: str


@blueprint.get("/verzeichnis")
@permission("directory:read")
def search() -> str | Response:
    """Search and browse the directory; a page beyond the end leads to the last one."""
    runtime = current_runtime()
    wanted = read_request(request.args, runtime.today)
    engine = runtime.search_engine
    near = engine.find_place(wanted.place) if wanted.place else None
    asked = replace(wanted.query, near=near)
    answer = engine.search(asked)
    page_count = max(1, -(-answer.total // PAGE_SIZE))
    page_address = _page_address(wanted)
    if answer.total and not answer.hits:
        return redirect(page_address(page_count))
    is_asked = bool(as_arguments(wanted))
    others = engine.propose(asked) if is_asked and not answer.complete_total else ()
    with runtime.database.read() as session:
        cards = load_offer_cards(session, [hit.offer_id for hit in answer.hits])
        favourites = load_favourites(session, current_actor().id, cards)
        selections = list_selections(session, current_actor().id)
    template = "directory/results.html" if _is_partial() else "directory/search.html"
    return render_template(
        template,
        wanted=wanted,
        query=wanted.query,
        answer=answer,
        lines=_list_lines(answer, cards),
        others=[_other_search(wanted, other) for other in others],
        ungranted=[part_words(part) for part in answer.ungranted],
        gap_address=_gap_address(wanted, answer) if is_asked and not answer.complete_total else None,
        clients=_find_clients(wanted),
        chips=_list_chips(wanted, answer),
        facets=_list_facets(wanted, answer),
        place_is_unknown=bool(wanted.place) and near is None,
        page_count=page_count,
        page_address=page_address,
        distances=DISTANCES_KM,
        favourites=favourites,
        selections=selections,
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
def offer(offer_id: str) -> str | Response:
    """Everything about an offer on one screen."""
    return show_offer(offer_id)


@blueprint.get("/anbieter/<provider_id>")
@permission("directory:read")
def provider(provider_id: str) -> str | Response:
    """A provider and what it offers."""
    return show_provider(provider_id)


def _list_lines(answer: SearchAnswer, cards: Mapping[str, OfferCard]) -> list[ResultLine]:
    taxonomy = current_runtime().taxonomy
    return [
        ResultLine(cards[hit.offer_id], hit, why_words(hit, taxonomy), lacking_words(hit))
        for hit in answer.hits
        if hit.offer_id in cards
    ]


def _other_search(wanted: DirectoryRequest, proposal: Proposal) -> OtherSearch:
    arguments = as_arguments(replace(wanted, query=replace(proposal.query, near=None)))
    label = proposal_words(proposal, current_runtime().taxonomy)
    return OtherSearch(label, proposal.total, _address(arguments))


def _gap_address(wanted: DirectoryRequest, answer: SearchAnswer) -> str:
    """The form to note what is missing, filled in with what was looked for."""
    query, understood = wanted.query, {part.kind: part.value for part in answer.understood}
    values = {
        "text": query.text or " ".join(chip.label for chip in _list_chips(wanted, answer)),
        "kind": query.kinds[0] if query.kinds else "",
        "course_kind": query.course_kinds[0] if query.course_kinds else "",
        "level": query.levels[0] if query.levels else understood.get("level", ""),
        "language": query.languages[0] if query.languages else understood.get("language", ""),
        "weekday": str(query.weekdays[0]) if query.weekdays else understood.get("weekday", ""),
        "place": wanted.place or understood.get("place", ""),
    }
    filled: dict[str, Any] = {name: value for name, value in values.items() if value}
    return url_for("gaps.report", **filled)


def _find_clients(wanted: DirectoryRequest) -> tuple[FoundClient, ...]:
    """Clients of this name whom one may see: from the database, never from the search index."""
    actor, words = current_actor(), wanted.query.text.strip()
    if not words or not actor.may("case:read"):
        return ()
    with current_runtime().database.write() as session:  # for the audit entry
        return find_clients(session, actor, words, CLIENTS_ABOVE_RESULTS)


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
        Chip(part_words(part), _address({**arguments, "q": [part.rest]})) for part in answer.understood
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
        "kind": build_choices("art", OFFER_KINDS, counts["kind"], query.kinds, offer_kind_label),
        "course_kind": build_choices(
            "kurs", COURSE_KINDS, counts["course_kind"], query.course_kinds, course_kind_label
        ),
        "level": build_choices("niveau", LEVELS, counts["level"], query.levels, level_label),
        "language": build_choices("sprache", shown, counts["language"], query.languages, language_name),
        "weekday": build_choices(
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
