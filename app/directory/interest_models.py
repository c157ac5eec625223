"""The table of words that an editor taught the taxonomy."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.core.clock import utc_now
from app.core.db import UtcDateTime
from app.core.ids import new_id


class InterestWord(SQLModel, table=True):
    """A word that clients use, and what it means (or that it means nothing we have)."""

    __tablename__ = "interest_word"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    folded: str = Field(max_length=120, unique=True)
    """As `app.core.text` folds it: upper and lower case, accents do not matter."""
    concept: str | None = Field(default=None, max_length=80)
    """A concept of the taxonomy; `None`: looked at, means nothing that offers have."""
    decided_by: str | None = Field(default=None, max_length=36)
    decided_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
