"""Merging entries with all that hangs on them: referrals, those who wait and the accounts of a
provider's people move along, the access log notes it."""

from __future__ import annotations

from sqlmodel import Session

from app.accounts.permissions import Actor
from app.accounts.queries import list_users_of_provider
from app.accounts.service import move_accounts
from app.audit.service import record_access
from app.directory.history import Author
from app.directory.merging import MergeOrder, get_merge, undo_merge_of_entries
from app.directory.merging import merge_entries as merge_in_directory
from app.directory.models import Offer
from app.directory.upkeep_models import EntryMerge
from app.matching.confidential_offers import take_off_lists
from app.matching.tandems import move_tandems, return_tandems
from app.matching.waiting import move_entries, return_entries
from app.referrals.service import move_referrals, return_referrals


def merge_entries(session: Session, actor: Actor, order: MergeOrder) -> EntryMerge:
    """Make two entries one; raises like `app.directory.merging.merge_entries`."""
    merge = merge_in_directory(session, Author(actor.name, actor.id), order)
    if merge.entry_type == "offer":
        if session.get_one(Offer, merge.kept_id).is_sensitive:
            take_off_lists(session, (merge.merged_id, merge.kept_id))
        moved = move_referrals(session, actor.id, merge.merged_id, merge.kept_id)
        waiting = move_entries(session, merge.merged_id, merge.kept_id)
        tandems = move_tandems(session, merge.merged_id, merge.kept_id)
        merge.before = merge.before | {"referrals": moved, "waiting": waiting, "tandems": tandems}
        session.add(merge)
    else:
        people = [user.id for user in list_users_of_provider(session, merge.merged_id)]
        moved = move_accounts(session, actor, people, merge.merged_id, merge.kept_id)
        merge.before = merge.before | {"accounts": moved}
        session.add(merge)
    record_access(session, actor.id, "entry.merge", merge.entry_type, merge.merged_id)
    session.flush()
    return merge


def undo_merge(session: Session, actor: Actor, merge_id: str) -> EntryMerge:
    """Make two entries of one again; raises `NotFoundError` and `UndoForbiddenError`."""
    merge = get_merge(session, merge_id)
    undo_merge_of_entries(session, Author(actor.name, actor.id), merge)
    if merge.entry_type == "offer":
        referrals = merge.before.get("referrals", [])
        return_referrals(session, actor.id, referrals, merge.kept_id, merge.merged_id)
        return_entries(session, merge.before.get("waiting", []), merge.merged_id)
        return_tandems(session, merge.before.get("tandems", []), merge.merged_id)
    else:
        people = merge.before.get("accounts", [])
        move_accounts(session, actor, people, merge.kept_id, merge.merged_id)
    record_access(session, actor.id, "entry.unmerge", merge.entry_type, merge.merged_id)
    session.flush()
    return merge
