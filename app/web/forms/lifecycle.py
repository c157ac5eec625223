"""The forms of coming in and going out, and of the people around a client."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

from flask_wtf import FlaskForm
from pydantic import BaseModel, ValidationError
from wtforms import BooleanField, StringField, TextAreaField

from app.cases.codes import (
    CLOSING_REASONS,
    DATA_CATEGORIES,
    EXTENSION_REASONS,
    GIVEN_BY,
    OUTCOMES,
    RELATIONS,
    REOPENING_REASONS,
)
from app.cases.lifecycle_records import (
    AgreementInput,
    ClosingInput,
    CounsellingInput,
    PersonInput,
    ReopeningInput,
    TakeoverInput,
)
from app.cases.models import Client
from app.cases.status_models import RelatedPerson
from app.core.i18n import format_day
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.forms.choices import Boxes, Choice
from app.web.forms.parsing import parse_day, parse_languages
from app.web.forms.problems import put_error, show_problems
from app.web.labels.cases import spoken_language
from app.web.labels.consents import data_label, giver_label
from app.web.labels.lifecycle import (
    closing_label,
    extension_label,
    outcome_label,
    relation_label,
    reopening_label,
)

Input = TypeVar("Input", bound=BaseModel)
Choices = Sequence[tuple[str, str]]


class _Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    def day_of(self, name: str, *, is_needed: bool = False) -> date | None:
        """What was typed as a day; an error stands beside the field when it is none."""
        field = self[name]
        try:
            day = parse_day(field.data or "")
        except ValueError as error:
            put_error(field, str(error))
            return None
        if day is None and is_needed:
            put_error(field, _("Please fill this in."))
        return day

    def validated(self, model: type[Input], values: dict[str, Any], today: date) -> Input | None:
        """The validated input, or `None` with an error beside each field at fault."""
        try:
            data = model.model_validate(values, context={"today": today})
        except ValidationError as error:
            show_problems(self, error, lambda place: str(place[0]))
            return None
        return None if self.errors else data


class TakeoverForm(_Form):
    """The case comes from the social work of the preliminary accommodation."""

    provider_id = Choice(_l("Taken over from"))
    from_whom = StringField(_l("Institution or person, if not in the list"))
    taken_over_on = StringField(_l("Taken over on"))
    released_on = StringField(_l("Released from confidentiality on"))
    released = Boxes(_l("They may tell us"))
    note = TextAreaField(_l("What was told"))

    def offer(self, providers: Choices) -> None:
        """Fill the lists."""
        self.provider_id.choices = [("", _("please choose")), *providers]
        self.released.choices = [(code, data_label(code)) for code in DATA_CATEGORIES]

    def read(self, today: date) -> TakeoverInput | None:
        """The takeover, or `None` with errors."""
        day = self.day_of("taken_over_on", is_needed=True)
        values = {
            "provider_id": self.provider_id.data or None,
            "from_whom": self.from_whom.data or "",
            "taken_over_on": day or today,
            "released_on": self.day_of("released_on"),
            "released": self.released.data or (),
            "note": self.note.data,
        }
        return self.validated(TakeoverInput, values, today)


class AgreementForm(_Form):
    """Information given, agreement signed."""

    informed_on = StringField(_l("Information handed over on"))
    informed_language = Choice(_l("In which language"))
    agreed_on = StringField(_l("Agreement signed on"))
    agreed_by = Choice(_l("Signed by"))

    def offer(self, languages: Sequence[str]) -> None:
        """Fill the lists."""
        self.informed_language.choices = [
            ("", _("please choose")),
            *((tag, spoken_language(tag)) for tag in languages),
        ]
        self.agreed_by.choices = [
            ("", _("nobody yet")),
            *((code, giver_label(code)) for code in GIVEN_BY),
        ]

    def fill(self, client: Client) -> None:
        """Show what is stored."""
        self.informed_on.data = format_day(client.informed_on) if client.informed_on else ""
        self.agreed_on.data = format_day(client.agreed_on) if client.agreed_on else ""
        self.informed_language.data = client.informed_language or ""
        self.agreed_by.data = client.agreed_by or ""

    def read(self, today: date) -> AgreementInput | None:
        """What was given and signed, or `None` with errors."""
        values = {
            "informed_on": self.day_of("informed_on"),
            "informed_language": self.informed_language.data or None,
            "agreed_on": self.day_of("agreed_on"),
            "agreed_by": self.agreed_by.data or None,
        }
        return self.validated(AgreementInput, values, today)


class CounsellingForm(_Form):
    """How long the counselling lasts."""

    counselling_started_on = StringField(_l("Counselling began on"))
    extension_reason = Choice(_l("Fourth year, because of"))
    extension_note = TextAreaField(_l("More about the reason"))

    def offer(self) -> None:
        """Fill the list."""
        self.extension_reason.choices = [
            ("", _("no fourth year")),
            *((code, extension_label(code)) for code in EXTENSION_REASONS),
        ]

    def fill(self, client: Client) -> None:
        """Show what is stored; the note stays closed."""
        began = client.counselling_started_on
        self.counselling_started_on.data = format_day(began) if began else ""
        self.extension_reason.data = client.extension_reason or ""

    def read(self, today: date) -> CounsellingInput | None:
        """The time, or `None` with errors; an empty note leaves the stored one as it is."""
        values: dict[str, Any] = {
            "counselling_started_on": self.day_of("counselling_started_on"),
            "extension_reason": self.extension_reason.data or None,
        }
        if (self.extension_note.data or "").strip():
            values["extension_note"] = self.extension_note.data
        return self.validated(CounsellingInput, values, today)


class ClosingForm(_Form):
    """The end of a case."""

    closed_on = StringField(_l("Closed on"))
    reason = Choice(_l("Reason"))
    outcomes = Boxes(_l("What was reached"))
    provider_id = Choice(_l("Who goes on helping"))
    service_words = StringField(_l("Service, if not in the list"))
    note = TextAreaField(_l("What else is to be kept"))

    def offer(self, providers: Choices) -> None:
        """Fill the lists."""
        self.reason.choices = [
            ("", _("please choose")),
            *((code, closing_label(code)) for code in CLOSING_REASONS),
        ]
        self.outcomes.choices = [(code, outcome_label(code)) for code in OUTCOMES]
        self.provider_id.choices = [("", _("nobody, or unknown")), *providers]

    def read(self, today: date) -> ClosingInput | None:
        """The closing, or `None` with errors."""
        day = self.day_of("closed_on", is_needed=True)
        values = {
            "closed_on": day or today,
            "reason": self.reason.data,
            "outcomes": self.outcomes.data or (),
            "provider_id": self.provider_id.data or None,
            "service_words": self.service_words.data or "",
            "note": self.note.data,
        }
        return self.validated(ClosingInput, values, today)


class ReopeningForm(_Form):
    """Why a closed case is opened again."""

    reason = Choice(_l("Why"))

    def offer(self) -> None:
        """Fill the list."""
        self.reason.choices = [
            ("", _("please choose")),
            *((code, reopening_label(code)) for code in REOPENING_REASONS),
        ]

    def read(self, today: date) -> ReopeningInput | None:
        """The reason, or `None` with errors."""
        return self.validated(ReopeningInput, {"reason": self.reason.data}, today)


class PersonForm(_Form):
    """A guardian or an emergency contact."""

    name = StringField(_l("Name"))
    relation = Choice(_l("Who is it"))
    phone = StringField(_l("Phone"))
    languages = StringField(_l("Speaks"))
    may_consent = BooleanField(_l("may consent for the minor"))

    def offer(self) -> None:
        """Fill the list."""
        self.relation.choices = [
            ("", _("unknown")),
            *((code, relation_label(code)) for code in RELATIONS),
        ]

    def fill(self, person: RelatedPerson) -> None:
        """Show a stored entry."""
        self.name.data, self.phone.data = person.name, person.phone or ""
        self.relation.data = person.relation or ""
        if "may_consent" in self:
            self.may_consent.data = person.may_consent
        self.languages.data = ", ".join(spoken_language(tag) for tag in person.languages or ())

    def read(self, today: date, *, is_guardian: bool) -> PersonInput | None:
        """The person, or `None` with errors."""
        try:
            languages = parse_languages(self.languages.data or "")
        except ValueError as error:
            put_error(self.languages, str(error))
            languages = []
        values = {
            "name": self.name.data or "",
            "relation": self.relation.data or None,
            "phone": self.phone.data or "",
            "languages": tuple(languages) or None,
            "may_consent": is_guardian and bool(self.may_consent.data),
        }
        return self.validated(PersonInput, values, today)
