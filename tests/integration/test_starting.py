"""Starting: many at once, with what cannot be used, and with files that others must not read."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from app.operations.runtime import Runtime
from app.settings import PROJECT_ROOT

PRODUCTION = {
    "LOTSENBUCH_MODE": "production",
    "LOTSENBUCH_SECRET_KEY": "s" * 40,
    "LOTSENBUCH_SMTP_URL": "smtp://mail.stadt.example",
    "LOTSENBUCH_MAIL_FROM": "lotsenbuch@stadt.example",
    "LOTSENBUCH_PUBLIC_URL": "https://lotsenbuch.stadt.example",
}
COMMAND = [sys.executable, "-c", "from app.cli import main; main()"]


def _start(folder: Path, *words: str, **settings: str) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LOTSENBUCH_")}
    environment |= {"LOTSENBUCH_DATA_DIR": str(folder)} | settings
    return subprocess.Popen(
        [*COMMAND, *words],
        env=environment,
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _refusal(folder: Path, *words: str, **settings: str) -> str:
    """What the command says when it ends with code 2; it must be one line."""
    process = _start(folder, *words, **settings)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2, said
    assert len(said.strip().splitlines()) == 1, said
    return said


def test_several_processes_may_start_at_once_on_an_empty_folder(tmp_path: Path) -> None:
    processes = [_start(tmp_path / "new", "search", "chor", "--json") for _ in range(4)]
    for process in processes:
        said, problems = process.communicate(timeout=120)
        assert process.returncode == 0, problems
        assert said.strip() == "[]"


def test_only_the_owner_reads_the_database_and_the_keys(runtime: Runtime) -> None:
    with runtime.database.write():
        files = [p for p in runtime.settings.data_dir.iterdir() if p.suffix != ".migrating"]
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in files if p.is_file()}
    private = {name: mode for name, mode in modes.items() if not name.startswith(".")}
    assert {"lotsenbuch.sqlite3", "lotsenbuch.sqlite3-wal", "text.key"} <= set(private)
    assert set(private.values()) == {0o600}, private


@pytest.mark.parametrize("keys", ["abc", "ä ö"])
def test_an_unusable_key_is_one_line_without_the_key(tmp_path: Path, keys: str) -> None:
    settings = PRODUCTION | {"LOTSENBUCH_ENCRYPTION_KEYS": keys}
    said = _refusal(tmp_path, "search", "chor", **settings)
    assert "encryption key number 1" in said
    assert keys not in said


def test_the_demo_is_not_loaded_in_production(tmp_path: Path) -> None:
    settings = PRODUCTION | {"LOTSENBUCH_ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    said = _refusal(tmp_path, "demo", "load", **settings)
    assert "demo mode only" in said


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "lotsenbuch.sqlite3").write_text("a shopping list, " * 100)
    assert "not a database" in _refusal(tmp_path, "search", "chor")


def test_a_folder_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "file" in _refusal(tmp_path / "file", "search", "chor")
