"""Asking a provider by mail about a referral, and taking that back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core.errors import CaseClosedError, ConflictError, InvalidInputError
from app.core.i18n import gettext as _
from app.operations.partner_requests import TooLateError, ask_provider, take_request_back
from app.referrals.service import ConsentMissingError
from app.web.access import current_actor, permission
from app.web.forms.referrals import read_version
from app.web.labels.consents import missing_words
from app.web.runtime import current_runtime

blueprint = Blueprint("partner_requests", __name__, url_prefix="/vermittlungen/<referral_id>")


@blueprint.post("/anfrage")
@permission("referral:create")
def ask(referral_id: str) -> Response:
    """Ask the provider by mail, held for some minutes."""
    runtime = current_runtime()
    version = read_version(request.form.get("version"))
    try:
        with runtime.database.write() as session:
            ask_provider(session, runtime, current_actor(), referral_id, version)
    except ConsentMissingError as error:
        flash(missing_words(error.coverage), "danger")
    except (CaseClosedError, ConflictError, InvalidInputError) as error:
        flash(str(error), "danger")
    return redirect(url_for("referrals.show_referral", referral_id=referral_id), 303)


@blueprint.post("/rueckgaengig")
@permission("referral:create")
def take_back(referral_id: str) -> Response:
    """Undo the request while the mail waits; what was made with it is cancelled, too."""
    runtime = current_runtime()
    try:
        with runtime.database.write() as session:
            take_request_back(session, current_actor(), referral_id, runtime.today)
        flash(_("Taken back: no mail was sent, and the link is closed."), "success")
    except TooLateError as error:
        flash(str(error), "warning")
    return redirect(url_for("referrals.show_referral", referral_id=referral_id), 303)
