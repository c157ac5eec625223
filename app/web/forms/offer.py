"""The form of an offer: its fields, which hold what was typed.

`app.web.forms.offer_values` fills it from a record and reads it into one; which of the fields are asked
for stands in `app.web.forms.offer_kinds`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from flask_wtf import FlaskForm
from wtforms import BooleanField, FormField, HiddenField, StringField, TextAreaField

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.codes import (
    COURSE_KINDS,
    ENTITLEMENT_KINDS,
    GOAL_AREAS,
    LEVELS,
    OFFER_KINDS,
    OFFER_STATUSES,
    RESIDENCE_STATUSES,
    SEXES,
    TARGET_GROUPS,
    VISIBILITIES,
)
from app.directory.interests import Taxonomy
from app.directory.records import OfferRecord, ProviderRecord
from app.web.forms.choices import Boxes, Choice, Radio
from app.web.forms.editing_fields import (
    ExceptionRowForm,
    PhraseForm,
    PlaceForm,
    Rows,
    TermRowForm,
    TimeRowForm,
    UsedPlaceForm,
    one_of,
    unknown_or,
    yes_no,
)
from app.web.labels.cases import (
    COMMON_LANGUAGES,
    entitlement_label,
    goal_area_label,
    residence_label,
    spoken_language,
)
from app.web.labels.directory import (
    course_kind_label,
    level_label,
    offer_kind_label,
    target_group_label,
)
from app.web.labels.editing import (
    PAYERS,
    payer_label,
    status_hint,
    visibility_hint,
)
from app.web.labels.entry_fields import build_entry_names, value_words

NEW_PLACE: Final = "new"
"""Stands for the address that is entered in the same form."""
FURTHER_LANGUAGES: Final = ("instruction_languages", "onsite_languages")


def _sexes() -> list[tuple[str, str]]:
    return [("", _("open to all")), *((code, str(value_words("sex", code))) for code in SEXES)]


def _levels() -> list[tuple[str, str]]:
    return [("", _("unknown")), *((code, level_label(code)) for code in LEVELS)]


class OfferForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """All that can be said about an offer. Only a title is needed to begin with."""

    as_read = HiddenField()
    external_id = HiddenField()
    kind = Choice(_l("Kind of offer"), choices=one_of(OFFER_KINDS, offer_kind_label))

    title = StringField(_l("Title"))
    course_kind = Choice(_l("Kind of course"), choices=unknown_or(COURSE_KINDS, course_kind_label))
    description = TextAreaField(_l("Description"))
    plain_description = TextAreaField(_l("Description in plain German"))
    topics = Boxes(_l("Topics"))
    topics_new = StringField(_l("Add topics"))
    goal_areas = Boxes(_l("Areas of life"), choices=one_of(GOAL_AREAS, goal_area_label))
    lesson_units = StringField(_l("Lesson units"))
    website = StringField(_l("Website"))

    entry_level = Choice(_l("Level needed"), choices=_levels)
    target_level = Choice(_l("Level reached at the end"), choices=_levels)
    sex = Radio(_l("Only for"), choices=_sexes)
    min_age = StringField(_l("Youngest age"))
    max_age = StringField(_l("Highest age"))
    target_groups = Boxes(_l("Target groups"), choices=one_of(TARGET_GROUPS, target_group_label))
    entitlement_kinds = Boxes(
        _l("Entitlement needed"), choices=one_of(ENTITLEMENT_KINDS, entitlement_label)
    )
    residence_statuses = Boxes(
        _l("Residence status"), choices=one_of(RESIDENCE_STATUSES, residence_label)
    )
    instruction_languages = Boxes(_l("Held in"))
    instruction_languages_new = StringField(_l("Held in other languages"))
    onsite_languages = Boxes(_l("Also spoken there"))
    onsite_languages_new = StringField(_l("Other languages spoken there"))

    starts_on = StringField(_l("First day"))
    ends_on = StringField(_l("Last day"))
    registration_deadline = StringField(_l("Register until"))
    individual_entry = Radio(_l("Joining at any time"), choices=yes_no)
    sessions = Rows(TimeRowForm, _l("Weekly times"))
    by_appointment = BooleanField(_l("By appointment"))
    schedule_note = StringField(_l("Note on the times"))
    terms = Rows(TermRowForm, _l("Terms"))
    exceptions = Rows(ExceptionRowForm, _l("Exceptions"))
    on_public_holidays = Radio(_l("Also on public holidays"), choices=yes_no)

    places = Rows(UsedPlaceForm, _l("Places"))
    main_place = StringField(_l("Main place"))
    new_place = FormField(PlaceForm, _l("Another address"))

    seats_known = Radio(_l("Seats"), choices=lambda: [("", _("unknown")), ("known", _("known:"))])
    seats_max = StringField(_l("Seats altogether"))
    seats_booked = StringField(_l("Seats taken"))
    has_waiting_list = Radio(_l("Waiting list"), choices=yes_no)
    seats_told_on = StringField(_l("Seats told on"))
    seats_told_by = StringField(_l("Seats told by"))
    cost_cents = StringField(_l("Cost for the participant in euros"))
    payer = Choice(_l("Who pays"), choices=unknown_or(tuple(PAYERS), payer_label))
    cost_note = StringField(_l("Note on the cost"))
    has_childcare = Radio(_l("Childcare"), choices=yes_no)

    contacts = Boxes(_l("Contact persons"))
    contact_name = StringField(_l("Contact: name"))
    contact_role = StringField(_l("Contact: role"))
    contact_phone = StringField(_l("Contact: phone"))
    contact_email = StringField(_l("Contact: e-mail"))
    required_documents = TextAreaField(_l("Documents"))
    what_to_bring = StringField(_l("Please bring"))

    phrases = Rows(PhraseForm, _l("Texts in other languages"))

    status = Radio(_l("Status"))
    visibility = Radio(_l("Visibility"), choices=one_of(VISIBILITIES, visibility_hint))
    is_sensitive = BooleanField(_l("Sensitive"))
    confirm = BooleanField(_l("Everything is right as of today: confirm it at once"))

    def offer_choices(
        self, provider: ProviderRecord, base: OfferRecord | None, taxonomy: Taxonomy, language: str
    ) -> None:
        """Fill the lists that depend on the provider and on what the offer says already."""
        self._choose_from("topics", base, lambda key: taxonomy.label(key, language))
        for name in FURTHER_LANGUAGES:
            self._choose_from(name, base, spoken_language, COMMON_LANGUAGES)
        persons = {person.key: person.name for person in provider.contacts}
        chosen = [key for key in (base.contacts if base else ()) if key in persons]
        self.contacts.choices = [(key, persons[key]) for key in dict.fromkeys([*chosen, *persons])]
        now = base.status if base else "published"
        self.status.choices = [
            (code, status_hint(code))
            for code in OFFER_STATUSES
            if code != "unconfirmed" or now == "unconfirmed"
        ]
        self._offer_places(build_entry_names(provider).places)

    def _choose_from(
        self,
        name: str,
        base: OfferRecord | None,
        label: Callable[[str], str],
        always: Sequence[str] = (),
    ) -> None:
        """Everything that is offered always, stood there before, or has just been added."""
        field: Any = self[name]
        codes = dict.fromkeys([*always, *(getattr(base, name) if base else ()), *(field.data or ())])
        field.choices = [(code, label(code)) for code in codes]

    def _offer_places(self, names: Mapping[str, str]) -> None:
        choices = [("", _("everywhere")), *names.items(), (NEW_PLACE, _("the new address below"))]
        for row in (*self.sessions.rows, *self.exceptions.rows):
            place: Any = row["place"]
            place.choices = choices
