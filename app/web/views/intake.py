"""The intake: all that is asked about a client, saved part by part as one types."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.cases.corrections import get_correction, list_corrections
from app.cases.field_merging import marks_of, read_marks
from app.cases.levels import list_level_history
from app.cases.needs import get_needs
from app.cases.queries import get_case_head
from app.cases.rules import age_on, is_minor
from app.cases.service import update_client
from app.core.clock import utc_now
from app.core.i18n import current_language
from app.core.i18n import gettext as _
from app.settings import TIMEZONE
from app.web.access import current_actor, permission
from app.web.forms.countries import list_country_names
from app.web.forms.intake import NeedsForm
from app.web.forms.intake_reading import read_needs
from app.web.forms.parsing import list_language_names
from app.web.forms.problems import put_error
from app.web.intake_page import (
    SectionView,
    build_views,
    load_intake,
    load_place_names,
    load_understood,
    save_section,
    show_again,
)
from app.web.intake_sections import get_section
from app.web.labels import cases as case_words
from app.web.labels import intake as intake_words
from app.web.runtime import current_runtime

blueprint = Blueprint("intake", __name__, url_prefix="/faelle/<client_id>")

NEEDS = "accessibility_note"
Page = str | BaseResponse | tuple[str, int]


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"case_words": case_words, "intake_words": intake_words, "is_minor": is_minor}


@blueprint.get("/aufnahme")
@permission("case:read")
def show(client_id: str) -> str:
    """All parts, as they are stored."""
    return _show_page(client_id)


@blueprint.post("/aufnahme/<section>")
@permission("case:write")
def save(client_id: str, section: str) -> Page:
    """Save one part: for the page's own script, or by its button."""
    runtime, actor = current_runtime(), current_actor()
    part = get_section(section)
    with runtime.database.write() as session:
        view = save_section(session, actor, client_id, part, request.form, runtime)
    status = 409 if view.conflicts else 422 if view.problems else 200
    if request.accept_mimetypes.best == "application/json":
        return _answer(client_id, view, status)
    if status == 200:
        flash(_("“%(part)s” is saved.", part=part.title), "success")
        return redirect(url_for(".show", client_id=client_id, _anchor=part.slug), 303)
    return _show_page(client_id, show_again(view)), status


def _show_page(client_id: str, *typed: SectionView) -> str:
    runtime = current_runtime()
    with runtime.database.write() as session:
        intake = load_intake(session, client_id, current_actor(), runtime)
    client = intake.head.client
    return render_template(
        "intake/show.html",
        head=intake.head,
        intake=intake,
        views=build_views(intake, *typed),
        age=age_on(client.birth_date, runtime.today),
        has_needs=client.accessibility_note is not None,
        languages=list_language_names(current_language()),
        countries=list_country_names(current_language()),
    )


def _answer(client_id: str, view: SectionView, status: int) -> BaseResponse:
    """What the script shows: what was saved, what not, and what was understood."""
    answer = {
        "status": _("Saved %(time)s", time=f"{utc_now().astimezone(TIMEZONE):%H:%M}"),
        "as_read": view.as_read,
        "insist": view.insist,
        "weaker": list(view.weaker),
        "errors": {one.field_id: one.words for one in view.problems},
        "fragments": _fragments(client_id, view),
    }
    if status != 200:
        answer["status"] = _("Not everything is saved yet: please look at what is marked.")
    response: Response = jsonify(answer)
    response.status_code = status
    return response


def _fragments(client_id: str, view: SectionView) -> dict[str, str]:
    """Parts of the page that change by saving, by their id."""
    runtime = current_runtime()
    with runtime.database.read() as session:
        match view.section.code:
            case "interests":
                understood = load_understood(session, client_id, runtime)
                return {"understood": render_template("intake/understood.html", lines=understood)}
            case "german":
                levels = list_level_history(session, client_id)
                return {"level-history": render_template("intake/levels.html", lines=levels)}
            case _other:
                return {}


@blueprint.route("/barrierefreiheit", methods=["GET", "POST"])
@permission("case:write")
def needs(client_id: str) -> Page:
    """What is needed in detail; each reading is noted."""
    runtime, actor = current_runtime(), current_actor()
    form = NeedsForm(request.form)
    if request.method == "GET":
        with runtime.database.write() as session:
            text = get_needs(session, actor, client_id)
        form.accessibility_note.data = text or ""
        form.as_read.data = marks_of({NEEDS: text})
        return _show_needs(client_id, form)
    data = read_needs(form)
    if data is None:
        return _show_needs(client_id, form), 422
    with runtime.database.write() as session:
        change = update_client(
            session, actor, client_id, data, read_marks(form.as_read.data or ""),
            taxonomy=runtime.taxonomy, today=runtime.today,
        )  # fmt: skip
    if change.conflicts:
        put_error(form.accessibility_note, _("Somebody else changed this text in the meantime."))
        return _show_needs(client_id, form, is_outdated=True), 409
    flash(_("Saved."), "success")
    return redirect(url_for(".show", client_id=client_id, _anchor="barrieren"), 303)


def _show_needs(client_id: str, form: NeedsForm, *, is_outdated: bool = False) -> str:
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, current_actor())
    return render_template("intake/needs.html", head=head, form=form, is_outdated=is_outdated)


@blueprint.get("/aenderungen")
@permission("case:read")
def changes(client_id: str) -> str:
    """What was changed in the case, by whom and when."""
    page_wanted = request.args.get("seite", 1, type=int)
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, current_actor())
        page = list_corrections(session, client_id, intake_words.OPEN_FIELDS, page_wanted)
        names = load_place_names(session)
    return render_template(
        "intake/changes.html",
        head=head,
        page=page,
        names=names,
        page_address=lambda number: url_for(
            ".changes", client_id=client_id, seite=number if number > 1 else None
        ),
    )


@blueprint.get("/aenderungen/<correction_id>")
@permission("case:read")
def change(client_id: str, correction_id: str) -> str:
    """One change of a sensitive text; the reading is noted."""
    with current_runtime().database.write() as session:
        line = get_correction(session, current_actor(), client_id, correction_id)
        head = get_case_head(session, client_id, current_actor())
    return render_template("intake/change.html", head=head, line=line)
