"""Telling the seats of an offer: half a minute after a phone call."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
from app.directory.history import Author
from app.directory.queries import get_offer_page
from app.directory.seats import report_seats
from app.web.access import current_actor, permission
from app.web.forms.problems import list_problems, put_error
from app.web.forms.seats import SeatsForm, fill_seats, read_seats, seats_fault
from app.web.runtime import current_runtime

blueprint = Blueprint("seats", __name__)


@blueprint.route("/angebote/<offer_id>/plaetze", methods=["GET", "POST"])
@permission("directory:verify")
def tell_seats(offer_id: str) -> str | Response | tuple[str, int]:
    """Note how many seats are free, and who said so."""
    runtime, actor = current_runtime(), current_actor()
    with runtime.database.read() as session:
        page = get_offer_page(session, offer_id)
    form = SeatsForm()
    if request.method == "GET":
        fill_seats(form, page.offer)
        return render_template("editing/seats.html", form=form, page=page, problems=())
    report = read_seats(form, runtime.today)
    if report is not None:
        try:
            with runtime.database.write() as session:
                report_seats(session, Author(actor.name, actor.id), offer_id, report)
        except InvalidInputError as error:
            field = form[error.field if error.field in form else "seats_free"]
            put_error(field, seats_fault(error.field))
        else:
            flash(_("The seats are noted."), "success")
            return redirect(url_for("directory.offer", offer_id=offer_id), 303)
    problems = list_problems(form)
    return render_template("editing/seats.html", form=form, page=page, problems=problems), 422
