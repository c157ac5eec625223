"""Consents of a case: what may be passed on to whom, the form to sign, revoking."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.codes import CONSENT_PURPOSES, DATA_CATEGORIES
from app.cases.consent_rules import (
    CHILD_UNTIL,
    REFERRAL,
    USUAL_YEARS,
    giver_on,
    last_day,
    years_later,
)
from app.cases.consents import (
    ConsentLine,
    find_recipient,
    get_consent_line,
    list_consents,
    record_consent,
)
from app.cases.models import Client
from app.cases.queries import CaseHead, client_name, get_case_head
from app.cases.rules import sheet_language
from app.core.errors import ConflictError, InvalidInputError
from app.core.i18n import gettext as _
from app.core.ids import new_id
from app.directory.provider_names import find_provider_name
from app.operations.partner_requests import revoke_consent_and_links
from app.printouts.papers.book import PAPER_LANGUAGES
from app.printouts.papers.consent import ConsentContent, build_consent_paper
from app.printouts.papers.rendering import render_paper
from app.referrals.opening import list_resting_on
from app.web.access import current_actor, permission
from app.web.forms.consents import ConsentForm, RevocationForm
from app.web.forms.parsing import parse_day
from app.web.forms.problems import put_error
from app.web.forms.referrals import preset_day
from app.web.labels import cases as case_words
from app.web.labels import consents as consent_words
from app.web.labels import referrals as referral_words
from app.web.runtime import current_runtime

blueprint = Blueprint("consents", __name__, url_prefix="/faelle/<client_id>")

Answer = str | Response | tuple[str, int]


@blueprint.context_processor
def _words() -> dict[str, object]:
    return {
        "case_words": case_words,
        "consent_words": consent_words,
        "referral_words": referral_words,
    }


@blueprint.get("/einwilligungen")
@permission("case:read")
def show(client_id: str) -> str:
    """Every consent, those in force first, with what rests on those that ended."""
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.write() as session:
        head = get_case_head(session, client_id, actor)
        lines = list_consents(session, client_id, actor, runtime.today)
        ended = [line.consent.id for line in lines if line.standing != "in_force"]
        resting = list_resting_on(session, client_id, ended, actor) if ended else {}
    return render_template(
        "consents/show.html",
        head=head,
        lines=lines,
        resting=resting,
        paper_languages=PAPER_LANGUAGES,
        language=_language_of(head.client),
    )


@blueprint.route("/einwilligungen/neu", methods=["GET", "POST"])
@permission("case:write")
def new(client_id: str) -> Answer:
    """Record a consent; ``anbieter`` and ``daten`` say what it is needed for.

    ``einwilligung``: an earlier one that it renews. Its recipient never stands in an address.
    """
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.write() as session:
        head = get_case_head(session, client_id, actor)
    form = ConsentForm()
    form.offer_choices(PAPER_LANGUAGES)
    if request.method == "GET":
        _preset(form, head.client, _find_renewed(client_id))
        return _show_form(form, head)
    with runtime.database.read() as session:
        known = find_recipient(session, form.recipient.data or "", form.provider_id.data or None)
    data = form.read(known, runtime.today, head.client.birth_date)
    if data is None:
        return _show_form(form, head), 422
    key = (form.creation_key.data or "")[:36] or new_id()
    try:
        with runtime.database.write() as session:
            record_consent(session, actor, client_id, data, key)
    except (InvalidInputError, ConflictError) as error:
        put_error(form.recipient, str(error))
        return _show_form(form, head), 422
    flash(_("Recorded. What you left open in another window can be arranged now."), "success")
    return redirect(url_for(".show", client_id=client_id), 303)


@blueprint.route("/einwilligungen/<consent_id>/widerruf", methods=["GET", "POST"])
@permission("case:write")
def revoke(client_id: str, consent_id: str) -> Answer:
    """Revoke a consent; the page names what rests on it and what is to be done then."""
    runtime, actor = current_runtime(), current_actor()
    form = RevocationForm()
    if request.method == "GET":
        form.revoked_on.data = preset_day(runtime.today)
        return _show_revocation(form, client_id, consent_id)
    data = form.read(runtime.today)
    if data is None:
        return _show_revocation(form, client_id, consent_id), 422
    try:
        with runtime.database.write() as session:
            revoke_consent_and_links(session, actor, client_id, consent_id, data.revoked_on)
    except InvalidInputError as error:
        put_error(form.revoked_on, str(error))
        return _show_revocation(form, client_id, consent_id), 422
    flash(_("The consent is revoked. Nothing may be passed on with it any more."), "success")
    return redirect(url_for(".show", client_id=client_id), 303)


@blueprint.get("/einwilligung.pdf")
@permission("case:write")
def form(client_id: str) -> Response:
    """The form to sign, filled in as far as the address says (``blanko=1``: not at all).

    With ``einwilligung`` like that earlier one, which it renews.
    """
    runtime = current_runtime()
    with runtime.database.write() as session:
        head = get_case_head(session, client_id, current_actor(), action="consent.print")
    recipient = _recipient_name(request.args.get("anbieter", "")[:36])
    wanted = request.args.get("sprache")
    language = wanted if wanted in PAPER_LANGUAGES else _language_of(head.client)
    content = ConsentContent()
    if renewed := _find_renewed(client_id):
        language = renewed.consent.language if renewed.consent.language in PAPER_LANGUAGES else language
        content = _renewal(head, renewed)
    elif not request.args.get("blanko"):
        content = _content(head, recipient)
    answer = make_response(render_paper(build_consent_paper(content, language, runtime.today)))
    answer.mimetype = "application/pdf"
    # The name of the file tells nothing about the client: it may stay in a folder.
    answer.headers["Content-Disposition"] = 'inline; filename="einwilligung.pdf"'
    return answer


def _content(head: CaseHead, recipient: str | None) -> ConsentContent:
    """What the address asks for; anything that cannot be used is left to be written by hand."""
    purpose = request.args.get("zweck", REFERRAL if recipient else "")
    data = request.args.getlist("daten")
    return _filled_in(
        head,
        recipient=recipient,
        purpose=purpose if purpose in CONSENT_PURPOSES else None,
        data=tuple(code for code in DATA_CATEGORIES if code in data),
        is_release=bool(request.args.get("freigabe")),
        until=_day_of(request.args.get("bis", "")),
    )


def _renewal(head: CaseHead, line: ConsentLine) -> ConsentContent:
    return _filled_in(
        head,
        recipient=line.recipient,
        purpose=line.consent.purpose,
        data=tuple(line.consent.data),
        is_release=line.consent.is_release,
    )


def _filled_in(head: CaseHead, *, until: date | None = None, **told: Any) -> ConsentContent:
    """With who gives it, and a day until which it may hold."""
    today, client = current_runtime().today, head.client
    giver = giver_on(client.birth_date, today)
    latest = last_day(today, "guardian" if giver == "guardian" else "client", client.birth_date)
    until = until or years_later(today, USUAL_YEARS)
    return ConsentContent(
        client_name=client_name(client),
        born_on=client.birth_date,
        case_worker_name=head.case_worker_name,
        valid_until=min(max(until, today), latest),
        needs_guardian=giver != "client",
        **told,
    )


def _find_renewed(client_id: str) -> ConsentLine | None:
    """The earlier consent that the address names, with an audit entry; `None`: it names none."""
    runtime, consent_id = current_runtime(), request.args.get("einwilligung", "")[:36]
    if not consent_id:
        return None
    with runtime.database.write() as session:
        return get_consent_line(session, client_id, consent_id, current_actor(), runtime.today)


def _preset(form: ConsentForm, client: Client, renewed: ConsentLine | None) -> None:
    today = current_runtime().today
    provider_id = request.args.get("anbieter", "")[:36]
    form.creation_key.data = new_id()
    form.purpose.data = REFERRAL
    form.put_data(request.args.getlist("daten"))
    if renewed is not None:
        form.provider_id.data, form.recipient.data = renewed.provider_id or "", renewed.recipient or ""
        form.purpose.data = renewed.consent.purpose
        form.put_data(renewed.consent.data)
    elif name := _recipient_name(provider_id):
        form.provider_id.data, form.recipient.data = provider_id, name
    form.given_on.data = preset_day(today)
    given_by = "guardian" if giver_on(client.birth_date, today) == "guardian" else "client"
    form.given_by.data = given_by
    form.way.data = "signed"
    form.language.data = _language_of(client)
    usual = years_later(today, USUAL_YEARS)
    form.valid_until.data = preset_day(min(usual, last_day(today, given_by, client.birth_date)))


def _show_form(form: ConsentForm, head: CaseHead) -> str:
    return render_template(
        "consents/new.html",
        head=head,
        form=form,
        giver=giver_on(head.client.birth_date, current_runtime().today),
        child_until=CHILD_UNTIL,
    )


def _show_revocation(form: RevocationForm, client_id: str, consent_id: str) -> str:
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.write() as session:
        head = get_case_head(session, client_id, actor)
        line = get_consent_line(session, client_id, consent_id, actor, runtime.today)
        resting = list_resting_on(session, client_id, [consent_id], actor)
    return render_template(
        "consents/revoke.html",
        head=head,
        line=line,
        form=form,
        resting=resting.get(consent_id, ()),
    )


def _recipient_name(provider_id: str) -> str | None:
    if not provider_id:
        return None
    with current_runtime().database.read() as session:
        return find_provider_name(session, provider_id)


def _language_of(client: Client) -> str:
    return sheet_language(client.sheet_language, client.reads, client.languages, PAPER_LANGUAGES)


def _day_of(text: str) -> date | None:
    try:
        return parse_day(text)
    except ValueError:
        return None
