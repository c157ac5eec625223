"""What was looked for and is not there: noted by who looked, for those who plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlmodel import Session, col, func, select

from app.core.errors import NotFoundError
from app.directory.codes import CourseKind, Level, OfferKind
from app.directory.collection_models import DirectoryGap
from app.directory.records import LanguageTag

GapState = Literal["open", "closed"]


class GapCreate(BaseModel):
    """What is missing. ``text`` never says anything about a person."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]
    kind: OfferKind | None = None
    course_kind: CourseKind | None = None
    level: Level | None = None
    language: LanguageTag | None = None
    place: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] | None = None
    weekday: int | None = Field(default=None, ge=1, le=7)
    group: Annotated[str, StringConstraints(max_length=40)] | None = None
    """What it was for, when nothing suited a client (`app.matching.types.GROUPS`)."""
    missing: tuple[Annotated[str, StringConstraints(max_length=40)], ...] = ()
    """What it failed for then: codes of rules."""


@dataclass(frozen=True, slots=True)
class GapOverview:
    """How often what is missing, over all open gaps: field → value → number."""

    total: int
    counts: dict[str, Counter[str]]


def log_gap(session: Session, actor_id: str | None, gap: GapCreate) -> str:
    """Note a gap; its id. The same words by the same person on an open gap are noted once."""
    filters = {
        name: value for name, value in gap.model_dump(mode="json", exclude={"text"}).items() if value
    }
    same = session.exec(
        select(DirectoryGap).where(
            DirectoryGap.text == gap.text,
            DirectoryGap.user_id == actor_id,
            DirectoryGap.state == "open",
        )
    ).all()
    for row in same:
        if row.filters == filters:
            return row.id
    row = DirectoryGap(user_id=actor_id, text=gap.text, filters=filters)
    session.add(row)
    return row.id


def list_gaps(
    session: Session, state: GapState | None = None, limit: int | None = None, offset: int = 0
) -> Sequence[DirectoryGap]:
    """The newest first."""
    statement = select(DirectoryGap).order_by(col(DirectoryGap.at).desc(), col(DirectoryGap.id))
    if state is not None:
        statement = statement.where(DirectoryGap.state == state)
    return session.exec(statement.limit(limit).offset(offset)).all()


def count_gaps(session: Session, state: GapState) -> int:
    """How many there are."""
    statement = select(func.count()).select_from(DirectoryGap).where(DirectoryGap.state == state)
    return session.exec(statement).one()


def build_overview(gaps: Sequence[DirectoryGap]) -> GapOverview:
    """What is missing most often among ``gaps``. Pure."""
    counts: dict[str, Counter[str]] = {}
    for gap in gaps:
        values: dict[str, Any] = gap.filters
        for field, value in values.items():
            said = value if isinstance(value, list) else [value]
            counts.setdefault(field, Counter()).update(str(one) for one in said)
    return GapOverview(len(gaps), counts)


def close_gap(session: Session, gap_id: str, answer: str) -> DirectoryGap:
    """Note what came of it; raises `NotFoundError`."""
    return _decide(session, gap_id, "closed", answer)


def reopen_gap(session: Session, gap_id: str) -> DirectoryGap:
    """It is missing still, or again; raises `NotFoundError`."""
    return _decide(session, gap_id, "open", "")


def _decide(session: Session, gap_id: str, state: GapState, answer: str) -> DirectoryGap:
    gap = session.get(DirectoryGap, gap_id)
    if gap is None:
        raise NotFoundError(f"no gap has the id {gap_id}")
    gap.state, gap.answer = state, answer.strip()[:500]
    session.add(gap)
    return gap
