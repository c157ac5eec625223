"""The forms of rounds in which places are given out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from pydantic import ValidationError
from wtforms import HiddenField, StringField, TextAreaField

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.operations.allocation_rounds import MAX_SEATS, RoundOrder
from app.operations.round_decisions import Decision
from app.web.forms.choices import Choice
from app.web.forms.problems import put_error, show_problems

CHOSEN, SEATS = "kurs", "plaetze-"


class RoundForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A round; the courses and their places stand in fields of their own, one row each."""

    creation_key = HiddenField()
    title = StringField(_l("Name of the round"))
    courses = HiddenField(_l("Courses"))
    """Has no value; errors about the courses stand here."""

    def read(self, arguments: Mapping[str, str], chosen: Sequence[str]) -> RoundOrder | None:
        """The validated order, or `None` with an error beside each field at fault."""
        seats: dict[str, int] = {}
        for offer_id in chosen:
            typed = arguments.get(f"{SEATS}{offer_id}", "").strip()
            if not (typed.isascii() and typed.isdigit() and len(typed) < 6 and int(typed) <= MAX_SEATS):
                words = _("Please enter a number of places from 0 to %(max)s.", max=MAX_SEATS)
                put_error(self.courses, words)
                return None
            seats[offer_id] = int(typed)
        values: dict[str, Any] = {
            "title": self.title.data or "",
            "seats": seats,
            "creation_key": self.creation_key.data or "",
        }
        try:
            return RoundOrder.model_validate(values)
        except ValidationError as error:
            fields = {"title": "title"}
            show_problems(self, error, lambda place: fields.get(str(place[0]), "courses"))
            return None


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """What a person decides instead of the proposal."""

    version = HiddenField()
    offer_id = Choice(_l("Place in"))
    reason = TextAreaField(_l("Why"))

    def offer_choices(self, courses: Sequence[tuple[str, str]]) -> None:
        """Fill the list; ``courses``: id and words of those with a free seat."""
        self.offer_id.choices = [("", _("no place in this round")), *courses]

    def read(self) -> Decision | None:
        """The validated decision, or `None` with an error beside each field at fault."""
        values = {"offer_id": self.offer_id.data or None, "reason": self.reason.data or ""}
        try:
            return Decision.model_validate(values)
        except ValidationError as error:
            show_problems(self, error, lambda place: str(place[0]))
            return None
