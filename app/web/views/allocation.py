"""Rounds in which the places of course starts are given out: a proposal, and what people decide."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.errors import ConflictError, InvalidInputError
from app.core.i18n import format_day, ngettext
from app.core.i18n import gettext as _
from app.core.ids import new_id
from app.directory.models import Offer
from app.directory.queries import free_seats
from app.operations.allocation_rounds import calculate_anew, close_round, open_round
from app.operations.round_decisions import (
    NoSeatLeftError,
    confirm_all,
    confirm_line,
    decide_otherwise,
    read_reason,
    take_back,
)
from app.operations.round_queries import (
    RoundLine,
    RoundPage,
    get_round,
    list_rounds,
    list_start_choices,
)
from app.web.access import current_actor, permission
from app.web.case_work_tabs import list_case_work_tabs
from app.web.forms.allocation import CHOSEN, SEATS, DecisionForm, RoundForm
from app.web.forms.problems import put_error
from app.web.forms.referrals import read_version
from app.web.labels import allocation as allocation_words
from app.web.labels import waiting as waiting_words
from app.web.runtime import current_runtime
from app.web.suggestions import matching_basis

blueprint = Blueprint("allocation", __name__, url_prefix="/platzvergabe")

Answer = str | Response | tuple[str, int]
MOST_LINES = 500


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "allocation_words": allocation_words,
        "waiting_words": waiting_words,
        "seats_free": _seats_free,
        "case_work_tabs": list_case_work_tabs,
    }


@blueprint.get("")
@permission("allocation:manage")
def show_list() -> str:
    """The rounds of the team."""
    with current_runtime().database.read() as session:
        rounds = list_rounds(session, current_actor())
    return render_template("allocation/list.html", rounds=rounds)


@blueprint.get("/neu")
@permission("allocation:manage")
def new_round() -> str:
    """Choose course starts and how many places of each are given out."""
    form = RoundForm(formdata=None)
    form.creation_key.data = new_id()
    form.title.data = _("Round of %(day)s", day=format_day(current_runtime().today))
    return _show_new(form)


@blueprint.post("/neu")
@permission("allocation:manage")
def open_new() -> Answer:
    """Calculate the proposal; the answer is the page of the round."""
    runtime = current_runtime()
    form = RoundForm()
    order = form.read(request.form, request.form.getlist(CHOSEN))
    if order is None:
        return _show_new(form), 422
    basis = matching_basis(runtime)
    try:
        round_id = open_round(runtime.database, current_actor(), order, basis, runtime.today)
    except (InvalidInputError, ConflictError) as error:
        put_error(form.courses, str(error))
        return _show_new(form), 422
    return redirect(url_for(".show_round", round_id=round_id), 303)


@blueprint.get("/<round_id>")
@permission("allocation:manage")
def show_round(round_id: str) -> str:
    """The proposal beside the plain list, what was decided, and how fair it is."""
    return render_template("allocation/show.html", page=_load(round_id))


@blueprint.post("/<round_id>/neu-berechnen")
@permission("allocation:manage")
def calculate(round_id: str) -> Response:
    """Calculate the proposal anew; what was decided stays."""
    runtime = current_runtime()
    try:
        basis = matching_basis(runtime)
        calculate_anew(runtime.database, current_actor(), round_id, basis, runtime.today)
    except (InvalidInputError, ConflictError) as error:
        flash(str(error), "warning")
    else:
        flash(_("Calculated anew; what was decided stays."), "success")
    return _back(round_id)


@blueprint.get("/<round_id>/bestaetigen")
@permission("allocation:manage")
def ask_all(round_id: str) -> str:
    """All places that are still open, before they are confirmed together."""
    return render_template("allocation/confirm_all.html", page=_load(round_id))


@blueprint.post("/<round_id>/bestaetigen")
@permission("allocation:manage")
def confirm_many(round_id: str) -> Response:
    """Confirm the lines that were shown."""
    runtime = current_runtime()
    shown = [one.partition(":") for one in request.form.getlist("zeile")[:MOST_LINES]]
    lines = [(line_id, read_version(version)) for line_id, _colon, version in shown]
    with runtime.database.write() as session:
        done, refused = confirm_all(
            session, current_actor(), round_id, lines, matching_basis(runtime), runtime.today
        )
    if done:
        flash(ngettext("%(num)s place is confirmed.", "%(num)s places are confirmed.", done), "success")
    for words, count in _count(one.words for one in refused).items():
        flash(f"{words} ({count}×)" if count > 1 else words, "warning")
    return _back(round_id)


@blueprint.post("/<round_id>/zeilen/<line_id>/bestaetigen")
@permission("allocation:manage")
def confirm(round_id: str, line_id: str) -> Response:
    """Give the proposed place."""
    runtime = current_runtime()
    try:
        with runtime.database.write() as session:
            confirm_line(
                session,
                current_actor(),
                round_id,
                line_id,
                read_version(request.form.get("version")),
                matching_basis(runtime),
                runtime.today,
            )
    except (InvalidInputError, ConflictError, NoSeatLeftError) as error:
        flash(str(error), "warning")
    else:
        flash(
            _("The place is confirmed; the case worker finds the referral on the page of the day."),
            "success",
        )
    return _back(round_id, line_id)


@blueprint.get("/<round_id>/zeilen/<line_id>/anders")
@permission("allocation:manage")
def decide(round_id: str, line_id: str) -> Answer:
    """The form to decide otherwise."""
    page = _load(round_id)
    line = _find_line(page, line_id)
    if line is None or line.client_id is None or page.round.state != "open":
        return _back(round_id)
    form = DecisionForm(formdata=None)
    form.version.data = str(line.line.version)
    return _show_decision(page, line, form)


@blueprint.post("/<round_id>/zeilen/<line_id>/anders")
@permission("allocation:manage")
def decide_now(round_id: str, line_id: str) -> Answer:
    """Another course, or no place, with the reason."""
    runtime = current_runtime()
    form = DecisionForm()
    decision = form.read()
    if decision is None:
        return _decision_again(round_id, line_id, form)
    try:
        with runtime.database.write() as session:
            decide_otherwise(
                session,
                current_actor(),
                round_id,
                line_id,
                decision,
                read_version(form.version.data),
                matching_basis(runtime),
                runtime.today,
            )
    except (InvalidInputError, ConflictError, NoSeatLeftError) as error:
        put_error(form.offer_id, str(error))
        return _decision_again(round_id, line_id, form, is_outdated=isinstance(error, ConflictError))
    flash(_("Decided; the reason is kept."), "success")
    return _back(round_id, line_id)


@blueprint.post("/<round_id>/zeilen/<line_id>/zuruecknehmen")
@permission("allocation:manage")
def undo(round_id: str, line_id: str) -> Response:
    """Undo a decision while the round is open."""
    runtime = current_runtime()
    try:
        with runtime.database.write() as session:
            version = read_version(request.form.get("version"))
            take_back(session, current_actor(), round_id, line_id, version, runtime.today)
    except ConflictError as error:
        flash(str(error), "warning")
    else:
        flash(_("Taken back: the line is open again."), "success")
    return _back(round_id, line_id)


@blueprint.get("/<round_id>/zeilen/<line_id>/grund")
@permission("allocation:manage")
def reason(round_id: str, line_id: str) -> str:
    """Why a person decided otherwise: a page of its own, or swapped into the line."""
    with current_runtime().database.write() as session:
        text = read_reason(session, current_actor(), round_id, line_id)
    template = "waiting/note_text.html" if "HX-Request" in request.headers else "allocation/reason.html"
    return render_template(template, text=text, round_id=round_id)


@blueprint.post("/<round_id>/abschliessen")
@permission("allocation:manage")
def close(round_id: str) -> Response:
    """Close the round: what nobody decided lapses."""
    with current_runtime().database.write() as session:
        close_round(session, current_actor(), round_id)
    flash(_("The round is closed."), "success")
    return _back(round_id)


def _load(round_id: str) -> RoundPage:
    runtime = current_runtime()
    version = runtime.matching_rules.version
    with runtime.database.write() as session:  # for the audit entry
        return get_round(session, current_actor(), round_id, version)


def _show_new(form: RoundForm) -> str:
    with current_runtime().database.read() as session:
        choices = list_start_choices(session, current_actor())
    return render_template(
        "allocation/new.html",
        form=form,
        choices=choices,
        chosen=set(request.form.getlist(CHOSEN)),
        typed={
            name.removeprefix(SEATS): value
            for name, value in request.form.items()
            if name.startswith(SEATS)
        },
    )


def _show_decision(page: RoundPage, line: RoundLine, form: DecisionForm) -> str:
    courses = [
        (course.offer.id, _course_words(course.offer, course.seats - course.taken))
        for course in page.courses
        if course.seats > course.taken
    ]
    form.offer_choices(courses)
    return render_template("allocation/decide.html", page=page, one=line, form=form)


def _decision_again(
    round_id: str, line_id: str, form: DecisionForm, *, is_outdated: bool = False
) -> Answer:
    """The form once more, with what was typed and, if it is outdated, beside what holds by now."""
    page = _load(round_id)
    line = _find_line(page, line_id)
    if line is None or line.client_id is None:
        return _back(round_id)
    if is_outdated:
        form.version.data = str(line.line.version)
    return _show_decision(page, line, form), 422


def _course_words(offer: Offer, left: int) -> str:
    words = ngettext("%(num)s place left", "%(num)s places left", left)
    return f"{offer.title} ({words})"


def _find_line(page: RoundPage, line_id: str) -> RoundLine | None:
    lines = [*page.others, *(line for course in page.courses for line in course.lines)]
    return next((one for one in lines if one.line.id == line_id), None)


def _seats_free(offer: Offer) -> int | None:
    return free_seats(offer.seats_max, offer.seats_booked)


def _count(words: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in words:
        counts[one] = counts.get(one, 0) + 1
    return counts


def _back(round_id: str, line_id: str | None = None) -> Response:
    anchor = f"zeile-{line_id}" if line_id else None
    return redirect(url_for(".show_round", round_id=round_id, _anchor=anchor), 303)
