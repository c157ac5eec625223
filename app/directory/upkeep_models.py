"""The tables of upkeep: history, confirmations, suggestions, duplicates, merges."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.core.clock import utc_now
from app.core.db import UtcDateTime
from app.core.ids import new_id


def _owner(target: str) -> Column[str]:
    return Column(String(36), ForeignKey(target, ondelete="CASCADE"), nullable=False, index=True)


class EntryRevision(SQLModel, table=True):
    """An entry as it was after a change: its history, and what a restore goes back to."""

    __tablename__ = "entry_revision"
    __table_args__ = (
        Index("ix_entry_revision_entry", "entry_type", "entry_id", "seq"),
        {"sqlite_autoincrement": True},
    )

    seq: int | None = Field(default=None, primary_key=True)
    entry_type: str = Field(max_length=20)
    entry_id: str = Field(max_length=36)
    provider_id: str = Field(max_length=36, index=True)
    """Of the entry itself, or of the provider that makes the offer."""
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    author_id: str | None = Field(default=None, max_length=36)
    """The user; `None` for an import or a job."""
    author_name: str = Field(default="", max_length=200)
    """As it was then: `vhs Esslingen`, `Import leipzig_vereine` …"""
    occasion: str = Field(max_length=20)
    """A code of `app.directory.history.Occasion`."""
    record: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """The entry as `OfferRecord`, or as `ProviderRecord` without its offers."""
    listed: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """What the list said, where that differs from what the entry says after the import."""


class Verification(SQLModel, table=True):
    """Somebody said that an offer is right as it stands."""

    __tablename__ = "verification"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    offer_id: str = Field(sa_column=_owner("offer.id"))
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    verified_on: date
    way: str = Field(max_length=20)
    """A code of `app.directory.codes.VerificationWay`."""
    name: str = Field(default="", max_length=200)
    """Who said so."""
    user_id: str | None = Field(default=None, max_length=36)
    """Who noted it; `None`: the provider through its link, or an import."""


class Reminder(SQLModel, table=True):
    """A provider was asked whether its entries are right; one per stage and round."""

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("provider_id", "round_on", "stage", name="uq_reminder_stage"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    provider_id: str = Field(sa_column=_owner("provider.id"))
    round_on: date
    """The day on which the oldest of the entries became due: a new round begins with another day."""
    stage: int
    """1 to 3 to the provider, 4 to the editor."""
    sent_on: date
    mail_id: str | None = Field(default=None, max_length=36)
    """The mail in the outbox; `None` at stage 4: the mail to the editors is still to be written."""
    offer_ids: list[str] = Field(default_factory=list, sa_type=JSON)


class LinkCheck(SQLModel, table=True):
    """What became of the last look at a web address that stands in the directory."""

    __tablename__ = "link_check"

    url: str = Field(primary_key=True, max_length=500)
    checked_at: datetime = Field(sa_type=UtcDateTime)
    outcome: str = Field(max_length=20)
    """``ok``, ``gone`` (404, 410), ``failing`` (other answers), ``unreachable``."""
    http_status: int | None = None
    failures: int = 0
    """How many looks in a row failed."""


class ChangeSuggestion(SQLModel, table=True):
    """Somebody thinks that an entry should say something else; an editor decides field by field."""

    __tablename__ = "change_suggestion"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    entry_type: str = Field(max_length=20)
    entry_id: str = Field(max_length=36, index=True)
    provider_id: str = Field(sa_column=_owner("provider.id"))
    origin: str = Field(default="user", max_length=20)
    """``user``, ``provider`` (through its link), ``import`` (a list differs from what was edited)."""
    author_id: str | None = Field(default=None, max_length=36)
    author_name: str = Field(default="", max_length=200)
    note: str = Field(default="", max_length=2000)
    changes: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Field → ``{"old": …, "new": …}`` as in the record; may be empty when there is a note."""
    decisions: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    """Field → ``accepted`` or ``rejected``."""
    state: str = Field(default="open", max_length=20, index=True)
    """``open`` or ``decided``."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = Field(default=None, max_length=36)
    answer: str = Field(default="", max_length=2000)


class DuplicateCandidate(SQLModel, table=True):
    """Two entries that may be the same; ``a_id`` < ``b_id``."""

    __tablename__ = "duplicate_candidate"

    entry_type: str = Field(primary_key=True, max_length=20)
    a_id: str = Field(primary_key=True, max_length=36)
    b_id: str = Field(primary_key=True, max_length=36, index=True)
    score: float
    """0 to 100."""
    parts: dict[str, float] = Field(default_factory=dict, sa_type=JSON)
    """How alike name, address, phone … are, 0 to 100."""
    state: str = Field(default="open", max_length=20, index=True)
    """``open``, ``merged``, or ``distinct`` (not the same: never shown again)."""
    found_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = Field(default=None, max_length=36)


class EntryMerge(SQLModel, table=True):
    """Two entries were made one; holds what is needed to take it back."""

    __tablename__ = "entry_merge"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    entry_type: str = Field(max_length=20)
    kept_id: str = Field(max_length=36, index=True)
    merged_id: str = Field(max_length=36, index=True)
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    actor_id: str | None = Field(default=None, max_length=36)
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_by: str | None = Field(default=None, max_length=36)
