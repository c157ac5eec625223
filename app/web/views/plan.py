"""The integration plan of a case: its page, signature, reviews, notes, and the paper to sign."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, make_response, render_template, request
from werkzeug.wrappers import Response

from app.cases.plan import record_review, sign_plan
from app.cases.plan_queries import load_plan, read_goal_note, read_review_note
from app.cases.plan_rules import first_review_day
from app.cases.queries import get_case_head
from app.core.errors import ConflictError, InvalidInputError
from app.core.i18n import gettext as _
from app.core.ids import new_id
from app.printouts.papers.book import PAPER_LANGUAGES
from app.printouts.papers.rendering import render_paper
from app.referrals.goal_results import load_referrals_by_goal
from app.web.access import current_actor, permission
from app.web.case_reading import open_case
from app.web.forms.plan import ReviewForm, SignatureForm, StepForm
from app.web.forms.problems import put_error
from app.web.forms.referrals import preset_day, read_version
from app.web.goal_suggestions import GoalOutlook, build_outlooks
from app.web.plan_pages import (
    Answer,
    back_to_plan,
    key_of,
    load_page,
    paper_language_of,
    plan_page_words,
)
from app.web.plan_paper import build_plan
from app.web.runtime import current_runtime
from app.web.set_aside import load_set_aside
from app.web.suggestions import matching_basis

blueprint = Blueprint("plan", __name__, url_prefix="/faelle/<client_id>")
blueprint.context_processor(plan_page_words)


_OFFERS_PER_GROUP = 8


@blueprint.get("/plan")
@permission("case:read")
def show(client_id: str) -> str:
    """The plan with what was tried for each goal and what comes next."""
    runtime, actor = current_runtime(), current_actor()
    with open_case(client_id, action="plan.read") as (session, case, facts):
        plan = load_plan(session, client_id)
        referrals = load_referrals_by_goal(session, client_id, actor)
        set_aside = load_set_aside(session, client_id)
    basis = matching_basis(runtime)
    matches = basis.rank(facts, runtime.today, per_group=_OFFERS_PER_GROUP).matches
    cards = runtime.offer_cards.load(basis.table.revision, [match.offer_id for match in matches])
    outlooks = build_outlooks(case, plan.open_goals, referrals, matches, cards, runtime.today)
    return render_template(
        "plan/show.html",
        head=case.head,
        plan=plan,
        outlooks=outlooks,
        referrals=referrals,
        step_forms=_step_forms(outlooks) if case.head.is_writable else {},
        paper_languages=PAPER_LANGUAGES,
        own_language=paper_language_of(case.head),
        **set_aside,
    )


@blueprint.get("/plan/ziele/<goal_id>/notiz")
@permission("case:read")
def goal_note(client_id: str, goal_id: str) -> str:
    """The note on why a goal is not open; each reading is in the access log."""
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, current_actor(), action="plan.read")
        text = read_goal_note(session, client_id, goal_id, current_actor())
    return render_template("plan/note.html", head=head, text=text)


@blueprint.get("/plan/ueberpruefungen/<review_id>/notiz")
@permission("case:read")
def review_note(client_id: str, review_id: str) -> str:
    """The note on a review; each reading is in the access log."""
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, current_actor(), action="plan.read")
        text = read_review_note(session, client_id, review_id, current_actor())
    return render_template("plan/note.html", head=head, text=text)


@blueprint.route("/plan/unterschrift", methods=["GET", "POST"])
@permission("case:write")
def sign(client_id: str) -> Answer:
    """Record that the plan as it stands was signed."""
    today = current_runtime().today
    form = SignatureForm()
    form.offer_languages(PAPER_LANGUAGES)
    loaded = load_page(client_id)
    if request.method == "GET":
        form.version.data = str(loaded.plan.version)
        form.signed_on.data = preset_day(today)
        form.language.data = paper_language_of(loaded.head)
        return render_template("plan/sign.html", head=loaded.head, plan=loaded.plan, form=form)
    data = form.read(today)
    if data is None:
        return render_template("plan/sign.html", head=loaded.head, plan=loaded.plan, form=form), 422
    try:
        with current_runtime().database.write() as session:
            sign_plan(session, current_actor(), client_id, data, read_version(form.version.data), today)
    except InvalidInputError as error:
        put_error(form.signed_on, str(error))
        return render_template("plan/sign.html", head=loaded.head, plan=loaded.plan, form=form), 422
    except ConflictError:
        form.version.data = str(loaded.plan.version)
        words = _(
            "The plan was changed in the meantime: please print it once more before it is signed."
        )
        put_error(form.signed_on, words)
        return render_template("plan/sign.html", head=loaded.head, plan=loaded.plan, form=form), 409
    flash(_("The signature is recorded."), "success")
    return back_to_plan(client_id)


@blueprint.route("/plan/ueberpruefung", methods=["GET", "POST"])
@permission("case:write")
def review(client_id: str) -> Answer:
    """Record that the plan was looked at together, and when it will be again."""
    today = current_runtime().today
    form = ReviewForm()
    loaded = load_page(client_id)
    if request.method == "GET":
        form.creation_key.data = new_id()
        form.reviewed_on.data = preset_day(today)
        form.next_on.data = preset_day(first_review_day(today))
        return render_template("plan/review.html", head=loaded.head, form=form)
    data = form.read(today)
    if data is None:
        return render_template("plan/review.html", head=loaded.head, form=form), 422
    with current_runtime().database.write() as session:
        record_review(session, current_actor(), client_id, data, key_of(form), today)
    flash(_("The review is recorded."), "success")
    return back_to_plan(client_id)


@blueprint.get("/plan.pdf")
@permission("case:read")
def paper(client_id: str) -> Response:
    """The plan on paper, in German and the language asked for (``sprache``)."""
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.write() as session:
        head = get_case_head(session, client_id, actor, action="plan.print")
    with runtime.database.read() as session:
        plan = load_plan(session, client_id)
        referrals = load_referrals_by_goal(session, client_id, actor)
    wanted = request.args.get("sprache")
    language = wanted if wanted in PAPER_LANGUAGES else paper_language_of(head)
    answer = make_response(render_paper(build_plan(head, plan, referrals, language, runtime.today)))
    answer.mimetype = "application/pdf"
    # The name of the file tells nothing about the client: it may stay in a folder.
    answer.headers["Content-Disposition"] = 'inline; filename="plan.pdf"'
    return answer


def _step_forms(outlooks: Sequence[GoalOutlook]) -> dict[str, StepForm]:
    """An empty form for a further step of each goal."""
    forms = {}
    for one in outlooks:
        form = StepForm(formdata=None)
        form.creation_key.data, form.actor.data = new_id(), "client"
        form.tell_apart(one.goal.id)
        forms[one.goal.id] = form
    return forms
