"""Who suits an offer: for a new course, a club with free places, a volunteer."""

from __future__ import annotations

from typing import get_args

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.rules import age_on
from app.directory.merging import find_successor
from app.directory.queries import get_offer_page
from app.operations.offer_clients import Wanted, find_clients, note_listing
from app.web.access import current_actor, permission
from app.web.labels import cases as case_words
from app.web.labels import matching as match_words
from app.web.labels import referrals as referral_words
from app.web.runtime import current_runtime
from app.web.suggestions import matching_basis

blueprint = Blueprint("offer_clients", __name__)

_WORDS: dict[str, Wanted] = {"alle": "all", "passend": "suitable", "zu-klaeren": "to_clarify"}


@blueprint.get("/angebote/<offer_id>/wer-passt")
@permission("case:read")
def show(offer_id: str) -> str | Response:
    """The clients whom the offer suits, with the reasons."""
    runtime, actor = current_runtime(), current_actor()
    basis = matching_basis(runtime)
    word = request.args.get("stand", "alle")
    wanted = _WORDS.get(word, get_args(Wanted)[0])
    with runtime.database.read() as session:
        page = get_offer_page(session, offer_id)
        successor = find_successor(session, "offer", offer_id)
    if successor is not None:
        return redirect(url_for(".show", offer_id=successor))
    found = None
    if page.offer.id in basis.table.row_of:
        with runtime.database.read() as session:
            number = request.args.get("seite", 1, type=int)
            found = find_clients(
                session, actor, offer_id, basis, runtime.today, wanted=wanted, number=number
            )
        if found is not None:
            with runtime.database.write() as session:
                note_listing(session, actor)
    return render_template(
        "directory/clients.html",
        page=page,
        found=found,
        wanted=wanted,
        choices=_WORDS,
        age_on=age_on,
        taxonomy=runtime.taxonomy,
        case_words=case_words,
        match_words=match_words,
        referral_words=referral_words,
        page_address=lambda number: url_for(".show", offer_id=offer_id, stand=word, seite=number),
    )
