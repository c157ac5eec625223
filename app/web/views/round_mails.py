"""News and invitations to a part of the network: drafted, looked through, sent, taken back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.errors import ConflictError, InvalidInputError
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.ids import new_id
from app.operations.round_mail_audience import find_reach, list_towns
from app.operations.round_mails import (
    audience_of,
    build_text,
    can_be_taken_back,
    count_states,
    drop_draft,
    get_round_mail,
    list_round_mails,
    save_draft,
    send_round_mail,
    take_back,
)
from app.web.access import current_actor, permission
from app.web.forms.problems import put_error
from app.web.forms.referrals import read_version
from app.web.forms.round_mails import RoundMailForm
from app.web.labels.mail import mail_state_label
from app.web.labels.round_mails import audience_words
from app.web.runtime import current_runtime

blueprint = Blueprint("round_mails", __name__, url_prefix="/pflege/rundmails")

Page = str | Response | tuple[str, int]


@blueprint.get("")
@permission("directory:edit")
def show_list() -> str:
    """Drafts, and what was sent."""
    with current_runtime().database.read() as session:
        rows = list_round_mails(session)
    words = {row.id: audience_words(audience_of(row)) for row in rows}
    return render_template("round_mails/list.html", rows=rows, words=words)


@blueprint.get("/neu")
@permission("directory:edit")
def new() -> str:
    """An empty one."""
    return _show_form(RoundMailForm(creation_key=new_id()))


@blueprint.post("/neu")
@permission("directory:edit")
def create() -> Page:
    """Keep the draft; nothing is sent yet."""
    return _save(None)


@blueprint.get("/<mail_id>/bearbeiten")
@permission("directory:edit")
def edit(mail_id: str) -> Page:
    """The draft again."""
    with current_runtime().database.read() as session:
        row = get_round_mail(session, mail_id)
    if row.sent_at is not None:
        return redirect(url_for(".show", mail_id=mail_id), 303)
    form = RoundMailForm(creation_key=new_id())
    form.fill(row)
    return _show_form(form, mail_id)


@blueprint.post("/<mail_id>/bearbeiten")
@permission("directory:edit")
def change(mail_id: str) -> Page:
    """Keep the changed draft."""
    return _save(mail_id)


@blueprint.get("/<mail_id>")
@permission("directory:edit")
def show(mail_id: str) -> str:
    """How it arrives, whom it reaches, and what became of it."""
    return _show(mail_id)


@blueprint.post("/<mail_id>/senden")
@permission("directory:edit")
def send(mail_id: str) -> Page:
    """Put it into the outbox."""
    runtime = current_runtime()
    try:
        with runtime.database.write() as session:
            count = send_round_mail(session, runtime, current_actor(), mail_id, _version())
    except ConflictError as error:
        flash(str(error), "warning")
    except InvalidInputError as error:
        return _show(mail_id, problem=str(error)), 422
    else:
        words = ngettext("%(num)s mail leaves", "%(num)s mails leave", count)
        flash(_("%(mails)s in ten minutes. Until then you can take it back.", mails=words), "success")
    return redirect(url_for(".show", mail_id=mail_id), 303)


@blueprint.post("/<mail_id>/zurueck")
@permission("directory:edit")
def undo(mail_id: str) -> Response:
    """Take it back while nothing has left."""
    with current_runtime().database.write() as session:
        is_back = take_back(session, current_actor(), mail_id)
    if is_back:
        flash(_("Taken back: it is a draft again."), "success")
    else:
        flash(_("It is too late: the first mails are on their way."), "warning")
    return redirect(url_for(".show", mail_id=mail_id), 303)


@blueprint.post("/<mail_id>/verwerfen")
@permission("directory:edit")
def drop(mail_id: str) -> Response:
    """Throw the draft away."""
    try:
        with current_runtime().database.write() as session:
            drop_draft(session, current_actor(), mail_id, _version())
    except ConflictError as error:
        flash(str(error), "warning")
        return redirect(url_for(".show", mail_id=mail_id), 303)
    flash(_("The draft is gone."), "success")
    return redirect(url_for(".show_list"), 303)


def _save(mail_id: str | None) -> Page:
    form = RoundMailForm()
    told = form.read()
    if told is None:
        return _show_form(form, mail_id), 422
    key = (form.creation_key.data or "")[:36] or new_id()
    version = read_version(form.version.data) if mail_id else None
    try:
        with current_runtime().database.write() as session:
            saved = save_draft(session, current_actor(), told, key, mail_id, version).id
    except ConflictError as error:
        put_error(form.subject, str(error))
        return _show_form(form, mail_id), 409
    return redirect(url_for(".show", mail_id=saved), 303)


def _show(mail_id: str, problem: str = "") -> str:
    with current_runtime().database.read() as session:
        row = get_round_mail(session, mail_id)
        reach = find_reach(session, audience_of(row)) if row.sent_at is None else None
        counts = count_states(session, mail_id)
    opt_out = f"{current_runtime().settings.public_url}/rundmail/…"  # each address has its own
    return render_template(
        "round_mails/show.html",
        row=row,
        reach=reach,
        counts=counts,
        text=build_text(row, current_actor().name, opt_out),
        words=audience_words(audience_of(row)),
        can_be_taken_back=can_be_taken_back(row),
        mail_state_label=mail_state_label,
        problem=problem,
    )


def _show_form(form: RoundMailForm, mail_id: str | None = None) -> str:
    with current_runtime().database.read() as session:
        form.offer_towns(list_towns(session))
    return render_template("round_mails/edit.html", form=form, mail_id=mail_id)


def _version() -> int:
    return read_version(request.form.get("version", ""))
