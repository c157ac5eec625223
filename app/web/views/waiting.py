"""Waiting lists: all of them, one of them in its order, and what a client waits for."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.queries import CaseHead, get_case_head
from app.core.errors import CaseClosedError, ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import format_day
from app.core.i18n import gettext as _
from app.core.paging import build_page
from app.directory.codes import COURSE_KINDS
from app.directory.models import Offer
from app.directory.queries import OfferCard, free_seats, load_offer_cards
from app.matching.waiting import join_list, leave_list, read_passed_over_note, rejoin_list
from app.matching.waiting_queries import get_waiting_list, list_waiting, load_case_entries
from app.matching.waiting_rules import END_REASONS, EndReason
from app.web.access import current_actor, permission
from app.web.case_work_tabs import list_case_work_tabs
from app.web.forms.problems import put_error
from app.web.forms.referrals import read_version
from app.web.forms.waiting import LeavingForm, WaitingForm
from app.web.labels import waiting as waiting_words
from app.web.runtime import current_runtime

blueprint = Blueprint("waiting", __name__)

Answer = str | Response | tuple[str, int]
LINES_PER_PAGE = 100
_VISIBLE = "meine"
"""In addresses: only the cases that one may see."""


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "waiting_words": waiting_words,
        "seats_free": _seats_free,
        "case_work_tabs": list_case_work_tabs,
    }


@blueprint.get("/wartelisten")
@permission("case:read")
def overview() -> str:
    """Every waiting list in a line."""
    with current_runtime().database.read() as session:
        lists = list_waiting(session, current_actor())
    return render_template("waiting/overview.html", lists=lists)


@blueprint.get("/wartelisten/<key>")
@permission("case:read")
def show_list(key: str) -> str:
    """One list in its order; names of those one may see."""
    with current_runtime().database.write() as session:  # for the audit entry
        found = get_waiting_list(session, current_actor(), key)
    only_visible = request.args.get("nur") == _VISIBLE
    lines = found.visible_lines if only_visible else found.lines
    return render_template(
        "waiting/list.html",
        found=found,
        key=key,
        only_visible=only_visible,
        page=build_page(lines, request.args.get("seite", 1, type=int), LINES_PER_PAGE),
        page_address=lambda number: url_for(
            ".show_list", key=key, nur=_VISIBLE if only_visible else None, seite=number
        ),
    )


@blueprint.get("/faelle/<client_id>/warteliste")
@permission("case:read")
def of_case(client_id: str) -> str:
    """What the client waits and waited for, and the form to wait for more."""
    form = WaitingForm(formdata=None)
    offer = _load_card(request.args.get("angebot", ""))
    kind = request.args.get("art", "")
    if offer is not None:
        form.wanted.data = f"offer:{offer.id}"
    elif kind in COURSE_KINDS:
        form.wanted.data = f"kind:{kind}"
    form.entered_on.data = format_day(current_runtime().today)
    return _show_case(client_id, form, offer)


@blueprint.post("/faelle/<client_id>/warteliste")
@permission("case:write")
def join(client_id: str) -> Answer:
    """Put the client onto a list."""
    runtime = current_runtime()
    form = WaitingForm()
    wanted = form.wanted.data or ""
    offer = _load_card(wanted.removeprefix("offer:")) if wanted.startswith("offer:") else None
    order = form.read(runtime.today)
    if order is None:
        return _show_case(client_id, form, offer), 422
    try:
        with runtime.database.write() as session:
            entry = join_list(session, current_actor(), client_id, order)
    except InvalidInputError as error:
        put_error(form.wanted, str(error))
        return _show_case(client_id, form, offer), 422
    except NotFoundError:
        if offer is None and order.offer_id:
            put_error(form.wanted, _("Nobody can wait for this offer."))
            return _show_case(client_id, form, None), 422
        raise
    except CaseClosedError as error:
        flash(str(error), "warning")
        return redirect(url_for(".of_case", client_id=client_id), 303)
    day = format_day(entry.entered_on)
    flash(_("On the waiting list since %(day)s.", day=day), "success")
    return redirect(url_for(".of_case", client_id=client_id), 303)


@blueprint.post("/faelle/<client_id>/warteliste/<waiting_id>/beenden")
@permission("case:write")
def leave(client_id: str, waiting_id: str) -> Response:
    """Take the client off a list."""
    reason = request.form.get("reason", "")
    if reason not in END_REASONS or reason == "closed":
        flash(_("Please choose why the client waits no more."), "warning")
        return redirect(url_for(".of_case", client_id=client_id), 303)
    try:
        with current_runtime().database.write() as session:
            leave_list(
                session,
                current_actor(),
                client_id,
                waiting_id,
                cast(EndReason, reason),
                read_version(request.form.get("version")),
            )
    except (CaseClosedError, ConflictError) as error:
        flash(str(error), "warning")
    else:
        flash(_("Taken off the waiting list."), "success")
    return redirect(url_for(".of_case", client_id=client_id), 303)


@blueprint.post("/faelle/<client_id>/warteliste/<waiting_id>/zurueck")
@permission("case:write")
def rejoin(client_id: str, waiting_id: str) -> Response:
    """Undo that the client was taken off."""
    try:
        with current_runtime().database.write() as session:
            entry = rejoin_list(session, current_actor(), client_id, waiting_id)
    except (CaseClosedError, ConflictError) as error:
        flash(str(error), "warning")
    else:
        day = format_day(entry.entered_on)
        flash(_("On the waiting list again; the old day counts: %(day)s.", day=day), "success")
    return redirect(url_for(".of_case", client_id=client_id), 303)


@blueprint.get("/faelle/<client_id>/warteliste/uebergangen/<passed_id>")
@permission("case:read")
def passed_note(client_id: str, passed_id: str) -> str:
    """Why the client was passed over, in words: a page of its own, or swapped into the list."""
    with current_runtime().database.write() as session:
        row = read_passed_over_note(session, current_actor(), client_id, passed_id)
        head = get_case_head(session, client_id, current_actor())
    template = "waiting/note_text.html" if "HX-Request" in request.headers else "waiting/note.html"
    return render_template(template, head=head, text=row.note)


def _seats_free(offer: Offer) -> int | None:
    return free_seats(offer.seats_max, offer.seats_booked)


def _show_case(client_id: str, form: WaitingForm, offer: OfferCard | None) -> str:
    with current_runtime().database.write() as session:  # for the audit entry
        head: CaseHead = get_case_head(session, client_id, current_actor())
        entries = load_case_entries(session, client_id)
    form.offer_choices([(offer.id, offer.title)] if offer else [])
    leaving = LeavingForm(formdata=None)
    leaving.offer_choices()
    return render_template(
        "waiting/of_case.html",
        head=head,
        form=form,
        offer=offer,
        entries=entries,
        reasons=leaving.reason.choices,
    )


def _load_card(offer_id: str) -> OfferCard | None:
    """The offer that one may wait for; nobody waits on a list for what is confidential."""
    if not offer_id:
        return None
    with current_runtime().database.read() as session:
        card = load_offer_cards(session, [offer_id]).get(offer_id)
    return None if card is None or card.is_sensitive or card.status != "published" else card
