"""What every test may use: an instance of its own, with the real database and index."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import hypothesis
import pytest
from argon2 import PasswordHasher
from sqlalchemy import update
from sqlmodel import col

from app.accounts.models import User
from app.core.i18n import language
from app.operations.demo_accounts import DEMO_PASSWORD
from app.operations.runtime import Runtime, open_runtime
from app.settings import PROJECT_ROOT, Settings, load_settings

# Machines differ: a slow one must not fail a property. On CI, Hypothesis' own profile says so too.
hypothesis.settings.register_profile("lotsenbuch", deadline=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "lotsenbuch")

TODAY = date(2026, 11, 23)
"""The Monday on which the tests take place."""

SHARED = PROJECT_ROOT.parent / "shared"


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    """Every test begins in German, whatever language a request before it was answered in."""
    with language("de"):
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real data to try things on; the test skips where it is missing."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("the folder ../shared/data with real data is not there")
    return folder


@pytest.fixture(scope="session")
def shared_hsds() -> Path:
    """The folder with the HSDS schemas and examples; the test skips where it is missing."""
    folder = SHARED / "hsds" / "3.1"
    if not folder.is_dir():
        pytest.skip("the folder ../shared/hsds with the HSDS schemas is not there")
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Demo settings with a folder of their own, on the fixed day."""
    return load_settings({"LOTSENBUCH_DATA_DIR": str(tmp_path)}).with_today(TODAY)


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a migrated database and nothing in it. Copy it before changing it."""
    folder = tmp_path_factory.mktemp("empty") / "data"
    open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": str(folder)})).database.dispose()
    return folder


@pytest.fixture
def runtime(settings: Settings, empty_folder: Path) -> Runtime:
    """An empty instance: migrated database, nothing in it."""
    shutil.copytree(empty_folder, settings.data_dir, dirs_exist_ok=True)
    return open_runtime(settings)


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo in it, made by the command itself. Copy it before changing it."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    environment = os.environ | {"LOTSENBUCH_DATA_DIR": str(folder), "LOTSENBUCH_MODE": "demo"}
    command = PROJECT_ROOT / ".venv" / "bin" / "lotsenbuch"
    subprocess.run(
        [command, "demo", "load", "--today", TODAY.isoformat()],
        env=environment,
        check=True,
        capture_output=True,
        timeout=120,
    )
    _ease_passwords(folder)
    return folder


def _ease_passwords(folder: Path) -> None:
    """Hash the demo's password so that it is checked at once: tests sign in a thousand times."""
    runtime = open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": str(folder)}))
    easy = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(DEMO_PASSWORD)
    with runtime.database.write() as session:
        session.execute(update(User).where(col(User.is_demo)).values(password_hash=easy))
    runtime.database.dispose()


@pytest.fixture
def demo(demo_folder: Path, tmp_path: Path) -> Iterator[Runtime]:
    """An instance of one's own with the demo in it, on the fixed day."""
    folder = tmp_path / "demo"
    shutil.copytree(demo_folder, folder)
    runtime = open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": str(folder)}).with_today(TODAY))
    yield runtime
    runtime.search_engine.close()
    runtime.database.dispose()
