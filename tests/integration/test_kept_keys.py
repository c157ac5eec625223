"""Keys that a demo instance makes for itself at its first start."""

from __future__ import annotations

import stat
import threading

from app.core.secrets import session_secret
from app.settings import Settings


def test_several_first_starts_at_once_keep_one_key_and_leave_nothing_else(settings: Settings) -> None:
    together = threading.Barrier(12)
    keys: list[str] = []

    def start() -> None:
        together.wait()
        keys.append(session_secret(settings))

    threads = [threading.Thread(target=start) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 12
    assert len(set(keys)) == 1
    assert [path.name for path in settings.data_dir.iterdir()] == ["session.key"]


def test_a_key_can_be_read_by_its_owner_only(settings: Settings) -> None:
    session_secret(settings)
    assert stat.S_IMODE((settings.data_dir / "session.key").stat().st_mode) == 0o600
