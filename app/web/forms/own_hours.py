"""The form by which a volunteer tells the hours of a day."""

from __future__ import annotations

import re
from typing import Any, Final

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.volunteers.codes import HELP_KINDS
from app.web.forms.choices import Choice
from app.web.forms.parsing import parse_day
from app.web.forms.typed_parts import required
from app.web.labels.volunteers import help_label

_HOURS: Final = re.compile(r"(\d{1,2})(?:[.,](\d{1,2}))?|(\d{1,2}):([0-5]\d)")
_MINUTES: Final = 60


class HoursForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Day, hours, what."""

    given_on = StringField(_l("On which day?"))
    hours = StringField(_l("How many hours?"))
    kind = Choice(
        _l("What did you do?"), choices=lambda: [(code, help_label(code)) for code in HELP_KINDS]
    )
    creation_key = HiddenField()

    def read(self) -> dict[str, Any] | None:
        """What was typed, or `None` with a sentence beside each field at fault."""
        values = {
            "given_on": required(self.given_on, parse_day),
            "minutes": required(self.hours, parse_hours),
            "kind": self.kind.data or "",
            "creation_key": self.creation_key.data or "",
        }
        return None if self.given_on.errors or self.hours.errors else values


def parse_hours(text: str) -> int | None:
    """Hours as "2", "1,5" or "1:30", in minutes; `None` when empty."""
    typed = text.strip().lower().removesuffix("h").removesuffix("std").strip(" .")
    if not typed:
        return None
    found = _HOURS.fullmatch(typed)
    if found is None or not typed.isascii():
        raise ValueError(_("Please write hours like this: 2 or 1,5 or 1:30."))
    if found[3] is not None:
        return int(found[3]) * _MINUTES + int(found[4])
    return int(found[1]) * _MINUTES + round(float(f"0.{found[2] or 0}") * _MINUTES)
