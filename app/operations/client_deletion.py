"""Deleting a client with everything that hangs on it, for good.

The client goes onto the deletion list first: a run that is killed, or a backup that brings the client
back, is made good at the next start. What remains are entries of the access log with ids that point to
nobody any more, and figures of a closed case (`app.cases.figures`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, delete, true, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.audit.service import record_access
from app.cases.figures import FigureFacts, age_group, figure_counts, months_counselled
from app.cases.models import Client, Goal, Household
from app.cases.privacy_models import CaseFigure, HandedOverCase, Handover
from app.cases.queries import fetch_client
from app.cases.status_models import CaseClosing, LevelEntry
from app.core.db import Database
from app.directory.models import Offer
from app.links.models import SignedLink
from app.mail.models import OutboxMail
from app.operations.client_tables import list_client_tables, list_pointing_columns
from app.operations.deletion_list import add_to_list, list_returned
from app.referrals.models import Referral
from app.settings import Settings

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_IDS_AT_ONCE: Final = 500


def erase_client(
    settings: Settings,
    database: Database,
    client_id: str,
    *,
    condition: ColumnElement[bool] | None = None,
    actor_id: str | None = None,
) -> None:
    """Delete the client when ``condition`` (of `app.cases.policy`) holds.

    Raises `NotFoundError`. ``actor_id``: `None` for a command or a job.
    """
    with database.write() as session:
        fetch_client(session, client_id, true() if condition is None else condition)
        add_to_list(settings.data_dir, client_id)
        mails = _delete(session, client_id, actor_id)
    remove_mail_files(settings.mail_folder, mails)
    clear_traces(database)


def reapply_deletions(settings: Settings, database: Database) -> int:
    """Delete again whoever a restored backup brought back; tells how many."""
    with database.read() as session:
        returned = list_returned(settings.data_dir, session.exec(select(Client.id)).all())
    for client_id in returned:
        erase_client(settings, database, client_id)
    return len(returned)


def clear_traces(database: Database) -> None:
    """Let nothing deleted stay in SQLite's journal (the pages themselves were overwritten).

    A reader that is at work keeps its part of the journal: the next run, or the end of the last
    connection, clears it.
    """
    if database.engine.dialect.name == "sqlite":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _delete(session: Session, client_id: str, actor_id: str | None) -> list[str]:
    """Delete the rows; the Message-IDs of the mails that went with them."""
    client = session.get_one(Client, client_id)
    household_id = client.household_id
    if client.closed_on is not None:
        session.add(_figure(session, client, client.closed_on))
    handovers = _handovers_of(session, client_id)
    ids = _ids_of(session, client_id)
    session.flush()
    session.expunge_all()
    for column in list_pointing_columns():
        for some in _batches(ids):
            session.execute(update(column.table).where(column.in_(some)).values({column.name: None}))
    for one in reversed(list_client_tables()):
        session.execute(delete(one.table).where(one.rows_of([client_id])))
    ids |= _forget_handovers(session, handovers)
    _delete_empty_household(session, household_id)
    mails = _delete_links_and_mails(session, ids)
    record_access(session, actor_id, "client.erase", "client", client_id)
    session.flush()
    return mails


def _ids_of(session: Session, client_id: str) -> set[str]:
    ids: set[str] = set()
    for one in list_client_tables():
        if "id" in one.table.c:
            ids |= set(
                session.scalars(select_columns(one.table.c.id).where(one.rows_of([client_id]))).all()
            )
    return ids


def _batches(ids: Collection[str]) -> Iterable[list[str]]:
    ordered = sorted(ids)
    return (ordered[i : i + _IDS_AT_ONCE] for i in range(0, len(ordered), _IDS_AT_ONCE))


def _handovers_of(session: Session, client_id: str) -> list[str]:
    return list(
        session.exec(
            select(HandedOverCase.handover_id).where(col(HandedOverCase.client_id) == client_id)
        ).all()
    )


def _forget_handovers(session: Session, handover_ids: list[str]) -> set[str]:
    """Their notes may speak about the client; one without any case left goes. The ids of those."""
    mentioned = col(Handover.id).in_(handover_ids)
    session.execute(update(Handover).where(mentioned).values(note=None))
    still = select(HandedOverCase.handover_id)
    empty = list(
        session.exec(select(Handover.id).where(mentioned, col(Handover.id).not_in(still))).all()
    )
    session.execute(delete(Handover).where(col(Handover.id).in_(empty)))
    return set(empty)


def _delete_empty_household(session: Session, household_id: str | None) -> None:
    lived_in = select(Client.household_id).where(col(Client.household_id).is_not(None))
    session.execute(
        delete(Household).where(col(Household.id) == household_id, col(Household.id).not_in(lived_in))
    )


def _delete_links_and_mails(session: Session, ids: set[str]) -> list[str]:
    for some in _batches(ids):
        session.execute(delete(SignedLink).where(col(SignedLink.subject_id).in_(some)))
    about = [
        (mail_id, message_id)
        for mail_id, message_id, subject_id, key in session.exec(
            select(OutboxMail.id, OutboxMail.message_id, OutboxMail.subject_id, OutboxMail.key)
        )
        if subject_id in ids or ids & set(_UUID.findall(key))
    ]
    for some in _batches([mail_id for mail_id, _message in about]):
        session.execute(delete(OutboxMail).where(col(OutboxMail.id).in_(some)))
    return [message_id for _mail, message_id in about]


def remove_mail_files(folder: Path, message_ids: Iterable[str]) -> None:
    """In the demo, mails that were "sent" lie as files in a folder."""
    for message_id in message_ids:
        name = message_id.strip("<>").partition("@")[0]
        (folder / f"{Path(name).name}.eml").unlink(missing_ok=True)


def _figure(session: Session, client: Client, closed_on: date) -> CaseFigure:
    facts = _figure_facts(session, client, closed_on)
    first_level = session.exec(
        select(LevelEntry.level)
        .where(col(LevelEntry.client_id) == client.id, col(LevelEntry.skill) == "overall")
        .order_by(col(LevelEntry.known_on), col(LevelEntry.recorded_at))
        .limit(1)
    ).first()
    return CaseFigure(
        closed_year=closed_on.year,
        months_counselled=months_counselled(facts),
        age_group=age_group(facts.birth_date, closed_on),
        sex=client.sex,
        level_before=first_level,
        level_after=client.german_level,
        reason=facts.reason,
        facts=figure_counts(facts),
    )


def _figure_facts(session: Session, client: Client, closed_on: date) -> FigureFacts:
    closing = session.exec(
        select(CaseClosing)
        .where(col(CaseClosing.client_id) == client.id, col(CaseClosing.reopened_on).is_(None))
        .order_by(col(CaseClosing.closed_on).desc())
        .limit(1)
    ).first()
    goals = session.exec(select(Goal.area, Goal.state).where(col(Goal.client_id) == client.id)).all()
    referrals = session.exec(
        select(Offer.kind, Referral.state)
        .join(Offer, col(Offer.id) == col(Referral.offer_id))
        .where(col(Referral.client_id) == client.id, ~col(Offer.is_sensitive))
    ).all()
    return FigureFacts(
        closed_on=closed_on,
        started_on=client.counselling_started_on,
        birth_date=client.birth_date,
        reason=closing.reason if closing else None,
        outcomes=tuple(closing.outcomes) if closing else (),
        goals=tuple((area, state) for area, state in goals),
        referrals=tuple((kind, state) for kind, state in referrals),
    )
