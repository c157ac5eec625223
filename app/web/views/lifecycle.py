"""The state of a case: taken over, informed, agreed, extended, closed, opened again."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.deadlines import counselling_end
from app.cases.lifecycle import (
    is_minor,
    load_lifecycle,
    read_closing_note,
    read_extension_note,
    read_takeover_note,
    record_agreement,
    record_counselling,
    record_takeover,
    reopen_case,
)
from app.cases.queries import client_name, get_case_head
from app.cases.related_people import list_people
from app.core.errors import InvalidInputError
from app.core.i18n import format_day
from app.core.i18n import gettext as _
from app.directory.codes import ProviderKind
from app.directory.provider_lists import list_provider_names
from app.operations.closing import close_whole_case
from app.printouts.papers.book import PAPER_LANGUAGES, paper_language
from app.printouts.papers.information import InformationContent, build_information_paper
from app.printouts.papers.rendering import render_paper
from app.referrals.case_figures import list_open_referrals
from app.web.access import current_actor, permission
from app.web.forms.lifecycle import (
    AgreementForm,
    ClosingForm,
    CounsellingForm,
    ReopeningForm,
    TakeoverForm,
)
from app.web.forms.problems import put_error
from app.web.labels import cases as case_words
from app.web.labels import consents as consent_words
from app.web.labels import lifecycle as lifecycle_words
from app.web.runtime import current_runtime

blueprint = Blueprint("lifecycle", __name__, url_prefix="/faelle/<client_id>/fallstand")

Answer = str | Response | tuple[str, int]
SERVICES: Final[tuple[ProviderKind, ...]] = (
    "benefit_authority",
    "welfare_organisation",
    "course_provider",
)
"""Kinds of providers that go on helping when a case is closed."""


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "case_words": case_words,
        "consent_words": consent_words,
        "lifecycle_words": lifecycle_words,
    }


@blueprint.get("")
@permission("case:read")
def show(client_id: str) -> str:
    """How the case came, how long it lasts, how it ended."""
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.write() as session:  # for the audit entry; kept short
        head = get_case_head(session, client_id, actor)
    with runtime.database.read() as session:
        life = load_lifecycle(session, head.client)
        people = list_people(session, client_id)
    client = head.client
    return render_template(
        "lifecycle/show.html",
        head=head,
        life=life,
        people=people,
        is_minor=is_minor(client, runtime.today),
        ends_on=counselling_end(
            client.counselling_started_on,
            client.counselling_ends_on,
            is_extended=client.extension_reason is not None,
        ),
        languages=PAPER_LANGUAGES,
        language=paper_language(next(iter(client.reads or client.languages or ()), None)),
    )


@blueprint.route("/uebernahme", methods=["GET", "POST"])
@permission("case:write")
def takeover(client_id: str) -> Answer:
    """Taken over from the social work of the preliminary accommodation."""
    form, title = TakeoverForm(), _("Taken over from elsewhere")
    with current_runtime().database.read() as session:
        form.offer(list_provider_names(session, "preliminary_social_work"))
    if request.method == "GET":
        return _form(client_id, form, title)
    data = form.read(current_runtime().today)
    if data is None:
        return _form(client_id, form, title), 422
    try:
        with current_runtime().database.write() as session:
            record_takeover(session, current_actor(), client_id, data)
    except InvalidInputError as error:
        put_error(form[error.field], str(error))
        return _form(client_id, form, title), 422
    return _saved(client_id)


@blueprint.route("/einverstaendnis", methods=["GET", "POST"])
@permission("case:write")
def agreement(client_id: str) -> Answer:
    """Information under Art. 13, and the agreement to take part."""
    form, title = AgreementForm(), _("Information and agreement")
    form.offer(PAPER_LANGUAGES)
    if request.method == "GET":
        with current_runtime().database.write() as session:
            form.fill(get_case_head(session, client_id, current_actor()).client)
        return _form(client_id, form, title)
    data = form.read(current_runtime().today)
    if data is None:
        return _form(client_id, form, title), 422
    try:
        with current_runtime().database.write() as session:
            record_agreement(session, current_actor(), client_id, data)
    except InvalidInputError as error:
        put_error(form[error.field], str(error))
        return _form(client_id, form, title), 422
    return _saved(client_id)


@blueprint.route("/dauer", methods=["GET", "POST"])
@permission("case:write")
def counselling(client_id: str) -> Answer:
    """When the counselling began, and whether it lasts a fourth year."""
    form, title = CounsellingForm(), _("How long the counselling lasts")
    form.offer()
    if request.method == "GET":
        with current_runtime().database.write() as session:
            form.fill(get_case_head(session, client_id, current_actor()).client)
        return _form(client_id, form, title)
    data = form.read(current_runtime().today)
    if data is None:
        return _form(client_id, form, title), 422
    with current_runtime().database.write() as session:
        record_counselling(session, current_actor(), client_id, data)
    return _saved(client_id)


@blueprint.route("/abschluss", methods=["GET", "POST"])
@permission("case:write")
def close(client_id: str) -> Answer:
    """Close the case; what is still open is named before."""
    runtime = current_runtime()
    form, title = ClosingForm(), _("Close the case")
    with runtime.database.read() as session:
        form.offer([one for kind in SERVICES for one in list_provider_names(session, kind)])
    if request.method == "GET":
        form.closed_on.data = format_day(runtime.today)
        return _closing_form(client_id, form, title)
    data = form.read(runtime.today)
    if data is None:
        return _closing_form(client_id, form, title), 422
    try:
        with runtime.database.write() as session:
            close_whole_case(session, current_actor(), client_id, data)
    except InvalidInputError as error:
        put_error(form[error.field], str(error))
        return _closing_form(client_id, form, title), 422
    flash(_("The case is closed."), "success")
    return redirect(url_for(".show", client_id=client_id), 303)


@blueprint.route("/wieder-oeffnen", methods=["GET", "POST"])
@permission("case:write")
def reopen(client_id: str) -> Answer:
    """Open a closed case again."""
    form, title = ReopeningForm(), _("Open the case again")
    form.offer()
    if request.method == "GET":
        return _form(client_id, form, title)
    data = form.read(current_runtime().today)
    if data is None:
        return _form(client_id, form, title), 422
    with current_runtime().database.write() as session:
        reopen_case(session, current_actor(), client_id, data, current_runtime().today)
    return _saved(client_id)


@blueprint.get("/uebernahme/<takeover_id>/notiz")
@permission("case:read")
def takeover_note(client_id: str, takeover_id: str) -> str:
    """What was told when the case was taken over."""
    with current_runtime().database.write() as session:
        text = read_takeover_note(session, current_actor(), client_id, takeover_id)
    return _note(client_id, text)


@blueprint.get("/abschluss/<closing_id>/notiz")
@permission("case:read")
def closing_note(client_id: str, closing_id: str) -> str:
    """What was told when the case was closed."""
    with current_runtime().database.write() as session:
        text = read_closing_note(session, current_actor(), client_id, closing_id)
    return _note(client_id, text)


@blueprint.get("/dauer/notiz")
@permission("case:read")
def extension_note(client_id: str) -> str:
    """Why the counselling lasts longer."""
    with current_runtime().database.write() as session:
        text = read_extension_note(session, current_actor(), client_id)
    return _note(client_id, text)


@blueprint.get("/information.pdf")
@permission("case:read")
def information(client_id: str) -> Response:
    """The information under Art. 13 with the agreement to sign, in German and ``sprache``."""
    runtime = current_runtime()
    with runtime.database.write() as session:
        head = get_case_head(session, client_id, current_actor(), action="client.print")
    client, rules = head.client, runtime.retention_rules
    texts = rules.period_of("closed_case_texts")
    whole = rules.period_of("closed_case")
    content = InformationContent(
        texts_kept=(texts.number, f"{texts.unit}s"),
        case_kept=(whole.number, f"{whole.unit}s"),
        client_name=client_name(client),
        born_on=client.birth_date,
        case_worker_name=head.case_worker_name,
        needs_guardian=client.birth_date is None or is_minor(client, runtime.today),
    )
    wanted = request.args.get("sprache")
    language = wanted if wanted in PAPER_LANGUAGES else None
    answer = make_response(render_paper(build_information_paper(content, language, runtime.today)))
    answer.mimetype = "application/pdf"
    # The name of the file tells nothing about the client: it may stay in a folder.
    answer.headers["Content-Disposition"] = 'inline; filename="information.pdf"'
    return answer


def _note(client_id: str, text: str) -> str:
    if request.headers.get("HX-Request"):
        return render_template("notes/text.html", text=text)
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, current_actor())
    return render_template("lifecycle/note.html", head=head, text=text)


def _form(client_id: str, form: Any, title: str) -> str:
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, current_actor())
    return render_template("lifecycle/form.html", head=head, form=form, form_title=title, open=None)


def _closing_form(client_id: str, form: ClosingForm, title: str) -> str:
    actor = current_actor()
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, actor)
    with current_runtime().database.read() as session:
        ends = load_lifecycle(session, head.client).open_ends
        referrals = list_open_referrals(session, actor, [client_id]).get(client_id, ())
    return render_template(
        "lifecycle/form.html",
        head=head,
        form=form,
        form_title=title,
        open=(ends, len(referrals)),
    )


def _saved(client_id: str) -> Response:
    flash(_("Saved."), "success")
    return redirect(url_for("lifecycle.show", client_id=client_id), 303)
