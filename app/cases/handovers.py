"""Handing cases over to another case worker, and taking that back within a day (Übergabe).

Everything hangs on the client, so it is enough to change who is in charge: follow-ups, appointments and
the plan go along, and whoever stands in for the new case worker sees the case, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.codes import HANDOVER_REASONS
from app.cases.colleagues import CASE_ROLES, get_colleague, is_member_led
from app.cases.histories import note_event
from app.cases.models import Client
from app.cases.policy import is_handed_over_by
from app.cases.privacy_models import HandedOverCase, Handover
from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.core.i18n import language, ngettext
from app.core.ids import new_id
from app.mail.service import draft_mail, write_mail

UNDO_WITHIN: Final = timedelta(hours=24)
MOST_CASES: Final = 1000
LONGEST_NOTE: Final = 4000


@dataclass(frozen=True, slots=True)
class CaseToHandOver:
    """One case of a handover as it was shown."""

    client_id: str
    from_id: str
    """Whose it was when the form was opened."""
    note: str = ""
    """What the next one should know about this case."""


@dataclass(frozen=True, slots=True)
class HandoverOrder:
    """Which cases go to whom, and why."""

    to_id: str
    reason: str
    """A code of `app.cases.codes.HandoverReason`."""
    cases: tuple[CaseToHandOver, ...]
    note: str = ""
    creation_key: str = ""


class CasesMovedError(ConflictError):
    """Some of the cases are not where the form says any more."""

    def __init__(self, client_ids: Sequence[str]) -> None:
        super().__init__(
            ngettext(
                "%(num)s of these cases is not where it was: somebody else was quicker, or you may not "
                "hand it over any more.",
                "%(num)s of these cases are not where they were: somebody else was quicker, or you may "
                "not hand them over any more.",
                len(client_ids),
            )
        )
        self.client_ids = tuple(client_ids)


@dataclass(frozen=True, slots=True)
class UndoneHandover:
    """What came of taking a handover back."""

    returned: tuple[str, ...]
    """Ids of the clients who are back where they were."""
    kept: Mapping[str, str]
    """Id of each client who is not → the name of the case worker in charge."""


def hand_over_cases(session: Session, actor: Actor, order: HandoverOrder, address: str) -> Handover:
    """Give the cases to another case worker, all or none; the same form sent twice does so once.

    ``address`` begins the link of the mail to the new case worker; the id of the handover is put
    behind it. Raises `InvalidInputError` naming the field, `CasesMovedError` when one of them is not
    ``actor``'s to give any more, or not with whom the form says.
    """
    if earlier := _find_earlier(session, actor, order.creation_key):
        return earlier
    receiver = get_colleague(session, order.to_id, field="to_id")
    _check(order)
    clients = _fetch(session, actor, order)
    handover = Handover(
        to_id=receiver.id,
        by_id=actor.id,
        at=utc_now(),
        reason=order.reason,
        note=order.note.strip() or None,
        creation_key=order.creation_key or new_id(),
    )
    session.add(handover)
    session.flush()
    for case in order.cases:
        session.add(
            HandedOverCase(
                handover_id=handover.id,
                client_id=case.client_id,
                from_id=case.from_id,
                note=case.note.strip() or None,
                seen_at=utc_now() if receiver.id == actor.id else None,
            )
        )
        _give(session, clients[case.client_id], receiver.id)
        note_event(session, case.client_id, actor, "handed_over", {"reason": order.reason})
        record_access(session, actor.id, "client.hand_over", "client", case.client_id)
    if receiver.id != actor.id:
        _tell(session, handover, receiver, len(order.cases), f"{address.rstrip('/')}/{handover.id}")
    session.flush()
    return handover


def undo_handover(session: Session, actor: Actor, handover_id: str) -> UndoneHandover:
    """Take a handover back: the cases that stayed with the new one return, the others stay.

    Who got a case again by a later handover keeps it. By who did it or who leads the team, within
    `UNDO_WITHIN`. Raises `NotFoundError`, and `ConflictError` when it is too late or was undone before.
    """
    handover = get_own_handover(session, actor, handover_id, for_update=True)
    if handover.undone_at is not None:
        raise ConflictError(_("This handover was taken back before."))
    if utc_now() - handover.at > UNDO_WITHIN:
        raise ConflictError(_("A handover can be taken back for 24 hours. Please hand the cases over."))
    rows = session.exec(
        select(HandedOverCase, Client, User)
        .join(Client, col(Client.id) == HandedOverCase.client_id)
        .join(User, col(User.id) == HandedOverCase.from_id)
        .where(col(HandedOverCase.handover_id) == handover.id)
        .with_for_update(of=Client)
    ).all()
    went_on = _list_handed_over_since(session, handover)
    returned, kept = [], {}
    for case, client, before in rows:
        is_there = client.case_worker_id == handover.to_id and client.id not in went_on
        if not is_there or not _may_have_cases(before):
            kept[client.id] = client.case_worker_id
            continue
        _give(session, client, case.from_id)
        note_event(session, client.id, actor, "handover_undone", {})
        record_access(session, actor.id, "client.take_back", "client", client.id)
        returned.append(client.id)
    handover.undone_at, handover.undone_by = utc_now(), actor.id
    session.add(handover)
    session.flush()
    wanted = select(User.id, User.name).where(col(User.id).in_(set(kept.values())))
    names = dict(session.exec(wanted).all())
    return UndoneHandover(tuple(returned), {key: names[worker] for key, worker in kept.items()})


def mark_as_seen(
    session: Session, actor: Actor, handover_id: str, client_id: str | None = None
) -> None:
    """Note that the new case worker has read about one case, or (`None`) all of them.

    Raises `NotFoundError` for everybody else.
    """
    unseen = select(HandedOverCase).join(Handover, col(Handover.id) == HandedOverCase.handover_id)
    unseen = unseen.where(col(HandedOverCase.handover_id) == handover_id, Handover.to_id == actor.id)
    if client_id is not None:
        unseen = unseen.where(col(HandedOverCase.client_id) == client_id)
    rows = session.exec(unseen).all()
    if not rows:
        raise NotFoundError("no such handover")
    for row in rows:
        if row.seen_at is None:
            row.seen_at = utc_now()
            session.add(row)
            record_access(session, actor.id, "handover.seen", "client", row.client_id)
    session.flush()


def get_own_handover(
    session: Session, actor: Actor, handover_id: str, *, for_update: bool = False
) -> Handover:
    """The handover when ``actor`` did it or leads the team of one of the two; or `NotFoundError`."""
    statement = select(Handover).where(col(Handover.id) == handover_id)
    handover = session.exec(statement.with_for_update() if for_update else statement).first()
    if handover is None or not actor.may("case:hand_over"):
        raise NotFoundError("no such handover")
    is_led = any(is_member_led(session, actor, key) for key in (handover.to_id, handover.by_id))
    if handover.by_id != actor.id and not is_led:
        raise NotFoundError("no such handover")
    return handover


def _find_earlier(session: Session, actor: Actor, creation_key: str) -> Handover | None:
    if not actor.may("case:hand_over"):
        raise NotFoundError("no such page")
    earlier = session.exec(select(Handover).where(Handover.creation_key == creation_key)).first()
    if earlier is not None and earlier.by_id != actor.id:
        raise ConflictError(_("This form was already used. Please open a new one."))
    return earlier


def _check(order: HandoverOrder) -> None:
    if order.reason not in HANDOVER_REASONS:
        raise InvalidInputError(_("Please choose a reason."), field="reason")
    if not order.cases:
        raise InvalidInputError(_("Please choose at least one case."), field="cases")
    if len(order.cases) > MOST_CASES or len({c.client_id for c in order.cases}) < len(order.cases):
        raise InvalidInputError(_("Please choose each case once, and at most 1,000."), field="cases")
    if any(len(note) > LONGEST_NOTE for note in (order.note, *(case.note for case in order.cases))):
        raise InvalidInputError(_("At most 4,000 characters, please."), field="note")
    if any(case.from_id == order.to_id for case in order.cases):
        raise InvalidInputError(_("One of the cases is with this person already."), field="to_id")


def _fetch(session: Session, actor: Actor, order: HandoverOrder) -> dict[str, Client]:
    """The clients, held until the transaction ends; raises `CasesMovedError`."""
    wanted = {case.client_id: case.from_id for case in order.cases}
    rows = session.exec(
        select(Client)
        .where(col(Client.id).in_(wanted), is_handed_over_by(actor))
        .order_by(col(Client.id))
        .with_for_update()
    ).all()
    found = {client.id: client for client in rows}
    moved = [
        key for key, before in wanted.items() if key not in found or found[key].case_worker_id != before
    ]
    if moved:
        raise CasesMovedError(moved)
    return found


def _give(session: Session, client: Client, case_worker_id: str) -> None:
    client.case_worker_id = case_worker_id
    client.updated_at = utc_now()
    session.add(client)


def _list_handed_over_since(session: Session, handover: Handover) -> frozenset[str]:
    """The clients who were handed over again afterwards, unless that was taken back."""
    later = (
        select(HandedOverCase.client_id)
        .join(Handover, col(Handover.id) == HandedOverCase.handover_id)
        .where(
            col(Handover.at) >= handover.at,
            col(Handover.id) != handover.id,
            col(Handover.undone_at).is_(None),
        )
    )
    return frozenset(session.exec(later).all())


def _may_have_cases(user: User) -> bool:
    return user.is_active and user.role in CASE_ROLES


def _tell(session: Session, handover: Handover, receiver: User, count: int, link: str) -> None:
    with language(receiver.language):
        subject = ngettext(
            "%(num)s case was handed over to you", "%(num)s cases were handed over to you", count
        )
        text = "\n\n".join(
            (
                _("Hello %(name)s,", name=receiver.name),
                ngettext(
                    "%(num)s case is yours now. What there is to know stands here:",
                    "%(num)s cases are yours now. What there is to know stands here:",
                    count,
                )
                + f"\n{link}",
                _("The page shows it after you have signed in."),
            )
        )
    write_mail(
        session,
        draft_mail(
            key=f"handover:{handover.id}",
            purpose="handover",
            recipient=receiver.email,
            subject=subject,
            text=text + "\n",
            subject_type="handover",
            subject_id=handover.id,
        ),
    )
