"""The client answers five questions on a phone or on our screen: no account, no cookie, no name."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from sqlmodel import Session
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app.cases.assessments import OpenQuestions, answer_questions, find_questions
from app.cases.codes import ASSESSMENT_QUESTIONS
from app.core.clock import now, utc_now
from app.core.i18n import language_name
from app.core.secrets import session_secret
from app.directory.texts import text_direction
from app.printouts.papers.assessment import PAPER, STEPS
from app.printouts.papers.book import PAPER_LANGUAGES, load_paper_book
from app.web.access import public
from app.web.forms.assessments import read_pressed
from app.web.rate_limits import RateLimit
from app.web.runtime import current_runtime

blueprint = Blueprint("self_assessment", __name__, url_prefix="/selbsteinschaetzung")

REQUESTS_A_MINUTE: Final = 30
"""Of one link."""
WRONG_A_MINUTE: Final = 20
"""Of one address that tries links which do not exist."""
Answer = str | Response | tuple[str, int]


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    """No token of a session in the form: the signed link gives the right (see `confirmation`)."""
    state.app.extensions["csrf"].exempt(blueprint)
    state.app.extensions["self_assessment_limits"] = (
        RateLimit(REQUESTS_A_MINUTE, 60),
        RateLimit(WRONG_A_MINUTE, 60),
    )


@blueprint.after_request
def keep_address_secret(response: Response) -> Response:
    """The address is the key: it is told to no other page and kept by no search engine."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.errorhandler(429)
def ask_to_wait(_error: HTTPException) -> tuple[str, int]:
    """Somebody asks too often: said in the language of the page."""
    return _page("busy", str((request.view_args or {})["token"])), 429


@blueprint.get("/<token>")
@public
def show(token: str) -> Answer:
    """The questions; opening them changes nothing."""
    with current_runtime().database.read() as session:
        questions = _open(session, token)
    if questions is None:
        return _page("closed", token), 404
    return _page("thanks" if questions.is_answered else "questions", token)


@blueprint.post("/<token>")
@public
def answer(token: str) -> Answer:
    """Keep the answers; sent twice, the first ones stay."""
    runtime = current_runtime()
    moment, language = now(runtime.settings), _language()
    data = read_pressed(request.form, language, moment, runtime.today)
    with runtime.database.write() as session:
        questions = _open(session, token)
        if questions is not None and data is not None:
            answer_questions(session, questions, data, moment)
    if questions is None:
        return _page("closed", token), 404
    if data is None and not questions.is_answered:
        return _page("questions", token, is_empty=True), 422
    return redirect(url_for(".show", token=token, sprache=language), 303)


def _open(session: Session, token: str) -> OpenQuestions | None:
    known, wrong = current_app.extensions["self_assessment_limits"]
    secret = session_secret(current_runtime().settings)
    questions = find_questions(session, secret, token, utc_now())
    if questions is None:
        if not wrong.allow(request.remote_addr or ""):
            abort(429)
        return None
    if not known.allow(questions.link_id):
        abort(429)
    return questions


def _language() -> str:
    wanted = request.args.get("sprache", "")
    return wanted if wanted in PAPER_LANGUAGES else PAPER_LANGUAGES[0]


def _page(part: str, token: str, **values: Any) -> str:
    language = _language()
    book = load_paper_book(PAPER, language)

    def say(key: str) -> str:
        words = book.say(key)
        return (words.other or words.german).text

    return render_template(
        "assessments/public.html",
        part=part,
        token=token,
        say=say,
        language=language,
        direction=text_direction(language),
        languages=[(tag, language_name(tag, tag)) for tag in PAPER_LANGUAGES],
        questions=ASSESSMENT_QUESTIONS,
        steps=STEPS,
        **{"is_empty": False, **values},
    )
