"""The goals of an integration plan: agreed, reworded, settled, put in order."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request
from werkzeug.wrappers import Response

from app.cases.goals import set_goal_state
from app.cases.plan import add_goal, change_goal, place_goal, replace_goal
from app.cases.plan_queries import find_goal
from app.core.errors import ConflictError, InvalidInputError
from app.core.ids import new_id
from app.directory.codes import GOAL_AREAS
from app.web.access import current_actor, permission
from app.web.forms.plan import GoalForm, GoalStateForm, ReplaceGoalForm
from app.web.forms.problems import put_error
from app.web.forms.referrals import read_version
from app.web.plan_pages import Answer, PlanPage, back_to_plan, key_of, load_page, plan_page_words
from app.web.runtime import current_runtime

blueprint = Blueprint("plan_goals", __name__, url_prefix="/faelle/<client_id>/plan")
blueprint.context_processor(plan_page_words)


@blueprint.route("/ziele/neu", methods=["GET", "POST"])
@permission("case:write")
def new_goal(client_id: str) -> Answer:
    """Agree on a goal."""
    today = current_runtime().today
    form = GoalForm()
    if request.method == "GET":
        form.creation_key.data = new_id()
        area = request.args.get("bereich", "")
        form.area.data = area if area in GOAL_AREAS else GOAL_AREAS[0]
        return _show_goal_form(client_id, form)
    data = form.read(today)
    if data is None:
        return _show_goal_form(client_id, form), 422
    try:
        with current_runtime().database.write() as session:
            key = key_of(form)
            goal = add_goal(session, current_actor(), client_id, data, key, today)
            goal_id = goal.id
    except InvalidInputError as error:
        put_error(form[error.field], str(error))
        return _show_goal_form(client_id, form), 422
    return back_to_plan(client_id, goal_id)


@blueprint.route("/ziele/<goal_id>/bearbeiten", methods=["GET", "POST"])
@permission("case:write")
def edit_goal(client_id: str, goal_id: str) -> Answer:
    """Reword a goal."""
    today = current_runtime().today
    form = GoalForm()
    if request.method == "GET":
        loaded = load_page(client_id)
        form.fill(find_goal(loaded.plan, goal_id).goal)
        form.version.data = str(loaded.plan.version)
        return _show_goal_form(client_id, form, goal_id, loaded=loaded)
    data = form.read(today)
    if data is None:
        return _show_goal_form(client_id, form, goal_id), 422
    version = read_version(form.version.data)
    try:
        with current_runtime().database.write() as session:
            change_goal(session, current_actor(), client_id, goal_id, data, version, today)
    except InvalidInputError as error:
        put_error(form[error.field], str(error))
        return _show_goal_form(client_id, form, goal_id), 422
    except ConflictError:
        return _show_goal_form(client_id, form, goal_id, is_outdated=True), 409
    return back_to_plan(client_id, goal_id)


@blueprint.route("/ziele/<goal_id>/ersetzen", methods=["GET", "POST"])
@permission("case:write")
def change_for_another(client_id: str, goal_id: str) -> Answer:
    """Let another goal take the place."""
    today = current_runtime().today
    form = ReplaceGoalForm()
    form.offer_reasons("changed")
    if request.method == "GET":
        loaded = load_page(client_id)
        form.fill(find_goal(loaded.plan, goal_id).goal)
        form.version.data = str(loaded.plan.version)
        form.creation_key.data, form.takes_steps.data = new_id(), True
        return _show_goal_form(client_id, form, goal_id, loaded=loaded)
    data, explanation = form.read(today), form.read_explanation()
    if data is None or explanation is None:
        return _show_goal_form(client_id, form, goal_id), 422
    reason, note = explanation
    try:
        with current_runtime().database.write() as session:
            goal = replace_goal(
                session,
                current_actor(),
                client_id,
                goal_id,
                data,
                key_of(form),
                read_version(form.version.data),
                today,
                reason=reason,
                note=note,
                takes_steps=bool(form.takes_steps.data),
            )
            new_goal_id = goal.id
    except InvalidInputError as error:
        put_error(form[error.field], str(error))
        return _show_goal_form(client_id, form, goal_id), 422
    except ConflictError:
        return _show_goal_form(client_id, form, goal_id, is_outdated=True), 409
    return back_to_plan(client_id, new_goal_id)


@blueprint.route("/ziele/<goal_id>/erreicht", methods=["GET", "POST"])
@permission("case:write")
def reach(client_id: str, goal_id: str) -> Answer:
    """Mark a goal as reached."""
    return _settle(client_id, goal_id, "reached")


@blueprint.route("/ziele/<goal_id>/aufgegeben", methods=["GET", "POST"])
@permission("case:write")
def give_up(client_id: str, goal_id: str) -> Answer:
    """Give a goal up."""
    return _settle(client_id, goal_id, "given_up")


@blueprint.post("/ziele/<goal_id>/offen")
@permission("case:write")
def take_up(client_id: str, goal_id: str) -> Response:
    """Take a goal up again."""
    _set_state(client_id, goal_id, "open")
    return back_to_plan(client_id, goal_id)


@blueprint.post("/ziele/<goal_id>/platz")
@permission("case:write")
def place(client_id: str, goal_id: str) -> Response:
    """Put a goal to a place that is named: a double click does not move it twice."""
    to = request.form.get("platz", type=int)
    try:
        with current_runtime().database.write() as session:
            place_goal(session, current_actor(), client_id, goal_id, to or 0, current_runtime().today)
    except InvalidInputError as error:
        flash(str(error), "warning")
    return back_to_plan(client_id, goal_id)


def _show_goal_form(
    client_id: str,
    form: GoalForm,
    goal_id: str | None = None,
    *,
    loaded: PlanPage | None = None,
    is_outdated: bool = False,
) -> str:
    loaded = loaded or load_page(client_id)
    return render_template(
        "plan/goal.html",
        head=loaded.head,
        form=form,
        planned=find_goal(loaded.plan, goal_id) if goal_id else None,
        replaces=isinstance(form, ReplaceGoalForm),
        is_outdated=is_outdated,
    )


def _settle(client_id: str, goal_id: str, state: str) -> Answer:
    form = GoalStateForm()
    form.offer_reasons(state)
    if request.method == "GET":
        if state == "reached":
            form.reason.data = "seen"
        return _show_state_form(client_id, goal_id, state, form)
    explanation = form.read_explanation()
    if explanation is None:
        return _show_state_form(client_id, goal_id, state, form), 422
    reason, note = explanation
    _set_state(client_id, goal_id, state, reason, note)
    return back_to_plan(client_id, goal_id)


def _set_state(
    client_id: str, goal_id: str, state: str, reason: str | None = None, note: str | None = None
) -> None:
    today = current_runtime().today
    try:
        with current_runtime().database.write() as session:
            set_goal_state(
                session, current_actor(), client_id, goal_id, state, today, reason=reason, note=note
            )
    except InvalidInputError as error:
        flash(str(error), "warning")


def _show_state_form(client_id: str, goal_id: str, state: str, form: GoalStateForm) -> str:
    loaded = load_page(client_id)
    planned = find_goal(loaded.plan, goal_id)
    return render_template("plan/state.html", head=loaded.head, planned=planned, state=state, form=form)
