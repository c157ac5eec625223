"""The HSDS API on the demo."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.web.runtime import EXTENSION
from tests.contracts.hsds_api import open_app


@pytest.fixture(scope="package")
def unchanged(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of the demo, shared by the tests that change nothing."""
    folder = tmp_path_factory.mktemp("hsds") / "demo"
    shutil.copytree(demo_folder, folder)
    application = open_app(folder)
    yield application.test_client()
    application.extensions[EXTENSION].search_engine.close()
    application.extensions[EXTENSION].database.dispose()


@pytest.fixture
def app(demo_folder: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application on a demo of its own."""
    folder = tmp_path / "demo"
    shutil.copytree(demo_folder, folder)
    application = open_app(folder)
    yield application
    application.extensions[EXTENSION].search_engine.close()
    application.extensions[EXTENSION].database.dispose()
