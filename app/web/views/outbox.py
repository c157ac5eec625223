"""The outbox: which mails went out, which wait, which came back."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.i18n import gettext as _
from app.core.paging import page_number
from app.mail.queries import MAIL_STATES, count_mails, get_mail, list_mails
from app.mail.service import send_again, withdraw_mail
from app.operations.round_mails import PURPOSE as ROUND_MAIL
from app.operations.sign_in_links import MAIL_PURPOSE as SIGN_IN_MAIL
from app.referrals.requests import MAIL_PURPOSE, REMINDER_PURPOSE
from app.volunteers.mails import CONFIRM_MAIL, QUESTION_MAIL
from app.web.access import permission
from app.web.labels.mail import mail_error_words, mail_purpose_label, mail_state_label
from app.web.runtime import current_runtime

blueprint = Blueprint("outbox", __name__, url_prefix="/pflege/postausgang")

PER_PAGE = 50
HOLDS_A_KEY: Final = frozenset(
    {MAIL_PURPOSE, REMINDER_PURPOSE, SIGN_IN_MAIL, CONFIRM_MAIL, QUESTION_MAIL, ROUND_MAIL}
)
"""Purposes of mails whose link acts for the recipient, or shows data about a person."""


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "mail_state_label": mail_state_label,
        "mail_purpose_label": mail_purpose_label,
        "mail_error_words": mail_error_words,
    }


@blueprint.get("")
@permission("directory:edit")
def mails() -> str:
    """All mails, the newest first."""
    state = request.args.get("stand")
    state = state if state in MAIL_STATES else None
    with current_runtime().database.read() as session:
        counts = count_mails(session)
        total = counts[state] if state else counts.total()
        page = page_number(request.args.get("seite", 1, type=int), PER_PAGE, total)
        found = list_mails(session, state, PER_PAGE, (page - 1) * PER_PAGE)
    return render_template(
        "outbox/list.html",
        mails=found,
        counts=counts,
        states=MAIL_STATES,
        state=state,
        page=page,
        page_count=max(1, -(-total // PER_PAGE)),
        page_address=lambda number: url_for(
            ".mails", stand=state, seite=number if number > 1 else None
        ),
    )


@blueprint.get("/<mail_id>")
@permission("directory:edit")
def mail(mail_id: str) -> str:
    """One mail with its text."""
    with current_runtime().database.read() as session:
        found = get_mail(session, mail_id)
    return render_template("outbox/show.html", mail=found, is_confided=found.purpose in HOLDS_A_KEY)


@blueprint.post("/<mail_id>/zurueckholen")
@permission("directory:edit")
def withdraw(mail_id: str) -> Response:
    """Take a mail back that was not sent yet."""
    with current_runtime().database.write() as session:
        get_mail(session, mail_id)
        in_time = withdraw_mail(session, mail_id)
    if in_time:
        flash(_("The mail was taken back."), "success")
    else:
        flash(_("It was too late: the mail is on its way or was taken back before."), "warning")
    return redirect(url_for(".mail", mail_id=mail_id))


@blueprint.post("/<mail_id>/erneut")
@permission("directory:edit")
def again(mail_id: str) -> Response:
    """Try a mail again that could not be delivered."""
    with current_runtime().database.write() as session:
        get_mail(session, mail_id)
        is_waiting = send_again(session, mail_id)
    if is_waiting:
        flash(_("The mail is tried again."), "success")
    else:
        flash(_("Only a mail that failed or came back can be tried again."), "warning")
    return redirect(url_for(".mail", mail_id=mail_id))
