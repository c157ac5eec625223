"""An offer in the form, as a browser sends it back, is the same offer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.core.i18n import language
from app.directory.canonical import canonical
from app.directory.codes import OFFER_KINDS, OFFER_STATUSES
from app.directory.interests import load_taxonomy
from app.directory.records import (
    ContactRecord,
    OfferRecord,
    PlaceRecord,
    ProviderRecord,
)
from app.web.forms.offer import OfferForm
from app.web.forms.offer_values import OfferContext, TypedOffer, fill_offer, read_offer
from app.web.forms.problems import list_problems
from tests.conftest import TODAY
from tests.directory_records import providers
from tests.web.form_samples import fields_of

_SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
_application = Flask("forms")
_application.config.update(SECRET_KEY="for the test", WTF_CSRF_ENABLED=False)


@pytest.fixture(autouse=True)
def _request() -> Iterator[None]:
    with _application.test_request_context():
        yield


@st.composite
def _entries(draw: st.DrawFn) -> ProviderRecord:
    """A provider with at least one offer, in every status."""
    record = canonical(draw(providers().filter(lambda one: one.offers)))
    offer = record.offers[0]
    more = {
        "required_documents": tuple(filter(None, offer.required_documents)),
        "seats_told_by": draw(st.sampled_from([None, "die vhs"])),
        "flags": (),  # are checked anew whenever an editor saves
        "status": draw(st.sampled_from(OFFER_STATUSES)),
    }
    offers = (offer.model_copy(update=more), *record.offers[1:])
    return canonical(record.model_copy(update={"offers": offers}))


def _context(provider: ProviderRecord, base: OfferRecord) -> OfferContext:
    return OfferContext(provider, base, load_taxonomy(), "de", TODAY)


def _shown(provider: ProviderRecord, record: OfferRecord) -> dict[str, list[str]]:
    """What a browser sends when the form of ``record`` is saved as it is."""
    form = OfferForm(formdata=None)
    fill_offer(form, record, provider)
    form.offer_choices(provider, record, load_taxonomy(), "de")
    return fields_of(f"<form>{''.join(str(field()) for field in form)}</form>")


def _read(
    provider: ProviderRecord, base: OfferRecord, sent: dict[str, list[str]]
) -> tuple[TypedOffer | None, list[str]]:
    form = OfferForm(formdata=MultiDict(sent))
    typed = read_offer(form, _context(provider, base))
    return typed, [f"{problem.field_id}: {problem.words}" for problem in list_problems(form)]


@settings(max_examples=60, suppress_health_check=_SLOW)
@given(_entries(), st.sampled_from(["de", "en"]))
def test_saving_a_form_as_it_is_changes_nothing(provider: ProviderRecord, interface: str) -> None:
    offer = provider.offers[0]
    with language(interface):
        typed, problems = _read(provider, offer, _shown(provider, offer))
    assert problems == []
    assert typed is not None
    again = canonical(provider.model_copy(update={"offers": (typed.record,)})).offers[0]
    assert again.model_dump() == offer.model_dump()
    assert typed.new_place is None


PLACE = PlaceRecord(key="haus", street="Marktplatz", house_number="1", plz="73728", town="Esslingen")
PERSON = ContactRecord(key="krueger", name="Frau Krüger")
PROVIDER = ProviderRecord(
    source="manual",
    external_id="vhs",
    name="vhs",
    kind="course_provider",
    places=(PLACE,),
    contacts=(PERSON,),
)
COURSE = OfferRecord(external_id="kurs", title="Kurs", kind="language_course", places=("haus",))


NIGHT = {"sessions__0__weekdays": "7", "sessions__0__starts": "22", "sessions__0__ends": "1"}
HOLIDAY = {"exceptions__0__kind": "closed", "exceptions__0__first_on": "2.1.2027"}


def _typed(base: OfferRecord = COURSE, **typed: Any) -> tuple[TypedOffer | None, list[str]]:
    sent = _shown(PROVIDER, base)
    for name, value in typed.items():
        values = value if isinstance(value, list) else [value]
        sent[name.replace("__", "-")] = values
    return _read(PROVIDER, base, sent)


def _record(base: OfferRecord = COURSE, **typed: Any) -> OfferRecord:
    read, problems = _typed(base, **typed)
    assert read is not None, problems
    return read.record


def test_days_money_and_numbers_are_read_as_people_write_them() -> None:
    record = _record(starts_on="1.2.2027", ends_on="30.06.2027", cost_cents="12,5", min_age=" 16 ")
    assert (record.starts_on, record.ends_on) == (date(2027, 2, 1), date(2027, 6, 30))
    assert (record.cost_cents, record.min_age) == (1250, 16)
    assert _record(cost_cents="0 €").cost_cents == 0
    assert _record(cost_cents="").cost_cents is None


def test_several_weekdays_in_one_row_become_several_times() -> None:
    record = _record(
        sessions__0__weekdays=["1", "3", "5"], sessions__0__starts="9", sessions__0__ends="12.15"
    )
    assert [(t.weekday, t.starts, t.ends) for t in record.sessions] == [
        (1, "09:00", "12:15"),
        (3, "09:00", "12:15"),
        (5, "09:00", "12:15"),
    ]


def test_a_row_may_have_a_place_languages_and_a_rhythm() -> None:
    (time,) = _record(
        sessions__0__weekdays="4",
        sessions__0__starts="16:00",
        sessions__0__ends="18:00",
        sessions__0__place="haus",
        sessions__0__languages="Arabisch, Ukrainisch",
        sessions__0__rhythm="2",
        sessions__0__from_on="3.12.2026",
    ).sessions
    assert (time.place, time.every_weeks, time.from_on) == ("haus", 2, date(2026, 12, 3))
    assert set(time.languages) == {"ar", "uk"}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"title": " "}, "title"),
        ({"starts_on": "31.2.2027"}, "starts_on"),
        ({"starts_on": "2.2.2027", "ends_on": "1.2.2027"}, "ends_on"),
        ({"min_age": "20", "max_age": "18"}, "max_age"),
        ({"min_age": "200"}, "min_age"),
        ({"min_age": "zwölf"}, "min_age"),
        ({"cost_cents": "viel"}, "cost_cents"),
        ({"seats_known": "known", "seats_max": "5", "seats_booked": "6"}, "seats_max"),
        ({"seats_known": "known"}, "seats_max"),
        ({"seats_known": "", "seats_max": "5"}, "seats_known"),
        ({"website": "nur so"}, "website"),
        ({"contact_email": "frau@"}, "contact_email"),
        ({"topics_new": "Quxfoobar"}, "topics_new"),
        ({"onsite_languages_new": "Blubbisch"}, "onsite_languages_new"),
        ({"sessions__0__starts": "9"}, "sessions-0-weekdays"),
        ({"sessions__0__weekdays": "1", "sessions__0__starts": "9"}, "sessions-0-ends"),
        (NIGHT | {"sessions__0__ends": "22"}, "sessions-0-ends"),
        (NIGHT | {"sessions__0__rhythm": "2"}, "sessions-0-from_on"),
        (NIGHT | {"sessions__0__rhythm": "m1"}, "sessions-0-ends"),
        (NIGHT | {"sessions__0__place": "anderswo"}, "sessions-0-place"),
        (NIGHT | {"sessions__0__place": "new"}, "sessions-0-place"),
        (NIGHT | {"sessions__0__note": "x" * 201}, "sessions-0-note"),
        (
            NIGHT | {"sessions__0__rhythm": "2", "sessions__0__from_on": "31.12.9999"},
            "sessions-0-from_on",
        ),
        ({"terms__0__first_on": "2.1.2027", "terms__0__last_on": "1.1.2027"}, "terms-0-last_on"),
        (HOLIDAY | {"exceptions__0__kind": "extra"}, "exceptions-0-starts"),
        (HOLIDAY | {"exceptions__0__starts": "9"}, "exceptions-0-starts"),
        ({"phrases__0__title": "x" * 301}, "phrases-0-title"),
        ({"phrases__40__title": "Kurs"}, "phrases-13-language"),
        (
            {"phrases__0__language": "uk", "phrases__0__title": "Курс"}
            | {"phrases__40__title": "Kurs", "phrases__40__language": "Ukrainisch"},
            "phrases-13-language",
        ),
        ({"new_place__street": "Ring", "new_place__plz": "7372"}, "new_place-plz"),
        ({"new_place__street": "Ring", "new_place__plz": "00000"}, "new_place-plz"),
        ({"new_place__street": "Ring", "new_place__visibility": "secret"}, "new_place-visibility"),
        ({"status": "gone"}, "status"),
        ({"entry_level": "Z9"}, "entry_level"),
        ({"target_groups": ["martians"]}, "target_groups"),
        ({"description": "x" * 10_001}, "description"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(typed: dict[str, Any], field: str) -> None:
    read, problems = _typed(**typed)
    assert read is None
    assert any(problem.startswith(f"{field}: ") for problem in problems), problems


def test_topics_are_understood_in_any_language() -> None:
    assert "football" in _record(topics_new="футбол").topics
    read, problems = _typed(topics_new="Quxfoobar")
    assert read is None
    assert "Quxfoobar" in problems[0]


def test_a_topic_that_does_not_exist_cannot_be_smuggled_in() -> None:
    assert _record(topics=["football", "<script>"]).topics == ("football",)


def test_seats_that_changed_are_as_of_today() -> None:
    record = _record(seats_known="known", seats_max="18", seats_booked="12", seats_told_by="die vhs")
    assert (record.seats_told_on, record.seats_told_by) == (TODAY, "die vhs")
    told = COURSE.model_copy(update={"seats_max": 18, "seats_told_on": date(2026, 9, 1)})
    assert _record(told).seats_told_on == date(2026, 9, 1)
    assert _record(told, seats_max="20").seats_told_on == TODAY
    assert _record(told, seats_max="20", seats_told_on="20.11.2026").seats_told_on == date(2026, 11, 20)


def test_a_new_address_becomes_a_place_of_the_provider_with_a_position() -> None:
    read, problems = _typed(
        new_place__key="neu",
        new_place__street="Ritterstraße",
        new_place__plz="73728",
        new_place__visibility="internal",
        main_place="new",
        sessions__0__weekdays="1",
        sessions__0__starts="9",
        sessions__0__ends="10",
        sessions__0__place="new",
    )
    assert read is not None, problems
    assert read.record.places == ("neu", "haus")
    assert read.record.sessions[0].place == "neu"
    assert read.new_place is not None
    assert (read.new_place.town, read.new_place.visibility) == ("Esslingen am Neckar", "internal")
    assert (read.new_place.precision, read.new_place.latitude is not None) == ("postal_code", True)


def test_the_kind_may_be_changed_and_takes_the_kind_of_course_with_it() -> None:
    course = COURSE.model_copy(update={"course_kind": "conversation"})
    record = _record(course, kind="meeting")
    assert (record.kind, record.course_kind) == ("meeting", None)


def test_flags_go_when_what_was_missing_is_there() -> None:
    flagged = COURSE.model_copy(
        update={"flags": ("topic_missing", "category_unknown", "place_missing")}
    )
    assert _record(flagged).flags == ("topic_missing",)
    assert _record(flagged, topics_new="Deutsch").flags == ()


def test_line_ends_of_a_browser_do_not_change_a_text() -> None:
    base = COURSE.model_copy(update={"description": "Erste Zeile\nzweite Zeile"})
    assert _record(base).description == "Erste Zeile\nzweite Zeile"


@given(
    st.dictionaries(
        st.sampled_from(
            (
                *("title", "starts_on", "cost_cents", "seats_max", "kind", "main_place", "sex"),
                *("sessions-0-starts", "sessions-0-weekdays", "sessions-x-starts", "sessions-²-ends"),
                *("phrases-0-language", "places-0-key", "new_place-latitude", "new_place-street"),
                *("topics_new", "exceptions-0-kind", "website"),
            )
        ),
        st.lists(st.text(max_size=30), min_size=1, max_size=3),
    )
)
@settings(max_examples=80, suppress_health_check=_SLOW)
def test_whatever_is_sent_is_read_or_refused(sent: dict[str, list[str]]) -> None:
    read, problems = _read(PROVIDER, COURSE, _shown(PROVIDER, COURSE) | sent)
    assert (read is None) == bool(problems)


def test_every_kind_can_be_entered_with_a_title_only() -> None:
    for kind in OFFER_KINDS:
        base = OfferRecord.model_validate({"external_id": "neu", "title": "…", "kind": kind})
        assert _record(base, title="Treff").title == "Treff"
