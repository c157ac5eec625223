"""Accommodations: internal records, kept by the editors of the directory."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
from app.core.ids import new_id
from app.directory.accommodations import (
    InhabitedError,
    create_accommodation,
    delete_accommodation,
    get_accommodation,
    save_accommodation,
)
from app.directory.models import Accommodation
from app.directory.queries import list_accommodations
from app.web.access import permission
from app.web.forms.accommodation import AccommodationForm, fill_accommodation, read_accommodation
from app.web.forms.problems import list_problems, put_error
from app.web.runtime import current_runtime

blueprint = Blueprint("accommodations", __name__, url_prefix="/pflege/unterkuenfte")

MAX_KEY = 36
Page = str | Response | tuple[str, int]


@blueprint.get("")
@permission("directory:edit")
def show_list() -> str:
    """All accommodations."""
    with current_runtime().database.read() as session:
        rows = list_accommodations(session)
    return render_template("editing/accommodations.html", rows=rows)


@blueprint.route("/neu", methods=["GET", "POST"])
@permission("directory:edit")
def new_accommodation() -> Page:
    """Enter an accommodation."""
    form = AccommodationForm()
    if request.method == "GET":
        form.creation_key.data = new_id()
        return _show(form)
    data = read_accommodation(form)
    if data is None:
        return _show(form, status=422)
    key = (form.creation_key.data or "")[:MAX_KEY] or new_id()
    try:
        with current_runtime().database.write() as session:
            create_accommodation(session, data, key)
    except InvalidInputError:
        put_error(form["name"], _("There is already an accommodation with this name."))
        return _show(form, status=422)
    flash(_("“%(name)s” is entered.", name=data.name), "success")
    return redirect(url_for(".show_list"), 303)


@blueprint.route("/<accommodation_id>", methods=["GET", "POST"])
@permission("directory:edit")
def edit_accommodation(accommodation_id: str) -> Page:
    """Change an accommodation."""
    with current_runtime().database.read() as session:
        row = get_accommodation(session, accommodation_id)
    form = AccommodationForm()
    if request.method == "GET":
        fill_accommodation(form, row)
        return _show(form, row)
    data = read_accommodation(form)
    if data is None:
        return _show(form, row, 422)
    try:
        with current_runtime().database.write() as session:
            save_accommodation(session, accommodation_id, data)
    except InvalidInputError:
        put_error(form["name"], _("There is already an accommodation with this name."))
        return _show(form, row, 422)
    flash(_("Saved."), "success")
    return redirect(url_for(".show_list"), 303)


@blueprint.post("/<accommodation_id>/loeschen")
@permission("directory:edit")
def remove_accommodation(accommodation_id: str) -> Response:
    """Delete an accommodation in which nobody lives."""
    try:
        with current_runtime().database.write() as session:
            delete_accommodation(session, accommodation_id)
    except InhabitedError:
        flash(_("Clients live there: it cannot be deleted. Please let them move out first."), "warning")
        return redirect(url_for(".edit_accommodation", accommodation_id=accommodation_id), 303)
    flash(_("The accommodation is deleted."), "success")
    return redirect(url_for(".show_list"), 303)


def _show(
    form: AccommodationForm, row: Accommodation | None = None, status: int = 200
) -> tuple[str, int]:
    problems = list_problems(form)
    page = render_template("editing/accommodation.html", form=form, row=row, problems=problems)
    return page, status
