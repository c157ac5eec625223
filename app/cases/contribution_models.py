"""The table of clients who would like to help others."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from app.cases.models import of_client
from app.core.clock import utc_now
from app.core.crypto import EncryptedText
from app.core.db import UtcDateTime
from app.core.ids import new_id


class ClientContribution(SQLModel, table=True):
    """A client registered as a volunteer, with consent (Ehrenamt von Klient:innen).

    Only the case knows of it. The registration is like anybody else's: nothing there leads here, and
    its id is encrypted here, so that the two cannot be joined in the database.
    """

    __tablename__ = "client_contribution"

    client_id: str = Field(sa_column=of_client(primary_key=True))
    registration_id: str | None = Field(default=None, sa_type=EncryptedText)
    """`None`: the texts of the closed case were deleted, and the way to the registration with them."""
    agreed_on: date
    """When the client said yes to being entered."""
    recorded_by: str | None = Field(default=None, max_length=36)
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
