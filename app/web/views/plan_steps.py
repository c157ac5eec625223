"""The small steps towards the goals of an integration plan."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request
from werkzeug.wrappers import Response

from app.cases.plan_queries import find_goal, find_step
from app.cases.plan_steps import add_step, change_step, remove_step, tick_step
from app.core.errors import ConflictError, InvalidInputError
from app.core.ids import new_id
from app.web.access import current_actor, permission
from app.web.forms.plan import StepForm
from app.web.forms.problems import put_error
from app.web.forms.referrals import read_version
from app.web.plan_pages import Answer, PlanPage, back_to_plan, key_of, load_page, plan_page_words
from app.web.runtime import current_runtime

blueprint = Blueprint("plan_steps", __name__, url_prefix="/faelle/<client_id>/plan")
blueprint.context_processor(plan_page_words)


@blueprint.route("/ziele/<goal_id>/schritte", methods=["GET", "POST"])
@permission("case:write")
def new_step(client_id: str, goal_id: str) -> Answer:
    """Agree on a step towards a goal."""
    today = current_runtime().today
    form = StepForm()
    if request.method == "GET":
        form.creation_key.data, form.actor.data = new_id(), "client"
        return _show_step_form(client_id, goal_id, form)
    data = form.read(today)
    if data is None:
        return _show_step_form(client_id, goal_id, form), 422
    try:
        with current_runtime().database.write() as session:
            add_step(session, current_actor(), client_id, goal_id, data, key_of(form), today)
    except (InvalidInputError, ConflictError) as error:
        put_error(form.words, str(error))
        return _show_step_form(client_id, goal_id, form), 422
    return back_to_plan(client_id, goal_id)


@blueprint.route("/schritte/<step_id>/bearbeiten", methods=["GET", "POST"])
@permission("case:write")
def edit_step(client_id: str, step_id: str) -> Answer:
    """Reword a step."""
    today = current_runtime().today
    form = StepForm()
    loaded = load_page(client_id)
    goal, step = find_step(loaded.plan, step_id)
    if request.method == "GET":
        form.fill(step)
        form.version.data = str(loaded.plan.version)
        return _show_step_form(client_id, goal.id, form, loaded=loaded, step_id=step_id)
    data = form.read(today)
    if data is None:
        return _show_step_form(client_id, goal.id, form, loaded=loaded, step_id=step_id), 422
    version = read_version(form.version.data)
    try:
        with current_runtime().database.write() as session:
            change_step(session, current_actor(), client_id, step_id, data, version, today)
    except InvalidInputError as error:
        put_error(form.words, str(error))
        return _show_step_form(client_id, goal.id, form, loaded=loaded, step_id=step_id), 422
    except ConflictError:
        page = _show_step_form(
            client_id, goal.id, form, loaded=loaded, step_id=step_id, is_outdated=True
        )
        return page, 409
    return back_to_plan(client_id, goal.id)


@blueprint.post("/schritte/<step_id>/entfernen")
@permission("case:write")
def drop_step(client_id: str, step_id: str) -> Response:
    """Take a step out of the plan."""
    version = read_version(request.form.get("version"))
    try:
        with current_runtime().database.write() as session:
            remove_step(session, current_actor(), client_id, step_id, version, current_runtime().today)
    except (InvalidInputError, ConflictError) as error:
        flash(str(error), "warning")
    return back_to_plan(client_id)


@blueprint.post("/schritte/<step_id>/erledigt")
@permission("case:write")
def tick(client_id: str, step_id: str) -> Response:
    """Tick a step off, or take the tick away."""
    is_done = request.form.get("erledigt") == "1"
    try:
        with current_runtime().database.write() as session:
            step = tick_step(
                session, current_actor(), client_id, step_id, current_runtime().today, is_done=is_done
            )
            goal_id = step.goal_id
    except InvalidInputError as error:
        flash(str(error), "warning")
        return back_to_plan(client_id)
    return back_to_plan(client_id, goal_id)


def _show_step_form(
    client_id: str,
    goal_id: str,
    form: StepForm,
    *,
    loaded: PlanPage | None = None,
    step_id: str | None = None,
    is_outdated: bool = False,
) -> str:
    loaded = loaded or load_page(client_id)
    return render_template(
        "plan/step.html",
        head=loaded.head,
        goal=find_goal(loaded.plan, goal_id).goal,
        form=form,
        step_id=step_id,
        version=loaded.plan.version,
        is_outdated=is_outdated,
    )
