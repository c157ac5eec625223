"""Whether the application answers: for the operator's monitoring."""

from __future__ import annotations

from flask import Blueprint
from sqlmodel import text

from app.web.access import public
from app.web.runtime import current_runtime

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@public
def health() -> dict[str, str]:
    """200 when the database answers."""
    with current_runtime().database.read() as session:
        session.connection().execute(text("SELECT 1"))
    return {"status": "ok"}
