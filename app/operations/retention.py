"""What is due to be deleted, and deleting it step by step: after a kill it is simply repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, delete, func, not_, or_, select, update
from sqlmodel import Session, SQLModel, col

from app.accounts.models import User
from app.audit.segments import list_droppable_years
from app.audit.service import record_access
from app.cases.models import Client
from app.cases.retention import DATA_KINDS, DataKind, RetentionRules
from app.core.db import UtcDateTime
from app.core.errors import NotFoundError
from app.operations.audit_log import drop_years
from app.operations.case_texts import delete_texts, has_texts
from app.operations.client_deletion import clear_traces, erase_client, remove_mail_files
from app.operations.leaving import forget_account, is_closed_account
from app.operations.runtime import Runtime
from app.operations.volunteer_deletion import erase_volunteer
from app.volunteers.models import Volunteer

_ROWS_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class DueData:
    """Something whose period is over: its kind and id, never a name."""

    kind: DataKind
    id: str
    """Of the client, the row, or the year of the access log."""
    since: date
    """The day from which its period counts."""
    due_on: date


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows that go (or are emptied) some time after a moment or day of their own."""

    table: FromClause
    since: ColumnElement[Any]
    condition: ColumnElement[bool] | None = None


def list_due(session: Session, rules: RetentionRules, today: date) -> list[DueData]:
    """All that is due, by kind and then by day."""
    found: list[DueData] = []
    for kind in DATA_KINDS:
        rows = sorted(
            _find(session, kind, rules.latest_due(kind, today)), key=lambda row: (row[1], row[0])
        )
        found += [DueData(kind, one, since, rules.due_on(kind, since)) for one, since in rows]
    return found


def delete_due(runtime: Runtime) -> Counter[DataKind]:
    """Delete what is due, each case and each batch of rows in a transaction of its own; the counts."""
    rules, today = runtime.retention_rules, runtime.today
    with runtime.database.read() as session:
        due = list_due(session, rules, today)
    counts: Counter[DataKind] = Counter()
    for kind in DATA_KINDS:
        ids = [one.id for one in due if one.kind == kind]
        counts[kind] = _delete(runtime, kind, ids, rules.latest_due(kind, today))
    clear_traces(runtime.database)
    return +counts


def run_deletions(runtime: Runtime) -> None:
    """The daily job: deletes only where ``retention.toml`` says that it may."""
    if runtime.retention_rules.job.deletes:
        delete_due(runtime)


def _find(session: Session, kind: DataKind, latest: date) -> Iterator[tuple[str, date]]:
    match kind:
        case "closed_case" | "closed_case_texts":
            for client_id, closed_on in _closed(session, latest):
                if kind == "closed_case" or has_texts(session, client_id):
                    yield client_id, closed_on
        case "access_log_year":
            for year in list_droppable_years(session, latest):
                yield str(year), date(year, 12, 31)
        case "volunteer_left" | "partner_account":
            yield from _list_people(session, kind, latest)
        case _:
            rows = _plans()[kind]
            statement = select(rows.table.c.id, rows.since).where(_is_due(rows, latest))
            for one, since in session.execute(statement):
                yield one, since.astimezone(UTC).date() if isinstance(since, datetime) else since


def _closed(session: Session, latest: date) -> list[tuple[str, date]]:
    client = SQLModel.metadata.tables["client"].c
    rows = session.execute(select(client.id, client.closed_on).where(client.closed_on <= latest))
    return [(client_id, closed_on) for client_id, closed_on in rows]


def _is_due(rows: _Rows, latest: date) -> ColumnElement[bool]:
    until: date | datetime = latest
    if isinstance(rows.since.type, UtcDateTime):
        until = datetime.combine(latest + timedelta(days=1), time(), UTC) - timedelta(microseconds=1)
    due = rows.since <= until
    return due if rows.condition is None else due & rows.condition


