"""A caseload as after five years: 1,200 clients, 8 case workers, about 100,000 timeline entries.

Rows are made in bulk beside a loaded demo directory; everything is drawn from a fixed seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import insert
from sqlmodel import Session, SQLModel, select

from app.cases.codes import CONTACT_CHANNELS, CONTACT_TOPICS
from app.cases.counselling_models import Appointment, CaseNote, ContactEntry
from app.cases.models import CaseEvent, Client, ClientInterest, Goal
from app.cases.plan_models import GoalStep, IntegrationPlan
from app.cases.status_models import LevelEntry, ResidenceEntry
from app.core.ids import new_id
from app.directory.models import Accommodation, Offer
from app.operations.demo_accounts import DEMO_CASE_WORKERS
from app.referrals.models import Referral, ReferralEvent
from tests.sheet_samples import FULL

CLIENTS: Final = 1_200
YEARS: Final = 5
_GIVEN: Final = ("Amal", "Bilal", "Daria", "Elif", "Farid", "Hanna", "Ivan", "Jamila", "Kamal", "Lina")
_FAMILY: Final = ("Demo", "Muster", "Beispiel", "Probe", "Test", "Erfunden", "Ausgedacht")
_LANGUAGES: Final = ("uk", "ar", "fa", "tr", "ti", "ru")
_STATUSES: Final = ("24", "25(2)", "25(1)", "25(3)", "gestattung", "duldung")
_INTERESTS: Final = ("football", "cooking", "sewing", "music", "cycling", "swimming")
_AREAS: Final = ("language", "work", "housing", "participation")
_ENDS: Final = ("completed", "dropped_out", "rejected", "withdrawn")
_BATCH: Final = 2_000
_CONTACTS, _EVENTS, _REFERRALS, _APPOINTMENTS, _NOTES = 38, 16, 8, 6, 4
"""Per client, on the average."""


@dataclass(frozen=True, slots=True)
class GeneratedCaseload:
    """What was made."""

    clients: int
    timeline_entries: int


def add_caseload(session: Session, today: date, clients: int = CLIENTS) -> GeneratedCaseload:
    """Add the caseload of the demo's case workers; the directory is there already."""
    draw = _Draw(session, today)
    rows = [draw.client(number) for number in range(clients)]
    _insert(session, Client, rows)
    by_table: dict[type[SQLModel], list[dict[str, Any]]] = {}
    for row in rows:
        for model, values in draw.belongings(row):
            by_table.setdefault(model, []).append(values)
    for model in (m for m in _ORDER if m in by_table):
        _insert(session, model, by_table[model])
    entries = sum(len(by_table.get(model, ())) for model in _TIMELINE)
    return GeneratedCaseload(clients, entries)


_ORDER: Final = (
    ClientInterest, Goal, GoalStep, IntegrationPlan, LevelEntry, ResidenceEntry, CaseEvent,
    ContactEntry, CaseNote, Appointment, Referral, ReferralEvent,
)  # fmt: skip
_TIMELINE: Final = (CaseEvent, ContactEntry, CaseNote, Appointment, ReferralEvent)


