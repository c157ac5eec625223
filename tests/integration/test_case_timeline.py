"""The timeline: each entry once, in order, whatever one filters by; nothing sensitive in it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from app.accounts.permissions import Actor
from app.cases.codes import CONTACT_CHANNELS, CONTACT_TOPICS
from app.cases.counselling_models import Appointment, CaseNote, ContactEntry, SelfAssessment
from app.cases.models import CaseEvent, Client, Goal
from app.core.errors import NotFoundError
from app.operations.runtime import Runtime
from app.referrals.models import Referral, ReferralEvent
from app.referrals.timeline import (
    TIMELINE_KINDS,
    TimelineEntry,
    TimelineFilters,
    load_counted_timeline,
    load_timeline,
)
from app.referrals.timeline_marks import ContactMark, EventMark, StepMark
from app.settings import TIMEZONE
from tests.integration.case_samples import add_client, add_offer, add_user

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
EVENTS = (
    ("client_changed", {"fields": ["phone"]}, "case"),
    ("goal_added", {"area": "work", "target_level": None}, "plan"),
    ("goal_reached", {"area": "language", "target_level": "B1"}, "plan"),
    ("contact_corrected", {}, "contact"),
    ("note_changed", {}, "note"),
    ("something_new", {}, "case"),
)
MARKER = "Zitronenfalter"


@dataclass(frozen=True)
class Full:
    """A case with some hundred entries of every kind."""

    session: Session
    worker: Actor
    stranger: Actor
    client: Client
    deputy: Actor

    def load(self, **filters: object) -> tuple[TimelineEntry, ...]:
        """All entries that fit, on one page."""
        wanted = TimelineFilters(page_size=1000, **filters)  # type: ignore[arg-type]
        return load_timeline(self.session, self.client.id, self.worker, wanted).items


@pytest.fixture
def full(runtime: Runtime) -> Iterator[Full]:
    with runtime.database.write() as session:
        worker, stranger, deputy = (add_user(session, name=name) for name in ("Mira", "Jo", "Kim"))
        client = add_client(session, worker, goals=[{"area": "work"}])
        other = add_client(session, worker, given_name="Sami")
        for client_id in (client.id, other.id):
            _fill(session, client_id, (worker, deputy))
        session.flush()
        yield Full(session, worker, stranger, client, deputy)


def _fill(session: Session, client_id: str, people: tuple[Actor, Actor]) -> None:
    rng = random.Random(7)  # noqa: S311  the same entries every time

    def moment() -> datetime:
        """One of few: many entries happen at once."""
        return START + timedelta(hours=rng.randrange(60) * 37)

    for number in range(40):
        code, facts, _kind = EVENTS[number % len(EVENTS)]
        actor = rng.choice(people).id if number % 5 else None
        session.add(CaseEvent(client_id=client_id, at=moment(), actor_id=actor, code=code, facts=facts))
        session.add(
            ContactEntry(
                client_id=client_id,
                happened_at=moment(),
                channel=rng.choice(CONTACT_CHANNELS),
                was_reached=number % 4 != 0,
                topics=rng.sample(CONTACT_TOPICS, number % 4),
                minutes=30,
                note=MARKER if number % 3 else None,
                author_id=rng.choice(people).id,
            )
        )
    for number in range(8):
        author = rng.choice(people).id
        session.add(
            CaseNote(
                client_id=client_id, kind="health", text=MARKER, author_id=author, created_at=moment()
            )
        )
        session.add(
            Appointment(
                client_id=client_id,
                kind=rng.choice(("foreigners_office", "health")),
                starts_at=moment(),
                note=MARKER,
                created_by=author,
            )
        )
        session.add(
            SelfAssessment(
                client_id=client_id,
                taken_on=date(2026, 3, 1),
                language="ar",
                way="screen",
                answers={"health": number % 5 + 1},
                created_at=moment(),
            )
        )
    _refer(session, client_id, people[0], moment)


def _refer(session: Session, client_id: str, actor: Actor, moment: object) -> None:
    assert callable(moment)
    goal = Goal(client_id=client_id, area="participation")
    offers = (add_offer(session, "Chor", kind="club"), add_offer(session, MARKER, is_sensitive=True))
    session.add(goal)
    session.flush()
    for offer_id in (offers[0].id, offers[1].id, None):
        referral = Referral(
            client_id=client_id,
            offer_id=offer_id,
            sealed=None if offer_id else {"offer_id": offers[1].id, "reasons": [{"code": MARKER}]},
            goal_id=goal.id,
            state="completed",
            reasons=[{"code": "interest"}],
            referred_by=actor.id,
        )
        session.add(referral)
        session.flush()
        for before, after in ((None, "handed_over"), ("handed_over", "completed")):
            session.add(
                ReferralEvent(
                    referral_id=referral.id,
                    at=moment(),
                    actor_id=actor.id,
                    from_state=before,
                    to_state=after,
                    note=MARKER,
                )
            )


def test_all_that_happened_stands_in_it_once_the_newest_first(full: Full) -> None:
    entries = full.load()
    # 40 events, 40 talks, 8 notes, 8 appointments, 8 self-assessments, 6 steps; opening and a goal.
    assert len(entries) == 40 + 40 + 8 + 8 + 8 + 6 + 2
    assert len({(entry.source, entry.id) for entry in entries}) == len(entries)
    moments = [entry.at for entry in entries]
    assert moments == sorted(moments, reverse=True)
    assert {entry.kind for entry in entries} <= set(TIMELINE_KINDS)


def test_the_opening_of_the_case_comes_last_of_what_happened_at_once(full: Full) -> None:
    moment = START - timedelta(days=1)
    for code in ("goal_added", "client_created", "client_changed"):
        full.session.add(CaseEvent(client_id=full.client.id, at=moment, code=code, facts={}))
    full.session.flush()
    assert getattr(full.load()[-1].what, "code", "") == "client_created"


def test_of_two_talks_in_the_same_minute_the_one_recorded_last_comes_first(full: Full) -> None:
    minute = START + timedelta(days=900)
    for order, channel in enumerate(CONTACT_CHANNELS):
        talk = ContactEntry(
            client_id=full.client.id,
            happened_at=minute,
            channel=channel,
            author_id=full.worker.id,
            created_at=minute + timedelta(seconds=order),
        )
        full.session.add(talk)
    full.session.flush()
    newest = [entry.what for entry in full.load()[: len(CONTACT_CHANNELS)]]
    told = [one.channel for one in newest if isinstance(one, ContactMark)]
    assert told == list(reversed(CONTACT_CHANNELS))


def test_the_pages_hold_each_entry_once_whatever_the_filters(full: Full) -> None:
    everything = full.load()
    people = (None, full.worker.id, full.deputy.id, full.stranger.id)
    days = st.none() | st.dates(date(2026, 1, 1), date(2026, 5, 1))

    @settings(max_examples=50)
    @given(
        st.frozensets(st.sampled_from(TIMELINE_KINDS), max_size=3),
        st.sampled_from((None, *CONTACT_TOPICS)),
        st.sampled_from(people),
        days,
        days,
        st.integers(1, 60),
    )
    def check(
        kinds: frozenset[str],
        topic: str | None,
        actor_id: str | None,
        from_on: date | None,
        until_on: date | None,
        size: int,
    ) -> None:
        filters = TimelineFilters(kinds, topic, actor_id, from_on, until_on, page_size=size)
        first = load_timeline(full.session, full.client.id, full.worker, filters)
        found = list(first.items)
        for number in range(2, first.count + 1):
            page = replace(filters, page=number)
            found += load_timeline(full.session, full.client.id, full.worker, page).items
        expected = [entry for entry in everything if _fits(entry, filters)]
        if topic is None:
            assert [entry.id for entry in found] == [entry.id for entry in expected]
        else:
            fitting = [entry.id for entry in expected]
            assert [entry.id for entry in found] == [i for i in fitting if i in {e.id for e in found}]
            assert all(_is_about(entry, topic) for entry in found)
        assert first.total == len(found)
        counted, counts = load_counted_timeline(full.session, full.client.id, full.worker, filters)
        assert counted == first
        assert sum(counts.by_kind.get(kind, 0) for kind in kinds or TIMELINE_KINDS) == len(found)

    check()


def _fits(entry: TimelineEntry, filters: TimelineFilters) -> bool:
    day = entry.at.astimezone(TIMEZONE).date()
    return (
        (not filters.kinds or entry.kind in filters.kinds)
        and filters.actor_id in {None, entry.actor_id}
        and (filters.from_on is None or day >= filters.from_on)
        and (filters.until_on is None or day <= filters.until_on)
    )


def _is_about(entry: TimelineEntry, topic: str) -> bool:
    what = entry.what
    if isinstance(what, ContactMark):
        return topic in what.topics
    if isinstance(what, EventMark):
        return what.facts.get("area") == topic
    if isinstance(what, StepMark):
        return topic == "participation" and what.offer_title == "Chor"
    return entry.source == "appointment"


def test_every_talk_about_a_topic_is_found(full: Full) -> None:
    for topic in CONTACT_TOPICS:
        talks = [
            e.id for e in full.load() if isinstance(e.what, ContactMark) and topic in e.what.topics
        ]
        found = [e.id for e in full.load(topic=topic) if isinstance(e.what, ContactMark)]
        assert found == talks


def test_a_sensitive_offer_shows_in_no_entry_and_by_no_filter(full: Full) -> None:
    steps = [e.what for e in full.load(kinds=frozenset({"referral"})) if isinstance(e.what, StepMark)]
    assert len(steps) == 6
    assert sum(step.is_sealed for step in steps) == 4
    about = full.load(topic="participation", kinds=frozenset({"referral"}))
    assert len(about) == 2
    assert MARKER not in str(full.load())


def test_who_may_not_see_the_case_gets_no_timeline(full: Full) -> None:
    for ask in (load_timeline, load_counted_timeline):
        with pytest.raises(NotFoundError):
            ask(full.session, full.client.id, full.stranger, TimelineFilters())


@pytest.mark.parametrize("page", [0, -5, 10_000_000])
def test_a_page_that_does_not_exist_is_the_nearest_one(full: Full, page: int) -> None:
    found = load_timeline(full.session, full.client.id, full.worker, TimelineFilters(page=page))
    assert found.items


def test_people_to_choose_from_are_those_who_recorded_something(full: Full) -> None:
    _page, counts = load_counted_timeline(full.session, full.client.id, full.worker, TimelineFilters())
    assert [name for _id, name in counts.people] == ["Kim", "Mira"]


def test_the_last_day_there_is_does_not_break_the_period(full: Full) -> None:
    assert full.load(until_on=date.max) == full.load()