def _delete(runtime: Runtime, kind: DataKind, ids: list[str], latest: date) -> int:
    match kind:
        case "closed_case":
            still_closed = col(Client.closed_on) <= latest  # nobody may have opened it meanwhile
            for client_id in ids:
                with suppress(NotFoundError):
                    erase_client(runtime.settings, runtime.database, client_id, condition=still_closed)
        case "closed_case_texts":
            for client_id in ids:
                with runtime.database.write() as session:
                    client = session.get(Client, client_id)
                    if client is not None and client.closed_on and client.closed_on <= latest:
                        delete_texts(session, client_id)
                        record_access(session, None, "client.erase_texts", "client", client_id)
        case "volunteer_left" | "partner_account":
            for one in ids:
                _forget_person(runtime, kind, one, latest)
        case "access_log_year":
            drop_years(runtime)  # also carries on what a kill left half done
        case _:
            for start in range(0, len(ids), _ROWS_AT_ONCE):
                _delete_rows(runtime, kind, ids[start : start + _ROWS_AT_ONCE], latest)
    return len(ids)


def _list_people(session: Session, kind: DataKind, latest: date) -> list[tuple[str, date]]:
    if kind == "volunteer_left":
        left = select(col(Volunteer.provider_id), col(Volunteer.left_on))
        rows = session.execute(left.where(col(Volunteer.left_on) <= latest))
    else:
        closed = select(col(User.id), col(User.closed_on))
        rows = session.execute(closed.where(is_closed_account(latest)))
    return [(one, since) for one, since in rows if since is not None]


def _forget_person(runtime: Runtime, kind: DataKind, person_id: str, latest: date) -> None:
    message_ids: list[str] = []
    with runtime.database.write() as session:
        if kind == "partner_account":
            forget_account(session, person_id, latest)
        else:
            person = session.get(Volunteer, person_id)
            if person is not None and person.left_on and person.left_on <= latest:
                message_ids = erase_volunteer(session, person_id)
    remove_mail_files(runtime.settings.mail_folder, message_ids)


def _delete_rows(runtime: Runtime, kind: DataKind, ids: list[str], latest: date) -> None:
    rows = _plans()[kind]
    wanted = rows.table.c.id.in_(ids) & _is_due(rows, latest)
    message_ids: list[str] = []
    with runtime.database.write() as session:
        if kind == "mail":
            message_ids = list(session.scalars(select(rows.table.c.message_id).where(wanted)))
        if kind == "handover_note":
            _empty_handover_notes(session, ids)
        else:
            session.execute(delete(_table(rows)).where(wanted))
        record_access(session, None, "privacy.delete", kind, "")
    remove_mail_files(runtime.settings.mail_folder, message_ids)


def _empty_handover_notes(session: Session, ids: list[str]) -> None:
    tables = SQLModel.metadata.tables
    for table, column in (("handover", "id"), ("handed_over_case", "handover_id")):
        session.execute(update(tables[table]).where(tables[table].c[column].in_(ids)).values(note=None))


def _table(rows: _Rows) -> Any:
    return rows.table


@cache
def _plans() -> dict[str, _Rows]:
    tables = SQLModel.metadata.tables
    mail, link, suggestion = (
        tables[name] for name in ("outbox_mail", "signed_link", "change_suggestion")
    )
    handover, case = tables["handover"], tables["handed_over_case"]
    emergency, substitution = tables["emergency_access"], tables["substitution"]
    noted = select(case.c.handover_id).where(case.c.note.is_not(None))
    # That an address is refused is known by the mails to it (`app.mail.service`): they stay.
    refused = select(mail.c.recipient).where(mail.c.state == "bounced")
    ended = func.coalesce(link.c.revoked_at, link.c.expires_at, type_=link.c.expires_at.type)
    return {
        "handover_note": _Rows(
            handover, handover.c.at, or_(handover.c.note.is_not(None), handover.c.id.in_(noted))
        ),
        "emergency_access": _Rows(emergency, emergency.c.until_at),
        "substitution": _Rows(substitution, substitution.c.until_on),
        "mail": _Rows(
            mail,
            mail.c.created_at,
            mail.c.state.in_(("sent", "failed", "withdrawn")) & not_(mail.c.recipient.in_(refused)),
        ),
        "link": _Rows(link, ended),
        "suggestion": _Rows(suggestion, suggestion.c.decided_at),
    }
