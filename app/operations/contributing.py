"""Clients who would like to help others: registered like anybody else, from what the case knows.

The registration goes the public way (confirmed by the link in a mail, read by an editor), and nothing
in it, nor in what it becomes, says that the person is a client. Only the case knows: see
`app.cases.contribution_models`. It is the person's own entry: it outlives the case, and is theirs to
change and to end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from sqlmodel import Session

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.consent_records import ConsentCreate
from app.cases.consent_rules import giver_on
from app.cases.consents import record_consent
from app.cases.contribution_models import ClientContribution
from app.cases.histories import note_event
from app.cases.models import Client
from app.cases.policy import is_writable_by
from app.cases.queries import fetch_client
from app.core.day_times import minute_of
from app.core.errors import ConflictError
from app.core.i18n import gettext as _
from app.core.ids import new_id
from app.directory.models import Accommodation
from app.operations.registrations import take_registration
from app.operations.runtime import Runtime
from app.volunteers.answers import VolunteerAnswers
from app.volunteers.codes import HOURS_OF_PART
from app.volunteers.registering import NewRegistration, find_registration

Stage = Literal["unconfirmed", "waiting", "asked", "accepted", "declined", "gone"]
OPEN_STAGES: Final[tuple[Stage, ...]] = ("unconfirmed", "waiting", "asked", "accepted")
"""As long as it stands so, there is nothing to register again."""
LEAST_MINUTES: Final = 120
"""So long somebody has to be free within a part of the day to be asked for it."""
RELEASED: Final = ("name", "email", "phone", "languages")
"""What the registration says of the client; only the postal code of the address."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """That a client registered as a volunteer, and how far it came."""

    agreed_on: date
    stage: Stage
    """``gone``: decided, or not confirmed, longer ago than registrations are kept."""


def find_contribution(session: Session, client_id: str) -> Contribution | None:
    """What the case knows of it; the caller has opened the case."""
    row = session.get(ClientContribution, client_id)
    if row is None:
        return None
    known = row.registration_id
    registration = find_registration(session, known) if known is not None else None
    stage: Any = registration.state if registration is not None else "gone"
    return Contribution(row.agreed_on, stage)


def suggest_answers(session: Session, client: Client, today: date) -> dict[str, Any]:
    """What the case knows already, under the names of `VolunteerAnswers`, to be looked through; and who
    has to consent (``given_by``)."""
    home = session.get(Accommodation, client.accommodation_id) if client.accommodation_id else None
    return {
        "first_name": client.given_name,
        "last_name": client.family_name,
        "languages": list(client.languages or ()),
        "plz": client.plz or (home.plz if home is not None else None) or "",
        "times": [f"{day}-{part}" for day, part in parts_within(client.available or ())],
        "sex": client.sex or "",
        "email": client.email or "",
        "phone": client.phone or "",
        "given_by": "guardian" if giver_on(client.birth_date, today) == "guardian" else "client",
    }


def parts_within(available: Sequence[Mapping[str, Any]]) -> list[tuple[int, str]]:
    """Weekdays and parts of the day in which somebody is free for `LEAST_MINUTES`; pure."""
    found = []
    for weekday in range(1, 8):
        for part, (starts, ends) in HOURS_OF_PART.items():
            hours = (minute_of(starts), minute_of(ends))
            free = (
                min(minute_of(one["to"]), hours[1]) - max(minute_of(one["from"]), hours[0])
                for one in available
                if one["weekday"] == weekday
            )
            if max(free, default=0) >= LEAST_MINUTES:
                found.append((weekday, part))
    return found


def contribute(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    client_id: str,
    answers: VolunteerAnswers,
    consent: ConsentCreate,
    creation_key: str,
) -> None:
    """Register the client as a volunteer, with the consent; the same form sent twice does it once.

    Raises `NotFoundError`, `CaseClosedError`, and `ConflictError` when there is a registration already.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    row = session.get(ClientContribution, client.id)
    if row is not None and row.creation_key == creation_key:
        return
    earlier = find_contribution(session, client.id)
    if earlier is not None and earlier.stage in OPEN_STAGES:
        raise ConflictError(_("The client is registered as a volunteer already."))
    record_consent(session, actor, client.id, consent, creation_key)
    # A key of its own: that of the case's form must not stand in the registration.
    new = NewRegistration(answers, new_id(), is_suspected=False)
    registration = take_registration(session, runtime, new)
    row = row or ClientContribution(client_id=client.id, agreed_on=consent.given_on)
    row.registration_id, row.agreed_on = registration.id, consent.given_on
    row.recorded_by, row.creation_key = actor.id, creation_key
    session.add(row)
    _note(session, actor, client.id, "contribution_registered", "client.contribute")


def forget_contribution(session: Session, actor: Actor, client_id: str) -> None:
    """Let the case forget that the client helps; their entry stays as it is.

    Raises `NotFoundError`, `CaseClosedError`. When nothing is known, nothing happens.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    row = session.get(ClientContribution, client.id)
    if row is not None:
        session.delete(row)
        _note(session, actor, client.id, "contribution_forgotten", "client.forget_contribution")


def _note(session: Session, actor: Actor, client_id: str, code: str, action: str) -> None:
    note_event(session, client_id, actor, code)
    record_access(session, actor.id, action, "client", client_id)
    session.flush()
