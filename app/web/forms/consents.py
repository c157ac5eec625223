"""The forms of consents: recording one, revoking one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

from flask_wtf import FlaskForm
from pydantic import BaseModel, ValidationError
from wtforms import BooleanField, HiddenField, StringField

from app.cases.codes import CONSENT_PURPOSES, CONSENT_WAYS, DATA_CATEGORIES, GIVEN_BY
from app.cases.consent_records import ConsentCreate, Revocation
from app.cases.consent_rules import NEEDS_RELEASE
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.forms.choices import Boxes, Choice, Radio
from app.web.forms.parsing import parse_day
from app.web.forms.problems import put_error, show_problems
from app.web.labels.cases import spoken_language
from app.web.labels.consents import data_label, giver_label, purpose_label, way_label

Input = TypeVar("Input", bound=BaseModel)
USUAL_DATA = tuple(code for code in DATA_CATEGORIES if code not in NEEDS_RELEASE)


class ConsentForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What the client has agreed to."""

    creation_key = HiddenField()
    provider_id = HiddenField()
    """Of the provider named in `recipient`, when the page was opened for one."""
    recipient = StringField(_l("Who may get the data"))
    purpose = Choice(_l("What for"))
    data = Boxes(_l("Which data"))
    health = BooleanField(_l("Health details"))
    is_release = BooleanField(_l("We are also released from confidentiality towards them (§ 203 StGB)"))
    given_on = StringField(_l("Given on"))
    valid_until = StringField(_l("Valid until"))
    given_by = Radio(_l("Given"))
    way = Radio(_l("How it was given"))
    language = Choice(_l("Language of the form or the talk"))

    def offer_choices(self, languages: Sequence[str]) -> None:
        """Fill the lists; ``languages`` are those that the form can be had in."""
        self.purpose.choices = [(code, purpose_label(code)) for code in CONSENT_PURPOSES]
        self.data.choices = [(code, data_label(code)) for code in USUAL_DATA]
        self.given_by.choices = [(code, giver_label(code)) for code in GIVEN_BY]
        self.way.choices = [(code, way_label(code)) for code in CONSENT_WAYS]
        self.language.choices = [(tag, spoken_language(tag)) for tag in languages]

    def put_data(self, codes: Sequence[str]) -> None:
        """Tick these kinds of data; health has a box of its own."""
        self.data.data = [code for code in codes if code in USUAL_DATA]
        self.health.data = bool(NEEDS_RELEASE & set(codes))

    def read(
        self, provider_id: str | None, today: date, birth_date: date | None
    ) -> ConsentCreate | None:
        """The validated input, or `None` with an error beside each field at fault.

        ``provider_id``: of the directory, when what was typed names one.
        """
        days = {name: self._day(name) for name in ("given_on", "valid_until")}
        values: dict[str, Any] = {
            "provider_id": provider_id,
            "recipient": self.recipient.data or "",
            "purpose": self.purpose.data,
            "data": (*(self.data.data or ()), *(("health",) if self.health.data else ())),
            "is_release": bool(self.is_release.data),
            "given_by": self.given_by.data,
            "way": self.way.data,
            "language": self.language.data or "de",
            **{name: day for name, day in days.items() if day is not None},
        }
        context = {"today": today, "birth_date": birth_date}
        return _validated(self, ConsentCreate, values, context)

    def _day(self, name: str) -> date | None:
        return _read_day(self[name])


class RevocationForm(FlaskForm):  # type: ignore[misc]
    """From when a consent counts no more."""

    revoked_on = StringField(_l("Revoked on"))

    def read(self, today: date) -> Revocation | None:
        """The validated input, or `None` with an error beside the field."""
        day = _read_day(self.revoked_on)
        values = {} if day is None else {"revoked_on": day}
        return _validated(self, Revocation, values, {"today": today})


def _read_day(field: Any) -> date | None:
    try:
        day = parse_day(field.data or "")
    except ValueError as error:
        put_error(field, str(error))
        return None
    if day is None:
        put_error(field, _("Please fill this in."))
    return day


def _validated(
    form: Any, model: type[Input], values: dict[str, Any], context: dict[str, Any]
) -> Input | None:
    try:
        data = model.model_validate(values, context=context)
    except ValidationError as error:
        show_problems(form, error, lambda location: str(location[0]))
        return None
    return None if form.errors else data
