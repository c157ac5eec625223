"""The hours a volunteer gives: told on the phone, added up, certified."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from pydantic import ValidationError
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.accounts.queries import find_provider_of
from app.core.errors import InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.core.i18n import language
from app.core.ids import new_id
from app.printouts.papers.book import load_paper_book
from app.printouts.papers.hours import PAPER, build_hours_paper, hours_words
from app.printouts.papers.rendering import render_paper
from app.volunteers.hours import (
    CARD_MINUTES,
    HoursTold,
    drop_hours,
    list_hours,
    tell_hours,
    year_before,
)
from app.volunteers.models import Volunteer
from app.web.access import current_actor, permission
from app.web.forms.own_hours import HoursForm
from app.web.forms.problems import put_error, show_problems
from app.web.labels import volunteers as volunteer_words
from app.web.runtime import current_runtime

blueprint = Blueprint("own_hours", __name__, url_prefix="/meine-stunden")


@blueprint.get("")
@permission("own_entries:edit")
def show() -> str:
    """The last twelve months, and a form for today."""
    form = HoursForm(formdata=None, creation_key=new_id())
    form.given_on.data = current_runtime().today.strftime("%d.%m.%Y")
    return _show(form)


@blueprint.post("")
@permission("own_entries:edit")
def tell() -> str | Response | tuple[str, int]:
    """Keep what was given."""
    form, today = HoursForm(), current_runtime().today
    values = form.read()
    if values is None:
        return _show(form), 422
    try:
        told = HoursTold.model_validate(values, context={"today": today})
    except ValidationError as error:
        show_problems(form, error, lambda place: "hours" if place[0] == "minutes" else str(place[0]))
        return _show(form), 422
    try:
        with current_runtime().database.write() as session:
            tell_hours(session, _get_volunteer(session).provider_id, told)
    except InvalidInputError as error:
        put_error(form.hours, str(error))
        return _show(form), 422
    flash(_("Thank you! It is noted."), "success")
    return redirect(url_for(".show"), 303)


@blueprint.post("/<hours_id>/loeschen")
@permission("own_entries:edit")
def drop(hours_id: str) -> Response:
    """Take an entry back."""
    with current_runtime().database.write() as session:
        drop_hours(session, _get_volunteer(session).provider_id, hours_id)
    flash(_("Deleted."), "success")
    return redirect(url_for(".show"), 303)


@blueprint.get("/bescheinigung.pdf")
@permission("own_entries:edit")
def certificate() -> Response:
    """The certificate of the last twelve months, to be signed."""
    today = current_runtime().today
    span = (year_before(today), today)
    with current_runtime().database.read() as session:
        person = _get_volunteer(session)
        rows = list_hours(session, person.provider_id, *span)
        name = f"{person.first_name} {person.last_name}"
    if not rows:
        raise NotFoundError("no hours to certify")
    with language("de"):
        kinds = dict.fromkeys(row.kind for row in reversed(rows))
        tasks = [volunteer_words.help_label(kind) for kind in kinds]
    minutes = sum(row.minutes for row in rows)
    paper = build_hours_paper(load_paper_book(PAPER, None), name, minutes, tasks, span, today)
    answer = make_response(render_paper(paper))
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = 'inline; filename="stunden.pdf"'
    return answer


def _show(form: Any) -> str:
    today = current_runtime().today
    with current_runtime().database.read() as session:
        rows = list_hours(session, _get_volunteer(session).provider_id, year_before(today), today)
    minutes = sum(row.minutes for row in rows)
    return render_template(
        "own_entries/hours.html",
        form=form,
        rows=rows,
        total=hours_words(minutes),
        share=min(1.0, minutes / CARD_MINUTES),
        since=year_before(today),
        hours_words=hours_words,
        words=volunteer_words,
    )


def _get_volunteer(session: Session) -> Volunteer:
    """Who gives hours here; raises `NotFoundError` for people of organisations."""
    provider_id = find_provider_of(session, current_actor())
    person = session.get(Volunteer, provider_id) if provider_id else None
    if person is None:
        raise NotFoundError("no volunteer")
    return person
