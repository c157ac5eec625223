"""The forms of waiting lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from pydantic import ValidationError
from wtforms import HiddenField, StringField

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.codes import COURSE_KINDS
from app.matching.waiting import WaitingOrder
from app.matching.waiting_rules import DATE_REASONS, END_REASONS
from app.web.forms.choices import Choice
from app.web.forms.parsing import parse_day
from app.web.forms.problems import put_error, show_problems
from app.web.labels.directory import course_kind_label
from app.web.labels.waiting import date_reason_label, end_label

ANY_COURSE = "any"
"""The value of "any course of the kind", where one offer was looked at."""


class WaitingForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What the client waits for, and since when."""

    wanted = Choice(_l("Waits for"))
    entered_on = StringField(_l("Since"))
    date_reason = Choice(_l("Why an earlier day counts"))

    def offer_choices(self, offers: Sequence[tuple[str, str]]) -> None:
        """Fill the lists; ``offers``: id and title of single offers that may be waited for."""
        kinds = sorted((course_kind_label(code), code) for code in COURSE_KINDS)
        self.wanted.choices = [
            ("", _("please choose")),
            *((f"offer:{offer_id}", _("only: %(title)s", title=title)) for offer_id, title in offers),
            *((f"kind:{code}", _("any course: %(kind)s", kind=label)) for label, code in kinds),
        ]
        self.date_reason.choices = [
            ("", _("please choose")),
            *((code, date_reason_label(code)) for code in DATE_REASONS),
        ]

    def read(self, today: date) -> WaitingOrder | None:
        """The validated order, or `None` with an error beside each field at fault."""
        sort, _colon, value = (self.wanted.data or "").partition(":")
        entered_on = self._read_day()
        values: dict[str, Any] = {
            "course_kind": value if sort == "kind" else None,
            "offer_id": value if sort == "offer" else "",
            "entered_on": entered_on or today,
            "date_reason": self.date_reason.data or None,
        }
        if self.errors:
            return None
        try:
            return WaitingOrder.model_validate(values, context={"today": today})
        except ValidationError as error:
            show_problems(
                self, error, lambda place: _FIELD_OF.get(str(place[0]) if place else "", "wanted")
            )
            return None

    def _read_day(self) -> date | None:
        try:
            return parse_day(self.entered_on.data or "")
        except ValueError as error:
            put_error(self.entered_on, str(error))
            return None


_FIELD_OF = {"entered_on": "entered_on", "date_reason": "date_reason"}


class LeavingForm(FlaskForm):  # type: ignore[misc]
    """Why the client waits no more."""

    version = HiddenField()
    reason = Choice(_l("Why"))

    def offer_choices(self) -> None:
        """Fill the list: what a person may say (the end of the case says it by itself)."""
        self.reason.choices = [
            ("", _("please choose")),
            *((code, end_label(code)) for code in END_REASONS if code != "closed"),
        ]
