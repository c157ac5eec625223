"""Invented people and organisations who register."""

from __future__ import annotations

from typing import Any

from app.volunteers.answers import OrganisationAnswers, VolunteerAnswers
from tests.conftest import TODAY

VOLUNTEER: dict[str, Any] = {
    "help_kinds": ["language_tandem"],
    "languages": ["de", "ar"],
    "plz": "73728",
    "first_name": "Wilma",
    "last_name": "Zaunkönig",
    "email": "wilma@zaun.example",
    "has_read_privacy": True,
}
ORGANISATION: dict[str, Any] = {
    "name": "Rollschuhfreunde Zollberg",
    "kind": "club",
    "plz": "73734",
    "contact_name": "Uwe Rollmops",
    "email": "uwe@rollschuh.example",
    "offers": [{"title": "Rollschuh für alle", "kind": "club"}],
    "has_read_privacy": True,
}


def volunteer(**changes: Any) -> VolunteerAnswers:
    """A person who would like to help."""
    return VolunteerAnswers.model_validate(VOLUNTEER | changes, context={"today": TODAY})


def organisation(**changes: Any) -> OrganisationAnswers:
    """A club with one offer."""
    return OrganisationAnswers.model_validate(ORGANISATION | changes, context={"today": TODAY})
