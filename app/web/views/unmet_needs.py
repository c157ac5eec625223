"""Nothing suits: say so, and what it failed for."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.errors import CaseClosedError
from app.core.i18n import gettext as _
from app.matching.types import GROUPS, order_groups
from app.operations.unmet_needs import count_reasons, filters_for, log_unmet_need
from app.web.access import current_actor, permission
from app.web.case_reading import open_case
from app.web.forms.unmet_needs import UnmetNeedForm
from app.web.labels import matching as match_words
from app.web.labels.unmet import gap_text
from app.web.runtime import current_runtime
from app.web.suggestions import matching_basis

blueprint = Blueprint("unmet_needs", __name__, url_prefix="/faelle/<client_id>")


@blueprint.get("/nichts-passendes")
@permission("referral:create")
def ask(client_id: str) -> str:
    """What was looked for; the rules behind it are ticked."""
    return _show(client_id, UnmetNeedForm(formdata=None), request.args.get("wofuer"), is_new=True)


@blueprint.post("/nichts-passendes")
@permission("referral:create")
def log(client_id: str) -> str | Response | tuple[str, int]:
    """Keep it."""
    form = UnmetNeedForm()
    need = form.read()
    if need is None:
        return _show(client_id, form, form.group.data), 422
    runtime = current_runtime()
    try:
        with runtime.database.write() as session:
            log_unmet_need(
                session,
                current_actor(),
                client_id,
                need,
                gap_text(need.group, need.words),
                runtime.today,
            )
    except CaseClosedError as error:
        flash(str(error), "warning")
    else:
        flash(_("Noted in the case, and told to those who plan, without the client."), "success")
    return redirect(url_for("cases.show_case", client_id=client_id), 303)


def _show(client_id: str, form: UnmetNeedForm, group: str | None, *, is_new: bool = False) -> str:
    runtime = current_runtime()
    with open_case(client_id) as (_session, case, facts):
        wanted = order_groups(facts)
    group = group if group in GROUPS else None
    if group is not None:
        result = matching_basis(runtime).rank(
            facts, runtime.today, filters=filters_for(group), limit=0, with_exclusions=True
        )
        reasons = count_reasons(result)
        form.offer_choices(reasons)
        if is_new:
            form.preset(group, reasons)
    return render_template(
        "cases/nothing_suits.html",
        case=case,
        form=form,
        group=group,
        groups=wanted,
        match_words=match_words,
    )
