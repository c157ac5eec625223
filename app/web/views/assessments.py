"""Self-assessments seen from the case: asking, typing in from paper, opening the answers."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.assessments import (
    HOME_DAYS,
    Place,
    find_home_link,
    list_assessments,
    read_assessment,
    record_paper,
    start_assessment,
)
from app.cases.queries import get_case_head
from app.cases.rules import sheet_language
from app.core.clock import now, utc_now
from app.core.i18n import gettext as _
from app.core.secrets import session_secret
from app.printouts.papers.assessment import PAPER, build_assessment_paper
from app.printouts.papers.book import PAPER_LANGUAGES, load_paper_book, paper_language
from app.printouts.papers.rendering import render_paper
from app.printouts.pdf import qr_svg
from app.settings import TIMEZONE
from app.web.access import current_actor, permission
from app.web.forms.assessments import AssessmentForm
from app.web.forms.contacts import form_key
from app.web.runtime import current_runtime

blueprint = Blueprint("assessments", __name__, url_prefix="/faelle/<client_id>")

SCREEN_SCALE: Final = 4
"""Pixels a module of the code on the screen."""
Answer = str | Response | tuple[str, int]


@blueprint.get("/selbsteinschaetzung")
@permission("case:read")
def show(client_id: str) -> str:
    """When the client told how things are, and the ways to ask again."""
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.write() as session:
        head = get_case_head(session, client_id, actor)
        lines = list_assessments(session, actor, client_id)
        home = None
        if head.is_writable:
            secret = session_secret(runtime.settings)
            home = find_home_link(session, client_id, secret, utc_now())
    client = head.client
    language = sheet_language(client.sheet_language, client.reads, client.languages, PAPER_LANGUAGES)
    address = _public_address(home.token, language) if home else ""
    return render_template(
        "assessments/show.html",
        head=head,
        lines=lines,
        languages=PAPER_LANGUAGES,
        language=paper_language(language),
        home=home,
        address=address,
        code=qr_svg(address, SCREEN_SCALE) if home else "",
        home_days=HOME_DAYS,
    )


@blueprint.post("/selbsteinschaetzung/beginnen")
@permission("case:write")
def start(client_id: str) -> Response:
    """Open the questions on this screen, or make a link that the client takes home."""
    runtime = current_runtime()
    language = paper_language(request.form.get("sprache"))
    place: Place = "home" if request.form.get("wo") == "zuhause" else "here"
    secret = session_secret(runtime.settings)
    with runtime.database.write() as session:
        link = start_assessment(session, current_actor(), client_id, secret, place, utc_now())
    if place == "home":
        return redirect(url_for(".show", client_id=client_id, _anchor="zuhause"), 303)
    return redirect(url_for("self_assessment.show", token=link.token, sprache=language), 303)


@blueprint.get("/selbsteinschaetzung.pdf")
@permission("case:write")
def paper(client_id: str) -> Response:
    """The questions on paper, with a code that opens them on a phone."""
    runtime, actor = current_runtime(), current_actor()
    language = paper_language(request.args.get("sprache"))
    secret = session_secret(runtime.settings)
    with runtime.database.write() as session:
        link = start_assessment(session, actor, client_id, secret, "home", utc_now())
    content = build_assessment_paper(
        load_paper_book(PAPER, language),
        _public_address(link.token, language),
        link.expires_at.astimezone(TIMEZONE).date(),
        runtime.today,
    )
    answer = make_response(render_paper(content))
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = 'inline; filename="selbsteinschaetzung.pdf"'
    return answer


@blueprint.route("/selbsteinschaetzung/eintragen", methods=["GET", "POST"])
@permission("case:write")
def enter(client_id: str) -> Answer:
    """Type in what was ticked on paper."""
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.write() as session:
        head = get_case_head(session, client_id, actor)
    form = AssessmentForm()
    if request.method == "GET":
        client = head.client
        wanted = sheet_language(client.sheet_language, client.reads, client.languages, PAPER_LANGUAGES)
        form.preset(runtime.today, paper_language(wanted))
        return render_template("assessments/enter.html", head=head, form=form)
    moment = now(runtime.settings)
    data = form.read(moment, runtime.today)
    if data is None:
        return render_template("assessments/enter.html", head=head, form=form), 422
    with runtime.database.write() as session:
        record_paper(session, actor, client_id, data, form_key(form), moment)
    flash(_("The answers are saved, encrypted."), "success")
    return redirect(url_for(".show", client_id=client_id), 303)


@blueprint.get("/selbsteinschaetzung/<assessment_id>")
@permission("case:read")
def read(client_id: str, assessment_id: str) -> str:
    """The answers beside those of the time before: a page of its own, or swapped into a line."""
    actor = current_actor()
    with current_runtime().database.write() as session:
        opened = read_assessment(session, actor, client_id, assessment_id)
        head = get_case_head(session, client_id, actor)
    is_part = bool(request.headers.get("HX-Request"))
    template = "assessments/answers.html" if is_part else "assessments/read.html"
    return render_template(template, head=head, opened=opened)


def _public_address(token: str, language: str | None) -> str:
    path = url_for("self_assessment.show", token=token, sprache=paper_language(language))
    return current_runtime().settings.public_url.rstrip("/") + path
