"""Clients and offers for property tests: everything may be unknown, none, or at odds."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from app.directory.codes import (
    COURSE_KINDS,
    ENTITLEMENT_KINDS,
    GOAL_AREAS,
    LEVELS,
    OFFER_KINDS,
    RESIDENCE_STATUSES,
    SEXES,
    TARGET_GROUPS,
)
from app.directory.interests import load_taxonomy
from app.directory.table_loading import OfferRow, PlaceRow
from app.matching.types import (
    BookedTime,
    ClientFacts,
    EntitlementFact,
    Experience,
    GoalFact,
    TimeSpan,
)

TODAY = date(2026, 11, 23)
TAXONOMY = load_taxonomy()
CONCEPTS = tuple(TAXONOMY.concepts)
POSITIONS = st.tuples(st.floats(48.4, 49.1, allow_nan=False), st.floats(8.9, 9.8, allow_nan=False))


def maybe(strategy):
    return st.none() | strategy


def days(before: int, after: int):
    return st.integers(-before, after).map(lambda n: TODAY + timedelta(days=n))


def tuples(values, most: int = 3):
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple)


SPANS = st.builds(
    lambda day, start, length: TimeSpan(day, start, min(1440, start + length)),
    st.integers(1, 7),
    st.integers(0, 1439),
    st.integers(1, 600),
)
BOOKED = st.builds(
    BookedTime,
    st.sampled_from(("", "offer-0", "offer-1")),
    SPANS,
    maybe(days(200, 100)),
    maybe(days(100, 400)),
    st.booleans(),
)
EXPERIENCES = st.builds(
    Experience,
    st.sampled_from(("offer-0", "offer-1")),
    st.sampled_from(("a", "b")),
    st.sampled_from(("completed", "dropped_out", "rejected")),
    st.sampled_from((None, "too_far", "illness", "full")),
)
PAPERS = st.builds(
    EntitlementFact,
    st.sampled_from(ENTITLEMENT_KINDS),
    maybe(days(600, 0)),
    maybe(days(100, 400)),
)


@st.composite
def clients(draw):
    position = draw(maybe(POSITIONS)) or (None, None)
    return ClientFacts(
        birth_date=draw(maybe(st.dates(date(1930, 1, 1), TODAY))),
        sex=draw(maybe(st.sampled_from(SEXES))),
        languages=draw(maybe(tuples(("ar", "uk", "de", "en", "fa-AF", "ku")))),
        reads=draw(maybe(tuples(("ar", "uk", "en", "sr-Latn")))),
        german_level=draw(maybe(st.sampled_from(LEVELS))),
        german_level_evidence=draw(maybe(st.sampled_from(("self", "test", "certificate")))),
        goals=draw(
            maybe(
                st.lists(
                    st.builds(GoalFact, st.sampled_from(GOAL_AREAS), maybe(st.sampled_from(LEVELS))),
                    max_size=3,
                ).map(tuple)
            )
        ),
        interests=draw(maybe(tuples(CONCEPTS))),
        latitude=position[0],
        longitude=position[1],
        position_is_precise=draw(st.booleans()),
        available=draw(maybe(st.lists(SPANS, max_size=4).map(tuple))),
        mobility=draw(maybe(st.sampled_from(("walk", "bike", "transit", "car")))),
        max_distance_km=draw(maybe(st.floats(0.1, 100))),
        needs_childcare=draw(maybe(st.booleans())),
        has_children=draw(maybe(st.booleans())),
        needs_step_free=draw(maybe(st.booleans())),
        residence_status=draw(maybe(st.sampled_from(RESIDENCE_STATUSES))),
        residence_valid_until=draw(maybe(days(100, 400))),
        entitlements=draw(maybe(st.lists(PAPERS, max_size=3).map(tuple))),
        booked=draw(st.lists(BOOKED, max_size=3).map(tuple)),
        experiences=draw(st.lists(EXPERIENCES, max_size=3).map(tuple)),
        household_free=draw(maybe(st.lists(SPANS, max_size=3).map(tuple))),
    )


@st.composite
def offers(draw):
    kind = draw(st.sampled_from(OFFER_KINDS))
    is_course = kind == "language_course"
    places = draw(
        st.lists(
            st.builds(
                lambda pos, precision, step_free: PlaceRow(
                    "p", *(pos or (None, None)), precision, step_free=step_free
                ),
                maybe(POSITIONS),
                st.sampled_from(("exact", "postal_code")),
                maybe(st.booleans()),
            ),
            max_size=2,
        )
    )
    sessions = draw(
        st.lists(
            st.builds(lambda s: (s.weekday, s.from_minute, s.to_minute), SPANS),
            max_size=3,
        )
    )
    starts, ends = draw(maybe(days(300, 300))), draw(maybe(days(300, 600)))
    return OfferRow(
        offer_id=draw(st.uuids()).hex,
        external_id="x",
        title="t",
        provider_id=draw(st.sampled_from(("a", "b"))),
        provider_name="p",
        kind=kind,
        course_kind=draw(maybe(st.sampled_from(COURSE_KINDS))) if is_course else None,
        entry_level=draw(maybe(st.sampled_from(LEVELS))),
        target_level=draw(maybe(st.sampled_from(LEVELS))),
        sex=draw(maybe(st.sampled_from(SEXES))),
        min_age=draw(maybe(st.integers(0, 120))),
        max_age=draw(maybe(st.integers(0, 120))),
        starts_on=starts,
        ends_on=ends,
        registration_deadline=draw(maybe(days(30, 30))),
        individual_entry=draw(maybe(st.booleans())),
        by_appointment=draw(st.booleans()),
        has_childcare=draw(maybe(st.booleans())),
        seats_max=draw(maybe(st.integers(0, 3))),
        seats_booked=draw(maybe(st.integers(0, 3))),
        has_waiting_list=draw(maybe(st.booleans())),
        cost_cents=draw(maybe(st.integers(0, 10_000_000))),
        verified_on=draw(maybe(days(800, 0))),
        residence_statuses=draw(tuples(RESIDENCE_STATUSES)),
        entitlement_kinds=draw(tuples(ENTITLEMENT_KINDS)),
        goal_areas=draw(tuples(GOAL_AREAS)),
        target_groups=draw(tuples(TARGET_GROUPS)),
        instruction_languages=draw(tuples(("de", "en", "ar"))),
        onsite_languages=draw(tuples(("uk", "fa", "ku-Latn"))),
        topics=draw(tuples(CONCEPTS)),
        sessions=sessions,
        places=places,
    )
