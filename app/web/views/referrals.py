"""Referrals: making one, the sheet, what came of it, the list."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.queries import ClientCase, get_client
from app.cases.rules import sheet_language
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.core.ids import new_id
from app.directory.queries import OfferCard, load_offer_cards
from app.matching.service import OfferCheck, check_offer
from app.operations.referring import refer_with_sheet
from app.printouts.content import CaseWorkerContact, build_sheet
from app.printouts.pdf import render_sheet
from app.printouts.phrases import SHEET_LANGUAGES
from app.printouts.snapshot import OfferSnapshot
from app.referrals.queries import (
    ReferralCase,
    ReferralFilters,
    ReferralLine,
    find_earlier_referrals,
    get_referral,
    list_referrals,
)
from app.referrals.service import (
    OfferExcludedError,
    postpone_follow_up,
    record_outcome,
)
from app.referrals.states import (
    FIRST_STATE,
    OPEN_STATES,
    STATES,
    TAKES_LEVEL,
    follow_up_day,
    is_open,
    next_states,
)
from app.settings import TIMEZONE
from app.web.access import current_actor, permission
from app.web.forms.problems import put_error
from app.web.forms.referrals import (
    NoNewsForm,
    OutcomeForm,
    ReferralForm,
    preset_day,
    read_version,
)
from app.web.labels import cases as case_words
from app.web.labels import matching as match_words
from app.web.labels import referrals as referral_words
from app.web.runtime import current_runtime
from app.web.suggestions import matching_basis

blueprint = Blueprint("referrals", __name__)

Answer = str | Response | tuple[str, int]
FILTERS = ("open", "ended", "all", *STATES)


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "case_words": case_words,
        "match_words": match_words,
        "referral_words": referral_words,
        "taxonomy": current_runtime().taxonomy,
        "is_open_state": is_open,
    }


@blueprint.get("/vermittlungen", endpoint="list_referrals")
@permission("case:read")
def list_mine() -> str:
    """The referrals of one's clients."""
    actor = current_actor()
    state = request.args.get("stand", "open")
    filters = ReferralFilters(
        state=state if state in FILTERS else "open",
        mine_only=actor.may("case:read_all") and request.args.get("wessen") == "meine",
        page=request.args.get("seite", 1, type=int),
    )
    with current_runtime().database.write() as session:
        page = list_referrals(session, actor, filters)
    return render_template(
        "referrals/list.html",
        page=page,
        filters=filters,
        open_states=OPEN_STATES,
        end_states=tuple(code for code in STATES if not is_open(code)),
        page_address=lambda number: url_for(
            ".list_referrals",
            stand=filters.state,
            wessen="meine" if filters.mine_only else None,
            seite=number if number > 1 else None,
        ),
    )


@blueprint.get("/faelle/<client_id>/verweisen/<offer_id>")
@permission("referral:create")
def refer(client_id: str, offer_id: str) -> str:
    """The panel: what is handed over, in which language, when to ask again."""
    today = current_runtime().today
    case, card, check, earlier = _load_panel(client_id, offer_id)
    form = ReferralForm()
    form.offer_choices(SHEET_LANGUAGES, case.open_goals)
    form.creation_key.data = new_id()
    form.follow_up_on.data = preset_day(follow_up_day(FIRST_STATE, today))
    form.sheet_language.data = sheet_language(
        case.client.sheet_language, case.client.reads, case.client.languages, SHEET_LANGUAGES
    )
    form.goal_id.data = _goal_for(case, check)
    return _show_panel(form, case, card, check, earlier)


@blueprint.post("/faelle/<client_id>/verweisen/<offer_id>")
@permission("referral:create")
def refer_now(client_id: str, offer_id: str) -> Answer:
    """Refer; the answer is the sheet."""
    runtime = current_runtime()
    case, card, check, earlier = _load_panel(client_id, offer_id)
    form = ReferralForm()
    form.offer_choices(SHEET_LANGUAGES, case.open_goals)
    order = form.read(client_id, offer_id, runtime.today)
    if order is None:
        return _show_panel(form, case, card, check, earlier), 422
    try:
        with runtime.database.write() as session:
            referral = refer_with_sheet(
                session, current_actor(), order, matching_basis(runtime), runtime.today
            )
    except OfferExcludedError:
        put_error(form.overrule, _("Rules speak against it: please confirm, or choose another offer."))
        return _show_panel(form, case, card, check, earlier), 422
    except InvalidInputError as error:
        put_error(form[error.field], str(error))
        return _show_panel(form, case, card, check, earlier), 422
    return redirect(url_for(".sheet", referral_id=referral.id), 303)


@blueprint.get("/vermittlungen/<referral_id>")
@permission("case:read")
def show_referral(referral_id: str) -> str:
    """A referral with its history, and the form for what came of it."""
    today = current_runtime().today
    with current_runtime().database.write() as session:
        found = get_referral(session, referral_id, current_actor())
    outcome, no_news = OutcomeForm(), NoNewsForm()
    outcome.version.data = no_news.version.data = str(found.referral.version)
    no_news.follow_up_on.data = preset_day(follow_up_day(found.referral.state, today))
    outcome.level_evidence.data = "certificate"
    return _show_referral(found, outcome, no_news)


