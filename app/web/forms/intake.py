"""The forms of the intake: one for each part of the talk; they hold what was typed.

`app.web.forms.intake_reading` turns them into values, `app.web.forms.intake_filling` the other way
round, and `app.cases.records` decides what is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from babel.support import LazyProxy
from wtforms import BooleanField, Form, HiddenField, StringField, TextAreaField

from app.cases.codes import LITERACIES, RECOGNITIONS, SCHOOLINGS, SKILLS
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
from app.printouts.phrases import SHEET_LANGUAGES
from app.web.forms.choices import Boxes, Choice, Radio
from app.web.forms.editing_fields import Rows, unknown_or, yes_no
from app.web.labels.cases import (
    COMMON_LANGUAGES,
    DAY_PARTS,
    entitlement_label,
    evidence_label,
    goal_area_label,
    mobility_label,
    residence_label,
    sex_label,
    skill_label,
    spoken_language,
)
from app.web.labels.intake import (
    literacy_label,
    recognition_label,
    schooling_label,
)

WEEKDAYS: Final = range(1, 8)
EVIDENCE: Final = ("self", "test", "certificate")


def level_word(code: str) -> str:
    """A level as it is chosen."""
    return _("no German yet") if code == "none" else code


def _common_languages() -> list[tuple[str, str]]:
    return [(tag, spoken_language(tag)) for tag in COMMON_LANGUAGES]


def _interpreting() -> list[tuple[str, str]]:
    needed = [tag for tag in COMMON_LANGUAGES if tag != "de"]
    return [("", _("not needed or unknown")), *((tag, spoken_language(tag)) for tag in needed)]


def _sheet_languages() -> list[tuple[str, str]]:
    tags = [tag for tag in SHEET_LANGUAGES if tag != "de"]
    return [
        ("", _("the first language read")),
        *((tag, spoken_language(tag)) for tag in tags),
        ("de", _("German only")),
    ]


class SectionForm(Form):
    """One part of the intake."""

    def offer(self, field: str, choices: Sequence[tuple[str, str]]) -> None:
        """Fill a list whose entries stand in the database."""
        one: Any = self[field]
        one.choices = [("", _("none or unknown")), *choices]


class PersonForm(SectionForm):
    """Who it is and how to reach them."""

    given_name = StringField(_l("First name"))
    family_name = StringField(_l("Last name"))
    birth_date = StringField(_l("Date of birth"))
    sex = Radio(_l("Sex"), choices=unknown_or(SEXES, sex_label))
    nationalities = StringField(_l("Nationality"))
    phone = StringField(_l("Phone"))
    email = StringField(_l("E-mail"))


class LanguagesForm(SectionForm):
    """What the client speaks, reads and writes."""

    languages = Boxes(_l("Speaks"), choices=_common_languages)
    other_languages = StringField(_l("Speaks other languages"))
    reads = Boxes(_l("Reads"), choices=_common_languages)
    other_reads = StringField(_l("Reads other languages"))
    reads_nothing = BooleanField(_l("Does not read"))
    literacy = Choice(_l("Reading and writing"), choices=unknown_or(LITERACIES, literacy_label))
    interpreting_language = Choice(_l("Interpreting into"), choices=_interpreting)
    sheet_language = Choice(_l("Language of the sheet"), choices=_sheet_languages)


class HomeForm(SectionForm):
    """Where the client lives and how far they get."""

    accommodation_id = Choice(_l("Accommodation"))
    street = StringField(_l("Street"))
    house_number = StringField(_l("House number"))
    plz = StringField(_l("Postal code"))
    town = StringField(_l("Town"))
    mobility = Radio(_l("Gets about"), choices=unknown_or(MOBILITIES, mobility_label))
    max_distance_km = StringField(_l("Goes at most this far (km)"))


class FamilyForm(SectionForm):
    """Childcare; the household has a page of its own."""

    needs_childcare = Radio(_l("Needs childcare"), choices=yes_no)


class DegreeRow(Form):
    """A degree."""

    title = StringField(_l("Degree or certificate"))
    country = StringField(_l("Country"))
    recognition = Choice(_l("Recognition"), choices=unknown_or(RECOGNITIONS, recognition_label))


class WorkRow(Form):
    """A time of work."""

    occupation = StringField(_l("Occupation"))
    years = StringField(_l("Years"))
    country = StringField(_l("Country"))


class EducationForm(SectionForm):
    """School, degrees, work."""

    schooling = Choice(_l("School"), choices=unknown_or(SCHOOLINGS, schooling_label))
    schooling_years = StringField(_l("Years of school"))
    degrees = Rows(DegreeRow, _l("Degrees"))
    degrees_none = BooleanField(_l("Has no degree"))
    work_experience = Rows(WorkRow, _l("Work experience"))
    work_none = BooleanField(_l("Has not worked yet"))


class GermanForm(SectionForm):
    """The level of German, overall and per skill."""

    @property
    def skill_rows(self) -> list[tuple[Any, ...]]:
        """Skill with its level, how it is known, since when, until when, and replacing proof."""
        names = ("level", "evidence", "known", "expires", "proof")
        return [(skill, *(self[f"{name}_{skill}"] for name in names)) for skill in SKILLS]


class InterestsForm(SectionForm):
    """What the client likes, and when there is time."""

    interests = TextAreaField(_l("Interests"))
    times = Boxes(
        _l("Times available"),
        choices=[(f"{day}-{part}", "") for day in WEEKDAYS for part in DAY_PARTS],
    )

    @property
    def day_rows(self) -> list[tuple[int, Any]]:
        """Weekday with its field for exact times."""
        return [(day, self[f"exact_{day}"]) for day in WEEKDAYS]


class EntitlementRow(Form):
    """A right, admission or obligation."""

    kind = Choice(
        _l("Kind"),
        choices=lambda: [("", "–"), *((code, entitlement_label(code)) for code in ENTITLEMENT_KINDS)],
    )
    issuer = StringField(_l("Issued by"))
    issued_on = StringField(_l("Issued on"))
    valid_until = StringField(_l("Valid until"))


class ResidenceForm(SectionForm):
    """Residence status, entitlements, benefits."""

    residence_status = Choice(
        _l("Residence status"), choices=unknown_or(RESIDENCE_STATUSES, residence_label)
    )
    residence_status_expires_on = StringField(_l("Status valid until"))
    office_contact = StringField(_l("In charge at the foreigners' office"))
    entitlements = Rows(EntitlementRow, _l("Entitlements to language courses"))
    entitlements_none = BooleanField(_l("Has no entitlement"))
    benefit_authority_id = Choice(_l("Benefit authority"))
    benefit_reference = StringField(_l("The authority's reference"))


class BarriersForm(SectionForm):
    """What stands in the way; details have a page of their own."""

    needs_step_free = Radio(_l("Needs step-free access"), choices=yes_no)


class GoalsForm(SectionForm):
    """First wishes, which become goals of the plan."""

    @property
    def goal_rows(self) -> list[tuple[str, Any, Any]]:
        """Goal area with its box and its words."""
        return [(area, self[f"goal_{area}"], self[f"goal_{area}_title"]) for area in GOAL_AREAS]

    @property
    def language_level(self) -> Any:
        """The field of the level that the language goal is to reach."""
        return self["goal_language_level"]


class NeedsForm(SectionForm):
    """What is needed in detail: a sensitive text, on its own page."""

    as_read = HiddenField()
    accessibility_note = TextAreaField(_l("What is needed"))


class NewCaseForm(SectionForm):
    """All that is asked before the intake."""

    creation_key = HiddenField()
    given_name = StringField(_l("First name"))
    family_name = StringField(_l("Last name"))
    birth_date = StringField(_l("Date of birth"))
    language = Choice(_l("Speaks best"), choices=lambda: [("", _("unknown")), *_common_languages()])


def _lazily(label: Callable[[str], str], code: str) -> Any:
    """A word that is asked for when it is shown, in the language of the request."""
    return LazyProxy(label, code, enable_cache=False)


def _exact_label(weekday: str) -> str:
    return _("Exact times on %(weekday)s", weekday=weekday_name(int(weekday)))


def _of_skill(words: str) -> Callable[[str], str]:
    return lambda skill: f"{skill_label(skill)}: {words}"


def _add_repeated_fields() -> None:
    """A field for each weekday, goal area and skill."""
    for day in WEEKDAYS:
        setattr(InterestsForm, f"exact_{day}", StringField(_lazily(_exact_label, str(day))))
    for area in GOAL_AREAS:
        setattr(GoalsForm, f"goal_{area}", BooleanField(_lazily(goal_area_label, area)))
        setattr(GoalsForm, f"goal_{area}_title", StringField(_l("Goal in words")))
    level = Choice(_l("Level to reach"), choices=unknown_or(LEVELS[1:], str))
    GoalsForm.goal_language_level = level
    for skill in SKILLS:
        fields = {
            "level": Choice(
                _lazily(_of_skill(_l("level")), skill), choices=unknown_or(LEVELS, level_word)
            ),
            "evidence": Choice(
                _lazily(_of_skill(_l("known by")), skill), choices=unknown_or(EVIDENCE, evidence_label)
            ),
            "known": StringField(_lazily(_of_skill(_l("since")), skill)),
            "expires": StringField(_lazily(_of_skill(_l("valid until")), skill)),
            "proof": BooleanField(_l("It holds although better proof is known")),
        }
        for name, field in fields.items():
            setattr(GermanForm, f"{name}_{skill}", field)


_add_repeated_fields()
