"""Suggestions: somebody thinks that an entry should say something else, an editor decides.

The decision is made field by field against what the entry says now, not what it said when the
suggestion was made; the accepted fields are applied as one change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from sqlalchemy import CursorResult, update
from sqlmodel import Session, col, func, select

from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.paging import Page, page_number
from app.directory.codes import EntryType
from app.directory.differences import NOT_SAID, FieldChange, field_changes
from app.directory.editing import (
    MeanwhileChangedError,
    OfferEntry,
    ProviderEntry,
    change_offer,
    change_provider,
    get_offer_entry,
    get_provider_entry,
)
from app.directory.faults import first_fault
from app.directory.history import Author, entry_values
from app.directory.models import Offer, Provider
from app.directory.records import OfferRecord, ProviderRecord
from app.directory.upkeep_models import ChangeSuggestion

MAX_NOTE: Final = 2000
NOT_SUGGESTED: Final = NOT_SAID | {"is_demo", "parent_external_id"}
"""Fields that nobody suggests: keys, and what has its own way."""


class AlreadyDecidedError(ConflictError):
    """Another editor has decided on this suggestion."""


@dataclass(frozen=True, slots=True)
class FieldReview:
    """One suggested field."""

    said: Any
    """What the entry said when the suggestion was made."""
    change: FieldChange
    """From what the entry says now to what is suggested."""
    decision: str | None = None
    """``accepted`` or ``rejected``; `None`: not yet."""

    @property
    def is_outdated(self) -> bool:
        """Whether the entry was changed in this field since the suggestion was made."""
        return bool(self.said != self.change.old)

    @property
    def is_done(self) -> bool:
        """Whether the entry says what is suggested already."""
        return bool(self.change.old == self.change.new)


@dataclass(frozen=True, slots=True)
class SuggestionReview:
    """A suggestion as an editor decides on it."""

    suggestion: ChangeSuggestion
    title: str
    provider: ProviderRecord | None
    """Whose places and contact persons the values name; `None`: the entry is gone."""
    fields: tuple[FieldReview, ...]
    digest: str
    """Of the entry as shown."""


@dataclass(frozen=True, slots=True)
class SuggestionLine:
    """A suggestion in a list."""

    id: str
    entry_type: str
    entry_id: str
    title: str
    provider_name: str
    origin: str
    author_name: str
    created_at: datetime
    state: str
    note: str
    answer: str
    fields: tuple[str, ...]
    decisions: dict[str, str]


def suggest_change(
    session: Session,
    author: Author,
    entry_type: EntryType,
    entry_id: str,
    changes: Mapping[str, Any],
    note: str = "",
    origin: str = "user",
) -> str | None:
    """Put a suggestion before the editors; its id, or `None` when there is nothing in it.

    ``changes``: field → new value, plain as in the record. Only what differs from the entry is kept; a
    note alone will do. The same open suggestion of the same author is kept once. Raises
    `NotFoundError`, and `InvalidInputError` for a value that the entry could not take.
    """
    entry = _get_entry(session, entry_type, entry_id)
    note = note.strip()
    if len(note) > MAX_NOTE:
        raise InvalidInputError(f"a note has at most {MAX_NOTE} characters", field="note")
    kept = _differing(entry.record, changes)
    if not kept and not note:
        return None
    provider_id = entry.provider_id if isinstance(entry, OfferEntry) else entry.id
    for row in _open_of(session, author, entry_id, origin):
        if row.changes == kept and row.note == note:
            return row.id
    suggestion = ChangeSuggestion(
        entry_type=entry_type,
        entry_id=entry_id,
        provider_id=provider_id,
        origin=origin,
        author_id=author.id,
        author_name=author.name[:200],
        note=note,
        changes=kept,
    )
    session.add(suggestion)
    session.flush()
    return suggestion.id


def list_suggestions(
    session: Session, *, state: str = "open", origin: str | None = None, page: int = 1, size: int = 30
) -> Page[SuggestionLine]:
    """The queue: open ones oldest first, decided ones latest first."""
    wanted = [ChangeSuggestion.state == state]
    if origin is not None:
        wanted.append(ChangeSuggestion.origin == origin)
    order = (
        col(ChangeSuggestion.created_at) if state == "open" else col(ChangeSuggestion.decided_at).desc()
    )
    statement = select(ChangeSuggestion).where(*wanted).order_by(order, col(ChangeSuggestion.id))
    total = session.exec(select(func.count()).select_from(ChangeSuggestion).where(*wanted)).one()
    number = page_number(page, size, total)
    rows = session.exec(statement.offset((number - 1) * size).limit(size)).all()
    return Page(_lines(session, rows), number, size, total)


def list_own_suggestions(session: Session, user_id: str, limit: int = 100) -> list[SuggestionLine]:
    """What a person suggested, newest first, with what became of it."""
    rows = session.exec(
        select(ChangeSuggestion)
        .where(ChangeSuggestion.author_id == user_id)
        .order_by(col(ChangeSuggestion.created_at).desc(), col(ChangeSuggestion.id))
        .limit(limit)
    ).all()
    return list(_lines(session, rows))


def count_open_suggestions(session: Session) -> int:
    """How many wait for a decision."""
    statement = select(func.count()).select_from(ChangeSuggestion)
    return session.exec(statement.where(ChangeSuggestion.state == "open")).one()


def get_suggestion(session: Session, suggestion_id: str) -> SuggestionReview:
    """The suggestion beside what the entry says now; raises `NotFoundError`."""
    row = session.get(ChangeSuggestion, suggestion_id)
    if row is None:
        raise NotFoundError(f"no suggestion has the id {suggestion_id}")
    try:
        entry = _get_entry(session, row.entry_type, row.entry_id)
    except NotFoundError:
        fields = tuple(_review(row, name, change["old"]) for name, change in row.changes.items())
        return SuggestionReview(row, _title(session, row), None, fields, "")
    now = entry_values(entry.record)
    fields = tuple(_review(row, name, now.get(name)) for name in row.changes)
    provider = entry.provider if isinstance(entry, OfferEntry) else entry.record
    return SuggestionReview(row, _title(session, row), provider, fields, entry.digest)


def decide_suggestion(
    session: Session,
    editor_id: str,
    suggestion_id: str,
    accepted: Collection[str],
    *,
    answer: str = "",
    as_read: str,
) -> tuple[FieldChange, ...]:
    """Accept these fields, reject the others; what changed in the entry by that.

    Raises `NotFoundError`, `AlreadyDecidedError`, `MeanwhileChangedError` when the entry is not what
    the editor saw (``as_read``), and `InvalidInputError` when it cannot say what was accepted. Then the
    caller's transaction must not be committed.
    """
    review = get_suggestion(session, suggestion_id)
    row = review.suggestion
    if len(answer) > MAX_NOTE:
        raise InvalidInputError(f"an answer has at most {MAX_NOTE} characters", field="answer")
    _claim(session, row.id, editor_id)
    chosen = [one.change for one in review.fields if one.change.field in accepted]
    if chosen and review.provider is None:
        raise NotFoundError("the entry is gone")
    if chosen and review.digest != as_read:
        raise MeanwhileChangedError("the entry was changed meanwhile")
    values = {change.field: change.new for change in chosen}
    applied: tuple[FieldChange, ...] = ()
    if values:
        author = Author(row.author_name, row.author_id)
        change = change_offer if row.entry_type == "offer" else change_provider
        applied = change(session, author, row.entry_id, values, "suggestion")
    row.decisions = {name: "accepted" if name in values else "rejected" for name in row.changes}
    row.answer = answer.strip()
    session.add(row)
    session.flush()
    return applied


def _claim(session: Session, suggestion_id: str, editor_id: str) -> None:
    """Mark as decided, unless another editor was first (the database settles it)."""
    result = session.execute(
        update(ChangeSuggestion)
        .where(col(ChangeSuggestion.id) == suggestion_id, col(ChangeSuggestion.state) == "open")
        .values(state="decided", decided_at=utc_now(), decided_by=editor_id)
    )
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        raise AlreadyDecidedError("somebody else has decided on this suggestion")


def _get_entry(session: Session, entry_type: str, entry_id: str) -> OfferEntry | ProviderEntry:
    if entry_type == "offer":
        return get_offer_entry(session, entry_id)
    return get_provider_entry(session, entry_id)


def _differing(record: OfferRecord | ProviderRecord, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Field → old and new value, of what differs; raises `InvalidInputError`."""
    model: type[BaseModel] = type(record)
    for name in changes:
        if name not in model.model_fields or name in NOT_SUGGESTED:
            raise InvalidInputError(f"{name!r} cannot be suggested", field=name)
    try:
        changed = model.model_validate(record.model_dump() | dict(changes))
    except ValidationError as error:
        where = error.errors()[0]["loc"]
        raise InvalidInputError(first_fault(error), field=str(where[0]) if where else "") from None
    return {
        change.field: {"old": change.old, "new": change.new}
        for change in field_changes(record, changed)
    }


