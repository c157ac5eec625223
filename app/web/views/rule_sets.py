"""The rules of the courses: what holds, what held before, and a changed file to load."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.queries import load_user_names
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.matching.rule_checks import check_rules
from app.matching.rule_files import RuleFileError, parse_courses
from app.matching.rule_sets import (
    MAX_BYTES,
    Draft,
    draft_rule_set,
    get_content,
    get_rules_in_force,
    list_rule_sets,
    load_rule_set,
)
from app.web.access import current_actor, permission
from app.web.labels import rules as rule_words
from app.web.runtime import current_runtime

blueprint = Blueprint("rule_sets", __name__, url_prefix="/regeln")

Page = str | Response | tuple[str, int]
_MAX_NUMBER = 1_000_000
_MAX_DIGITS = 8


@blueprint.context_processor
def _words() -> dict[str, object]:
    return {"rule_words": rule_words}


@blueprint.get("")
@permission("directory:read")
def show() -> str:
    """What holds today, by way in and by kind of course, and which files were loaded."""
    runtime = current_runtime()
    with runtime.database.read() as session:
        rules = parse_courses(get_rules_in_force(session).content)
        history = list_rule_sets(session)
        people = load_user_names(session, {one.loaded_by for one in history if one.loaded_by})
    return render_template(
        "rules/show.html",
        rules=rules,
        problems=check_rules(rules, runtime.today),
        history=history,
        people=people,
        today=runtime.today,
    )


@blueprint.get("/datei/<number>")
@permission("directory:read")
def download(number: str) -> Response:
    """The file itself, to read or to change."""
    known = _known(int(number) if number.isdecimal() and len(number) < _MAX_DIGITS else -1)
    with current_runtime().database.read() as session:
        content = get_content(session, known)
    answer = Response(content, mimetype="application/toml")
    answer.headers["Content-Disposition"] = f'attachment; filename="courses-{known}.toml"'
    return answer


@blueprint.route("/laden", methods=["GET", "POST"])
@permission("rules:manage")
def load() -> Page:
    """Choose a file (or one of the history) and see what it would change."""
    number = request.args.get("nr", type=int)
    if request.method == "GET" and number is None:
        return render_template("rules/load.html", problem="")
    try:
        return _preview(_sent_file() if request.method == "POST" else _from_history(number or 0))
    except (InvalidInputError, RuleFileError) as error:
        return _refuse(error)


@blueprint.post("/in-kraft")
@permission("rules:manage")
def put_in_force() -> Page:
    """Let the file that was looked at hold from now on."""
    content = request.form.get("content", "")
    try:
        with current_runtime().database.write() as session:
            row = load_rule_set(
                session,
                current_actor().id,
                content,
                request.form.get("comment", ""),
                request.form.get("before", ""),
            )
    except ConflictError as error:
        return _preview(content, str(error)), 409
    except (InvalidInputError, RuleFileError) as error:
        return _refuse(error)
    flash(_("The rules “%(version)s” hold now.", version=row.version), "success")
    return redirect(url_for(".show"), 303)


def _refuse(error: InvalidInputError | RuleFileError) -> Page:
    problem = rule_words.file_words(error) if isinstance(error, RuleFileError) else str(error)
    return render_template("rules/load.html", problem=problem), 422


def _sent_file() -> str:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InvalidInputError(_("Please choose a file."), field="file")
    data = sent.stream.read(MAX_BYTES + 1)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = _("The file is not written in UTF-8. Please save it again as UTF-8.")
        raise InvalidInputError(message, field="file") from None


def _from_history(number: int) -> str:
    with current_runtime().database.read() as session:
        return get_content(session, _known(number))


def _known(number: int) -> int:
    if not 0 <= number < _MAX_NUMBER:
        raise NotFoundError("no such rules")
    return number


def _preview(content: str, problem: str = "") -> str:
    runtime = current_runtime()
    with runtime.database.read() as session:
        draft: Draft = draft_rule_set(session, content, runtime.today)
    return render_template(
        "rules/preview.html", draft=draft, problem=problem, comment=request.form.get("comment", "")
    )
