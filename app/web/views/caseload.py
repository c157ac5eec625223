"""The list of cases, and how they are spread over the team."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from app.cases.caseload import summarise_team
from app.cases.caseload_rules import SORTS, STATES
from app.cases.rules import age_on
from app.referrals.case_figures import count_due_of_workers
from app.web.access import current_actor, permission
from app.web.case_work_tabs import list_case_work_tabs
from app.web.caseload_page import list_chips, list_facets, load_caseload, page_address, sort_address
from app.web.forms.caseload import PARAMETER_OF_SORT, PARAMETER_OF_STATE, read_caseload_request
from app.web.labels import caseload as caseload_words
from app.web.labels import cases as case_words
from app.web.runtime import current_runtime

blueprint = Blueprint("caseload", __name__, url_prefix="/faelle")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "case_words": case_words,
        "caseload_words": caseload_words,
        "case_work_tabs": list_case_work_tabs,
    }


@blueprint.get("")
@permission("case:read")
def list_cases() -> str:
    """The clients one may see, sorted and narrowed."""
    actor, wanted = current_actor(), read_caseload_request(request.args)
    view = load_caseload(current_runtime(), actor, wanted)
    facets = list_facets(view.caseload, wanted.filters)
    return render_template(
        "caseload/list.html",
        view=view,
        caseload=view.caseload,
        filters=wanted.filters,
        facets=facets,
        chips=list_chips(wanted.filters, facets),
        sorts=SORTS,
        states=STATES,
        sort_words=PARAMETER_OF_SORT,
        state_words=PARAMETER_OF_STATE,
        age_on=age_on,
        sort_address=lambda sort: sort_address(wanted.filters, sort),
        page_address=lambda number: page_address(wanted.filters, number),
    )


@blueprint.get("/team")
@permission("team:manage")
def team() -> str:
    """The cases of the team in figures, case worker by case worker."""
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.read() as session:
        loads = summarise_team(session, actor, runtime.today)
        due = count_due_of_workers(session, actor, runtime.today)
    return render_template("caseload/team.html", loads=loads, due=due)