@blueprint.post("/vermittlungen/<referral_id>")
@permission("referral:create")
def record(referral_id: str) -> Answer:
    """Record what came of a referral."""
    runtime = current_runtime()
    form = OutcomeForm()
    report = form.read(runtime.today)
    if report is None:
        return _outcome_again(referral_id, form), 422
    try:
        with runtime.database.write() as session:
            record_outcome(
                session,
                current_actor(),
                referral_id,
                report,
                read_version(form.version.data),
                today=runtime.today,
            )
    except InvalidInputError as error:
        put_error(form[error.field], str(error))
        return _outcome_again(referral_id, form), 422
    except ConflictError as error:
        put_error(form.to_state, str(error))
        return _outcome_again(referral_id, form), 409
    flash(_("Recorded."), "success")
    return redirect(url_for(".show_referral", referral_id=referral_id), 303)


@blueprint.post("/vermittlungen/<referral_id>/wiedervorlage")
@permission("referral:create")
def postpone(referral_id: str) -> Answer:
    """Nothing new yet: ask again later."""
    runtime = current_runtime()
    form = NoNewsForm()
    news = form.read(runtime.today)
    if news is None:
        return _no_news_again(referral_id, form), 422
    try:
        with runtime.database.write() as session:
            version = read_version(form.version.data)
            postpone_follow_up(session, current_actor(), referral_id, news, version)
    except (InvalidInputError, ConflictError) as error:
        put_error(form.follow_up_on, str(error))
        return _no_news_again(referral_id, form), 409
    flash(_("Recorded."), "success")
    return redirect(url_for(".show_referral", referral_id=referral_id), 303)


@blueprint.get("/vermittlungen/<referral_id>/blatt.pdf")
@permission("case:read")
def sheet(referral_id: str) -> Response:
    """The sheet that the client takes home, from what was kept at the referral."""
    with current_runtime().database.write() as session:
        found = get_referral(session, referral_id, current_actor(), action="referral.print")
    referral = found.referral
    content = build_sheet(
        OfferSnapshot.model_validate(referral.snapshot),
        referral.sheet_language,
        CaseWorkerContact(found.referred_by_name, found.referred_by_phone, found.referred_by_email),
        referral.created_at.astimezone(TIMEZONE).date(),
    )
    answer = make_response(render_sheet(content))
    answer.mimetype = "application/pdf"
    # The name of the file tells nothing about the client or the offer: it may stay in a folder.
    answer.headers["Content-Disposition"] = f'inline; filename="blatt-{referral.id[:8]}.pdf"'
    return answer


def _load_panel(
    client_id: str, offer_id: str
) -> tuple[ClientCase, OfferCard, OfferCheck, tuple[ReferralLine, ...]]:
    runtime, actor = current_runtime(), current_actor()
    basis = matching_basis(runtime)
    with runtime.database.write() as session:
        case = get_client(session, client_id, actor)
    with runtime.database.read() as session:
        card = load_offer_cards(session, [offer_id]).get(offer_id)
        earlier = find_earlier_referrals(session, client_id, offer_id, actor)
    if card is None:
        raise NotFoundError("no such offer")
    check = check_offer(case, offer_id, runtime.today, basis.table, basis.rules, basis.taxonomy)
    return case, card, check, earlier


def _goal_for(case: ClientCase, check: OfferCheck) -> str:
    """The goal that the offer serves, when there is one."""
    if check.match is None:
        return ""
    areas = [r.facts.get("area") for r in check.match.reasons if r.code == "goal"]
    areas.append(check.match.serves)
    return next((goal.id for area in areas for goal in case.open_goals if goal.area == area), "")


def _show_panel(
    form: ReferralForm,
    case: ClientCase,
    card: OfferCard,
    check: OfferCheck,
    earlier: tuple[ReferralLine, ...],
) -> str:
    form.despite_rules.data = " ".join(rule.code for rule in check.excluded_by)
    return render_template(
        "referrals/refer.html", form=form, case=case, card=card, check=check, earlier=earlier
    )


def _show_referral(found: ReferralCase, outcome: OutcomeForm, no_news: NoNewsForm) -> str:
    state = found.referral.state
    outcome.offer_choices(state)
    return render_template(
        "referrals/show.html",
        found=found,
        outcome=outcome,
        no_news=no_news,
        possible=next_states(state),
        takes_level=TAKES_LEVEL,
    )


def _outcome_again(referral_id: str, form: OutcomeForm) -> str:
    with current_runtime().database.write() as session:
        found = get_referral(session, referral_id, current_actor())
    no_news = NoNewsForm(formdata=None)
    no_news.version.data = str(found.referral.version)
    today = current_runtime().today
    no_news.follow_up_on.data = preset_day(follow_up_day(found.referral.state, today))
    return _show_referral(found, form, no_news)


def _no_news_again(referral_id: str, form: NoNewsForm) -> str:
    with current_runtime().database.write() as session:
        found = get_referral(session, referral_id, current_actor())
    outcome = OutcomeForm(formdata=None)
    outcome.version.data = str(found.referral.version)
    return _show_referral(found, outcome, form)
