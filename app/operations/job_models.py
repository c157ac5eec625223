"""When each regular job ran last."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.core.db import UtcDateTime


class JobRun(SQLModel, table=True):
    """One row per job."""

    __tablename__ = "job_run"

    name: str = Field(primary_key=True, max_length=40)
    started_at: datetime = Field(sa_type=UtcDateTime)
    """Of the last run."""
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """`None` while it runs, and when its process was killed."""
    problem: str | None = Field(default=None, max_length=500)
