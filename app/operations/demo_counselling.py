"""Past talks, notes and self-assessments of the demo's clients. Drawn from a fixed seed."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import insert
from sqlmodel import Session, SQLModel, col, select

from app.accounts.permissions import Actor
from app.cases.codes import ASSESSMENT_QUESTIONS
from app.cases.contact_rules import FIRST_ASSESSMENT_AGE
from app.cases.counselling_models import CaseNote, ContactEntry, SelfAssessment
from app.cases.models import Client
from app.cases.rules import age_on
from app.core.ids import derived_id
from app.settings import SHIPPED_DATA, TIMEZONE

COUNSELLING_FILE: Final = SHIPPED_DATA / "demo" / "counselling.toml"
_SEED: Final = 3107
_DAYS_BETWEEN: Final = (9, 35)
"""Between two talks, at least and at most."""
_MONTHS_BACK: Final = 11
_CHANNELS: Final = (
    ("office", 9), ("phone", 6), ("message", 3), ("home_visit", 2), ("email", 1), ("outside", 1),
    ("video", 1),
)  # fmt: skip
_TOPICS: Final = (
    ("language", 8), ("work", 5), ("housing", 5), ("forms", 6), ("benefits", 4), ("residence", 4),
    ("children", 3), ("health", 3), ("family", 2), ("participation", 2), ("training", 2), ("plan", 2),
    ("school", 2), ("debts", 1),
)  # fmt: skip
_INTERPRETINGS: Final = (
    ("none", 6), ("professional", 2), ("volunteer", 2), ("family", 2), ("phone", 1), ("colleague", 1),
    (None, 3),
)  # fmt: skip
_SEEN: Final = frozenset({"office", "home_visit", "outside", "video"})
_MINUTES: Final = (15, 30, 30, 45, 45, 60)
_NOTED: Final = 0.2
"""Of the talks that have a note."""
_REACHED: Final = 0.7
"""Of the attempts by phone or in writing that reach the client."""
_NOTES: Final = (("general", 0.3), ("health", 0.15))
"""Of the clients about whom there is such a note."""
_FORGOTTEN: Final = 0.25
"""Of the self-assessments that nobody asked for in time."""
_LEFT_OUT: Final = 0.08
"""Of the questions that stay without an answer."""
_SATURDAY: Final = 5
_PAPER_LANGUAGES: Final = ("ar", "uk", "en")


def add_demo_counselling(session: Session, people: Sequence[tuple[str, Actor]], today: date) -> int:
    """Give ``people`` (client id and case worker) a past of talks and notes; tells how many rows.

    Small children get none. Nothing reaches before the counselling of each began.
    """
    texts = tomllib.loads(COUNSELLING_FILE.read_text(encoding="utf-8"))
    rng = random.Random(_SEED)  # noqa: S311  the same past every time, nothing secret
    actors = dict(people)
    clients = session.exec(select(Client).where(col(Client.id).in_(actors))).all()
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {}
    for client in sorted(clients, key=lambda one: one.id):
        age = age_on(client.birth_date, today)
        if age is not None and age < FIRST_ASSESSMENT_AGE:
            continue
        past = _Past(rng, client, actors[client.id].id, today, texts)
        for table, values in past.rows():
            rows.setdefault(table, []).append(values)
    for table, found in rows.items():
        session.execute(insert(table), found)
    return sum(len(found) for found in rows.values())


class _Past:
    """What was recorded about one client."""

    def __init__(
        self, rng: random.Random, client: Client, author_id: str, today: date, texts: dict[str, Any]
    ) -> None:
        self._rng = rng
        self._client = client
        self._author_id = author_id
        self._today = today
        self._texts = texts
        started_on = client.counselling_started_on or today
        self._since = max(started_on, today - timedelta(days=30 * _MONTHS_BACK))

    def rows(self) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
        """Table and values of each row."""
        day = self._since + timedelta(days=self._rng.randint(2, 12))
        number = 0
        while day < self._today:
            if day.weekday() < _SATURDAY:
                yield ContactEntry, self._contact(number, day)
                number += 1
            day += timedelta(days=self._rng.randint(*_DAYS_BETWEEN))
        for kind, share in _NOTES:
            if self._rng.random() < share:
                yield CaseNote, self._note(kind)
        yield from self._assessments()

    def _contact(self, number: int, day: date) -> dict[str, Any]:
        rng = self._rng
        channel = _weighted(rng, _CHANNELS)
        was_reached = channel in _SEEN or rng.random() < _REACHED
        moment = self._moment(day)
        topics = {_weighted(rng, _TOPICS) for _ in range(rng.choice((1, 1, 2, 2, 3)))}
        note = rng.choice(self._texts["contact"]) if was_reached and rng.random() < _NOTED else None
        return {
            **self._owned("demo-contact", number, moment),
            "happened_at": moment,
            "channel": channel,
            "was_reached": was_reached,
            "topics": sorted(topics) if was_reached else sorted(topics)[:1],
            "minutes": rng.choice(_MINUTES) if was_reached else None,
            "interpreting": _weighted(rng, _INTERPRETINGS) if was_reached else None,
            "note": note,
            "author_id": self._author_id,
        }

    def _note(self, kind: str) -> dict[str, Any]:
        span = max(1, (self._today - self._since).days - 1)
        moment = self._moment(self._since + timedelta(days=self._rng.randrange(span)))
        text = self._rng.choice(self._texts[kind])
        own = self._owned(f"demo-note-{kind}", 0, moment)
        return {**own, "kind": kind, "text": text, "author_id": self._author_id}

    def _assessments(self) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
        """Every half year, now and then forgotten; things get a little better."""
        rng = self._rng
        step = rng.randint(2, 3)
        day = self._since + timedelta(days=rng.randint(31, 60))
        language = next((tag for tag in self._client.reads or () if tag in _PAPER_LANGUAGES), "de")
        for number in range(3):
            if day >= self._today or rng.random() < _FORGOTTEN:
                return
            way = rng.choice(("paper", "screen"))
            answers = {
                question: None if rng.random() < _LEFT_OUT else _held(step + rng.randint(-1, 1))
                for question in ASSESSMENT_QUESTIONS
            }
            yield (
                SelfAssessment,
                {
                    **self._owned("demo-assessment", number, self._moment(day)),
                    "taken_on": day,
                    "language": language,
                    "way": way,
                    "answers": answers,
                    "recorded_by": self._author_id if way == "paper" else None,
                },
            )
            step += rng.randint(0, 1)
            day += timedelta(days=rng.randint(150, 200))

    def _owned(self, kind: str, number: int, moment: datetime) -> dict[str, Any]:
        key = f"{self._client.id}:{number}"
        return {
            "id": derived_id(kind, key),
            "client_id": self._client.id,
            "creation_key": derived_id(f"{kind}-form", key),
            "created_at": moment,
        }

    def _moment(self, day: date) -> datetime:
        at = time(self._rng.randint(8, 16), self._rng.choice((0, 10, 15, 30, 40, 45)))
        return datetime.combine(day, at, TIMEZONE)


def _held(step: int) -> int:
    return min(5, max(1, step))


def _weighted(rng: random.Random, choices: Sequence[tuple[Any, int]]) -> Any:
    values, weights = zip(*choices, strict=True)
    return rng.choices(values, weights)[0]
