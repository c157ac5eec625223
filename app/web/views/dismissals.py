"""Setting offers aside for a client, and taking that back."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.queries import CaseHead, get_case_head
from app.core.errors import CaseClosedError, ConflictError, NotFoundError
from app.core.i18n import gettext as _
from app.directory.merging import find_successor
from app.directory.queries import OfferCard, load_offer_cards
from app.matching.dismissals import (
    CLIENT_REASONS,
    OFFER_REASONS,
    dismiss_offer,
    list_dismissals,
    read_dismissal_note,
    take_back_dismissal,
)
from app.web.access import current_actor, permission
from app.web.forms.contacts import form_key
from app.web.forms.dismissals import MAX_MESSAGE, DismissalForm
from app.web.labels.dismissals import dismissal_reason_label, report_words
from app.web.own_paths import own_path
from app.web.runtime import current_runtime
from app.web.set_aside import UNDO

blueprint = Blueprint("dismissals", __name__, url_prefix="/faelle/<client_id>")

Answer = str | Response | tuple[str, int]


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"dismissal_reason_label": dismissal_reason_label, "report_words": report_words}


@blueprint.get("/beiseitelegen/<offer_id>")
@permission("case:write")
def ask(client_id: str, offer_id: str) -> Answer:
    """Why does the offer not suit? A page of its own, or swapped into a card."""
    with current_runtime().database.read() as session:
        successor = find_successor(session, "offer", offer_id)
    came_from = own_path(request.args.get("next")) or ""
    if successor is not None:
        return redirect(
            url_for(".ask", client_id=client_id, offer_id=successor, next=came_from or None), 303
        )
    head = _open_case(client_id)
    if head.client.closed_on is not None:
        flash(_("This case is closed. Open it again before you change it."), "warning")
        return redirect(url_for("cases.show_case", client_id=client_id), 303)
    form = DismissalForm(formdata=None)
    form.preset(came_from)
    return _show_form(head, _get_card(offer_id), form)


@blueprint.post("/beiseitelegen/<offer_id>")
@permission("case:write")
def set_aside(client_id: str, offer_id: str) -> Answer:
    """Set the offer aside for this client."""
    form = DismissalForm()
    card = _get_card(offer_id)
    data = form.read(offer_id)
    if data is None:
        return _show_form(_open_case(client_id), card, form), 422
    try:
        with current_runtime().database.write() as session:
            dismissal_id = dismiss_offer(
                session,
                current_actor(),
                client_id,
                data,
                form_key(form),
                report=form.report(),
            )
    except (CaseClosedError, ConflictError) as error:
        flash(str(error), "warning")
        return redirect(_back(client_id), 303)
    return redirect(_with_undo(_back(client_id), dismissal_id), 303)


@blueprint.post("/beiseite/<dismissal_id>/wieder-zeigen")
@permission("case:write")
def take_back(client_id: str, dismissal_id: str) -> Response:
    """Propose the offer again."""
    try:
        with current_runtime().database.write() as session:
            take_back_dismissal(session, current_actor(), client_id, dismissal_id)
    except CaseClosedError as error:
        flash(str(error), "warning")
    else:
        flash(_("The offer is proposed again."), "success")
    return redirect(_with_undo(_back(client_id), None), 303)


@blueprint.get("/beiseite/<dismissal_id>/notiz")
@permission("case:read")
def note(client_id: str, dismissal_id: str) -> str:
    """The note: a page of its own, or swapped into the list; each reading is in the access log.

    Of a confidential offer also which one it is, and why it was set aside: no list tells that.
    """
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, current_actor())
        text = read_dismissal_note(session, current_actor(), client_id, dismissal_id) or ""
        found = list_dismissals(session, current_actor(), client_id)
        one = next(one for one in found if one.id == dismissal_id)
        card = load_offer_cards(session, [one.offer_id]).get(one.offer_id)
    if card is not None and card.is_sensitive:
        text = "\n".join(filter(None, (card.title, dismissal_reason_label(one.reason), text)))
    if not text:
        raise NotFoundError("no note")
    template = "waiting/note_text.html" if "HX-Request" in request.headers else "dismissals/note.html"
    return render_template(template, head=head, text=text)


def _open_case(client_id: str) -> CaseHead:
    with current_runtime().database.write() as session:  # for the audit entry
        return get_case_head(session, client_id, current_actor())


def _show_form(head: CaseHead, card: OfferCard, form: DismissalForm) -> str:
    is_part = "HX-Request" in request.headers
    return render_template(
        "dismissals/_form.html" if is_part else "dismissals/form.html",
        is_part=is_part,
        head=head,
        card=card,
        form=form,
        client_reasons=CLIENT_REASONS,
        offer_reasons=OFFER_REASONS,
        max_message=MAX_MESSAGE,
    )


def _get_card(offer_id: str) -> OfferCard:
    with current_runtime().database.read() as session:
        current = find_successor(session, "offer", offer_id) or offer_id
        card = load_offer_cards(session, [current]).get(current)
    if card is None:
        raise NotFoundError("no such offer")
    return card


def _back(client_id: str) -> str:
    """Where the form was opened; the overview of the case when that is not told."""
    return own_path(request.form.get("next")) or url_for("cases.show_case", client_id=client_id)


def _with_undo(path: str, dismissal_id: str | None) -> str:
    """``path`` with the dismissal that may be undone there, or with none."""
    parts = urlsplit(path)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != UNDO]
    if dismissal_id is not None:
        query.append((UNDO, dismissal_id))
    return parts._replace(query=urlencode(query), fragment="").geturl()
