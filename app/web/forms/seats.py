"""The short form in which seats are told."""

from __future__ import annotations

from datetime import date

from flask_wtf import FlaskForm
from pydantic import ValidationError
from wtforms import StringField

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.models import Offer
from app.directory.queries import free_seats
from app.directory.seats import SeatsReport
from app.web.forms.choices import Radio
from app.web.forms.editing_fields import yes_no
from app.web.forms.parsing import parse_count
from app.web.forms.problems import list_problems, show_problems
from app.web.forms.typed_parts import ANSWERS, TYPED_ANSWERS, parsed, text_of


class SeatsForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What somebody said about the seats."""

    seats_free = StringField(_l("Free seats"))
    seats_max = StringField(_l("Seats altogether"))
    has_waiting_list = Radio(_l("Waiting list"), choices=yes_no)
    told_by = StringField(_l("Who said so"))


def fill_seats(form: SeatsForm, offer: Offer) -> None:
    """Show what is known."""
    free = free_seats(offer.seats_max, offer.seats_booked)
    form.seats_free.data = "" if free is None else str(free)
    form.seats_max.data = "" if offer.seats_max is None else str(offer.seats_max)
    form.has_waiting_list.data = TYPED_ANSWERS[offer.has_waiting_list]


def read_seats(form: SeatsForm, today: date) -> SeatsReport | None:
    """What was said, or `None` with an error beside each field at fault."""
    values = {
        "seats_free": parsed(form.seats_free, parse_count),
        "seats_max": parsed(form.seats_max, parse_count),
        "has_waiting_list": ANSWERS.get(form.has_waiting_list.data or ""),
        "told_by": text_of(form.told_by) or "",
        "told_on": today,
    }
    try:
        report = SeatsReport.model_validate(values)
    except ValidationError as error:
        show_problems(form, error, lambda where: str(where[0]))
        return None
    return None if list_problems(form) else report


def seats_fault(field: str) -> str:
    """What to say beside ``field`` when the service refused it."""
    if field == "seats_max":
        return _("Please write how many seats there are altogether, too.")
    return _("More seats are free than there are.")
