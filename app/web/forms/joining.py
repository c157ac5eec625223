"""The public forms by which volunteers and organisations register. They carry no token of a session:
nobody is signed in on these pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from wtforms import BooleanField, Form, HiddenField, StringField, TextAreaField

from app.cases.codes import CONSENT_WAYS, GIVEN_BY
from app.cases.consent_records import ConsentCreate
from app.cases.consent_rules import USUAL_YEARS, last_day, years_later
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.i18n import weekday_name
from app.directory.codes import LEVELS, OFFER_KINDS, SEXES
from app.directory.interests import Taxonomy
from app.directory.tables.times import UnreadableTimesError, parse_times
from app.volunteers.answers import MOST_CLIENTS, OrganisationAnswers, VolunteerAnswers
from app.volunteers.codes import DAY_PARTS, HELP_KINDS, WHOM
from app.web.forms.choices import Boxes, Choice, Radio
from app.web.forms.editing_fields import WEEKDAYS, Rows, yes_no
from app.web.forms.parsing import parse_count, parse_day, split_words
from app.web.forms.problems import problem_words, put_error
from app.web.forms.topic_words import find_topics
from app.web.forms.typed_parts import ANSWERS, is_empty_row, languages_in, parsed, text_of
from app.web.labels.cases import COMMON_LANGUAGES, day_part_label, sex_label, spoken_language
from app.web.labels.consents import giver_label, way_label
from app.web.labels.directory import level_label, offer_kind_label, provider_kind_label
from app.web.labels.volunteers import help_label, whom_label

DISTANCES_KM: Final = (2, 5, 10, 20, 50)
_LANGUAGES: Final = ("de", *(tag for tag in COMMON_LANGUAGES if tag != "de"))
_ORGANISATIONS: Final = ("club", "initiative", "welfare_organisation", "course_provider", "other")
_MAX_TIMES: Final = 21
_MAX_TYPED_TIMES: Final = 500
_BETWEEN_TIMES: Final = re.compile(r"(\d\s*(?:Uhr)?)\s*(?:,|und)\s*(?=[A-Za-z])", re.IGNORECASE)
"""People write "Di 17–19, Do 18–20"; the tables of the directory want a semicolon there."""
_Model = TypeVar("_Model", bound=BaseModel)


def _language_choices() -> list[tuple[str, str]]:
    return [(tag, spoken_language(tag)) for tag in _LANGUAGES]


def _time_choices() -> list[tuple[str, str]]:
    return [
        (f"{day}-{part}", f"{weekday_name(day)} {day_part_label(part)}")
        for day in WEEKDAYS
        for part in DAY_PARTS
    ]


_AGREEMENT: Final = _l("I agree that what I enter is kept and used to find people whom it helps.")
_MORE: Final = _l("Would you like to tell more?")
_FROM, _UNTIL = _l("From when on?"), _l("Until when?")


class _RegistrationForm(Form):
    """The fields of each form stand in the order of its page: so do the mistakes listed above it."""

    opened = HiddenField()
    """When the form was opened, and its key; signed (`app.web.form_keys`)."""
    homepage = StringField(_l("Please leave this empty"))
    """Only machines fill it in."""

    def days(self) -> dict[str, date | None]:
        """From when until when, as typed."""
        return {name: parsed(self[name], parse_day) for name in ("starts_on", "ends_on")}


class VolunteerForm(_RegistrationForm):
    """One person who would like to help."""

    help_kinds = Boxes(
        _l("What would you like to do?"),
        choices=lambda: [(code, help_label(code)) for code in HELP_KINDS],
    )
    description = TextAreaField(_MORE)
    languages = Boxes(_l("Which languages do you speak?"), choices=_language_choices)
    more_languages = StringField(_l("Further languages"))
    plz = StringField(_l("Postal code"))
    radius_km = Choice(
        _l("How far would you go?"),
        choices=lambda: [("", _("does not matter")), *((str(km), f"{km} km") for km in DISTANCES_KM)],
    )
    times = Boxes(_l("When do you have time?"), choices=_time_choices)
    starts_on = StringField(_FROM)
    ends_on = StringField(_UNTIL)
    whom = Boxes(_l("For whom?"), choices=lambda: [(code, whom_label(code)) for code in WHOM])
    max_clients = Choice(
        _l("How many people at a time?"),
        choices=[(str(number), str(number)) for number in range(1, MOST_CLIENTS + 1)],
    )
    first_name = StringField(_l("First name"))
    last_name = StringField(_l("Last name"))
    email = StringField(_l("E-mail"))
    phone = StringField(_l("Phone"))
    sex = Choice(
        _l("You are"),
        choices=lambda: [("", _("prefer not to say")), *((code, sex_label(code)) for code in SEXES)],
    )
    shows_first_name = BooleanField(_l("My first name may stand in the public directory."))
    has_read_privacy = BooleanField(_AGREEMENT)

    def read(self, today: date) -> VolunteerAnswers | None:
        """What was told, or `None` with a sentence beside each field at fault."""
        typed = languages_in(self.more_languages)
        values: dict[str, Any] = {
            "help_kinds": tuple(dict.fromkeys(self.help_kinds.data or ())),
            "description": text_of(self.description) or "",
            "languages": tuple(dict.fromkeys([*(self.languages.data or ()), *typed])),
            "plz": text_of(self.plz) or "",
            "radius_km": parsed(self.radius_km, parse_count),
            "times": [one.split("-", 1) for one in (self.times.data or ())[:_MAX_TIMES] if "-" in one],
            "whom": tuple(dict.fromkeys(self.whom.data or ())),
            "max_clients": parsed(self.max_clients, parse_count) or 1,
            "first_name": self.first_name.data or "",
            "last_name": self.last_name.data or "",
            "sex": self.sex.data or None,
            "email": self.email.data or "",
            "phone": self.phone.data,
            "shows_first_name": self.shows_first_name.data,
            "has_read_privacy": self.has_read_privacy.data,
            **self.days(),
        }
        return _validated(self, VolunteerAnswers, values, today)


class ContributionForm(VolunteerForm):
    """The same, filled in by the case worker for a client, with the consent to it."""

    creation_key = HiddenField()
    given_by = Radio(_l("Given"), choices=lambda: [(code, giver_label(code)) for code in GIVEN_BY])
    way = Radio(
        _l("How it was given"), choices=lambda: [(code, way_label(code)) for code in CONSENT_WAYS]
    )
    has_read_privacy = BooleanField(
        _l("The client agrees that this is entered, and knows what happens with it.")
    )

    def suggest(self, suggested: Mapping[str, Any], creation_key: str) -> None:
        """Fill in what the case knows; languages without a box of their own are written out."""
        preset = {"creation_key": creation_key, "way": "spoken"}
        self.process(data={**suggested, **preset})
        with_box = set(_LANGUAGES)
        self.languages.data = [tag for tag in suggested["languages"] if tag in with_box]
        others = [spoken_language(tag) for tag in suggested["languages"] if tag not in with_box]
        self.more_languages.data = ", ".join(others)

    def read_consent(
        self, today: date, birth_date: date | None, released: tuple[str, ...]
    ) -> ConsentCreate | None:
        """The consent of today, for a year, or `None` with a sentence beside what is at fault."""
        given_by = self.given_by.data or "client"
        latest = last_day(today, given_by, birth_date)
        values = {
            "recipient": _("Coordination of volunteers"),
            "purpose": "volunteer",
            "data": released,
            "given_on": today,
            "given_by": given_by,
            "way": self.way.data or "spoken",
            "valid_until": min(latest, years_later(today, USUAL_YEARS)),
        }
        try:
            return ConsentCreate.model_validate(
                values, context={"today": today, "birth_date": birth_date}
            )
        except ValidationError as error:
            problem = error.errors()[0]
            put_error(self.given_by, problem_words(problem["type"], problem.get("ctx", {})))
            return None


class OfferedForm(Form):
    """One offer of an organisation."""

    title = StringField(_l("What is it called?"))
    kind = Choice(
        _l("What kind is it?"),
        choices=lambda: [
            ("", _("please choose")),
            *((code, offer_kind_label(code)) for code in OFFER_KINDS if code != "authority"),
        ],
    )
    topics = StringField(_l("What is it about?"))
    description = TextAreaField(_l("What happens there?"))
    times = StringField(_l("When?"))
    languages = StringField(_l("In which languages?"))
    whom = Boxes(_l("For whom?"), choices=lambda: [(code, whom_label(code)) for code in WHOM])
    entry_level = Choice(
        _l("How much German is needed?"),
        choices=lambda: [("", _("unknown")), *((code, level_label(code)) for code in LEVELS)],
    )
    is_free = Radio(_l("Is it free of charge?"), choices=yes_no)
    seats_max = StringField(_l("Places"))


class OrganisationForm(_RegistrationForm):
    """A club or provider with what it offers."""

    known = HiddenField()
    """The entry they say they are; ``none``: none of those shown."""
    name = StringField(_l("What is the organisation called?"))
    kind = Choice(
        _l("What is it?"),
        choices=lambda: [
            ("", _("please choose")),
            *((code, provider_kind_label(code)) for code in _ORGANISATIONS),
        ],
    )
    description = TextAreaField(_MORE)
    website = StringField(_l("Website"))
    street = StringField(_l("Street"))
    house_number = StringField(_l("House number"))
    plz = StringField(_l("Postal code"))
    offers = Rows(OfferedForm, _l("Offers"))
    contact_name = StringField(_l("Your name"))
    contact_role = StringField(_l("Your task there"))
    email = StringField(_l("E-mail"))
    phone = StringField(_l("Phone"))
    starts_on = StringField(_FROM)
    ends_on = StringField(_UNTIL)
    has_read_privacy = BooleanField(_AGREEMENT)

    def read(self, today: date, taxonomy: Taxonomy, language: str) -> OrganisationAnswers | None:
        """What was told, or `None` with a sentence beside each field at fault."""
        for number, row in reversed(list(enumerate(self.offers.rows))):
            if is_empty_row(row) and len(self.offers.entries) > 1:
                del self.offers.entries[number]
        known = self.known.data or ""
        values: dict[str, Any] = {
            "name": self["name"].data or "",
            "kind": self.kind.data or "",
            "known_provider_id": known if known not in {"", "none"} else None,
            "description": text_of(self.description) or "",
            "website": text_of(self.website),
            "street": self.street.data,
            "house_number": self.house_number.data,
            "plz": text_of(self.plz) or "",
            "contact_name": self.contact_name.data or "",
            "contact_role": self.contact_role.data,
            "email": self.email.data or "",
            "phone": self.phone.data,
            "has_read_privacy": self.has_read_privacy.data,
            "offers": [_offer_values(row, taxonomy, language) for row in self.offers.rows],
            **self.days(),
        }
        return _validated(self, OrganisationAnswers, values, today)


def _offer_values(row: Any, taxonomy: Taxonomy, language: str) -> dict[str, Any]:
    topics: list[str] = []
    for word in split_words(row.topics.data or ""):
        if key := _topic_in(row.topics, word, taxonomy, language):
            topics.append(key)
    return {
        "title": row.title.data or "",
        "kind": row.kind.data or "",
        "description": text_of(row.description) or "",
        "topics": tuple(dict.fromkeys(topics)),
        "languages": languages_in(row.languages),
        "times": _times(row.times),
        "whom": tuple(dict.fromkeys(row.whom.data or ())),
        "entry_level": row.entry_level.data or None,
        "is_free": ANSWERS.get(row.is_free.data or ""),
        "seats_max": parsed(row.seats_max, parse_count),
    }


def _topic_in(field: Any, word: str, taxonomy: Taxonomy, language: str) -> str | None:
    """The concept that ``word`` means, or `None` with an error beside the field."""
    try:
        return find_topics(word, taxonomy, language)
    except ValueError as error:
        put_error(field, str(error))
        return None


def _times(field: Any) -> list[dict[str, Any]]:
    try:
        typed = _BETWEEN_TIMES.sub(r"\1; ", (field.data or "")[:_MAX_TYPED_TIMES])
        sessions = parse_times(typed)
    except UnreadableTimesError:
        put_error(field, _("Please write times like this: Tu 17:00–19:00; Th 18:00–20:00"))
        return []
    return [{"weekday": one.weekday, "starts": one.starts, "ends": one.ends} for one in sessions]


def _validated(form: Any, model: type[_Model], values: dict[str, Any], today: date) -> _Model | None:
    """The answers, or `None` with a sentence beside each field at fault."""
    answers = None
    try:
        answers = model.model_validate(values, context={"today": today})
    except ValidationError as error:
        for problem in error.errors():
            field = _field_of(form, problem["loc"])
            if not field.errors:
                put_error(field, _sentence(problem))
    return None if _has_errors(form) else answers


def _field_of(form: Any, place: tuple[int | str, ...]) -> Any:
    name = str(place[0]) if place else "ends_on"
    if name == "offers" and len(place) > 2:
        row = form.offers.entries[int(place[1])].form
        return row[str(place[2])]
    if name == "known_provider_id":
        return form["name"]
    return form[name]


def _sentence(problem: Mapping[str, Any]) -> str:
    name = str(problem["loc"][0]) if problem["loc"] else ""
    kind, typed = problem["type"], problem.get("input")
    if name == "has_read_privacy":
        return _("Without your agreement we cannot keep what you entered.")
    if kind == "literal_error" and typed == "":
        return _("Please choose something.")
    if isinstance(typed, str) and not typed.strip():
        return _("Please fill this in.")
    if kind == "too_short":
        return _("Please choose something.")
    if name == "plz" and kind == "string_pattern_mismatch":
        return _("A postal code has five digits.")
    if name == "phone" and kind == "string_pattern_mismatch":
        return _("This is not a phone number.")
    return problem_words(kind, problem.get("ctx", {}))


def _has_errors(form: Any) -> bool:
    rows = [row for field in form if isinstance(field, Rows) for row in field.rows]
    return any(field.errors for one in [form, *rows] for field in one if not isinstance(field, Rows))