def _insert(session: Session, model: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    table = SQLModel.metadata.tables[str(model.__tablename__)]
    complete = [_with_defaults(model, row) for row in rows]
    for start in range(0, len(complete), _BATCH):
        session.execute(insert(table), complete[start : start + _BATCH])


def _with_defaults(model: type[SQLModel], row: dict[str, Any]) -> dict[str, Any]:
    """``row`` with what the model itself would fill in."""
    whole = dict(row)
    for name, field in model.model_fields.items():
        if name not in whole:
            whole[name] = field.get_default(call_default_factory=True)
    return whole


class _Draw:
    """Draws one client after the other from one sequence of random numbers."""

    def __init__(self, session: Session, today: date) -> None:
        self._rng = random.Random(20261123)  # noqa: S311  the same people every time, nothing secret
        self._today = today
        self._offers = list(
            session.exec(select(Offer.id).where(Offer.status == "published").order_by(Offer.id))
        )
        self._homes = list(session.exec(select(Accommodation.id)))
        self._snapshot = FULL.model_dump(mode="json")

    def client(self, number: int) -> dict[str, Any]:
        """The row of one client."""
        rng = self._rng
        started_on = self._today - timedelta(days=rng.randint(20, YEARS * 365))
        language = rng.choice(_LANGUAGES)
        is_closed = (self._today - started_on).days > 3 * 365 and rng.random() < 0.7
        return {
            "id": new_id(),
            "case_worker_id": DEMO_CASE_WORKERS[number % len(DEMO_CASE_WORKERS)].id,
            "given_name": rng.choice(_GIVEN),
            "family_name": f"{rng.choice(_FAMILY)} {number}",
            "birth_date": self._today - timedelta(days=rng.randint(18, 65) * 365),
            "sex": rng.choice(("female", "male")),
            "languages": [language],
            "reads": [language],
            "german_level": rng.choice(("none", "A1", "A2", "B1")),
            "german_level_evidence": rng.choice(("self", "test", "certificate")),
            "residence_status": rng.choice(_STATUSES),
            "residence_status_expires_on": self._today + timedelta(days=rng.randint(-30, 700)),
            "accommodation_id": rng.choice(self._homes),
            "mobility": rng.choice(("walk", "transit", "bike")),
            "needs_childcare": rng.random() < 0.3,
            "needs_step_free": False,
            "counselling_started_on": started_on,
            "closed_on": started_on + timedelta(days=3 * 365) if is_closed else None,
            "is_demo": True,
        }

    def belongings(self, client: dict[str, Any]) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
        """All that hangs on one client."""
        rng, of = self._rng, {"client_id": client["id"]}
        worker = client["case_worker_id"]
        for position, concept in enumerate(rng.sample(_INTERESTS, 2)):
            word = {"concept": concept, "word": concept, "position": position}
            yield ClientInterest, {"id": new_id(), **of, **word}
        yield IntegrationPlan, {**of, "review_on": self._today + timedelta(days=rng.randint(-20, 180))}
        yield LevelEntry, {**of, "skill": "overall", "level": "A1", "evidence": "self"}
        yield ResidenceEntry, {**of, "status": client["residence_status"]}
        goals = [{"id": new_id(), **of, "area": area} for area in rng.sample(_AREAS, 2)]
        for goal in goals:
            yield Goal, goal
            for step in range(3):
                words = {"words": f"Schritt {step}", "actor": "client", "position": step}
                yield GoalStep, {"goal_id": goal["id"], **words}
        yield from self._counselling(of, worker, client["counselling_started_on"])
        for _ in range(rng.randint(1, 2 * _REFERRALS - 1)):
            yield from self._referral(of, worker, goals, client["counselling_started_on"])

    def _counselling(
        self, of: dict[str, Any], worker: str, started_on: date
    ) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
        rng = self._rng
        for _ in range(rng.randint(1, 2 * _CONTACTS - 1)):
            yield (
                ContactEntry,
                {
                    **of,
                    "happened_at": self._moment(started_on),
                    "channel": rng.choice(CONTACT_CHANNELS),
                    "was_reached": rng.random() < 0.85,
                    "topics": rng.sample(CONTACT_TOPICS, 2),
                    "minutes": rng.choice((15, 30, 45)),
                    "note": "Kurz gesprochen." if rng.random() < 0.2 else None,
                    "author_id": worker,
                },
            )
        for _ in range(rng.randint(1, 2 * _EVENTS - 1)):
            facts = {"facts": {"fields": ["phone"]}, "actor_id": worker}
            yield CaseEvent, {**of, "code": "client_changed", "at": self._moment(started_on), **facts}
        for _ in range(rng.randint(1, 2 * _APPOINTMENTS - 1)):
            at = {"starts_at": self._moment(started_on), "created_by": worker}
            yield Appointment, {**of, "kind": "foreigners_office", "state": "kept", **at}
        for _ in range(rng.randint(1, 2 * _NOTES - 1)):
            written = {"created_at": self._moment(started_on), "author_id": worker}
            yield CaseNote, {**of, "kind": "general", "text": "Notiz", **written}

    def _referral(
        self, of: dict[str, Any], worker: str, goals: list[dict[str, Any]], started_on: date
    ) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
        rng, referral_id = self._rng, new_id()
        made_at = self._moment(started_on)
        is_open = rng.random() < 0.2
        end = rng.choice(_ENDS)
        yield (
            Referral,
            {
                "id": referral_id,
                **of,
                "offer_id": rng.choice(self._offers),
                "goal_id": rng.choice(goals)["id"],
                "state": "handed_over" if is_open else end,
                "reasons": [{"code": "distance", "km": 1.2}],
                "snapshot": self._snapshot,
                "follow_up_on": self._today + timedelta(days=rng.randint(-10, 30)) if is_open else None,
                "referred_by": worker,
                "created_at": made_at,
                "updated_at": made_at,
            },
        )
        step = {"referral_id": referral_id, "actor_id": worker}
        yield ReferralEvent, {**step, "at": made_at, "to_state": "handed_over"}
        if not is_open:
            later = made_at + timedelta(days=30)
            moved = {"from_state": "handed_over", "to_state": end, "at": later}
            yield ReferralEvent, {**step, **moved, "reason": None if end == "completed" else "other"}

    def _moment(self, not_before: date) -> datetime:
        """Some time of a working day between the start of the counselling and today."""
        days = self._rng.randint(0, max(0, (self._today - not_before).days))
        day = not_before + timedelta(days=days)
        return datetime.combine(day, time(self._rng.randint(8, 15), self._rng.choice((0, 30))), UTC)
