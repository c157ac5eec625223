"""How the demo's clients came and went: informed, agreed, guardians, taken over, closed, reopened."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.counselling_models import Appointment
from app.cases.lifecycle import close_case, is_minor, record_takeover, reopen_case
from app.cases.lifecycle_records import ClosingInput, ReopeningInput, TakeoverInput
from app.cases.models import CaseEvent, Client
from app.cases.queries import client_name
from app.cases.status_models import RelatedPerson
from app.core.ids import derived_id
from app.directory.models import Provider
from app.printouts.papers.book import paper_language
from app.settings import SHIPPED_DATA

LIFECYCLE_FILE: Final = SHIPPED_DATA / "demo" / "lifecycle.toml"
_SEED: Final = 7741
_AGREED_SHARE: Final = 0.85
_CONTACT_SHARE: Final = 0.4
_NUMBERS: Final = 100
"""So many numbers are kept free for stories."""
_LONG_ENOUGH: Final = timedelta(days=150)
_NEARLY_OVER: Final = timedelta(days=900)
"""Between these a case has lasted that comes to its end: longer ones show that time runs out."""
_ENDINGS: Final[tuple[dict[str, Any], ...]] = (
    {"days": -6, "reason": "goals_reached", "outcomes": ("b1", "job"), "has_service": True},
    {"days": -80, "reason": "moved", "outcomes": ("own_flat", "moved"), "reopened": -12},
    {"days": -4, "reason": "no_contact", "outcomes": ("none",)},
    {"days": -15, "reason": "self_reliant", "outcomes": ("b2", "training_place", "club_member")},
)
"""Days are counted from today."""


def add_demo_lifecycle(
    session: Session,
    everybody: Sequence[tuple[str, Actor]],
    with_past: Sequence[tuple[str, Actor]],
    today: date,
) -> int:
    """Tell of ``everybody`` (client id and case worker) how they came, and how some of those
    ``with_past`` went; tells how many cases were closed."""
    material = tomllib.loads(LIFECYCLE_FILE.read_text(encoding="utf-8"))
    rng = random.Random(_SEED)  # noqa: S311  the same people every time, nothing secret
    for client_id, actor in everybody:
        client = session.get_one(Client, client_id)
        _inform(session, rng, client, actor, today)
        _add_people(session, rng, client, material, today)
    session.flush()
    _note_extensions(session, with_past, material)
    ended = _choose_ended(session, with_past, today)
    for (client_id, actor), ending in zip(ended, _ENDINGS, strict=False):
        _end(session, client_id, actor, ending, material, today)
    if len(ended) > len(_ENDINGS):
        _take_over(session, *ended[len(_ENDINGS)], material)
    return min(len(ended), len(_ENDINGS))


def _inform(session: Session, rng: random.Random, client: Client, actor: Actor, today: date) -> None:
    """The first paper is signed in the first weeks; some signatures are still missing."""
    began = client.counselling_started_on or today
    born = client.birth_date or began
    day = min(today, max(began, born) + timedelta(days=rng.randint(0, 20)))
    language = paper_language(client.sheet_language or next(iter(client.reads or ()), None))
    if rng.random() >= _AGREED_SHARE:
        return
    client.informed_on, client.informed_language = day, language
    client.agreed_on = day
    client.agreed_by = "guardian" if is_minor(client, day) else "client"
    session.add(client)
    at = datetime.combine(day, time(10), UTC)
    told = (
        ("client_informed", {"language": language}),
        ("client_agreed", {"by": client.agreed_by}),
    )
    for code, facts in told:
        session.add(CaseEvent(client_id=client.id, actor_id=actor.id, code=code, facts=facts, at=at))


def _add_people(
    session: Session, rng: random.Random, client: Client, material: Mapping[str, Any], today: date
) -> None:
    if is_minor(client, today):
        _add_guardians(session, client, today)
    elif rng.random() < _CONTACT_SHARE:
        name, relation = rng.choice(material["contacts"])
        _add_person(
            session,
            client,
            role="emergency",
            name=name,
            relation=relation,
            phone=f"0171 39200{rng.randrange(_NUMBERS):02d}",
            languages=["de", *(client.languages or ())[:1]],
        )


def _add_guardians(session: Session, client: Client, today: date) -> None:
    """The grown-ups of the household; the first one signs."""
    members = session.exec(
        select(Client)
        .where(Client.household_id == client.household_id, Client.id != client.id)
        .order_by(col(Client.birth_date), col(Client.id))
    ).all()
    parents = [one for one in members if one.birth_date and not is_minor(one, today)][:2]
    for position, parent in enumerate(parents):
        _add_person(
            session,
            client,
            role="guardian",
            name=client_name(parent),
            relation={"female": "mother", "male": "father"}.get(parent.sex or ""),
            phone=parent.phone,
            languages=list(parent.languages or ()) or None,
            may_consent=position == 0,
            person_id=parent.id,
            position=position,
        )


def _add_person(session: Session, client: Client, *, role: str, name: str, **values: Any) -> None:
    identifier = derived_id("demo-person", f"{client.id}:{role}:{name}")
    session.add(RelatedPerson(id=identifier, client_id=client.id, role=role, name=name, **values))


def _note_extensions(
    session: Session, people: Sequence[tuple[str, Actor]], material: Mapping[str, Any]
) -> None:
    for client_id, _actor in people:
        client = session.get_one(Client, client_id)
        if client.extension_reason is not None:
            client.extension_note = material["extension_note"]
            session.add(client)


def _choose_ended(
    session: Session, with_past: Sequence[tuple[str, Actor]], today: date
) -> list[tuple[str, Actor]]:
    """The last ones of the first case worker and of others, who have been counselled for long.

    The first people of each case worker have stories of their own.
    """
    first = with_past[0][1].id if with_past else ""
    own: list[tuple[str, Actor]] = []
    others: dict[str, tuple[str, Actor]] = {}
    for person in reversed(with_past):
        began = session.get_one(Client, person[0]).counselling_started_on
        if began is None or not today - _NEARLY_OVER < began <= today - _LONG_ENOUGH:
            continue
        if person[1].id == first:
            own.append(person)
        else:
            others.setdefault(person[1].id, person)
    return [*own[:2], *sorted(others.values(), key=lambda person: person[1].id)[:2], *own[2:3]]


def _end(
    session: Session,
    client_id: str,
    actor: Actor,
    ending: Mapping[str, Any],
    material: Mapping[str, Any],
    today: date,
) -> None:
    day = today + timedelta(days=ending["days"])
    told = {
        "closed_on": day,
        "reason": ending["reason"],
        "outcomes": ending["outcomes"],
        "service_words": material["service_words"] if ending.get("has_service") else "",
        "note": material["closing_note"] if ending.get("has_service") else None,
    }
    _cancel_appointments(session, client_id, day)
    data = ClosingInput.model_validate(told, context={"today": today})
    close_case(session, actor, client_id, data)
    _date_back(session, client_id, "case_closed", day)
    if "reopened" in ending:
        again = today + timedelta(days=ending["reopened"])
        reopen_case(session, actor, client_id, ReopeningInput(reason="moved_back"), again)
        _date_back(session, client_id, "case_reopened", again)


def _cancel_appointments(session: Session, client_id: str, day: date) -> None:
    begin = datetime.combine(day, time(), UTC)
    rows = select(Appointment).where(
        Appointment.client_id == client_id,
        Appointment.state == "planned",
        col(Appointment.starts_at) >= begin,
    )
    for one in session.exec(rows).all():
        one.state = "cancelled"
        session.add(one)


def _take_over(session: Session, client_id: str, actor: Actor, material: Mapping[str, Any]) -> None:
    client = session.get_one(Client, client_id)
    day = client.counselling_started_on
    if day is None:
        return
    giver = session.exec(
        select(Provider.id)
        .where(Provider.kind == "preliminary_social_work")
        .order_by(col(Provider.name))
    ).first()
    data = TakeoverInput.model_validate(
        {
            "provider_id": giver,
            "from_whom": "" if giver else "Soziale Beratung der vorläufigen Unterbringung",
            "taken_over_on": day,
            "released_on": day,
            "released": ("name", "languages", "german_level", "family", "residence_status"),
            "note": material["takeover_note"],
        },
        context={"today": day},
    )
    record_takeover(session, actor, client_id, data)
    _date_back(session, client_id, "case_taken_over", day)


def _date_back(session: Session, client_id: str, code: str, day: date) -> None:
    rows = select(CaseEvent).where(CaseEvent.client_id == client_id, CaseEvent.code == code)
    for event in session.exec(rows).all():
        event.at = datetime.combine(day, time(11), UTC)
        session.add(event)
    session.flush()
