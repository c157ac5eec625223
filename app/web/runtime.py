"""The runtime of the application that answers this request."""

from __future__ import annotations

from typing import cast

from flask import current_app

from app.operations.runtime import Runtime

EXTENSION = "lotsenbuch"


def current_runtime() -> Runtime:
    """Settings, database, search engine and offer table of this application."""
    return cast(Runtime, current_app.extensions[EXTENSION])
