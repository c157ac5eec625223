"""The parts of the intake, in the order of a real talk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.cases.codes import SKILLS
from app.cases.levels import level_field
from app.core.errors import NotFoundError
from app.core.i18n import lazy_gettext as _l
from app.web.forms import intake as forms


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the talk with its form."""

    code: str
    slug: str
    """In the address."""
    title: str
    form: type[forms.SectionForm]
    names: tuple[str, ...]
    """The values it tells (`app.cases.client_parts.told_values`)."""


SECTIONS: Final[tuple[Section, ...]] = (
    Section(
        "person", "person", _l("Person and contact"), forms.PersonForm,
        ("given_name", "family_name", "birth_date", "sex", "nationalities", "phone", "email"),
    ),
    Section(
        "languages", "sprachen", _l("Languages"), forms.LanguagesForm,
        ("languages", "reads", "literacy", "interpreting_language", "sheet_language"),
    ),
    Section(
        "home", "wohnen", _l("Home and ways"), forms.HomeForm,
        ("accommodation_id", "street", "house_number", "plz", "town", "mobility", "max_distance_km"),
    ),
    Section(
        "family", "familie", _l("Family and household"), forms.FamilyForm, ("needs_childcare",),
    ),
    Section(
        "education", "bildung", _l("School, degrees, work"), forms.EducationForm,
        ("schooling", "schooling_years", "degrees", "work_experience"),
    ),
    Section(
        "german", "deutsch", _l("German"), forms.GermanForm, tuple(map(level_field, SKILLS)),
    ),
    Section(
        "interests", "interessen", _l("Interests and times"), forms.InterestsForm,
        ("interests", "available"),
    ),
    Section(
        "residence", "aufenthalt", _l("Residence and benefits"), forms.ResidenceForm,
        ("residence_status", "residence_status_expires_on", "entitlements", "benefit_authority_id",
         "benefit_reference", "office_contact"),
    ),
    Section(
        "barriers", "barrieren", _l("Barriers"), forms.BarriersForm, ("needs_step_free",),
    ),
    Section(
        "goals", "ziele", _l("First wishes"), forms.GoalsForm, ("goals",),
    ),
)  # fmt: skip
_BY_SLUG: Final[Mapping[str, Section]] = MappingProxyType({one.slug: one for one in SECTIONS})


def get_section(slug: str) -> Section:
    """The part with this address; raises `NotFoundError`."""
    try:
        return _BY_SLUG[slug]
    except KeyError:
        raise NotFoundError("no such part of the intake") from None
