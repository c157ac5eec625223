"""An address that is entered along with an offer: it becomes a place of the provider."""

from __future__ import annotations

from sqlmodel import Session

from app.directory.editing import change_provider, get_provider_entry
from app.directory.history import Author
from app.directory.records import PlaceRecord


def enter_place(session: Session, author: Author, provider_id: str, place: PlaceRecord) -> None:
    """Add ``place`` to the provider; one with its key that is there already is left as it is.

    Raises `NotFoundError`, `InvalidInputError`.
    """
    record = get_provider_entry(session, provider_id).record
    if any(one.key == place.key for one in record.places):
        return
    places = [one.model_dump() for one in (*record.places, place)]
    change_provider(session, author, provider_id, {"places": places}, "edit")
