"""Handing cases over: preparing it, doing it, reading about it, taking it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.colleagues import list_colleagues
from app.cases.handover_queries import (
    ProposedCase,
    get_case_note,
    get_handover,
    get_handover_note,
    list_handovers,
    list_proposed,
)
from app.cases.handovers import (
    MOST_CASES,
    CasesMovedError,
    CaseToHandOver,
    HandoverOrder,
    UndoneHandover,
    hand_over_cases,
    mark_as_seen,
    undo_handover,
)
from app.cases.rules import age_on
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.ids import new_id
from app.web.access import current_actor, permission
from app.web.case_work_tabs import list_case_work_tabs
from app.web.forms.case_work import HandoverForm, read_cases
from app.web.forms.problems import put_error
from app.web.handover_page import load_summary_views
from app.web.labels import caseload as caseload_words
from app.web.labels import cases as case_words
from app.web.labels import counselling as counselling_words
from app.web.labels import referrals as referral_words
from app.web.labels.handovers import handover_reason_label
from app.web.runtime import current_runtime

blueprint = Blueprint("handovers", __name__, url_prefix="/uebergaben")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "case_words": case_words,
        "caseload_words": caseload_words,
        "handover_reason_label": handover_reason_label,
        "counselling_words": counselling_words,
        "referral_words": referral_words,
        "case_work_tabs": list_case_work_tabs,
        "age_on": age_on,
    }


@blueprint.get("")
@permission("case:hand_over")
def show_list() -> str:
    """What came to me, and what I gave away."""
    with current_runtime().database.read() as session:
        lines = list_handovers(session, current_actor())
    return render_template("handovers/list.html", lines=lines)


@blueprint.get("/neu")
@permission("case:hand_over")
def prepare() -> str:
    """The chosen cases with what there is to know about each, and the form to hand them over."""
    form = HandoverForm()
    form.creation_key.data = new_id()
    chosen = tuple(request.args.getlist("fall")[:MOST_CASES])
    of_id, with_closed = request.args.get("von"), request.args.get("beendete") == "1"
    proposed = _list_proposed(chosen, of_id, with_closed=with_closed)
    if not proposed and (chosen or of_id):
        raise NotFoundError("no such case")
    typed = {case.client_id: "" for case in proposed if not case.is_household_only}
    return _show_form(form, proposed, typed, of_id=of_id, with_closed=with_closed)


@blueprint.post("")
@permission("case:hand_over")
def hand_over() -> str | Response | tuple[str, int]:
    """Hand the chosen cases over."""
    form, cases = HandoverForm(), read_cases(request.form)
    _offer_people(form)
    if not form.validate_on_submit():
        return _show_again(form, cases), 422
    order = HandoverOrder(
        to_id=form.to_id.data,
        reason=form.reason.data,
        cases=cases,
        note=form.note.data or "",
        creation_key=(form.creation_key.data or "")[:36] or new_id(),
    )
    runtime = current_runtime()
    address = f"{runtime.settings.public_url.rstrip('/')}{url_for('.show_list')}"
    try:
        with runtime.database.write() as session:
            handover = hand_over_cases(session, current_actor(), order, address)
    except InvalidInputError as error:
        if error.field in form:
            put_error(form[error.field], str(error))
        return _show_again(form, cases, "" if error.field in form else str(error)), 422
    except CasesMovedError as error:
        kept = tuple(case for case in cases if case.client_id not in error.client_ids)
        return _show_again(form, kept, str(error)), 409
    done = ngettext("%(num)s case was handed over.", "%(num)s cases were handed over.", len(cases))
    flash(done, "success")
    return redirect(url_for(".show", handover_id=handover.id), 303)


@blueprint.get("/<handover_id>")
@permission("case:hand_over")
def show(handover_id: str) -> str:
    """A handover: what there is to know about each case that one may see."""
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.write() as session:
        view = get_handover(session, actor, handover_id)
        ids = [case.client_id for case in view.cases]
        summaries = load_summary_views(session, runtime, actor, ids)
    return render_template("handovers/show.html", view=view, summaries=summaries)


@blueprint.get("/<handover_id>/notiz")
@permission("case:hand_over")
def note(handover_id: str) -> str:
    """The note about the handover as a whole."""
    with current_runtime().database.write() as session:
        text = get_handover_note(session, current_actor(), handover_id)
    return _show_note(text, url_for(".show", handover_id=handover_id))


@blueprint.get("/<handover_id>/faelle/<client_id>/notiz")
@permission("case:hand_over")
def case_note(handover_id: str, client_id: str) -> str:
    """The note about one case."""
    with current_runtime().database.write() as session:
        text = get_case_note(session, current_actor(), handover_id, client_id)
    return _show_note(text, url_for(".show", handover_id=handover_id))


@blueprint.post("/<handover_id>/gelesen")
@permission("case:hand_over")
def seen(handover_id: str) -> Response:
    """The new case worker has read about one case, or all of them."""
    with current_runtime().database.write() as session:
        mark_as_seen(session, current_actor(), handover_id, request.form.get("fall") or None)
    return redirect(url_for(".show", handover_id=handover_id), 303)


@blueprint.post("/<handover_id>/zuruecknehmen")
@permission("case:hand_over")
def undo(handover_id: str) -> Response:
    """Take a handover back."""
    actor = current_actor()
    try:
        with current_runtime().database.write() as session:
            undone = undo_handover(session, actor, handover_id)
    except ConflictError as error:
        flash(str(error), "warning")
        return redirect(url_for(".show", handover_id=handover_id), 303)
    with current_runtime().database.write() as session:
        visible = {
            case.client_id: case.client_name for case in get_handover(session, actor, handover_id).cases
        }
    _tell_undone(undone, visible)
    return redirect(url_for(".show", handover_id=handover_id), 303)


def _tell_undone(undone: UndoneHandover, visible: Mapping[str, str]) -> None:
    count = len(undone.returned)
    back = ngettext("%(num)s case is back.", "%(num)s cases are back.", count)
    flash(back if count else _("No case could be taken back."), "success" if count else "warning")
    if undone.kept:
        unseen = _("a case that you do not see any more")
        stays = ", ".join(
            f"{visible.get(client_id, unseen)} ({worker})" for client_id, worker in undone.kept.items()
        )
        flash(_("Not taken back, as they went on to somebody else: %(cases)s", cases=stays), "warning")


def _list_proposed(
    chosen: tuple[str, ...], of_id: str | None, *, with_closed: bool = False
) -> tuple[ProposedCase, ...]:
    with current_runtime().database.read() as session:
        return list_proposed(session, current_actor(), chosen, of_id, with_closed=with_closed)


def _offer_people(form: HandoverForm) -> None:
    with current_runtime().database.read() as session:
        people = list_colleagues(session)
    several = len({person.team for person in people}) > 1
    form.offer_people(
        [(p.id, f"{p.name} ({p.team})" if several and p.team else p.name) for p in people]
    )


def _show_again(form: HandoverForm, cases: tuple[CaseToHandOver, ...], problem: str = "") -> str:
    """The form with what was typed, after something could not be done."""
    typed = {case.client_id: case.note for case in cases}
    shown = tuple(dict.fromkeys((*typed, *request.form.getlist("gezeigt")[:MOST_CASES])))
    return _show_form(form, _list_proposed(shown, None), typed, problem=problem)


def _show_form(
    form: HandoverForm,
    proposed: tuple[ProposedCase, ...],
    typed: Mapping[str, str],
    *,
    problem: str = "",
    of_id: str | None = None,
    with_closed: bool = False,
) -> str:
    """``typed``: client → note, of those that are ticked."""
    runtime = current_runtime()
    _offer_people(form)
    with runtime.database.write() as session:
        ids = [case.client_id for case in proposed]
        summaries = load_summary_views(session, runtime, current_actor(), ids)
    return render_template(
        "handovers/prepare.html",
        form=form,
        proposed=proposed,
        typed=typed,
        summaries=summaries,
        problem=problem,
        of_id=of_id,
        with_closed=with_closed,
    )


def _show_note(text: str, back: str) -> str:
    is_part = "HX-Request" in request.headers
    return render_template(
        "handovers/note_text.html" if is_part else "handovers/note.html", text=text, back=back
    )
