"""Papers, statuses with their history, and appointments of the demo's clients. From a fixed seed."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlmodel import Session, SQLModel, col, select

from app.accounts.permissions import Actor
from app.cases.counselling_models import Appointment
from app.cases.models import Client
from app.cases.rules import ADULT_AGE, age_on
from app.cases.status_models import Permit, ResidenceEntry
from app.core.ids import derived_id
from app.settings import SHIPPED_DATA, TIMEZONE

LEGAL_FILE: Final = SHIPPED_DATA / "demo" / "legal.toml"
_SEED: Final = 5312
_SATURDAY: Final = 5
_EARLIER: Final = {
    "25(1)": "gestattung", "25(2)": "gestattung", "25(3)": "gestattung", "25b": "duldung",
    "104c": "duldung",
}  # fmt: skip
"""Status → the one before it, as it often goes."""
_PAPERS: Final = {
    "gestattung": ("work", "residence_rule"),
    "duldung": ("work", "residence_rule"),
    "24": ("passport", "residence_rule"),
    "25(1)": ("travel_document", "residence_rule"),
    "25(2)": ("travel_document", "residence_rule", "housing"),
    "25(3)": ("work", "passport"),
    "104c": ("passport", "work"),
}
_OF_CHILDREN: Final = frozenset({"travel_document", "passport"})
_PAPER_SHARE: Final = 0.55
_NEAR_SHARE: Final = 0.15
"""Of the papers that run out within some weeks, or just did."""
_YEARS: Final = (365, 730, 1095)
"""For how many days papers are issued."""
_HISTORY_SHARE: Final = 0.5
_CONTACT_SHARE: Final = 0.5
_COMING_SHARE: Final = 0.4
_COMING_DAYS: Final = (0, 0, 1, 2, 3, 4, 7, 10, 17)
_STATES: Final = (("kept", 8), ("missed", 2), ("cancelled", 1))
_INTERPRETINGS: Final = ((None, 6), ("professional", 2), ("family", 2), ("phone", 1))
_NOTED: Final = 0.15


def add_demo_legal(session: Session, people: Sequence[tuple[str, Actor]], today: date) -> int:
    """Give ``people`` (client id and case worker) papers and appointments; tells how many rows."""
    material = tomllib.loads(LEGAL_FILE.read_text(encoding="utf-8"))
    rng = random.Random(_SEED)  # noqa: S311  the same papers every time, nothing secret
    rows: list[SQLModel] = []
    for client_id, actor in people:
        client = session.get_one(Client, client_id)
        # The first one's account is the one that people try first: it shows appointments.
        drawn = _Papers(rng, client, actor.id, today, material, has_coming=actor.id == people[0][1].id)
        rows += drawn.permits()
        rows += drawn.history(_current_status(session, client_id))
        rows += drawn.appointments()
        if rng.random() < _CONTACT_SHARE:
            client.office_contact = rng.choice(material["office_contacts"])
            session.add(client)
    session.add_all(rows)
    session.flush()
    return len(rows)


def _current_status(session: Session, client_id: str) -> ResidenceEntry | None:
    return session.exec(
        select(ResidenceEntry)
        .where(ResidenceEntry.client_id == client_id)
        .order_by(col(ResidenceEntry.recorded_at).desc())
    ).first()


class _Papers:
    """What one client has from the offices, and where to go."""

    def __init__(
        self,
        rng: random.Random,
        client: Client,
        actor_id: str,
        today: date,
        material: dict[str, Any],
        *,
        has_coming: bool,
    ) -> None:
        self._rng = rng
        self._client = client
        self._actor_id = actor_id
        self._today = today
        self._material = material
        self._has_coming = has_coming
        """Whether an appointment comes for certain."""
        self._started_on = client.counselling_started_on or today
        age = age_on(client.birth_date, today)
        self._is_grown = age is None or age >= ADULT_AGE

    def permits(self) -> list[SQLModel]:
        """Papers as they go with the status; some run out soon."""
        rng = self._rng
        found: list[SQLModel] = []
        for kind in _PAPERS.get(self._client.residence_status or "", ("passport",)):
            if rng.random() >= _PAPER_SHARE or not (self._is_grown or kind in _OF_CHILDREN):
                continue
            days = rng.randint(-20, 80) if rng.random() < _NEAR_SHARE else rng.randint(120, 1100)
            expires_on = self._today + timedelta(days=days)
            issued_on = min(expires_on - timedelta(days=rng.choice(_YEARS)), self._today)
            key = f"{self._client.id}:{kind}"
            found.append(
                Permit(
                    id=derived_id("demo-permit", key),
                    client_id=self._client.id,
                    kind=kind,
                    issued_on=_working_day_before(issued_on),
                    expires_on=None if kind == "residence_rule" else expires_on,
                    condition=rng.choice(self._material["permit_words"][kind]),
                    creation_key=derived_id("demo-permit-form", key),
                )
            )
        return found

    def history(self, current: ResidenceEntry | None) -> list[SQLModel]:
        """The dates of ``current``, and for some the status before it."""
        if current is None:
            return []
        rng = self._rng
        began_on = (current.expires_on or self._today) - timedelta(days=rng.choice(_YEARS))
        current.valid_from = _working_day_before(min(began_on, self._today))
        current.recorded_at = self._moment(max(current.valid_from, self._started_on), 9)
        earlier = _EARLIER.get(current.status)
        if earlier is None or rng.random() >= _HISTORY_SHARE:
            return [current]
        since = current.valid_from - timedelta(days=rng.randint(200, 700))
        before = ResidenceEntry(
            id=derived_id("demo-residence", self._client.id),
            client_id=self._client.id,
            status=earlier,
            valid_from=_working_day_before(since),
            expires_on=current.valid_from - timedelta(days=1),
            recorded_at=self._moment(self._started_on, 8),
            recorded_by=self._actor_id,
        )
        return [current, before]

    def appointments(self) -> list[SQLModel]:
        """Where the client was, and where to go in the next weeks; children go with their parents."""
        rng = self._rng
        if not self._is_grown:
            return []
        since = max(self._started_on, self._today - timedelta(days=240))
        span = max(1, (self._today - since).days - 2)
        found: list[SQLModel] = []
        for number in range(rng.randint(0, 3)):
            day = _working_day_before(since + timedelta(days=rng.randrange(span)))
            found.append(self._appointment(number, day, _weighted(rng, _STATES)))
        if self._has_coming or rng.random() < _COMING_SHARE:
            day = _working_day_after(self._today + timedelta(days=rng.choice(_COMING_DAYS)))
            found.append(self._appointment(len(found), day, "planned"))
        return found

    def _appointment(self, number: int, day: date, state: str) -> SQLModel:
        rng = self._rng
        chosen = _weighted(rng, [(one, one["weight"]) for one in self._material["appointment"]])
        key = f"{self._client.id}:{number}"
        return Appointment(
            id=derived_id("demo-appointment", key),
            client_id=self._client.id,
            kind=chosen["kind"],
            starts_at=self._moment(day, rng.randint(8, 16)),
            place=chosen["place"],
            with_whom=chosen["with_whom"],
            bring=chosen["bring"],
            state=state,
            interpreting=_weighted(rng, _INTERPRETINGS),
            note=rng.choice(self._material["notes"]) if rng.random() < _NOTED else None,
            created_by=self._actor_id,
            creation_key=derived_id("demo-appointment-form", key),
            created_at=self._moment(day - timedelta(days=14), 10),
        )

    def _moment(self, day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour, self._rng.choice((0, 15, 30, 45))), TIMEZONE)


def _working_day_after(day: date) -> date:
    """``day``, or the Monday after it."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= _SATURDAY else day


def _working_day_before(day: date) -> date:
    """``day``, or the Friday before it."""
    return day - timedelta(days=max(0, day.weekday() - _SATURDAY + 1))


def _weighted(rng: random.Random, choices: Sequence[tuple[Any, int]]) -> Any:
    values, weights = zip(*choices, strict=True)
    return rng.choices(values, weights)[0]
