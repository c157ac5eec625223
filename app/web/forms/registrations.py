"""What an editor enters about a registration."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from pydantic import ValidationError
from wtforms import HiddenField, StringField, TextAreaField

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.volunteers.checks import Checks, next_due
from app.web.forms.parsing import parse_day
from app.web.forms.problems import put_error
from app.web.forms.typed_parts import day_as_typed, parsed

_DAYS = ("clearance_seen_on", "clearance_next_on", "talk_on", "agreement_on")


class ChecksForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What was seen and done; only days, never a document."""

    clearance_seen_on = StringField(_l("Police clearance seen on"))
    clearance_next_on = StringField(_l("Next one due on"))
    talk_on = StringField(_l("First talk on"))
    agreement_on = StringField(_l("Agreement signed on"))
    version = HiddenField()

    def fill(self, checks: Checks) -> None:
        """Show what is known."""
        for name in _DAYS:
            self[name].data = day_as_typed(getattr(checks, name))

    def read(self, today: Any) -> Checks | None:
        """The checks, or `None` with a sentence beside the field at fault."""
        days = {name: parsed(self[name], parse_day) for name in _DAYS}
        for name in ("clearance_seen_on", "talk_on", "agreement_on"):
            if days[name] is not None and days[name] > today:
                put_error(self[name], _("This day still lies ahead."))
        seen = days["clearance_seen_on"]
        if seen is not None and days["clearance_next_on"] is None:
            days["clearance_next_on"] = next_due(seen)
        if any(self[name].errors for name in _DAYS):
            return None
        try:
            return Checks(**days)
        except ValidationError:
            words = _("The next one is due after the first was seen, and within five years.")
            put_error(self.clearance_next_on, words)
            return None


class AskForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A question back."""

    question = TextAreaField(_l("Your question"))
    creation_key = HiddenField()
    version = HiddenField()


class DeclineForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """The words with which to decline."""

    words = TextAreaField(_l("Your words"))
    version = HiddenField()


class AcceptForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What a volunteer's offer is called in the directory."""

    title = StringField(_l("Title in the directory"))
    version = HiddenField()
