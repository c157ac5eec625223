"""The timeline of a case, composed of what cases and referrals record. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.cases.models import CaseEvent
from app.referrals.queries import ReferralLine, ReferralStep


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened: a case event, a new referral, or a step of one."""

    at: datetime
    actor_name: str
    event: CaseEvent | None = None
    referral: ReferralLine | None = None
    step: ReferralStep | None = None
    """`None` together with a referral: the referral itself was made."""


def build_timeline(
    events: Sequence[CaseEvent],
    referrals: Sequence[ReferralLine],
    steps: Mapping[str, Sequence[ReferralStep]],
    names: Mapping[str, str],
) -> tuple[TimelineEntry, ...]:
    """Everything, the newest first; the opening of the case comes last of what happened at once.

    ``steps`` are by referral, the oldest first; ``names`` are those of the actors of ``events``.
    """
    entries = [TimelineEntry(e.at, names.get(e.actor_id or "", ""), event=e) for e in events]
    for referral in referrals:
        for number, step in enumerate(steps.get(referral.id, ())):
            is_first = number == 0
            entries.append(
                TimelineEntry(
                    step.event.at,
                    step.actor_name,
                    referral=referral,
                    step=None if is_first else step,
                )
            )
    return tuple(sorted(entries, key=_when, reverse=True))


def _when(entry: TimelineEntry) -> tuple[datetime, bool]:
    return entry.at, entry.event is None or entry.event.code != "client_created"
