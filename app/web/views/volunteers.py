"""The volunteers as the editors know them: how to reach them, what was checked, who stopped."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.core.errors import ConflictError
from app.core.i18n import gettext as _
from app.operations.own_entries import take_volunteer_out
from app.volunteers.people import (
    checks_of,
    clearance_due,
    list_volunteers,
    read_volunteer,
    renew_checks,
)
from app.web.access import current_actor, permission
from app.web.forms.problems import put_error
from app.web.forms.referrals import read_version
from app.web.forms.registrations import ChecksForm
from app.web.labels import volunteers as volunteer_words
from app.web.runtime import current_runtime

blueprint = Blueprint("volunteers", __name__, url_prefix="/pflege/ehrenamtliche")

Page = str | Response | tuple[str, int]


@blueprint.get("")
@permission("directory:edit")
def show_list() -> str:
    """Who helps, with what is due."""
    runtime = current_runtime()
    with runtime.database.read() as session:
        lines = list_volunteers(session, runtime.today)
    return render_template("volunteers/list.html", lines=lines, words=volunteer_words)


@blueprint.get("/<provider_id>")
@permission("directory:edit")
def show(provider_id: str) -> str:
    """What is internal of one of them."""
    return _show(provider_id)


@blueprint.post("/<provider_id>/pruefung")
@permission("directory:edit")
def check(provider_id: str) -> Page:
    """Keep what was seen anew."""
    runtime = current_runtime()
    form = ChecksForm()
    checks = form.read(runtime.today)
    if checks is None:
        return _show(provider_id, form), 422
    version = read_version(form.version.data)
    try:
        with runtime.database.write() as session:
            renew_checks(session, current_actor(), provider_id, checks, version)
    except ConflictError as error:
        put_error(form.talk_on, str(error))
        return _show(provider_id, form), 409
    flash(_("Saved."), "success")
    return redirect(url_for(".show", provider_id=provider_id), 303)


@blueprint.post("/<provider_id>/ende")
@permission("directory:edit")
def take_out(provider_id: str) -> Response:
    """The person helps no more."""
    runtime = current_runtime()
    with runtime.database.write() as session:
        take_volunteer_out(session, current_actor(), provider_id, runtime.today)
    flash(_("Taken out; the case workers concerned find it in their lists."), "success")
    return redirect(url_for(".show", provider_id=provider_id), 303)


def _show(provider_id: str, form: ChecksForm | None = None) -> str:
    runtime = current_runtime()
    with runtime.database.write() as session:  # for the audit entry; kept short
        person = read_volunteer(session, current_actor(), provider_id)
    if form is None:
        form = ChecksForm(formdata=None)
        form.fill(checks_of(person))
        form.version.data = str(person.version)
    return render_template(
        "volunteers/show.html",
        person=person,
        due=clearance_due(person, runtime.today),
        form=form,
        words=volunteer_words,
    )
