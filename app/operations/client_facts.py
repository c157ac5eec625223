"""What matching may know of clients, gathered from all that is recorded about them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from app.cases.queries import CaseBasis
from app.matching.service import build_client_facts
from app.matching.types import ClientFacts


def load_client_facts(session: Session, cases: Sequence[CaseBasis]) -> dict[str, ClientFacts]:
    """Client id → facts, for one case or a whole caseload, in a few queries.

    The caller has checked who asks, and notes the reading.
    """
    del session  # what hangs on referrals follows
    return {case.client.id: build_client_facts(case) for case in cases}
