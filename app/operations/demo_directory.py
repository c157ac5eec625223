"""The demo directory: invented providers whose dates never grow old."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel
from sqlmodel import Session, select

from app.directory import service
from app.directory.hsds import read_organization
from app.directory.models import Offer
from app.directory.records import ProviderRecord
from app.settings import SHIPPED_DATA

SOURCE = "demo"
DAYS_PER_WEEK = 7
NEW_DAYS, OLD_DAYS = 3, 120
EVERY = 24
"""Of so many offers of the demo one came this week."""
_Record = TypeVar("_Record", bound=BaseModel)


def load_demo_directory(session: Session, today: date) -> Counter[service.ApplyOutcome]:
    """Bring the demo providers up to ``today``; tells how many were created, changed, unchanged."""
    shift = demo_shift(today)
    records = [move_dates(record, shift) for record in read_demo_providers()]
    outcomes = Counter(service.apply_all(session, records))
    if outcomes["created"]:
        _let_some_be_new(session, today)
    return outcomes


def _let_some_be_new(session: Session, today: date) -> None:
    """Most offers have been there for long, a few came this week."""
    for position, offer in enumerate(session.exec(select(Offer).order_by(Offer.id)).all()):
        days = NEW_DAYS if position % EVERY == 0 else OLD_DAYS
        offer.created_at = datetime.combine(today - timedelta(days=days), time(9), UTC)
        session.add(offer)
    session.flush()


def read_demo_providers(folder: Path = SHIPPED_DATA / "providers") -> list[ProviderRecord]:
    """The records as they stand in the files, by file name, with the dates around the anchor."""
    return [
        read_organization(json.loads(file.read_text(encoding="utf-8"))).model_copy(
            update={"source": SOURCE, "is_demo": True}
        )
        for file in sorted(folder.glob("*.json"))
    ]


def read_anchor(file: Path = SHIPPED_DATA / "demo" / "demo.toml") -> date:
    """The Monday to which all dates of the demo refer."""
    anchor = tomllib.loads(file.read_text(encoding="utf-8"))["anchor_on"]
    if not isinstance(anchor, date):
        raise TypeError(f"{file.name}: anchor_on is not a date")
    return anchor


def demo_shift(today: date) -> timedelta:
    """How far the dates of the demo move: whole weeks, so that weekdays stay what they are."""
    return timedelta(weeks=(today - read_anchor()).days // DAYS_PER_WEEK)


def move_dates(record: _Record, shift: timedelta) -> _Record:
    """``record`` with every date in it, and in all that it holds, moved by ``shift``."""
    moved: dict[str, object] = {}
    for name in type(record).model_fields:
        value = getattr(record, name)
        if isinstance(value, date):
            moved[name] = value + shift
        elif isinstance(value, tuple) and any(isinstance(part, BaseModel) for part in value):
            moved[name] = tuple(move_dates(part, shift) for part in value)
    return record.model_copy(update=moved) if moved else record