def _open_of(session: Session, author: Author, entry_id: str, origin: str) -> list[ChangeSuggestion]:
    return list(
        session.exec(
            select(ChangeSuggestion).where(
                ChangeSuggestion.entry_id == entry_id,
                ChangeSuggestion.state == "open",
                ChangeSuggestion.origin == origin,
                ChangeSuggestion.author_id == author.id,
                ChangeSuggestion.author_name == author.name[:200],
            )
        )
    )


def _review(row: ChangeSuggestion, name: str, now: Any) -> FieldReview:
    change = row.changes[name]
    return FieldReview(
        said=change.get("old"),
        change=FieldChange(name, now, change.get("new")),
        decision=row.decisions.get(name),
    )


def _title(session: Session, row: ChangeSuggestion) -> str:
    return _titles(session, [row]).get(row.entry_id, ("", ""))[0]


def _titles(session: Session, rows: Collection[ChangeSuggestion]) -> dict[str, tuple[str, str]]:
    """Id of the entry → its title and its provider's name."""
    ids = {row.entry_id for row in rows}
    offers = session.exec(
        select(Offer.id, Offer.title, Provider.name)
        .join(Provider, col(Provider.id) == col(Offer.provider_id))
        .where(col(Offer.id).in_(ids))
    )
    providers = session.exec(select(Provider.id, Provider.name).where(col(Provider.id).in_(ids)))
    found = {offer_id: (title, name) for offer_id, title, name in offers}
    return found | {provider_id: (name, name) for provider_id, name in providers}


def _lines(session: Session, rows: Collection[ChangeSuggestion]) -> tuple[SuggestionLine, ...]:
    titles = _titles(session, rows)
    return tuple(
        SuggestionLine(
            id=row.id,
            entry_type=row.entry_type,
            entry_id=row.entry_id,
            title=titles.get(row.entry_id, ("", ""))[0],
            provider_name=titles.get(row.entry_id, ("", ""))[1],
            origin=row.origin,
            author_name=row.author_name,
            created_at=row.created_at,
            state=row.state,
            note=row.note,
            answer=row.answer,
            fields=tuple(row.changes),
            decisions=dict(row.decisions),
        )
        for row in rows
    )
