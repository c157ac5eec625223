"""Files that an editor sent to be imported, kept for an hour while the report is read.

They lie in ``uploads`` in the data folder under a random name, readable by this account only, and only
the person who sent one gets at it. Each is imported once: who claims it first does it, and what came of
it stays for the rest of the hour.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from app.core.errors import NotFoundError

MAX_FILE_BYTES: Final = 10 * 1024 * 1024
KEPT_FOR: Final = timedelta(hours=1)
MAX_PER_PERSON: Final = 5
"""Who sends more loses the oldest."""
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_ABOUT, _FILE, _CLAIM, _RESULT = ".about", ".file", ".claim", ".result"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits to be imported, or was."""

    token: str
    owner_id: str
    name: str
    """As the person called it."""
    mapping: str
    """Name of a shipped mapping; empty: found out by the header."""
    sheet: str
    """Of a workbook; empty: the first that holds something."""
    sent_at: str
    """UTC, ISO 8601."""

    @property
    def is_json(self) -> bool:
        """Whether its name says that it holds HSDS."""
        return self.name.lower().endswith(".json")


def open_uploads(data_dir: Path) -> Uploads:
    """The uploads of the instance with this data folder."""
    return Uploads(data_dir / "uploads")


class Uploads:
    """The folder of uploads."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is made when the first file comes."""
        self._folder = folder

    def keep(self, upload: Upload, data: bytes, now: datetime) -> None:
        """Put a file there; what is too old, or too much for one person, goes."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.drop_old(now)
        self._drop_surplus(upload.owner_id)
        self._write(upload.token, _ABOUT, json.dumps(asdict(upload)).encode())
        self._write(upload.token, _FILE, data)

    def get(self, token: str, owner_id: str, now: datetime) -> Upload:
        """The upload of this person; raises `NotFoundError`, also when its hour is over."""
        upload = self._find(token)
        if upload is None or upload.owner_id != owner_id or _is_old(upload, now):
            raise NotFoundError("there is no such upload")
        return upload

    def read(self, upload: Upload) -> bytes:
        """What was sent; raises `NotFoundError` once it was imported."""
        try:
            return self._path(upload.token, _FILE).read_bytes()
        except FileNotFoundError:
            raise NotFoundError("the upload is gone") from None

    def claim(self, upload: Upload) -> bool:
        """Take it for oneself; false when another request did. The folder settles the race."""
        try:
            self._write(upload.token, _CLAIM, b"")
        except FileExistsError:
            return False
        return True

    def release(self, upload: Upload) -> None:
        """Nothing was imported: it may be claimed again."""
        self._path(upload.token, _CLAIM).unlink(missing_ok=True)

    def is_claimed(self, upload: Upload) -> bool:
        """Whether it is being imported, or was."""
        return self._path(upload.token, _CLAIM).exists()

    def finish(self, upload: Upload, result: dict[str, Any]) -> None:
        """Note what came of it (plain JSON values); the file itself goes."""
        self._write(upload.token, _RESULT, json.dumps(result).encode())
        self._path(upload.token, _FILE).unlink(missing_ok=True)

    def find_result(self, upload: Upload) -> dict[str, Any] | None:
        """What came of it; `None` before the end."""
        try:
            result: dict[str, Any] = json.loads(self._path(upload.token, _RESULT).read_bytes())
        except (FileNotFoundError, ValueError):  # not there, or still being written
            return None
        return result

    def drop(self, token: str) -> None:
        """Forget an upload."""
        for ending in (_ABOUT, _FILE, _CLAIM, _RESULT):
            self._path(token, ending).unlink(missing_ok=True)

    def _find(self, token: str) -> Upload | None:
        if not _TOKEN.fullmatch(token):
            return None
        try:
            return Upload(**json.loads(self._path(token, _ABOUT).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def _all(self) -> list[Upload]:
        names = [path.name.removesuffix(_ABOUT) for path in self._folder.glob(f"*{_ABOUT}")]
        return [upload for name in names if (upload := self._find(name)) is not None]

    def drop_old(self, now: datetime) -> None:
        """Forget the uploads whose hour is over."""
        for upload in self._all():
            if _is_old(upload, now):
                self.drop(upload.token)

    def _drop_surplus(self, owner_id: str) -> None:
        own = sorted((one for one in self._all() if one.owner_id == owner_id), key=lambda u: u.sent_at)
        for upload in own[: max(0, len(own) - MAX_PER_PERSON + 1)]:
            self.drop(upload.token)

    def _write(self, token: str, ending: str, data: bytes) -> None:
        """Raises `FileExistsError` when it is there already."""
        descriptor = os.open(self._path(token, ending), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)

    def _path(self, token: str, ending: str) -> Path:
        return self._folder / f"{token}{ending}"


def new_upload(
    owner_id: str, name: str, now: datetime, *, mapping: str = "", sheet: str = ""
) -> Upload:
    """An upload with a name that nobody can guess."""
    return Upload(secrets.token_urlsafe(32), owner_id, name, mapping, sheet, now.isoformat())


def _is_old(upload: Upload, now: datetime) -> bool:
    return now - datetime.fromisoformat(upload.sent_at) >= KEPT_FOR
