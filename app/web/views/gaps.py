"""Gaps: what was looked for and is not there."""

from __future__ import annotations

import csv
import io

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.i18n import gettext as _
from app.core.paging import build_page
from app.directory.gaps import (
    GapCreate,
    GapState,
    build_overview,
    close_gap,
    count_gaps,
    list_gaps,
    log_gap,
    reopen_gap,
)
from app.directory.tables.directory_rows import guarded
from app.web.access import current_actor, permission
from app.web.forms.selections import GapForm
from app.web.labels.gaps import gap_facts, overview_words
from app.web.runtime import current_runtime

blueprint = Blueprint("gaps", __name__)

PER_PAGE = 50


@blueprint.route("/luecken/neu", methods=["GET", "POST"])
@permission("directory:suggest")
def report() -> str | Response | tuple[str, int]:
    """Say what is missing; filled in from the search that found nothing."""
    form = GapForm()
    if request.method == "GET":
        form.preset(request.args.to_dict())
        return render_template("gaps/new.html", form=form)
    if not form.validate_on_submit():
        return render_template("gaps/new.html", form=form), 422
    gap = GapCreate(
        text=form.text.data,
        kind=form.kind.data or None,
        course_kind=form.course_kind.data or None,
        level=form.level.data or None,
        language=form.language.data or None,
        place=form.place.data or None,
        weekday=int(form.weekday.data) if form.weekday.data else None,
    )
    with current_runtime().database.write() as session:
        log_gap(session, current_actor().id, gap)
    flash(_("Thank you. The gap is noted for those who plan."), "success")
    return redirect(url_for("directory.search"), 303)


@blueprint.get("/pflege/luecken")
@permission("directory:edit")
def gaps() -> str:
    """All gaps, and what is missing most often."""
    state: GapState = "closed" if request.args.get("stand") == "erledigt" else "open"
    with current_runtime().database.read() as session:
        found = list_gaps(session, state)
        counts = {"open": count_gaps(session, "open"), "closed": count_gaps(session, "closed")}
    page = build_page(found, request.args.get("seite", 1, type=int), PER_PAGE)
    return render_template(
        "gaps/list.html",
        page=page,
        counts=counts,
        state=state,
        gap_facts=gap_facts,
        overview=overview_words(build_overview(found)),
        page_address=lambda number: url_for(
            ".gaps",
            stand="erledigt" if state == "closed" else None,
            seite=number if number > 1 else None,
        ),
    )


@blueprint.post("/pflege/luecken/<gap_id>")
@permission("directory:edit")
def decide(gap_id: str) -> Response:
    """Close a gap with an answer, or open it again."""
    with current_runtime().database.write() as session:
        if request.form.get("was") == "oeffnen":
            reopen_gap(session, gap_id)
        else:
            close_gap(session, gap_id, request.form.get("antwort", ""))
    flash(_("Saved."), "success")
    return redirect(url_for(".gaps"), 303)


@blueprint.get("/pflege/luecken.csv")
@permission("directory:edit")
def table() -> Response:
    """All gaps as a table; without who reported them."""
    with current_runtime().database.read() as session:
        found = list_gaps(session)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(["Gemeldet am", "Stand", "Was fehlt", "Genauer", "Antwort"])
    for gap in found:
        words = [gap.text, ", ".join(gap_facts(gap.filters)), gap.answer]
        state = "offen" if gap.state == "open" else "erledigt"
        writer.writerow([f"{gap.at:%d.%m.%Y}", state, *map(guarded, words)])
    answer = make_response(out.getvalue().encode("utf-8-sig"))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="luecken.csv"'
    return answer
