"""Heads of the log noted outside the database, so that nobody cuts off its end unseen.

Each look at the log appends a line to a file that the data protection officer can keep a copy of:

    2026-11-23T03:00:00+00:00 unbroken 18234 5e1c…
    2026-11-24T03:00:00+00:00 broken 17001 altered
    2026-11-25T09:12:44+00:00 restored 18100 -

Who restores a backup says so (``restored``): heads noted beyond that number count no longer, and the
line stays as the mark that entries are lost.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from app.audit.proving import Proof
from app.core.errors import LotsenbuchError

FILE_NAME: Final = "access-log-heads.txt"
_KINDS: Final = frozenset({"unbroken", "broken", "restored"})


class NotesFileError(LotsenbuchError):
    """The file with the noted heads cannot be read; the message names the line."""


@dataclass(frozen=True, slots=True)
class HeadNote:
    """A line of the file."""

    at: datetime
    kind: str
    """``unbroken``, ``broken`` or ``restored``."""
    seq: int
    """The last entry; of a broken log, the first number that is not as it should be."""
    remark: str
    """The hash of the last entry, or what was wrong."""


def read_notes(folder: Path) -> tuple[HeadNote, ...]:
    """All lines, the oldest first; raises `NotesFileError`."""
    file = folder / FILE_NAME
    if not file.exists():
        return ()
    lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    return tuple(_parse(line, number) for number, line in enumerate(lines, start=1) if line.strip())


def last_check(folder: Path) -> HeadNote | None:
    """What the last look at the log found; `None`: nobody looked yet."""
    checks = [note for note in read_notes(folder) if note.kind != "restored"]
    return checks[-1] if checks else None


def noted_heads(notes: tuple[HeadNote, ...]) -> dict[int, str]:
    """Number → hash of the heads that must still be in the log."""
    heads: dict[int, str] = {}
    for note in notes:
        if note.kind == "unbroken" and note.seq:
            heads[note.seq] = note.remark
        elif note.kind == "restored":
            heads = {seq: link for seq, link in heads.items() if seq <= note.seq}
    return heads


def note_proof(folder: Path, proof: Proof, at: datetime) -> None:
    """Append what a look at the log found."""
    if proof.is_unbroken:
        _append(folder, HeadNote(at, "unbroken", proof.head_seq, proof.head_hash))
    else:
        _append(folder, HeadNote(at, "broken", proof.broken_at or 0, proof.fault or ""))


def note_restore(folder: Path, last_seq: int, at: datetime) -> None:
    """Append that a backup was restored whose log ends with the entry ``last_seq``."""
    _append(folder, HeadNote(at, "restored", last_seq, "-"))


def _append(folder: Path, note: HeadNote) -> None:
    moment = note.at.isoformat(timespec="seconds")
    descriptor = os.open(folder / FILE_NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{moment} {note.kind} {note.seq} {note.remark}\n")
        file.flush()
        os.fsync(file.fileno())


def _parse(line: str, number: int) -> HeadNote:
    try:
        moment, kind, seq, remark = line.split()
        note = HeadNote(datetime.fromisoformat(moment), kind, int(seq), remark)
    except ValueError:
        raise NotesFileError(f"{FILE_NAME}: line {number} cannot be read") from None
    if kind not in _KINDS or note.at.tzinfo is None:
        raise NotesFileError(f"{FILE_NAME}: line {number} cannot be read")
    return note
