"""The form of a case: its fields, which hold what was typed.

`app.web.forms.case_values` turns it into values, and `app.cases.records` decides what is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from babel.support import LazyProxy
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    StringField,
    TextAreaField,
)

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.i18n import weekday_name
from app.directory.codes import (
    ENTITLEMENT_KINDS,
    GOAL_AREAS,
    LEVELS,
    MOBILITIES,
    RESIDENCE_STATUSES,
    SEXES,
)
from app.web.forms.choices import Boxes, Choice, Radio
from app.web.labels.cases import (
    COMMON_LANGUAGES,
    DAY_PARTS,
    entitlement_label,
    evidence_label,
    goal_area_label,
    mobility_label,
    residence_label,
    sex_label,
    spoken_language,
)

WEEKDAYS: Final = range(1, 8)


def _unknown_or(
    codes: Sequence[str], label: Callable[[str], str]
) -> Callable[[], list[tuple[str, str]]]:
    return lambda: [("", _("unknown")), *((code, label(code)) for code in codes)]


def _yes_no() -> list[tuple[str, str]]:
    return [("", _("unknown")), ("yes", _("yes")), ("no", _("no"))]


def _common_languages() -> list[tuple[str, str]]:
    return [(tag, spoken_language(tag)) for tag in COMMON_LANGUAGES]


class ClientForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """All that is asked about a client. Everything but a name may stay empty."""

    creation_key = HiddenField()
    version = HiddenField()
    given_name = StringField(_l("First name"))
    family_name = StringField(_l("Last name"))
    birth_date = StringField(_l("Date of birth"))
    sex = Radio(_l("Sex"), choices=_unknown_or(SEXES, sex_label))
    phone = StringField(_l("Phone"))
    languages = Boxes(_l("Speaks"), choices=_common_languages)
    other_languages = StringField(_l("Speaks other languages"))
    reads = Boxes(_l("Reads"), choices=_common_languages)
    other_reads = StringField(_l("Reads other languages"))
    reads_nothing = BooleanField(_l("Does not read"))
    german_level = Choice(
        _l("Level of German"),
        choices=_unknown_or(LEVELS, lambda code: _("no German yet") if code == "none" else code),
    )
    german_level_evidence = Radio(
        _l("How the level is known"),
        choices=_unknown_or(("self", "test", "certificate"), evidence_label),
    )
    german_level_on = StringField(_l("Date of the level"))
    interests = TextAreaField(_l("Interests"))
    accommodation_id = Choice(_l("Accommodation"))
    plz = StringField(_l("Postal code"))
    mobility = Radio(_l("Gets about"), choices=_unknown_or(MOBILITIES, mobility_label))
    max_distance_km = StringField(_l("Goes at most this far (km)"))
    times = Boxes(
        _l("Times available"),
        choices=[(f"{day}-{part}", "") for day in WEEKDAYS for part in DAY_PARTS],
    )
    needs_childcare = Radio(_l("Needs childcare"), choices=_yes_no)
    needs_step_free = Radio(_l("Needs step-free access"), choices=_yes_no)
    residence_status = Choice(
        _l("Residence status"), choices=_unknown_or(RESIDENCE_STATUSES, residence_label)
    )
    residence_status_expires_on = StringField(_l("Status valid until"))
    entitlements_known = Radio(
        _l("Entitlements to language courses"),
        choices=lambda: [("", _("unknown")), ("none", _("has none")), ("some", _("has these:"))],
    )

    def offer_accommodations(self, choices: Sequence[tuple[str, str]]) -> None:
        """Fill the list of accommodations."""
        self.accommodation_id.choices = [("", _("none or unknown")), *choices]

    @property
    def day_rows(self) -> list[tuple[int, Any]]:
        """Weekday with its field for exact times."""
        return [(day, self[f"exact_{day}"]) for day in WEEKDAYS]

    @property
    def goal_rows(self) -> list[tuple[str, Any, Any]]:
        """Goal area with its box and its words."""
        return [(area, self[f"goal_{area}"], self[f"goal_{area}_title"]) for area in GOAL_AREAS]

    @property
    def entitlement_rows(self) -> list[tuple[str, Any, Any, Any]]:
        """Kind of entitlement with its box and its two days."""
        return [
            (kind, self[f"right_{kind}"], self[f"right_{kind}_from"], self[f"right_{kind}_to"])
            for kind in ENTITLEMENT_KINDS
        ]

    @property
    def language_level(self) -> Any:
        """The field of the level that the language goal is to reach."""
        return self["goal_language_level"]


def _lazily(label: Callable[[str], str], code: str) -> Any:
    """A word that is asked for when it is shown, in the language of the request."""
    return LazyProxy(label, code, enable_cache=False)


def _exact_label(weekday: str) -> str:
    return _("Exact times on %(weekday)s", weekday=weekday_name(int(weekday)))


def _add_repeated_fields() -> None:
    """A field for each weekday, goal area and kind of entitlement."""
    for day in WEEKDAYS:
        setattr(ClientForm, f"exact_{day}", StringField(_lazily(_exact_label, str(day))))
    for area in GOAL_AREAS:
        setattr(ClientForm, f"goal_{area}", BooleanField(_lazily(goal_area_label, area)))
        setattr(ClientForm, f"goal_{area}_title", StringField(_l("Goal in words")))
    level = Choice(_l("Level to reach"), choices=_unknown_or(LEVELS[1:], str))
    ClientForm.goal_language_level = level
    for kind in ENTITLEMENT_KINDS:
        setattr(ClientForm, f"right_{kind}", BooleanField(_lazily(entitlement_label, kind)))
        setattr(ClientForm, f"right_{kind}_from", StringField(_l("Issued on")))
        setattr(ClientForm, f"right_{kind}_to", StringField(_l("Valid until")))


_add_repeated_fields()
