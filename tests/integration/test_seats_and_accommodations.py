"""Telling seats, and keeping accommodations, on the real database."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError
from sqlmodel import select

from app.cases.models import Client
from app.core.errors import InvalidInputError, NotFoundError
from app.directory.accommodations import (
    AccommodationInput,
    InhabitedError,
    create_accommodation,
    delete_accommodation,
    get_accommodation,
    save_accommodation,
)
from app.directory.history import Author, list_revisions
from app.directory.models import Accommodation, DirectoryChange, Offer
from app.directory.seats import SeatsReport, is_old, report_seats
from app.operations.runtime import Runtime
from tests.conftest import TODAY

AUTHOR = Author("Frau Wegner", "u1")


def test_free_seats_are_noted_with_who_and_when(demo: Runtime) -> None:
    with demo.database.read() as session:
        offer = session.exec(select(Offer).where(Offer.kind == "language_course")).first()
    assert offer is not None
    report = SeatsReport(seats_max=20, seats_free=4, told_by=" Frau Krüger ", told_on=TODAY)
    with demo.database.write() as session:
        assert report_seats(session, AUTHOR, offer.id, report)
    with demo.database.read() as session:
        row = session.get_one(Offer, offer.id)
        revision = list_revisions(session, "offer", offer.id)[0]
        changes = session.exec(
            select(DirectoryChange).where(DirectoryChange.offer_id == offer.id)
        ).all()
    assert (row.seats_max, row.seats_booked, row.seats_told_by) == (20, 16, "Frau Krüger")
    assert (revision.occasion, revision.author) == ("seats", AUTHOR)
    assert changes


@pytest.mark.parametrize(
    ("seats_max", "seats_free", "field"), [(None, 3, "seats_max"), (5, 6, "seats_free")]
)
def test_free_seats_need_a_fitting_number_of_seats(
    demo: Runtime, seats_max: int | None, seats_free: int, field: str
) -> None:
    with demo.database.read() as session:
        offer = session.exec(select(Offer)).first()
    assert offer is not None
    report = SeatsReport(seats_max=seats_max, seats_free=seats_free, told_on=TODAY)
    with pytest.raises(InvalidInputError) as caught, demo.database.write() as session:
        report_seats(session, AUTHOR, offer.id, report)
    assert caught.value.field == field


def test_seats_below_nothing_are_refused() -> None:
    with pytest.raises(ValidationError):
        SeatsReport(seats_free=-1, told_on=TODAY)


def test_seats_of_an_unknown_offer_are_not_found(demo: Runtime) -> None:
    with pytest.raises(NotFoundError), demo.database.write() as session:
        report_seats(session, AUTHOR, "nothing", SeatsReport(told_on=TODAY))


def test_seats_grow_old() -> None:
    assert is_old(None, TODAY)
    assert not is_old(date(2026, 11, 1), TODAY)
    assert is_old(date(2026, 10, 1), TODAY)


def test_an_accommodation_is_created_once_for_each_form(runtime: Runtime) -> None:
    data = AccommodationInput(name="Haus Neu", plz="73730")
    with runtime.database.write() as session:
        first = create_accommodation(session, data, "form 1").id
        assert create_accommodation(session, data, "form 1").id == first
        with pytest.raises(InvalidInputError):
            create_accommodation(session, data, "form 2")


def test_two_accommodations_cannot_have_one_name(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        create_accommodation(session, AccommodationInput(name="Haus A"), "a")
        other = create_accommodation(session, AccommodationInput(name="Haus B"), "b")
        with pytest.raises(InvalidInputError):
            save_accommodation(session, other.id, AccommodationInput(name="Haus A"))
        save_accommodation(session, other.id, AccommodationInput(name="Haus B", plz="73728"))


def test_an_accommodation_with_clients_stays(demo: Runtime) -> None:
    with demo.database.read() as session:
        inhabited = session.exec(
            select(Client.accommodation_id).where(Client.accommodation_id != None)  # noqa: E711  SQL
        ).first()
    assert inhabited is not None
    with demo.database.write() as session:
        with pytest.raises(InhabitedError):
            delete_accommodation(session, inhabited)
        assert get_accommodation(session, inhabited)  # the transaction goes on
    with demo.database.read() as session:
        assert session.get(Accommodation, inhabited) is not None


def test_an_empty_accommodation_can_be_deleted(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        row = create_accommodation(session, AccommodationInput(name="Haus A"), "a")
        delete_accommodation(session, row.id)
        with pytest.raises(NotFoundError):
            get_accommodation(session, row.id)
