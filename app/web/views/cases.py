"""Cases: opening one, a case with its suitable offers, and why an offer is not among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.deadline_queries import load_warnings_of_case
from app.cases.queries import ClientCase
from app.cases.rules import age_on
from app.cases.service import create_client
from app.core.errors import NotFoundError
from app.core.ids import new_id
from app.directory.codes import OFFER_KINDS
from app.directory.merging import find_successor
from app.matching.ranking import assess_offer
from app.matching.similar_offers import more_like
from app.matching.types import GROUPS, Match, MatchFilters, MatchResult, Reason
from app.operations.referring import MatchingBasis
from app.referrals.queries import list_referrals_of_client
from app.web.access import current_actor, permission
from app.web.case_reading import open_case
from app.web.case_timeline import TimelineFilters, load_timeline
from app.web.exclusions import read_exclusion_filter, select_exclusions
from app.web.forms.intake import NewCaseForm
from app.web.forms.new_case import read_new_case
from app.web.labels import cases as case_words
from app.web.labels import counselling as counselling_words
from app.web.labels import legal as legal_words
from app.web.labels import matching as match_words
from app.web.labels import referrals as referral_words
from app.web.labels.factors import factor_label
from app.web.open_questions import build_questions
from app.web.runtime import current_runtime
from app.web.set_aside import load_set_aside
from app.web.suggestions import Suggestion, build_groups, main_groups, matching_basis
from app.web.waiting_card import load_card

blueprint = Blueprint("cases", __name__, url_prefix="/faelle")

CARDS_PER_GROUP = 3
LATEST_ENTRIES = 8
MORE_PER_GROUP = 12
MOST_OF_ONE_GROUP = 120
SIMILAR_OFFERS = 6
DISTANCES_KM = (1, 2, 5, 10, 20)


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "case_words": case_words,
        "counselling_words": counselling_words,
        "factor_label": factor_label,
        "legal_words": legal_words,
        "match_words": match_words,
        "referral_words": referral_words,
        "taxonomy": current_runtime().taxonomy,
    }


@blueprint.route("/neu", methods=["GET", "POST"])
@permission("case:write")
def new_case() -> str | Response | tuple[str, int]:
    """Open a case: a name is enough; the rest is asked in the intake."""
    if request.method == "GET":
        form = NewCaseForm()
        form.creation_key.data = new_id()
        return render_template("cases/new.html", form=form)
    runtime = current_runtime()
    form = NewCaseForm(request.form)
    data = read_new_case(form, runtime.today)
    if data is None:
        return render_template("cases/new.html", form=form), 422
    with runtime.database.write() as session:
        client = create_client(
            session,
            current_actor(),
            data,
            (form.creation_key.data or "")[:36] or new_id(),
            taxonomy=runtime.taxonomy,
            today=runtime.today,
        )
    return redirect(url_for("intake.show", client_id=client.id), 303)


@blueprint.get("/<client_id>")
@permission("case:read")
def show_case(client_id: str) -> str:
    """The case: who it is, what happened, and what suits."""
    runtime, actor = current_runtime(), current_actor()
    basis = matching_basis(runtime)
    with open_case(client_id) as (session, case, facts):
        latest = load_timeline(session, client_id, actor, TimelineFilters(page_size=LATEST_ENTRIES))
        referrals = list_referrals_of_client(session, client_id, actor)
        warnings = load_warnings_of_case(session, client_id, actor, runtime.today)
        waiting = load_card(session, client_id)
        set_aside = load_set_aside(session, client_id)
    result = basis.rank(
        facts,
        runtime.today,
        per_group=CARDS_PER_GROUP,
        groups=main_groups(case),
        with_questions=True,
    )
    return render_template(
        "cases/show.html",
        case=case,
        age=age_on(case.client.birth_date, runtime.today),
        latest=latest,
        warnings=warnings,
        referred={line.offer_id: line for line in reversed(referrals)},
        result=result,
        excluded_count=len(basis.table) - result.suitable_count,
        groups=_group(case, result, basis),
        questions=build_questions(result.open_questions),
        **waiting,
        **set_aside,
    )


@blueprint.get("/<client_id>/passende-angebote")
@permission("case:read")
def suitable_offers(client_id: str) -> str:
    """Everything that suits, narrowed by group, kind and distance."""
    runtime = current_runtime()
    basis = matching_basis(runtime)
    with open_case(client_id) as (session, case, facts):
        referrals = list_referrals_of_client(session, client_id, current_actor())
        set_aside = load_set_aside(session, client_id)
    group = request.args.get("gruppe", "")
    kind = request.args.get("art", "")
    distance_km = request.args.get("km", type=int)
    filters = MatchFilters(
        kinds=(kind,) if kind in OFFER_KINDS else (),
        serves=(group,) if group in GROUPS else (),
        max_distance_km=distance_km if distance_km in DISTANCES_KM else None,
    )
    per_group = MOST_OF_ONE_GROUP if filters.serves else MORE_PER_GROUP
    result = basis.rank(facts, runtime.today, filters=filters, per_group=per_group, with_questions=True)
    return render_template(
        "cases/offers.html",
        case=case,
        filters=filters,
        result=result,
        groups=_group(case, result, basis),
        referred={line.offer_id: line for line in reversed(referrals)},
        all_groups=GROUPS,
        kinds=OFFER_KINDS,
        distances=DISTANCES_KM,
        questions=build_questions(result.open_questions),
        **set_aside,
    )


@blueprint.get("/<client_id>/passende-angebote/<offer_id>")
@permission("case:read")
def show_match(client_id: str, offer_id: str) -> str | Response:
    """How the place of one offer in the list comes about, and more like it."""
    runtime = current_runtime()
    basis = matching_basis(runtime)
    with open_case(client_id) as (session, case, facts):
        referrals = list_referrals_of_client(session, client_id, current_actor())
        set_aside = load_set_aside(session, client_id)
    found = assess_offer(facts, basis.table, basis.rules, basis.taxonomy, runtime.today, offer_id)
    if found is None:
        return _follow(client_id, offer_id)
    match = found if isinstance(found, Match) else None
    is_hidden = offer_id in set_aside["set_aside_hidden"]
    if match is not None and "HX-Request" in request.headers:
        return render_template("cases/_contributions.html", match=match)
    others = more_like(
        facts, basis.table, basis.rules, basis.taxonomy, runtime.today, offer_id, SIMILAR_OFFERS
    )
    cards = runtime.offer_cards.load(
        basis.table.revision, [offer_id, *(other.offer_id for other in others)]
    )
    return render_template(
        "cases/match.html",
        case=case,
        head=case.head,
        card=cards[offer_id],
        match=match,
        excluded_by=() if isinstance(found, Match) else _told(found.rules, is_hidden),
        similar=[Suggestion(one, cards[one.offer_id]) for one in others if one.offer_id in cards],
        referred={line.offer_id: line for line in reversed(referrals)},
        **set_aside,
    )


def _told(rules: Sequence[Reason], is_hidden: bool) -> list[Reason]:
    """Why an offer does not suit; that a confidential one was set aside is told on a click alone."""
    return [rule for rule in rules if not (is_hidden and rule.code == "set_aside")]


def _follow(client_id: str, offer_id: str) -> Response:
    """To the entry into which this one was merged; `NotFoundError` when it is not proposed any more."""
    with current_runtime().database.read() as session:
        successor = find_successor(session, "offer", offer_id)
    if successor is None:
        raise NotFoundError("no such offer")
    return redirect(url_for(".show_match", client_id=client_id, offer_id=successor))


@blueprint.get("/<client_id>/nicht-dabei")
@permission("case:read")
def excluded_offers(client_id: str) -> str:
    """Why an offer is not shown: every excluded one with its rules in words."""
    runtime = current_runtime()
    basis = matching_basis(runtime)
    with open_case(client_id) as (session, case, facts):
        set_aside = load_set_aside(session, client_id)
    result = basis.rank(facts, runtime.today, limit=0, with_exclusions=True)
    wanted = read_exclusion_filter(request.args)
    return render_template(
        "cases/excluded.html",
        case=case,
        wanted=wanted,
        # A confidential offer that somebody set aside is told on a click alone, above the list.
        view=select_exclusions(result, basis.table, wanted, set_aside["set_aside_hidden"]),
        table=basis.table,
        page_address=lambda number: url_for(
            ".excluded_offers",
            client_id=client_id,
            q=wanted.text or None,
            regel=wanted.rule or None,
            seite=number if number > 1 else None,
        ),
        **set_aside,
    )


def _group(case: ClientCase, result: MatchResult, basis: MatchingBasis) -> Any:
    ids = [match.offer_id for match in result.matches]
    return build_groups(case, result, current_runtime().offer_cards.load(basis.table.revision, ids))
