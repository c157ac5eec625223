"""The access log as a whole: proved every day, its years sealed, old ones dropped."""

from __future__ import annotations

import logging

from app.audit.linking import find_head
from app.audit.notes import note_proof, note_restore, noted_heads, read_notes
from app.audit.proving import Proof
from app.audit.segments import (
    delete_dropped_entries,
    list_droppable_years,
    load_hashes,
    mark_dropped,
    prove_log,
    seal_closed_years,
)
from app.core.clock import utc_now
from app.operations.runtime import Runtime

_log = logging.getLogger(__name__)


def verify_log(runtime: Runtime) -> Proof:
    """Prove the whole log and note what was found (in the data folder, outside the database)."""
    folder = runtime.settings.data_dir
    notes = read_notes(folder)  # read first: what was noted by now is in the log that is opened next
    with runtime.database.read() as session:
        proof = prove_log(session, notes)
    note_proof(folder, proof, utc_now())
    if not proof.is_unbroken:
        _log.error("the access log is broken at entry %s (%s)", proof.broken_at, proof.fault)
    return proof


def seal_log(runtime: Runtime) -> tuple[Proof, list[int]]:
    """Prove the log, then seal the years that are over; a broken log is not sealed."""
    proof = verify_log(runtime)
    if not proof.is_unbroken:
        return proof, []
    with runtime.database.write() as session:
        return proof, seal_closed_years(session, runtime.today)


def list_years_to_drop(runtime: Runtime) -> list[int]:
    """Sealed years whose period is over."""
    last_day = runtime.retention_rules.latest_due("access_log_year", runtime.today)
    with runtime.database.read() as session:
        return list_droppable_years(session, last_day)


def drop_years(runtime: Runtime) -> tuple[list[int], int]:
    """Drop the years that are due, whole; tells which, and how many entries went.

    A run that was killed is carried on by the next one.
    """
    years = list_years_to_drop(runtime)
    for year in years:
        with runtime.database.write() as session:
            mark_dropped(session, year)
    entries = 0
    while True:
        with runtime.database.write() as session:
            gone = delete_dropped_entries(session)
        entries += gone
        if not gone:
            return years, entries


def note_restored_backup(runtime: Runtime) -> int:
    """Note that a backup was restored; tells the last entry up to which earlier proofs still count.

    That is the end of the log, unless it went on already (who was deleted is deleted again at the
    start) and got numbers anew that were proved before the restore.
    """
    folder = runtime.settings.data_dir
    noted = noted_heads(read_notes(folder))
    with runtime.database.read() as session:
        last_seq, _hash = find_head(session)
        now = load_hashes(session, noted)
    again = [seq for seq, link in now.items() if link != noted[seq]]
    last_seq = min([last_seq, *(seq - 1 for seq in again)])
    note_restore(folder, last_seq, utc_now())
    return last_seq
