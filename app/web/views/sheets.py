"""Printing what the client takes home: the sheet of one referral, or of several offers at once."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.cases.rules import sheet_language
from app.core.i18n import gettext as _
from app.operations.client_sheets import (
    MOST_SHEETS,
    load_fresh_sheets,
    load_group_sheets,
    load_kept_sheet,
    load_kept_sheets,
)
from app.printouts.content import build_sheet
from app.printouts.listing import build_listing
from app.printouts.pdf import render_listing, render_sheet, render_sheets
from app.printouts.phrases import SHEET_LANGUAGES
from app.referrals.queries import list_referrals_of_client
from app.web.access import current_actor, permission
from app.web.case_reading import open_case
from app.web.forms.sheets import read_print_wishes
from app.web.labels import referrals as referral_words
from app.web.runtime import current_runtime
from app.web.suggestions import matching_basis

blueprint = Blueprint("sheets", __name__)

SUGGESTIONS_PER_GROUP: Final = 3
MOST_SUGGESTIONS: Final = 15
PUBLISHED: Final = "published"
PROTECTED: Final = "protected"


@blueprint.app_context_processor
def _choices() -> dict[str, Any]:
    return {"sheet_languages": SHEET_LANGUAGES}


@blueprint.get("/vermittlungen/<referral_id>/blatt.pdf")
@permission("case:read")
def sheet(referral_id: str) -> Response:
    """The sheet that the client takes home, from what was kept at the referral."""
    with current_runtime().database.write() as session:
        kept = load_kept_sheet(session, current_actor(), referral_id)
    wishes = read_print_wishes(request.args, kept.language)
    content = build_sheet(kept.snapshot, wishes.language, kept.case_worker, kept.referred_on)
    # The name of the file tells nothing about the client or the offer: it may stay in a folder.
    return _as_pdf(render_sheet(content, wishes.paper), f"blatt-{referral_id[:8]}")


@blueprint.get("/vermittlungen/gemeinsam/<bundle_id>/blaetter.pdf")
@permission("case:read")
def bundle(bundle_id: str) -> Response:
    """The sheets of all who were referred together, each in its client's own language."""
    with current_runtime().database.write() as session:
        kept = load_group_sheets(session, current_actor(), bundle_id)
    paper = read_print_wishes(request.args, None).paper
    contents = [
        build_sheet(
            one.snapshot,
            read_print_wishes(MultiDict(), one.language).language,
            one.case_worker,
            one.referred_on,
        )
        for one in kept
    ]
    return _as_pdf(render_sheets(contents, paper), "blaetter")


@blueprint.get("/faelle/<client_id>/blaetter")
@permission("case:read")
def choose(client_id: str) -> str:
    """Several of a client's offers to print at once: those referred to, and those that suit.

    What is confidential is not offered here: beside others it would be told by its neutral title.
    """
    runtime = current_runtime()
    basis = matching_basis(runtime)
    with open_case(client_id) as (session, case, facts):
        referrals = list_referrals_of_client(session, client_id, current_actor())
    referrals = tuple(line for line in referrals if not line.is_sealed)
    result = basis.rank(facts, runtime.today, per_group=SUGGESTIONS_PER_GROUP, limit=MOST_SUGGESTIONS)
    found = [match.offer_id for match in result.matches]
    cards = runtime.offer_cards.load(basis.table.revision, [*found, *request.args.getlist("angebot")])
    referred = {line.offer_id for line in referrals}
    client = case.client
    return render_template(
        "sheets/choose.html",
        head=case.head,
        referrals=referrals,
        suggestions=[
            card
            for card in cards.values()
            if card.id not in referred
            and not card.is_sensitive
            and card.status == PUBLISHED
            and PROTECTED not in {card.visibility, *(place.visibility for place in card.places)}
        ],
        ticked={*request.args.getlist("angebot"), *request.args.getlist("verweis")},
        language=sheet_language(client.sheet_language, client.reads, client.languages, SHEET_LANGUAGES),
        most=MOST_SHEETS,
        referral_words=referral_words,
    )


@blueprint.get("/faelle/<client_id>/blaetter.pdf")
@permission("case:read")
def chosen(client_id: str) -> Response:
    """The chosen sheets in one PDF: a page for each, or a compact list."""
    runtime, actor = current_runtime(), current_actor()
    referral_ids = list(dict.fromkeys(request.args.getlist("verweis")))
    offer_ids = list(dict.fromkeys(request.args.getlist("angebot")))
    with runtime.database.write() as session:
        kept = load_kept_sheets(session, actor, client_id, referral_ids[:MOST_SHEETS])
    if not 0 < len(referral_ids) + len(offer_ids) <= MOST_SHEETS:
        flash(_("Please choose at least one offer, and %(most)s at most.", most=MOST_SHEETS), "warning")
        return redirect(
            url_for(
                ".choose",
                client_id=client_id,
                verweis=referral_ids[:MOST_SHEETS],
                angebot=offer_ids[:MOST_SHEETS],
            ),
            303,
        )
    snapshots = kept.snapshots
    if offer_ids:
        with open_case(client_id) as (session, _case, facts):
            basis = matching_basis(runtime)
            snapshots += load_fresh_sheets(session, facts, offer_ids, basis, runtime.today)
    wishes, today = read_print_wishes(request.args, None), runtime.today
    if wishes.is_list:
        listing = build_listing(None, "", snapshots, wishes.language, today, kept.case_worker)
        return _as_pdf(render_listing(listing, wishes.paper), "angebote")
    contents = [build_sheet(one, wishes.language, kept.case_worker, today) for one in snapshots]
    return _as_pdf(render_sheets(contents, wishes.paper), "angebote")


def _as_pdf(data: bytes, name: str) -> Response:
    answer = make_response(data)
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer
