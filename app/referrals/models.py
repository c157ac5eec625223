"""The tables of referrals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, String
from sqlmodel import Field, SQLModel

from app.core.clock import utc_now
from app.core.crypto import EncryptedJson, EncryptedText
from app.core.db import UtcDateTime
from app.core.ids import new_id


class Referral(SQLModel, table=True):
    """A client was shown the way to an offer (Verweis), or we arrange it (Vermittlung).

    To a sensitive offer: `offer_id`, `goal_id`, `reasons`, `to_clarify`, `despite_rules`, `snapshot`,
    `consent_id` and `released` are empty and stand in `sealed` (`app.referrals.sealing`).
    """

    __tablename__ = "referral"
    __table_args__ = (
        # The rows are wide: what a whole caseload is asked for stands in the index alone.
        Index(
            "ix_referral_of_client",
            "client_id",
            "state",
            "follow_up_on",
            "updated_at",
            "created_at",
            "id",
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(
        sa_column=Column(String(36), ForeignKey("client.id", ondelete="CASCADE"), nullable=False)
    )
    offer_id: str | None = Field(default=None, foreign_key="offer.id", max_length=36, index=True)
    """`None`: the offer is sensitive, and stands in `sealed`."""
    sealed: dict[str, Any] | None = Field(default=None, sa_type=EncryptedJson)
    goal_id: str | None = Field(default=None, foreign_key="goal.id", max_length=36)
    mode: str = Field(default="signpost", max_length=20)
    """``signpost``: the client goes alone; ``arranged``: we contact the provider."""
    state: str = Field(max_length=20)
    reasons: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """The reasons of the match at that moment: ``{"code": …, …}``."""
    to_clarify: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    despite_rules: list[str] = Field(default_factory=list, sa_type=JSON)
    """Rules that excluded the offer when the case worker decided otherwise; empty as a rule."""
    rules_version: str = Field(default="", max_length=80)
    snapshot: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What the sheet says, as the offer was then (`app.printouts.content.OfferSnapshot`)."""
    consent_id: str | None = Field(default=None, foreign_key="consent.id", max_length=36)
    """What an arranged referral with data rests on."""
    released: list[str] = Field(default_factory=list, sa_type=JSON)
    """The data that the provider was given; codes of `app.cases.codes.DataCategory`."""
    sheet_language: str | None = Field(default=None, max_length=20)
    follow_up_on: date | None = Field(default=None, index=True)
    """Every open state has one."""
    seat_held: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    """One of the booked seats of the offer is this client's."""
    is_sent_at_once: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    """It was made and sent to the provider with one click: so one click takes both back."""
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    """The provider has told something that the case worker has not opened yet."""
    bundle_id: str | None = Field(default=None, max_length=36, index=True)
    """Made together: several clients to one offer, or one client to several with an order."""
    preference: int | None = None
    """The client's order among the referrals of the bundle, from 1; `None`: no choice of several."""
    referred_by: str = Field(foreign_key="app_user.id", max_length=36)
    creation_key: str = Field(default_factory=new_id, max_length=36, unique=True)
    """Of the form it was created with: a double click refers once."""
    version: int = 1
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class ReferralEvent(SQLModel, table=True):
    """A step of a referral; the first one has no state before it."""

    __tablename__ = "referral_event"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    referral_id: str = Field(
        sa_column=Column(
            String(36), ForeignKey("referral.id", ondelete="CASCADE"), nullable=False, index=True
        )
    )
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    actor_id: str | None = Field(default=None, max_length=36)
    source: str = Field(default="house", max_length=10, sa_column_kwargs={"server_default": "house"})
    """Who told it: ``house``, ``partner`` (by a link, or with an account) or ``system``."""
    from_state: str | None = Field(default=None, max_length=20)
    to_state: str = Field(max_length=20)
    happened_on: date | None = None
    """The day of the thing itself (course start, completion), when it was told."""
    reason: str | None = Field(default=None, max_length=40)
    level_reached: str | None = Field(default=None, max_length=4)
    note: str | None = Field(default=None, sa_type=EncryptedText)
    sealed: dict[str, Any] | None = Field(default=None, sa_type=EncryptedJson)
    """Of a sealed referral: ``reason`` and ``level_reached``; those columns are empty then."""
