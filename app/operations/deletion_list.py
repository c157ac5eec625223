"""Who was deleted, kept outside the database: no backup that is restored brings them back.

``deletions.txt`` in the data folder holds a SHA-256 per line, of the client's random id: who has no
backup with that id learns nothing from it. It is only ever added to. Copy it with each backup, apart
from the database.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

FILE_NAME: Final = "deletions.txt"
_LINE: Final = re.compile(r"[0-9a-f]{64}")


def deletion_hash(client_id: str) -> str:
    """What stands in the list for a client."""
    return hashlib.sha256(client_id.encode()).hexdigest()


def add_to_list(folder: Path, client_id: str) -> None:
    """Add a client, and wait until the line is on the disk."""
    descriptor = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        # A line that a crash cut off must not swallow the next one.
        size = file.seek(0, os.SEEK_END)
        is_cut = False
        if size:
            file.seek(size - 1)
            is_cut = file.read(1) != b"\n"
        file.write((b"\n" if is_cut else b"") + deletion_hash(client_id).encode() + b"\n")
        os.fsync(file.fileno())


def list_returned(folder: Path, client_ids: Iterable[str]) -> list[str]:
    """Those of ``client_ids`` that were deleted before. Lines that are no hashes are passed over."""
    file = folder / FILE_NAME
    if not file.exists():
        return []
    lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    deleted = {line.strip() for line in lines if _LINE.fullmatch(line.strip())}
    return [one for one in client_ids if deletion_hash(one) in deleted] if deleted else []
