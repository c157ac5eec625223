"""Any directory entry that the record types allow, for property tests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, cast, get_args

from hypothesis import strategies as st

from app.directory import codes
from app.directory.records import (
    ContactRecord,
    ExceptionRecord,
    HourRecord,
    OfferRecord,
    PhraseRecord,
    PlaceRecord,
    ProviderRecord,
    SessionRecord,
    TermRecord,
)

_texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12
).map(str.strip)
_names = _texts.filter(bool)
_flags = st.lists(st.sampled_from(["topic_missing", "place_missing"]), unique=True).map(tuple)
_days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
_tags = st.lists(st.sampled_from(["de", "uk", "ar", "zh-Hant", "pt-BR"]), unique=True).map(tuple)
_web = st.sampled_from(["https://haus.example", "http://haus.example/a?b=c#d"])
_emails = st.sampled_from(["info@haus.example", "a.b@c.d.example"])
_maybe = st.none


def _optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(_maybe(), strategy)


def _some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=3).map(tuple)


@st.composite
def places(draw: st.DrawFn, key: str) -> PlaceRecord:
    """A place with this key, with or without a position."""
    position = draw(_optional(st.tuples(st.floats(-90, 90), st.floats(-180, 180))))
    return PlaceRecord(
        key=key,
        name=draw(_optional(_texts)),
        street=draw(_optional(_texts)),
        house_number=draw(_optional(_texts)),
        plz=draw(_optional(st.from_regex(r"[0-9]{5}", fullmatch=True))),
        town=draw(_optional(_texts)),
        district=draw(_optional(_texts)),
        latitude=position[0] if position else None,
        longitude=position[1] if position else None,
        precision=draw(st.sampled_from(["exact", "postal_code", "town"])) if position else "unknown",
        directions=draw(_optional(_texts)),
        step_free=draw(_optional(st.booleans())),
        visibility=draw(st.sampled_from(codes.VISIBILITIES)),
    )


@st.composite
def rhythms(draw: st.DrawFn, weekday: int) -> dict[str, Any]:
    """Every week, every few weeks counted from a day, or only at a place in the month."""
    match draw(st.sampled_from(["weekly", "every few weeks", "in the month"])):
        case "every few weeks":
            day = draw(_days)
            counted = day + timedelta(days=(weekday - day.isoweekday()) % 7)
            return {"every_weeks": draw(st.integers(2, 4)), "from_on": counted}
        case "in the month":
            return {"nth_in_month": draw(st.sampled_from([1, 2, 3, 4, 5, -1]))}
    return {}


@st.composite
def clock_times(draw: st.DrawFn) -> tuple[str, str]:
    """From when to when on one day."""
    start, end = sorted(draw(st.lists(st.integers(0, 1440), min_size=2, max_size=2, unique=True)))
    return f"{start // 60:02d}:{start % 60:02d}", f"{end // 60:02d}:{end % 60:02d}"


@st.composite
def times(draw: st.DrawFn, place_keys: tuple[str, ...]) -> SessionRecord:
    """A weekly time, at one of the places or at none in particular."""
    weekday = draw(st.integers(1, 7))
    starts, ends = draw(clock_times())
    return SessionRecord(
        weekday=weekday,
        starts=starts,
        ends=ends,
        place=draw(_optional(st.sampled_from(place_keys))) if place_keys else None,
        note=draw(_optional(_texts)),
        languages=draw(_tags),
        **draw(rhythms(weekday)),
    )


@st.composite
def terms(draw: st.DrawFn) -> TermRecord:
    """A stretch of days."""
    first, last = sorted((draw(_days), draw(_days)))
    return TermRecord(first_on=first, last_on=last, note=draw(_optional(_texts)))


@st.composite
def exceptions(draw: st.DrawFn, place_keys: tuple[str, ...]) -> ExceptionRecord:
    """Closed days, or a further date."""
    first, last = sorted((draw(_days), draw(_days)))
    kind = draw(st.sampled_from(get_args(codes.ExceptionKind)))
    starts, ends = draw(clock_times()) if kind == "extra" else (None, None)
    return ExceptionRecord(
        kind=kind,
        first_on=first,
        last_on=last,
        starts=starts,
        ends=ends,
        place=draw(_optional(st.sampled_from(place_keys))) if place_keys else None,
        note=draw(_optional(_texts)),
    )


@st.composite
def persons(draw: st.DrawFn) -> ContactRecord:
    """A contact person, with or without hours."""
    hours = [
        HourRecord(weekday=day, starts="09:00", ends="11:30", note=draw(_optional(_texts)))
        for day in draw(st.lists(st.integers(1, 7), max_size=2))
    ]
    return ContactRecord(
        key=draw(st.sampled_from(("main", "office"))),
        name=draw(_names),
        role=draw(_optional(_texts)),
        phone=draw(_optional(_texts)),
        email=draw(_optional(_emails)),
        languages=draw(_tags),
        note=draw(_optional(_texts)),
        is_public=draw(st.booleans()),
        hours=tuple(hours),
    )


@st.composite
def offers(
    draw: st.DrawFn,
    external_id: str,
    place_keys: tuple[str, ...],
    person_keys: tuple[str, ...] = (),
) -> OfferRecord:
    """An offer with this key at some of the places, naming some of the contact persons."""
    kind = draw(st.sampled_from(codes.OFFER_KINDS))
    course_kinds = _optional(st.sampled_from(codes.COURSE_KINDS))
    ages = sorted(draw(st.lists(st.integers(0, 120), min_size=2, max_size=2)))
    days = sorted(draw(st.lists(_days, min_size=2, max_size=2)))
    seats = sorted(draw(st.lists(st.integers(0, 100_000), min_size=2, max_size=2)))

    def sometimes(value: Any) -> Any:
        return draw(_optional(st.just(value)))

    values: dict[str, Any] = {
        "external_id": external_id,
        "title": draw(_names),
        "kind": kind,
        "course_kind": draw(course_kinds) if kind == "language_course" else None,
        "description": draw(_texts),
        "plain_description": draw(_optional(_texts)),
        "status": draw(st.sampled_from(codes.OFFER_STATUSES)),
        "visibility": draw(st.sampled_from(codes.VISIBILITIES)),
        "is_sensitive": draw(st.booleans()),
        "entry_level": draw(_optional(st.sampled_from(codes.LEVELS))),
        "target_level": draw(_optional(st.sampled_from(codes.LEVELS))),
        "lesson_units": draw(_optional(st.integers(1, 2000))),
        "instruction_languages": draw(_tags),
        "onsite_languages": draw(_tags),
        "sex": draw(_optional(st.sampled_from(codes.SEXES))),
        "min_age": sometimes(ages[0]),
        "max_age": sometimes(ages[1]),
        "target_groups": draw(_some(codes.TARGET_GROUPS)),
        "residence_statuses": draw(_some(codes.RESIDENCE_STATUSES)),
        "entitlement_kinds": draw(_some(codes.ENTITLEMENT_KINDS)),
        "goal_areas": draw(_some(codes.GOAL_AREAS)),
        "topics": draw(_some(("football", "choir", "german_course"))),
        "starts_on": sometimes(days[0]),
        "ends_on": sometimes(days[1]),
        "registration_deadline": draw(_optional(_days)),
        "individual_entry": draw(_optional(st.booleans())),
        "by_appointment": draw(st.booleans()),
        "schedule_note": draw(_optional(_texts)),
        "sessions": tuple(draw(st.lists(times(place_keys), max_size=3))),
        "terms": tuple(draw(st.lists(terms(), max_size=2))),
        "exceptions": tuple(draw(st.lists(exceptions(place_keys), max_size=2))),
        "on_public_holidays": draw(_optional(st.booleans())),
        "contacts": draw(_some(person_keys)) if person_keys else (),
        "places": draw(_some(place_keys)) if place_keys else (),
        "cost_cents": draw(_optional(st.integers(0, 10_000_000))),
        "cost_note": draw(_optional(_texts)),
        "payer": draw(_optional(st.sampled_from(["free", "bamf", "mixed"]))),
        "has_childcare": draw(_optional(st.booleans())),
        "seats_booked": sometimes(seats[0]),
        "seats_max": sometimes(seats[1]),
        "seats_told_on": draw(_optional(_days)),
        "seats_told_by": draw(_optional(_texts)),
        "has_waiting_list": draw(_optional(st.booleans())),
        "required_documents": tuple(draw(st.lists(_texts, max_size=3))),
        "what_to_bring": draw(_optional(_texts)),
        "contact_name": draw(_optional(_texts)),
        "contact_role": draw(_optional(_texts)),
        "contact_phone": draw(_optional(_texts)),
        "contact_email": draw(_optional(_emails)),
        "website": draw(_optional(_web)),
        "verified_on": draw(_optional(_days)),
        "verified_by": draw(_optional(_texts)),
        "phrases": draw(
            st.dictionaries(
                st.sampled_from(["uk", "ar"]),
                st.builds(PhraseRecord, title=_optional(_texts), description=_optional(_texts)),
            )
        ),
        "flags": draw(_flags),
    }
    return OfferRecord(**values)


@st.composite
def providers(draw: st.DrawFn, external_id: str = "haus") -> ProviderRecord:
    """A provider with up to two places and three offers."""
    keys = cast("tuple[str, ...]", draw(_some(("main", "second place"))))
    contacts = tuple(draw(st.lists(persons(), max_size=2, unique_by=lambda p: p.key)))
    person_keys = tuple(person.key for person in contacts)
    return ProviderRecord(
        source="test",
        external_id=external_id,
        name=draw(_names),
        kind=draw(st.sampled_from(codes.PROVIDER_KINDS)),
        description=draw(_texts),
        website=draw(_optional(_web)),
        email=draw(_optional(_emails)),
        phone=draw(_optional(_texts)),
        contacts=contacts,
        approach_note=draw(_optional(_texts)),
        parent_external_id=draw(_optional(st.just("parent"))),
        is_demo=draw(st.booleans()),
        flags=draw(_flags),
        places=tuple(draw(places(key)) for key in keys),
        offers=tuple(
            draw(offers(f"{external_id}:{number}", keys, person_keys))
            for number in range(draw(st.integers(0, 2)))
        ),
    )
