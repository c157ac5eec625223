"""The map for signed-in people: the same search as the list, the same offers beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response

from app.directory.queries import OfferCard, load_offer_cards
from app.search.types import SearchQuery
from app.web.access import permission
from app.web.forms.directory import as_arguments, read_request
from app.web.map_points import MAX_OFFERS_ON_MAP, build_map, is_on_map, map_words
from app.web.runtime import current_runtime

blueprint = Blueprint("map", __name__)


@blueprint.get("/karte")
@permission("directory:read")
def show() -> str:
    """The offers found, as a list and as points."""
    wanted = read_request(request.args, current_runtime().today)
    cards, total = _find(wanted.query, wanted.place)
    arguments: dict[str, Any] = dict(as_arguments(wanted))
    mapped = {card.id for card in cards if any(is_on_map(card.visibility, p) for p in card.places)}
    return render_template(
        "map/show.html",
        wanted=wanted,
        cards=cards,
        mapped=mapped,
        total=total,
        kept={name: values for name, values in arguments.items() if name not in {"q", "ort"}},
        list_address=url_for("directory.search", **arguments),
        points_address=url_for(".points", **arguments),
        words=map_words(),
    )


@blueprint.get("/karte/punkte")
@permission("directory:read")
def points() -> Response:
    """The points of a search as JSON."""
    wanted = read_request(request.args, current_runtime().today)
    cards, _total = _find(wanted.query, wanted.place)
    return jsonify(build_map(cards, _offer_address, current_runtime().settings))


@blueprint.get("/angebote/<offer_id>/punkte")
@permission("directory:read")
def offer_points(offer_id: str) -> Response:
    """The points of one offer as JSON."""
    with current_runtime().database.read() as session:
        cards = load_offer_cards(session, [offer_id])
    return jsonify(build_map(cards.values(), _offer_address, current_runtime().settings))


def _find(query: SearchQuery, place: str) -> tuple[list[OfferCard], int]:
    runtime = current_runtime()
    near = runtime.search_engine.find_place(place) if place else None
    asked = replace(query, near=near, limit=MAX_OFFERS_ON_MAP, offset=0)
    answer = runtime.search_engine.search(asked)
    with runtime.database.read() as session:
        cards = load_offer_cards(session, [hit.offer_id for hit in answer.hits])
    return list(cards.values()), answer.total


def _offer_address(offer_id: str) -> str:
    return url_for("directory.offer", offer_id=offer_id)
