"""What the pages of a handover show of each case: its summary, with the open referrals."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.handover_summaries import CaseSummary, load_summaries
from app.core import clock
from app.operations.runtime import Runtime
from app.referrals.case_figures import OpenReferral, list_open_referrals


@dataclass(frozen=True, slots=True)
class SummaryView:
    """A case in short, with its referrals."""

    summary: CaseSummary
    referrals: tuple[OpenReferral, ...]


def load_summary_views(
    session: Session, runtime: Runtime, actor: Actor, client_ids: Collection[str]
) -> Mapping[str, SummaryView]:
    """Client → summary, of those ``actor`` may see; each reading stands in the audit log."""
    now = clock.now(runtime.settings)
    summaries = load_summaries(session, actor, client_ids, runtime.today, now)
    referrals = list_open_referrals(session, actor, client_ids)
    for client_id in summaries:
        record_access(session, actor.id, "client.read", "client", client_id)
    return {
        client_id: SummaryView(summary, referrals.get(client_id, ()))
        for client_id, summary in summaries.items()
    }
