"""What a referral's page shows of those that were made together with it."""

from __future__ import annotations

from typing import Any

from app.referrals.bundle_queries import find_choices, find_group
from app.referrals.opening import ReferralCase
from app.web.access import current_actor
from app.web.runtime import current_runtime


def load_bundle_part(found: ReferralCase) -> dict[str, Any]:
    """``group`` (`GroupOf`) and ``choices`` (`ChoicesOf`), `None` each where there is nothing."""
    if found.referral.bundle_id is None:
        return {"group": None, "choices": None}
    actor, referral = current_actor(), found.referral
    with current_runtime().database.write() as session:
        group = find_group(session, referral, actor, is_opened=found.details is not None)
        return {"group": group, "choices": find_choices(session, referral, actor)}
