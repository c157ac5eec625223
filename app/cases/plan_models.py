"""The tables of the integration plan beside its goals: steps, signature, reviews."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, ForeignKey, String
from sqlmodel import Field, SQLModel

from app.cases.models import of_client
from app.core.clock import utc_now
from app.core.crypto import EncryptedText
from app.core.db import UtcDateTime
from app.core.ids import new_id


class IntegrationPlan(SQLModel, table=True):
    """What holds for a client's plan as a whole (Integrationsplan); made with the first entry."""

    __tablename__ = "integration_plan"

    client_id: str = Field(
        sa_column=Column(String(36), ForeignKey("client.id", ondelete="CASCADE"), primary_key=True)
    )
    signed_on: date | None = None
    """When the plan as it stands was signed; a later change of a goal asks for a new signature."""
    signed_language: str | None = Field(default=None, max_length=20)
    """In which language, beside German, the signed copy was printed."""
    changed_since_signature: bool = False
    """Whether what was agreed on changed after it was signed."""
    changed_on: date | None = None
    """When a goal or a step was changed last."""
    review_on: date | None = Field(default=None, index=True)
    """When the plan is to be looked at again."""
    version: int = 1


class GoalStep(SQLModel, table=True):
    """A small step towards a goal, and who takes it."""

    __tablename__ = "goal_step"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    goal_id: str = Field(
        sa_column=Column(
            String(36), ForeignKey("goal.id", ondelete="CASCADE"), nullable=False, index=True
        )
    )
    words: str = Field(max_length=200)
    actor: str = Field(max_length=20)
    """``client``, ``case_worker`` or ``other``."""
    actor_words: str = Field(default="", max_length=120)
    """Who, when it is somebody else."""
    due_on: date | None = None
    done_on: date | None = None
    position: int = 0
    creation_key: str | None = Field(default=None, max_length=36, unique=True)


class PlanReview(SQLModel, table=True):
    """The plan was looked at together."""

    __tablename__ = "plan_review"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    client_id: str = Field(sa_column=of_client())
    reviewed_on: date
    recorded_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    recorded_by: str | None = Field(default=None, max_length=36)
    note: str | None = Field(default=None, sa_type=EncryptedText)
