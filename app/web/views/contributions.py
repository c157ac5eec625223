"""A client would like to help others: registered from the case, without typing everything twice."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.queries import get_case_head
from app.core.errors import CaseClosedError, ConflictError
from app.core.i18n import gettext as _
from app.core.ids import new_id
from app.operations.contributing import (
    OPEN_STAGES,
    RELEASED,
    contribute,
    find_contribution,
    forget_contribution,
    suggest_answers,
)
from app.web.access import current_actor, permission
from app.web.forms.joining import ContributionForm
from app.web.forms.parsing import list_language_names
from app.web.forms.problems import list_problems
from app.web.labels import contributions as contribution_words
from app.web.labels import volunteers as volunteer_words
from app.web.runtime import current_runtime

blueprint = Blueprint("contributions", __name__, url_prefix="/faelle/<client_id>/mithelfen")

Page = str | Response | tuple[str, int]


@blueprint.get("")
@permission("case:read")
def show(client_id: str) -> str:
    """How far it came, or the form with what the case knows."""
    return _show(client_id)


@blueprint.post("")
@permission("case:write")
def register(client_id: str) -> Page:
    """Register the client; the mail with the link goes to their own address."""
    runtime, actor = current_runtime(), current_actor()
    form = ContributionForm(request.form)
    with runtime.database.write() as session:  # for the audit entry; kept short
        birth_date = get_case_head(session, client_id, actor).client.birth_date
    answers = form.read(runtime.today)
    consent = form.read_consent(runtime.today, birth_date, RELEASED)
    if answers is None or consent is None:
        return _show(client_id, form), 422
    key = form.creation_key.data or new_id()
    try:
        with runtime.database.write() as session:
            contribute(session, runtime, actor, client_id, answers, consent, key)
    except (CaseClosedError, ConflictError) as error:
        flash(str(error), "warning")
    else:
        flash(_("Registered. A mail asks the client to confirm the address."), "success")
    return redirect(url_for(".show", client_id=client_id), 303)


@blueprint.post("/vergessen")
@permission("case:write")
def forget(client_id: str) -> Response:
    """The case forgets it; the entry of the person stays."""
    try:
        with current_runtime().database.write() as session:
            forget_contribution(session, current_actor(), client_id)
    except CaseClosedError as error:
        flash(str(error), "warning")
    else:
        flash(_("The case does not know of it any more."), "success")
    return redirect(url_for(".show", client_id=client_id), 303)


def _show(client_id: str, form: ContributionForm | None = None) -> str:
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.write() as session:  # for the audit entry; kept short
        head = get_case_head(session, client_id, actor)
        found = find_contribution(session, client_id)
        suggested = suggest_answers(session, head.client, runtime.today)
    if form is None:
        form = ContributionForm()
        form.suggest(suggested, new_id())
    return render_template(
        "contributions/of_case.html",
        head=head,
        found=found,
        is_open=found is not None and found.stage in OPEN_STAGES,
        form=form,
        problems=list_problems(form),
        words=volunteer_words,
        contribution_words=contribution_words,
        language_names=list_language_names("de"),
    )
