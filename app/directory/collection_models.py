"""The tables of what people collect from the directory: favourites, selections, gaps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, String
from sqlmodel import Field, SQLModel

import app.accounts.models  # noqa: F401  whose table these refer to
from app.core.clock import utc_now
from app.core.db import UtcDateTime
from app.core.ids import new_id


def _owner(target: str) -> Column[str]:
    return Column(String(36), ForeignKey(target, ondelete="CASCADE"), nullable=False, index=True)


class FavouriteOffer(SQLModel, table=True):
    """An offer that a person wants at hand."""

    __tablename__ = "favourite_offer"

    user_id: str = Field(
        sa_column=Column(String(36), ForeignKey("app_user.id", ondelete="CASCADE"), primary_key=True)
    )
    offer_id: str = Field(
        sa_column=Column(
            String(36), ForeignKey("offer.id", ondelete="CASCADE"), primary_key=True, index=True
        )
    )
    added_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class Selection(SQLModel, table=True):
    """Offers that a person put together ("the 5 kindergartens near …")."""

    __tablename__ = "selection"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    owner_id: str = Field(sa_column=_owner("app_user.id"))
    title: str = Field(max_length=200)
    note: str = Field(default="", max_length=2000)
    """For who gets it; never anything about a client."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class SelectionItem(SQLModel, table=True):
    """An offer of a selection."""

    __tablename__ = "selection_item"

    selection_id: str = Field(
        sa_column=Column(String(36), ForeignKey("selection.id", ondelete="CASCADE"), primary_key=True)
    )
    offer_id: str = Field(
        sa_column=Column(
            String(36), ForeignKey("offer.id", ondelete="CASCADE"), primary_key=True, index=True
        )
    )
    position: int = 0


class DirectoryGap(SQLModel, table=True):
    """Something was looked for that the directory does not have: for planning."""

    __tablename__ = "directory_gap"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)
    user_id: str | None = Field(default=None, max_length=36)
    text: str = Field(max_length=500)
    """What was missing, as the case worker put it; nothing about a client."""
    filters: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Kinds, levels, languages, weekdays, district … as codes, as far as they were set."""
    state: str = Field(default="open", max_length=20)
    """``open`` or ``closed`` (there is something now, or it was looked into)."""
    answer: str = Field(default="", max_length=500)
