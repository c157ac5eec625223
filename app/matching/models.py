"""The tables of matching: rules that were loaded, offers set aside, waiting lists, rounds, tandems."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, String, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.cases.models import of_client
from app.core.clock import utc_now
from app.core.crypto import EncryptedJson, EncryptedText
from app.core.db import UtcDateTime
from app.core.ids import new_id


class RuleSet(SQLModel, table=True):
    """A file with the rules of the courses that an administrator loaded; the last one is in force."""

    __tablename__ = "rule_set"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    seq: int = Field(unique=True)
    """Counts the files that were loaded: the highest one is in force."""
    version: str = Field(max_length=80)
    """As the file says it; two files may not have the same version and different content."""
    digest: str = Field(max_length=64)
    content: str
    """The file itself (TOML)."""
    comment: str = Field(default="", max_length=500)
    loaded_by: str | None = Field(default=None, max_length=36)
    """`None`: by a command."""
    loaded_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class OfferDismissal(SQLModel, table=True):
    """ "Not suitable for this client because …": the offer is not proposed to the client any more."""

    __tablename__ = "offer_dismissal"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    sealed: dict[str, Any] = Field(sa_type=EncryptedJson)
    """``offer_id``, ``reason`` (a code) and ``note``: which offers did not suit tells of a person."""
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)
    created_by: str = Field(foreign_key="app_user.id", max_length=36)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class MatchRun(SQLModel, table=True):
    """A run of ``lotsenbuch match all`` over the whole caseload."""

    __tablename__ = "match_run"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    started_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    day: date
    rules_version: str = Field(max_length=80)
    revision: int
    """Of the directory."""
    alive_until: datetime = Field(sa_type=UtcDateTime)
    """Until then another process does not take it over."""
    last_client_id: str = Field(default="", max_length=36)
    """Clients are taken by id; up to this one the run is through."""
    client_count: int = 0
    found_count: int = 0


class FoundMatch(SQLModel, table=True):
    """An offer among the best ones for a client, as the last run saw it. None to a sensitive offer."""

    __tablename__ = "found_match"
    __table_args__ = (Index("ix_found_match_client", "client_id", "found_on"),)

    client_id: str = Field(sa_column=of_client(primary_key=True))
    offer_id: str = Field(
        sa_column=Column(String(36), ForeignKey("offer.id", ondelete="CASCADE"), primary_key=True)
    )
    score: float
    """Between 0 and 1."""
    found_on: date
    """Since when it is among the best; the first run of all tells nothing new."""
    kind: str = Field(max_length=20)
    """``known``, ``new`` (the offer is new) or ``better`` (it is one of the best by now)."""
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When somebody ticked it off on the page of the day."""


