"""The plan as a whole: made with its first entry, counted up with each change. Nothing is committed."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session

from app.cases.plan_models import IntegrationPlan
from app.cases.plan_rules import first_review_day
from app.core.errors import ConflictError
from app.core.i18n import gettext as _

NO_VERSION = 0
"""Of a plan that does not exist yet."""


def plan_version(plan: IntegrationPlan | None) -> int:
    """The version that a form remembers; `NO_VERSION` without a plan."""
    return NO_VERSION if plan is None else plan.version


def require_version(session: Session, client_id: str, version: int) -> None:
    """Raise `ConflictError` when the plan changed since ``version`` was shown."""
    if plan_version(session.get(IntegrationPlan, client_id)) != version:
        raise ConflictError(_("Somebody else changed this plan in the meantime."))


def touch_plan(
    session: Session, client_id: str, today: date, *, is_agreement: bool = True
) -> IntegrationPlan:
    """Count the plan up, making it when there is none; the caller holds the client's row.

    ``is_agreement``: what was agreed on changed, so that an earlier signature does not cover it.
    """
    plan = session.get(IntegrationPlan, client_id)
    if plan is None:
        plan = IntegrationPlan(
            client_id=client_id, version=NO_VERSION, review_on=first_review_day(today)
        )
    plan.version += 1
    plan.changed_on = today
    if is_agreement and plan.signed_on is not None:
        plan.changed_since_signature = True
    session.add(plan)
    return plan
