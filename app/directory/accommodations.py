"""Shared housing where clients live: internal records with a position, in no public output."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.ids import derived_id
from app.directory.models import Accommodation
from app.directory.records import Plz, ShortText

_Town = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]


class InhabitedError(ConflictError):
    """Clients live in the accommodation: it cannot be deleted."""


class AccommodationInput(BaseModel):
    """An accommodation as a form gives it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    street: ShortText | None = None
    house_number: Annotated[str, StringConstraints(max_length=30)] | None = None
    plz: Plz | None = None
    town: _Town | None = None
    district: _Town | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)

    @model_validator(mode="after")
    def _position_is_whole(self) -> AccommodationInput:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude belong together")
        return self


def get_accommodation(session: Session, accommodation_id: str) -> Accommodation:
    """The accommodation; raises `NotFoundError`."""
    row = session.get(Accommodation, accommodation_id)
    if row is None:
        raise NotFoundError(f"no accommodation has the id {accommodation_id}")
    return row


def create_accommodation(session: Session, data: AccommodationInput, key: str) -> Accommodation:
    """Enter an accommodation. ``key`` is the form's own: a form sent twice creates once.

    Raises `InvalidInputError` when another one has the name.
    """
    accommodation_id = derived_id("accommodation", key)
    row = session.get(Accommodation, accommodation_id)
    if row is not None:
        return row
    _refuse_taken_name(session, data.name, accommodation_id)
    row = Accommodation(id=accommodation_id, **data.model_dump())
    session.add(row)
    session.flush()
    return row


def save_accommodation(session: Session, accommodation_id: str, data: AccommodationInput) -> None:
    """Change an accommodation; raises `NotFoundError`, `InvalidInputError` when the name is taken."""
    row = get_accommodation(session, accommodation_id)
    _refuse_taken_name(session, data.name, accommodation_id)
    session.add(row.sqlmodel_update(data.model_dump()))
    session.flush()


def delete_accommodation(session: Session, accommodation_id: str) -> None:
    """Delete an accommodation; raises `InhabitedError` while clients live there, `NotFoundError`.

    The database's own reference decides, so nobody can move in at the same moment.
    """
    row = get_accommodation(session, accommodation_id)
    try:
        with session.begin_nested():
            session.delete(row)
            session.flush()
    except IntegrityError:
        raise InhabitedError("clients live in this accommodation") from None


def _refuse_taken_name(session: Session, name: str, own_id: str) -> None:
    taken = session.exec(
        select(Accommodation.id).where(Accommodation.name == name, Accommodation.id != own_id)
    ).first()
    if taken is not None:
        raise InvalidInputError("another accommodation has this name", field="name")