class WaitingEntry(SQLModel, table=True):
    """A client waits for a place: first come, first served by the day of entry."""

    __tablename__ = "waiting_entry"
    __table_args__ = (
        # One and the same thing is waited for once.
        Index(
            "uq_waiting_entry_open",
            "client_id",
            "course_kind",
            "offer_key",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    course_kind: str = Field(max_length=40)
    """A code of `app.directory.codes.CourseKind`; empty when one offer is waited for that is no course
    of a known kind."""
    offer_key: str = Field(default="", max_length=36)
    """The offer that the client wants and no other; empty: any course of this kind."""
    entered_on: date
    """Decides the order."""
    date_reason: str | None = Field(default=None, max_length=30)
    """Why that day lies before the one on which it was typed; a code of
    `app.matching.waiting_rules.DateReason`."""
    entered_by: str = Field(foreign_key="app_user.id", max_length=36)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    """Decides among those of one day."""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    end_reason: str | None = Field(default=None, max_length=20)
    """A code of `app.matching.waiting_rules.EndReason`."""
    placed_in: str | None = Field(default=None, max_length=36)
    """The offer in which a place was found."""
    version: int = 1


class PassedOver(SQLModel, table=True):
    """Somebody further down got the place: why."""

    __tablename__ = "passed_over"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    entry_id: str = Field(
        sa_column=Column(
            String(36), ForeignKey("waiting_entry.id", ondelete="CASCADE"), nullable=False, index=True
        )
    )
    offer_id: str = Field(foreign_key="offer.id", max_length=36)
    reason: str = Field(max_length=40)
    """A rule that excluded the offer, or a code of `app.matching.waiting_rules.PassReason`."""
    note: str | None = Field(default=None, sa_type=EncryptedText)
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    by: str = Field(foreign_key="app_user.id", max_length=36)


class AllocationRound(SQLModel, table=True):
    """Course starts shared among those who wait: a proposal, and what people made of it."""

    __tablename__ = "allocation_round"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    title: str = Field(max_length=200)
    day: date
    """The day for which the rules were asked."""
    rules_version: str = Field(max_length=80)
    state: str = Field(default="open", max_length=20)
    """``open`` or ``closed``."""
    offer_ids: list[str] = Field(default_factory=list, sa_type=JSON)
    seats: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    """Offer → places that were given out in this round."""
    figures: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Of the proposal beside the plain list: numbers only, nobody's name or id."""
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)
    created_by: str = Field(foreign_key="app_user.id", max_length=36)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    calculated_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    """What changed since makes the proposal outdated."""
    version: int = 1


class AllocationLine(SQLModel, table=True):
    """What a round proposes for one who waits, and what was decided."""

    __tablename__ = "allocation_line"
    __table_args__ = (UniqueConstraint("round_id", "entry_id"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    round_id: str = Field(
        sa_column=Column(
            String(36),
            ForeignKey("allocation_round.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        )
    )
    client_id: str = Field(sa_column=of_client())
    entry_id: str = Field(
        sa_column=Column(String(36), ForeignKey("waiting_entry.id", ondelete="CASCADE"), nullable=False)
    )
    proposed_offer_id: str | None = Field(default=None, max_length=36)
    """`None`: no place in this proposal."""
    listed_offer_id: str | None = Field(default=None, max_length=36)
    """What the plain list (first come, first served) would give."""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Priority, days of waiting, fit, distance, runner-up: codes and numbers, ids of entries."""
    state: str = Field(default="proposed", max_length=20)
    """``proposed``, ``confirmed``, ``changed`` (to `decided_offer_id`) or ``declined``."""
    decided_offer_id: str | None = Field(default=None, max_length=36)
    reason: str | None = Field(default=None, sa_type=EncryptedText)
    """Why a person decided otherwise."""
    referral_id: str | None = Field(default=None, max_length=36)
    """The referral that a confirmed place became."""
    decided_by: str | None = Field(default=None, max_length=36)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = 1


class VolunteerWish(SQLModel, table=True):
    """What the volunteer behind an offer of kind ``volunteer`` wishes for; topics, times and languages
    stand in the offer itself. Without such a row the offer takes no part in the tandems.
    """

    __tablename__ = "volunteer_wish"
    __table_args__ = (
        CheckConstraint("max_clients BETWEEN 0 AND 20", name="ck_volunteer_wish_max_clients"),
    )

    offer_id: str = Field(
        sa_column=Column(String(36), ForeignKey("offer.id", ondelete="CASCADE"), primary_key=True)
    )
    sex: str | None = Field(default=None, max_length=10)
    """Of the volunteer; a code of `app.directory.codes.Sex`."""
    wanted_sex: str | None = Field(default=None, max_length=10)
    """Of the client; `None`: does not matter."""
    max_clients: int = 1
    """How many at once; 0: takes nobody at the moment."""
    radius_km: int | None = None
    """How far the volunteer goes to meet somebody; `None`: not told."""
    changed_by: str | None = Field(default=None, max_length=36)
    changed_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    version: int = 1


class TandemWish(SQLModel, table=True):
    """A client would like to meet a volunteer regularly. Waits, as long as there is no open tandem."""

    __tablename__ = "tandem_wish"

    client_id: str = Field(sa_column=of_client(primary_key=True))
    topics: list[str] = Field(default_factory=list, sa_type=JSON)
    """Taxonomy concepts wished for in the tandem; empty: the client's interests count."""
    wanted_sex: str | None = Field(default=None, max_length=10)
    """Of the volunteer; `None`: does not matter."""
    wished_on: date
    version: int = 1


class Tandem(SQLModel, table=True):
    """A volunteer and a client who meet."""

    __tablename__ = "tandem"
    __table_args__ = (
        # The database settles who gets the last place, and that nobody has two tandems at once.
        Index(
            "uq_tandem_open_client",
            "client_id",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
        Index(
            "uq_tandem_open_slot",
            "offer_id",
            "slot",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    offer_id: str = Field(foreign_key="offer.id", max_length=36, index=True)
    slot: int
    """Which of the volunteer's places, from 1: two tandems never share one."""
    started_on: date
    """When both agreed to meet."""
    recorded_by: str = Field(foreign_key="app_user.id", max_length=36)
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)
    ended_on: date | None = None
    ended_reason: str | None = Field(default=None, max_length=30)
    """A code of `app.matching.tandem_rules.TandemEnd`."""
    version: int = 1
