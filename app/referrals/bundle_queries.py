"""Reading what was made together: a group that goes to one offer, or one client's choices."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.models import Client
from app.cases.policy import is_confided_to, is_visible_to
from app.core.errors import NotFoundError
from app.referrals.models import Referral
from app.referrals.next_choice import choices_of, list_choices
from app.referrals.preferences import find_needless, find_next
from app.referrals.queries import ReferralLine, list_lines
from app.referrals.states import is_open


@dataclass(frozen=True, slots=True)
class GroupOf:
    """Those who were referred to the same offer together."""

    bundle_id: str
    lines: tuple[ReferralLine, ...]
    """Of the clients whom the person asking may see."""
    hidden: int
    """How many others there are."""


@dataclass(frozen=True, slots=True)
class ChoicesOf:
    """A client's choices in order, with what is to be done about them."""

    lines: tuple[tuple[int, ReferralLine], ...]
    next_id: str | None
    """The choice whose turn it is, seen from one that has ended."""
    waiting: tuple[str, ...]
    """Needless by now, and nobody was told: can be cancelled at once."""
    under_way: tuple[str, ...]
    """Needless by now, to be withdrawn one by one."""


def load_group(session: Session, bundle_id: str, actor: Actor) -> GroupOf:
    """Who was referred together, with an audit entry (needs a transaction that writes).

    What is sealed only for those whom the case is confided to: that it is the same offer tells
    something about it. Raises `NotFoundError` when ``actor`` may see none of them.
    """
    is_known = or_(col(Referral.offer_id).is_not(None), is_confided_to(actor))
    of_group = [col(Referral.bundle_id) == bundle_id, col(Referral.preference).is_(None)]
    conditions = [is_visible_to(actor), is_known, *of_group]
    lines = list_lines(session, conditions, (col(Client.family_name), col(Client.given_name)))
    if not lines:
        raise NotFoundError("no such bundle")
    total = session.exec(select(func.count()).select_from(Referral).where(*of_group)).one()
    record_access(session, actor.id, "referral.list", "referral_list", "")
    return GroupOf(bundle_id, lines, total - len(lines))


def find_group(
    session: Session, referral: Referral, actor: Actor, *, is_opened: bool
) -> GroupOf | None:
    """The others of the group of a referral that ``actor`` sees; `None`: it was made alone.

    ``is_opened``: what is sealed in it is shown; otherwise a sealed one tells nothing of others.
    """
    if referral.bundle_id is None or referral.preference is not None:
        return None
    if referral.offer_id is None and not is_opened:
        return None
    found = load_group(session, referral.bundle_id, actor)
    others = tuple(line for line in found.lines if line.id != referral.id)
    return GroupOf(found.bundle_id, others, found.hidden) if others or found.hidden else None


def find_choices(session: Session, referral: Referral, actor: Actor) -> ChoicesOf | None:
    """The client's choices, of a referral that ``actor`` sees; `None`: there is no order.

    Those that are confidential have their neutral title.
    """
    referrals = list_choices(session, referral)
    if not referrals:
        return None
    ids = [one.id for one in referrals]
    lines = list_lines(session, [is_visible_to(actor), col(Referral.id).in_(ids)], ())
    by_id = {line.id: line for line in lines}
    choices = choices_of(referrals)
    following = None if is_open(referral.state) else find_next(choices)
    needless = find_needless(choices, referral.id)
    return ChoicesOf(
        lines=tuple((one.preference, by_id[one.referral_id]) for one in choices),
        next_id=following.referral_id if following else None,
        waiting=tuple(one.referral_id for one in needless.waiting),
        under_way=tuple(one.referral_id for one in needless.under_way),
    )
