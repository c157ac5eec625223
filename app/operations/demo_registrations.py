"""Who waits in the demo to be looked at: a tandem, somebody for children, and a club."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlmodel import Session, select

from app.accounts.models import User
from app.core.ids import derived_id
from app.volunteers.answers import OrganisationAnswers, VolunteerAnswers
from app.volunteers.models import Registration, RegistrationMessage
from app.volunteers.registering import Answers, NewRegistration, confirm, register

_PEOPLE: Final[tuple[dict[str, Any], ...]] = (
    {
        "help_kinds": ("language_tandem", "forms"),
        "description": "Ich war lange in einer Bücherei und lese gern vor.",
        "languages": ("de", "fr"),
        "plz": "73728",
        "radius_km": 5,
        "times": ((2, "afternoon"), (4, "afternoon")),
        "first_name": "Amalia",
        "last_name": "Specht",
        "sex": "female",
        "email": "amalia.specht@demo.example",
        "shows_first_name": True,
    },
    {
        "help_kinds": ("childcare", "tutoring"),
        "languages": ("de", "tr"),
        "plz": "73732",
        "times": ((6, "morning"),),
        "whom": ("children",),
        "max_clients": 2,
        "first_name": "Cem",
        "last_name": "Pirol",
        "email": "cem.pirol@demo.example",
    },
)
_CLUB: Final[dict[str, Any]] = {
    "name": "Boulefreunde Hohenkreuz",
    "kind": "club",
    "description": "Wir spielen bei jedem Wetter und erklären die Regeln in fünf Minuten.",
    "plz": "73734",
    "contact_name": "Ilse Stieglitz",
    "contact_role": "Vorstand",
    "email": "boule@demo.example",
    "offers": (
        {
            "title": "Boule für alle",
            "kind": "club",
            "topics": ("games",),
            "times": ({"weekday": 7, "starts": "15:00", "ends": "17:00"},),
            "is_free": True,
        },
    ),
}
_QUESTION: Final = "Danke für Ihre Anmeldung! Bis zu welcher Klasse möchten Sie Nachhilfe geben?"


def load_demo_registrations(session: Session, today: date) -> int:
    """Put them into the queue, once; how many."""
    if session.exec(select(Registration.id)).first() is not None:
        return 0
    told = {"has_read_privacy": True}
    answers: list[Answers] = [
        *(VolunteerAnswers.model_validate(one | told, context={"today": today}) for one in _PEOPLE),
        OrganisationAnswers.model_validate(_CLUB | told, context={"today": today}),
    ]
    rows = []
    for number, one in enumerate(answers):
        new = NewRegistration(one, derived_id("demo", f"registration {number}"), is_suspected=False)
        row = register(session, new)
        confirm(session, row.id)
        rows.append(row)
    rows[1].state = "asked"
    editor = session.exec(select(User.id).where(User.role == "directory_editor", User.is_demo)).first()
    session.add(RegistrationMessage(registration_id=rows[1].id, author_id=editor, text=_QUESTION))
    session.flush()
    return len(rows)
