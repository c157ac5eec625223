"""A provider in the form, as a browser sends it back, is the same provider."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from werkzeug.datastructures import MultiDict

from app.directory.canonical import canonical
from app.directory.records import ContactRecord, HourRecord, PlaceRecord, ProviderRecord
from app.web.forms.problems import list_problems
from app.web.forms.provider import ProviderForm
from app.web.forms.provider_values import ProviderContext, fill_provider, hour_rows, read_provider
from tests.directory_records import providers
from tests.web.form_samples import fields_of

_SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
_application = Flask("forms")
_application.config.update(SECRET_KEY="for the test", WTF_CSRF_ENABLED=False)


@pytest.fixture(autouse=True)
def _request() -> Iterator[None]:
    with _application.test_request_context():
        yield


def _shown(record: ProviderRecord) -> dict[str, list[str]]:
    form = ProviderForm(formdata=None)
    fill_provider(form, record)
    return fields_of(f"<form>{''.join(str(field()) for field in form)}</form>")


def _read(base: ProviderRecord, sent: dict[str, list[str]]) -> tuple[ProviderRecord | None, list[str]]:
    form = ProviderForm(formdata=MultiDict(sent))
    record = read_provider(form, ProviderContext(base))
    return record, [f"{problem.field_id}: {problem.words}" for problem in list_problems(form)]


@settings(max_examples=60, suppress_health_check=_SLOW)
@given(providers())
def test_saving_a_form_as_it_is_changes_nothing(given_record: ProviderRecord) -> None:
    record = canonical(given_record.model_copy(update={"flags": (), "offers": ()}))
    read, problems = _read(record, _shown(record))
    assert problems == []
    assert read is not None
    assert canonical(read).model_dump() == record.model_dump()


PLACE = PlaceRecord(
    key="haus", street="Ring", house_number="1", plz="73728", town="Esslingen am Neckar",
    latitude=48.74, longitude=9.31, precision="exact",
)  # fmt: skip
PERSON = ContactRecord(key="krueger", name="Frau Krüger", languages=("ar",))
PROVIDER = ProviderRecord(
    source="manual",
    external_id="vhs",
    name="vhs",
    kind="course_provider",
    places=(PLACE,),
    contacts=(PERSON,),
)


def _typed(**typed: Any) -> tuple[ProviderRecord | None, list[str]]:
    sent = _shown(PROVIDER)
    for name, value in typed.items():
        sent[name.replace("__", "-")] = value if isinstance(value, list) else [value]
    return _read(PROVIDER, sent)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"kind": []}, "kind"),
        ({"kind": "sect"}, "kind"),
        ({"email": "kein Mail"}, "email"),
        ({"website": "ftp://alt.example"}, "website"),
        ({"approach_note": "x" * 1001}, "approach_note"),
        ({"contacts__0__name": ""}, "contacts-0-name"),
        ({"contacts__0__email": "x"}, "contacts-0-email"),
        ({"contacts__0__languages": "Blubbisch"}, "contacts-0-languages"),
        ({"contacts__0__hours__0__starts": "9"}, "contacts-0-hours-0-weekdays"),
        (
            {
                "contacts__0__hours__0__weekdays": "1",
                "contacts__0__hours__0__starts": "10",
                "contacts__0__hours__0__ends": "9",
            },
            "contacts-0-hours-0-ends",
        ),
        ({"places__0__plz": "12"}, "places-0-plz"),
        ({"places__0__latitude": ""}, "places-0-latitude"),
        ({"places__0__latitude": "nan"}, "places-0-latitude"),
        ({"places__0__latitude": "948,1"}, "places-0-latitude"),
        (
            {"places__1__directions": "links", "places__1__visibility": "public"},
            "places-1-town",
        ),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(typed: dict[str, Any], field: str) -> None:
    read, problems = _typed(**typed)
    assert read is None
    assert any(problem.startswith(f"{field}: ") for problem in problems), problems


def test_an_address_that_stays_keeps_its_position() -> None:
    read, problems = _typed(places__0__name="Haus A")
    assert read is not None, problems
    assert (read.places[0].latitude, read.places[0].precision) == (48.74, "exact")


def test_a_new_street_leaves_the_old_position_behind() -> None:
    read, problems = _typed(places__0__street="Anderer Weg")
    assert read is not None, problems
    assert read.places[0].precision == "postal_code"
    assert read.places[0].latitude != PLACE.latitude


def test_a_typed_position_counts_as_exact() -> None:
    read, problems = _typed(places__0__latitude="48,75", places__0__longitude="9.30")
    assert read is not None, problems
    place = read.places[0]
    assert (place.latitude, place.longitude, place.precision) == (48.75, 9.3, "exact")


def test_an_emptied_contact_person_is_gone() -> None:
    read, problems = _typed(contacts__0__name="", contacts__0__languages="")
    assert read is not None, problems
    assert read.contacts == ()


def test_equal_hours_of_several_days_are_one_row() -> None:
    hours = [HourRecord(weekday=day, starts="09:00", ends="11:00") for day in (1, 2, 4)]
    assert [row.weekdays for row in hour_rows(hours)] == [(1, 2, 4)]


def test_a_web_address_may_leave_its_beginning_out() -> None:
    read, problems = _typed(website="vhs.example/kurse")
    assert read is not None, problems
    assert read.website == "https://vhs.example/kurse"
