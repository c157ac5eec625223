"""A database after five years: 1,200 clients, 8 case workers, some 100,000 entries of timelines.

Everything is invented and the same each time. Rows go in bulk, without the services: this is only for
measuring.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import insert
from sqlmodel import Session, SQLModel, col, select

from app.accounts.models import User
from app.accounts.passwords import hash_password
from app.cases.codes import APPOINTMENT_KINDS, CONTACT_CHANNELS, CONTACT_TOPICS
from app.cases.counselling_models import Appointment, CaseNote, ContactEntry
from app.cases.models import CaseEvent, Client, ClientInterest, Entitlement, Goal, Household
from app.cases.plan_models import GoalStep, IntegrationPlan
from app.cases.privacy_models import Consent
from app.cases.status_models import LevelEntry, Permit, ResidenceEntry
from app.core.ids import derived_id
from app.directory.codes import GOAL_AREAS
from app.directory.models import Accommodation, Offer
from app.operations.runtime import Runtime
from app.referrals.models import Referral, ReferralEvent
from app.referrals.states import REASONS

PASSWORD: Final = "messung-messung"
LEAD: Final = "lead@load.example"
NOTE: Final = "Vertrauliches, das bei der Messung niemand liest."
WORKERS: Final = 8
CLIENTS: Final = 1200
YEARS: Final = 5
CONTACTS: Final = 42
REFERRALS: Final = 9
EVENTS: Final = 8
APPOINTMENTS: Final = 7
NOTES: Final = 4
"""On average for each client."""
BATCH: Final = 5000

_GIVEN = (
    "Amira", "Oleksandr", "Fatma", "Ibrahim", "Yohannes", "Olena", "Samir", "Leyla", "Rustam", "Zahra",
    "Mykola", "Abdi", "Selam", "Nadia", "Karim", "Iryna", "Hamid", "Rojda", "Besnik", "Awa",
)  # fmt: skip
_FAMILY = (
    "Haddad", "Kovalenko", "Yıldız", "Tesfay", "Rahimi", "Petrenko", "Özdemir", "Hassan", "Berisha",
    "Müller-Aziz", "Noori", "Shevchenko", "Demir", "Weldu", "Mahmoud", "Diallo", "Jafari", "Bondar",
)  # fmt: skip
_LANGUAGES = ("uk", "ru", "ar", "fa", "tr", "kmr", "ps", "ti", "en", "sq", "so", "fr")
_LEVELS = ("none", "A1", "A1", "A2", "A2", "A2", "B1", "B1", "B2", None)
_STATUS = ("24", "25(1)", "25(2)", "gestattung", "duldung", "family", None)
_END_STATES = tuple(REASONS)


@dataclass
class _Maker:
    """The rows, table by table, until they are written."""

    today: date
    dice: random.Random
    workers: Sequence[str]
    homes: Sequence[str]
    offers: Sequence[str]
    rows: dict[type[SQLModel], list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: type[SQLModel], key: str, **values: Any) -> str:
        """A row with a derived id; gives the id."""
        identifier = derived_id(f"load-{table.__name__}", key)
        self.rows.setdefault(table, []).append({"id": identifier, **values})
        return identifier

    def moment(self, first: date, last: date) -> datetime:
        """Some working hour between two days."""
        day = first + timedelta(days=self.dice.randrange(max(1, (last - first).days)))
        return datetime.combine(day, time(self.dice.randrange(7, 16), self.dice.randrange(60)), UTC)


def fill_with_cases(runtime: Runtime, clients: int = CLIENTS) -> dict[str, int]:
    """Write the accounts and cases into an instance that has a directory; table → number of rows.

    The case workers are ``worker0@load.example`` … with `PASSWORD`, the team lead is `LEAD`.
    """
    with runtime.database.write() as session:
        offers = session.exec(
            select(Offer.id).where(Offer.status == "published", ~col(Offer.is_sensitive))
        ).all()
        maker = _Maker(
            today=runtime.today,
            dice=random.Random(20261123),  # noqa: S311  the same people each time, no secret
            workers=_add_accounts(session),
            homes=_add_accommodations(session),
            offers=offers,
        )
        for number in range(clients):
            _make_client(maker, number)
        for table in sorted(maker.rows, key=_order):
            _insert(session, table, maker.rows[table])
    return {table.__name__: len(rows) for table, rows in maker.rows.items()}


def worker_email(number: int) -> str:
    """The address of a case worker, 0 to `WORKERS` - 1."""
    return f"worker{number}@load.example"


def _add_accounts(session: Session) -> list[str]:
    shared_hash = hash_password(PASSWORD)
    people = [(worker_email(number), "case_worker") for number in range(WORKERS)]
    people.append((LEAD, "team_lead"))
    ids = []
    for email, role in people:
        user = User(
            id=derived_id("load-user", email),
            email=email,
            name=email.split("@")[0].title(),
            role=role,
            team="Messung",
            password_hash=shared_hash,
            is_demo=True,
        )
        session.add(user)
        ids.append(user.id)
    session.flush()
    return ids[:WORKERS]


def _add_accommodations(session: Session) -> list[str]:
    known = list(session.exec(select(Accommodation.id)).all())
    for number in range(len(known), 12):
        home = Accommodation(
            id=derived_id("load-home", str(number)), name=f"Haus {number}", district="Mettingen"
        )
        session.add(home)
        known.append(home.id)
    session.flush()
    return known


def _make_client(maker: _Maker, number: int) -> None:
    dice, today = maker.dice, maker.today
    started = today - timedelta(days=dice.randrange(20, 365 * YEARS))
    is_closed = (today - started).days > 365 * 3 and dice.random() < 0.8
    closed_on = started + timedelta(days=365 * 3) if is_closed else None
    last = closed_on or today
    client_id = maker.add(
        Client,
        str(number),
        case_worker_id=maker.workers[number % len(maker.workers)],
        household_id=maker.add(Household, str(number // 2), is_demo=True) if number % 2 == 0 else None,
        given_name=_GIVEN[number % len(_GIVEN)],
        family_name=f"{_FAMILY[number % len(_FAMILY)]} {number}",
        birth_date=date(1950 + dice.randrange(60), 1 + dice.randrange(12), 1 + dice.randrange(28)),
        sex=dice.choice(("female", "male")),
        nationalities=["UA"],
        languages=dice.sample(_LANGUAGES, dice.randrange(1, 3)),
        reads=[dice.choice(_LANGUAGES)],
        german_level=dice.choice(_LEVELS),
        german_level_evidence="test",
        german_level_on=started,
        residence_status=dice.choice(_STATUS),
        residence_status_expires_on=today + timedelta(days=dice.randrange(-30, 900)),
        plz="73730",
        town="Esslingen am Neckar",
        accommodation_id=dice.choice(maker.homes) if dice.random() < 0.7 else None,
        mobility="transit",
        needs_childcare=dice.random() < 0.3,
        entitlements_known=True,
        informed_on=started if dice.random() < 0.9 else None,
        agreed_on=started if dice.random() < 0.8 else None,
        counselling_started_on=started,
        counselling_ends_on=started + timedelta(days=365 * 3),
        closed_on=closed_on,
    )
    goal = _make_plan(maker, number, client_id, started)
    _make_history(maker, number, client_id, started, last)
    _make_referrals(maker, number, client_id, goal, started, last)


def _make_plan(maker: _Maker, number: int, client_id: str, started: date) -> str:
    goal_id = ""
    for position, area in enumerate(maker.dice.sample(GOAL_AREAS, 3)):
        goal_id = maker.add(
            Goal,
            f"{number}-{position}",
            client_id=client_id,
            area=area,
            title="",
            state="open" if position < 2 else "reached",
            target_level="B1" if area == "language" else None,
            position=position,
            created_at=datetime.combine(started, time(9), UTC),
        )
        maker.add(
            GoalStep, f"{number}-{position}", goal_id=goal_id, words="Unterlagen holen", actor="client"
        )
    maker.rows.setdefault(IntegrationPlan, []).append(
        {"client_id": client_id, "signed_on": started, "review_on": maker.today + timedelta(days=40)}
    )
    maker.add(ClientInterest, str(number), client_id=client_id, word="Fußball", concept="football")
    maker.add(Entitlement, str(number), client_id=client_id, kind="entitlement", issued_on=started)
    maker.add(LevelEntry, str(number), client_id=client_id, skill="overall", level="A2")
    maker.add(ResidenceEntry, str(number), client_id=client_id, status="24", valid_from=started)
    maker.add(
        Permit,
        str(number),
        client_id=client_id,
        kind="work",
        expires_on=maker.today + timedelta(days=maker.dice.randrange(-10, 700)),
        creation_key=f"load-permit-{number}",
    )
    return goal_id


def _make_history(maker: _Maker, number: int, client_id: str, started: date, last: date) -> None:
    dice = maker.dice
    author = maker.workers[number % len(maker.workers)]
    for position in range(_about(dice, CONTACTS)):
        at = maker.moment(started, last)
        maker.add(
            ContactEntry,
            f"{number}-{position}",
            client_id=client_id,
            happened_at=at,
            channel=dice.choice(CONTACT_CHANNELS),
            was_reached=dice.random() < 0.85,
            topics=dice.sample(CONTACT_TOPICS, 2),
            minutes=30,
            note=NOTE if dice.random() < 0.3 else None,
            author_id=author,
            creation_key=f"load-contact-{number}-{position}",
            created_at=at,
        )
    for position in range(_about(dice, EVENTS)):
        at = maker.moment(started, last)
        facts = {"fields": ["phone"]}
        maker.add(
            CaseEvent,
            f"{number}-{position}",
            client_id=client_id,
            at=at,
            actor_id=author,
            code="client_changed",
            facts=facts,
        )
    for position in range(_about(dice, APPOINTMENTS)):
        maker.add(
            Appointment,
            f"{number}-{position}",
            client_id=client_id,
            kind=dice.choice(APPOINTMENT_KINDS),
            starts_at=maker.moment(started, last + timedelta(days=60)),
            state="planned" if position == 0 else "kept",
            created_by=author,
            creation_key=f"load-appointment-{number}-{position}",
        )
    for position in range(_about(dice, NOTES)):
        maker.add(
            CaseNote,
            f"{number}-{position}",
            client_id=client_id,
            kind="general",
            text=NOTE,
            author_id=author,
            creation_key=f"load-note-{number}-{position}",
            created_at=maker.moment(started, last),
        )
    maker.add(
        Consent,
        str(number),
        client_id=client_id,
        purpose="referral",
        data=["name", "phone"],
        recipient="vhs",
        given_on=started,
        given_by="client",
        way="signed",
        language="uk",
        valid_until=maker.today + timedelta(days=dice.randrange(-200, 600)),
        creation_key=f"load-consent-{number}",
    )


def _make_referrals(
    maker: _Maker, number: int, client_id: str, goal_id: str, started: date, last: date
) -> None:
    dice = maker.dice
    author = maker.workers[number % len(maker.workers)]
    for position in range(_about(dice, REFERRALS)):
        at = maker.moment(started, last)
        is_open = position == 0 and last == maker.today
        end = dice.choice(_END_STATES)
        referral_id = maker.add(
            Referral,
            f"{number}-{position}",
            client_id=client_id,
            offer_id=dice.choice(maker.offers),
            goal_id=goal_id,
            mode="signpost",
            state="waiting_list" if is_open else end,
            reasons=[{"code": "level"}],
            follow_up_on=maker.today + timedelta(days=dice.randrange(-20, 60)) if is_open else None,
            referred_by=author,
            creation_key=f"load-referral-{number}-{position}",
            created_at=at,
            updated_at=at + timedelta(days=40),
        )
        steps = ["handed_over", "waiting_list"] + ([] if is_open else [end])
        for step, state in enumerate(steps):
            maker.add(
                ReferralEvent,
                f"{number}-{position}-{step}",
                referral_id=referral_id,
                at=at + timedelta(days=14 * step),
                actor_id=author,
                from_state=steps[step - 1] if step else None,
                to_state=state,
                reason=REASONS[state][0] if state in REASONS else None,
            )


def _about(dice: random.Random, number: int) -> int:
    return dice.randrange(number // 2, number + number // 2 + 1)


def _order(table: type[SQLModel]) -> int:
    """Tables that others point to come first."""
    return [found.name for found in SQLModel.metadata.sorted_tables].index(str(table.__tablename__))


def _insert(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    target = SQLModel.metadata.tables[str(table.__tablename__)]
    fields = {name: table.model_fields[name] for name in target.columns.keys()}  # noqa: SIM118  no dict
    filled = {
        name: field.get_default(call_default_factory=True)
        for name, field in fields.items()
        if not field.is_required() and name not in {"id", "creation_key"}
    }
    for batch in _batches(rows):
        session.connection().execute(insert(target), [{**filled, **row} for row in batch])


def _batches(rows: Sequence[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    for start in range(0, len(rows), BATCH):
        yield list(rows[start : start + BATCH])
