"""Providers to choose from, such as the authorities that pay benefits."""

from __future__ import annotations

from sqlmodel import Session, col, select

from app.directory.codes import ProviderKind
from app.directory.models import Provider


def list_provider_names(
    session: Session, kind: ProviderKind, also: str | None = None
) -> list[tuple[str, str]]:
    """Id and name of the providers of ``kind``, by name; ``also``: an id that is listed anyway."""
    is_offered = (col(Provider.kind) == kind) & col(Provider.merged_into_id).is_(None)
    rows = session.exec(
        select(Provider.id, Provider.name)
        .where(is_offered | (col(Provider.id) == also))
        .order_by(col(Provider.name), col(Provider.id))
    ).all()
    return [(provider_id, name) for provider_id, name in rows]
