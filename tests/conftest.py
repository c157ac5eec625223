"""What every test may use: an instance of its own, with the real database and index."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.operations.runtime import Runtime, open_runtime
from app.settings import PROJECT_ROOT, Settings, load_settings

TODAY = date(2026, 11, 23)
"""The Monday on which the tests take place."""

SHARED = PROJECT_ROOT.parent / "shared"


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


@pytest.fixture
def runtime(settings: Settings) -> Runtime:
    """An empty instance: migrated database, nothing in it."""
    return open_runtime(settings)
