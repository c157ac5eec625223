"""The forms of the legal side: status, papers, entitlements, appointments."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any, Final, TypeVar

from flask_wtf import FlaskForm
from pydantic import BaseModel, ValidationError
from wtforms import HiddenField, StringField, TextAreaField

from app.cases.codes import APPOINTMENT_KINDS, INTERPRETINGS, PERMIT_KINDS
from app.cases.counselling_models import Appointment
from app.cases.legal_records import AppointmentInput, PermitInput, ResidenceInput, RightInput
from app.cases.models import Client, Entitlement
from app.cases.status_models import Permit, ResidenceEntry
from app.core.i18n import format_day
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.ids import new_id
from app.directory.codes import ENTITLEMENT_KINDS, RESIDENCE_STATUSES
from app.settings import TIMEZONE
from app.web.forms.choices import Choice
from app.web.forms.parsing import parse_day
from app.web.forms.problems import put_error, show_problems
from app.web.labels.cases import entitlement_label, residence_label
from app.web.labels.counselling import interpreting_label
from app.web.labels.legal import appointment_kind_label
from app.web.labels.papers import permit_label

_CLOCK: Final = re.compile(r"([01]?\d|2[0-3])(?:[:.]([0-5]\d))?(?:\s*uhr)?", re.IGNORECASE)
Input = TypeVar("Input", bound=BaseModel)


class _LegalForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    creation_key = HiddenField()

    @property
    def key(self) -> str:
        """Of the form; a new one when it came without."""
        return (self.creation_key.data or "")[:36] or new_id()

    def day_of(self, name: str) -> date | None:
        """What was typed as a day; an error stands beside the field when it is none."""
        try:
            return parse_day(self[name].data or "")
        except ValueError as error:
            put_error(self[name], str(error))
            return None

    def validated(
        self, model: type[Input], values: dict[str, Any], today: date, fallback: str
    ) -> Input | None:
        """The validated input, or `None` with an error beside each field at fault."""
        try:
            data = model.model_validate(values, context={"today": today})
        except ValidationError as error:
            show_problems(self, error, lambda place: str(place[0]) if place else fallback)
            return None
        return None if self.errors else data


class ResidenceForm(_LegalForm):
    """A new residence status."""

    status = Choice(_l("Residence status"))
    valid_from = StringField(_l("Valid from"))
    expires_on = StringField(_l("Valid until"))

    def __init__(self, **options: Any) -> None:
        """With the statuses to choose from."""
        super().__init__(**options)
        self.status.choices = [
            ("", _("please choose")),
            *((code, residence_label(code)) for code in RESIDENCE_STATUSES),
        ]

    def preset(self, client: Client) -> None:
        """Begin with the status that holds."""
        self.status.data = client.residence_status or ""

    def fill(self, entry: ResidenceEntry) -> None:
        """Show a stored line."""
        self.status.data = entry.status
        self.valid_from.data = format_day(entry.valid_from) if entry.valid_from else ""
        self.expires_on.data = format_day(entry.expires_on) if entry.expires_on else ""

    def read(self, today: date) -> ResidenceInput | None:
        """The status, or `None` with errors."""
        values = {
            "status": self.status.data,
            "valid_from": self.day_of("valid_from"),
            "expires_on": self.day_of("expires_on"),
        }
        return self.validated(ResidenceInput, values, today, "expires_on")


class PermitForm(_LegalForm):
    """A paper beside the status."""

    kind = Choice(_l("Paper"))
    issued_on = StringField(_l("Issued on"))
    expires_on = StringField(_l("Valid until"))
    condition = StringField(_l("What is printed on it"))

    def __init__(self, **options: Any) -> None:
        """With the kinds to choose from."""
        super().__init__(**options)
        self.kind.choices = [(code, permit_label(code)) for code in PERMIT_KINDS]

    def fill(self, permit: Permit | None) -> None:
        """Show a stored paper, or an empty form."""
        self.creation_key.data = new_id()
        if permit is not None:
            self.kind.data, self.condition.data = permit.kind, permit.condition
            self.issued_on.data = format_day(permit.issued_on) if permit.issued_on else ""
            self.expires_on.data = format_day(permit.expires_on) if permit.expires_on else ""

    def read(self, today: date) -> PermitInput | None:
        """The paper, or `None` with errors."""
        values = {
            "kind": self.kind.data,
            "issued_on": self.day_of("issued_on"),
            "expires_on": self.day_of("expires_on"),
            "condition": self.condition.data or "",
        }
        return self.validated(PermitInput, values, today, "expires_on")


class RightForm(_LegalForm):
    """An entitlement to a course."""

    kind = Choice(_l("Entitlement"))
    issuer = StringField(_l("Issued by"))
    issued_on = StringField(_l("Issued on"))
    valid_until = StringField(_l("Valid until"))

    def __init__(self, **options: Any) -> None:
        """With the kinds to choose from."""
        super().__init__(**options)
        self.kind.choices = [(code, entitlement_label(code)) for code in ENTITLEMENT_KINDS]

    def fill(self, right: Entitlement | None) -> None:
        """Show a stored entitlement, or an empty form."""
        self.creation_key.data = new_id()
        if right is not None:
            self.kind.data, self.issuer.data = right.kind, right.issuer or ""
            self.issued_on.data = format_day(right.issued_on) if right.issued_on else ""
            self.valid_until.data = format_day(right.valid_until) if right.valid_until else ""

    def read(self, today: date) -> RightInput | None:
        """The entitlement, or `None` with errors."""
        values = {
            "kind": self.kind.data,
            "issuer": self.issuer.data or "",
            "issued_on": self.day_of("issued_on"),
            "valid_until": self.day_of("valid_until"),
        }
        return self.validated(RightInput, values, today, "valid_until")


class AppointmentForm(_LegalForm):
    """An appointment."""

    kind = Choice(_l("Where"))
    day = StringField(_l("Date"))
    clock = StringField(_l("Clock time"))
    place = StringField(_l("Place or room"))
    with_whom = StringField(_l("With whom"))
    bring = StringField(_l("To bring along"))
    interpreting = Choice(_l("Interpreter"))
    note = TextAreaField(_l("Short note"))

    def __init__(self, **options: Any) -> None:
        """With the kinds and ways of interpreting to choose from."""
        super().__init__(**options)
        self.kind.choices = [(code, appointment_kind_label(code)) for code in APPOINTMENT_KINDS]
        self.interpreting.choices = [
            ("", _("not told")),
            *((code, interpreting_label(code)) for code in INTERPRETINGS),
        ]

    def preset(self, kind: str) -> None:
        """Show a new appointment of this kind."""
        self.creation_key.data = new_id()
        self.kind.data = kind if kind in APPOINTMENT_KINDS else "counselling"

    def fill(self, found: Appointment) -> None:
        """Show a stored appointment, its note included."""
        local = found.starts_at.astimezone(TIMEZONE)
        self.day.data, self.clock.data = format_day(local.date()), f"{local:%H:%M}"
        for name in ("kind", "place", "with_whom", "bring"):
            self[name].data = getattr(found, name)
        self.interpreting.data, self.note.data = found.interpreting or "", found.note or ""

    def read(self, today: date) -> AppointmentInput | None:
        """The appointment, or `None` with errors."""
        starts_at = self._starts_at()
        values = {
            "kind": self.kind.data,
            "starts_at": starts_at or datetime.combine(today, time(), TIMEZONE),
            "place": self.place.data or "",
            "with_whom": self.with_whom.data or "",
            "bring": self.bring.data or "",
            "interpreting": self.interpreting.data or None,
            "note": self.note.data,
        }
        try:
            data = AppointmentInput.model_validate(values, context={"today": today})
        except ValidationError as error:
            show_problems(self, error, lambda at: "day" if at[0] == "starts_at" else str(at[0]))
            return None
        return None if self.errors else data

    def _starts_at(self) -> datetime | None:
        day = self.day_of("day")
        if day is None and not self.day.errors:
            put_error(self.day, _("Please fill this in."))
        found = _CLOCK.fullmatch((self.clock.data or "").strip()[:20])
        if not found:
            put_error(self.clock, _("Please write the time like this: 14:30."))
        if day is None or not found:
            return None
        return datetime.combine(day, time(int(found[1]), int(found[2] or 0)), TIMEZONE)
