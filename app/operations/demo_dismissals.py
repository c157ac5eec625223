"""Offers that the demo's case workers set aside for their clients. Drawn from a fixed seed."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.cases.models import CaseEvent, Client
from app.cases.queries import load_cases
from app.core.ids import derived_id
from app.directory.interests import load_taxonomy
from app.directory.public_holidays import Holidays
from app.directory.table_loading import load_offer_table
from app.matching.dismissals import ClientReason, DismissalInput, dismiss_offer
from app.matching.models import OfferDismissal
from app.matching.rule_files import load_rules
from app.operations.client_facts import load_client_facts
from app.operations.demo_cases import client_id
from app.operations.referring import MatchingBasis

_SEED: Final = 2207
_SHARE: Final = 0.3
"""Of the clients for whom something was set aside."""
_REASONS: Final[tuple[tuple[ClientReason, str | None], ...]] = (
    ("not_interested", None),
    ("too_far", "Mit zweimal Umsteigen zu weit, vor allem im Winter."),
    ("times", None),
    ("tried_before", "War vor einem Jahr zweimal dort und hat sich nicht wohlgefühlt."),
    ("family", None),
    ("other", "Möchte erst den Deutschkurs beenden, dann noch einmal ansprechen."),
)
_SHOWN: Final = "amira"
"""Has always something set aside."""
_BEST_LEFT: Final = 3
"""As many of the best offers of a group stay."""
_LONGEST_DAYS: Final = 120


def load_demo_dismissals(session: Session, today: date, holidays: Holidays) -> int:
    """Set offers aside for clients of the demo, once; tells how many."""
    if session.exec(select(OfferDismissal.id)).first() is not None:
        return 0
    rng = random.Random(_SEED)  # noqa: S311  the same choice every time, nothing secret
    basis = MatchingBasis(load_offer_table(session, holidays), load_rules(), load_taxonomy())
    cases = load_cases(session, col(Client.is_demo).is_(True), col(Client.closed_on).is_(None))
    facts = load_client_facts(session, cases)
    count = 0
    for case in sorted(cases, key=lambda one: one.client.id):
        if case.client.id != client_id(_SHOWN) and rng.random() >= _SHARE:
            continue
        found = basis.rank(facts[case.client.id], today, per_group=_BEST_LEFT + 1).matches
        ranks: dict[str, int] = {}
        for match in found:
            ranks[match.serves] = ranks.get(match.serves, 0) + 1
            if ranks[match.serves] > _BEST_LEFT:
                _set_aside(session, rng, case.client, match.offer_id, today)
                count += 1
                break
    return count


def _set_aside(
    session: Session, rng: random.Random, client: Client, offer_id: str, today: date
) -> None:
    reason, note = rng.choice(_REASONS)
    key = derived_id("demo-dismissal", f"{client.id}:{offer_id}")
    dismissal_id = dismiss_offer(
        session,
        Actor(client.case_worker_id, "case_worker"),
        client.id,
        DismissalInput(offer_id=offer_id, reason=reason, note=note),
        key,
    )
    began = client.counselling_started_on or today
    days = rng.randint(0, min(_LONGEST_DAYS, max(0, (today - began).days)))
    moment = datetime.combine(today - timedelta(days=days), time(11, 20), UTC)
    session.get_one(OfferDismissal, dismissal_id).created_at = moment
    noted = select(CaseEvent).where(
        CaseEvent.client_id == client.id, CaseEvent.code == "offer_set_aside"
    )
    for event in session.exec(noted).all():
        event.at = moment
    session.flush()
