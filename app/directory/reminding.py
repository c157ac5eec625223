"""Asking providers whether their entries are right, taking out what nobody confirms.

Each provider gets one mail for all its entries that are due: three reminders a round, then the editor
is told to call. Who cannot be reached by mail stands on the editor's list at once. A round begins when
the oldest entry becomes due and ends when that one is confirmed or taken out. Everything may run twice,
or at the same time on two machines: stages are unique in the database, and so are the mails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.core.day_times import clock_time_of
from app.core.errors import ConflictError
from app.core.i18n import weekday_name
from app.directory.confirming import list_reported_ids
from app.directory.due_entries import BATCH, DueOffer, Reach, load_due_offers, load_reach
from app.directory.editing import change_offer
from app.directory.freshness import EDITOR_STAGE, may_unpublish, reminder_stage
from app.directory.freshness_rules import REMINDERS, FreshnessRules
from app.directory.history import Author
from app.directory.models import OfferSession
from app.directory.reminder_mails import (
    CallLine,
    EditorReason,
    MailText,
    ReminderLine,
    build_editor_digest,
    build_reminder,
)
from app.directory.upkeep_models import Reminder
from app.links.service import create_link
from app.mail.models import OutboxMail
from app.mail.service import draft_mail, write_mail

LINK_PURPOSE: Final = "verify_provider"
REMINDER_PURPOSE: Final = "reminder"
DIGEST_PURPOSE: Final = "reminder_digest"
PRODUCT: Final = Author("Lotsenbuch")
"""Who takes out what nobody confirms."""
MOST_TIMES = 4
"""Weekly times that a mail names of one offer."""
NowOutcome = Literal["sent", "today_already", "no_address", "nothing_due"]


class RemindedMeanwhileError(ConflictError):
    """Another machine, or an editor, sends the same reminder at this moment."""


@dataclass(frozen=True, slots=True)
class ReminderBasis:
    """What reminding needs to know besides the directory."""

    today: date
    now: datetime
    rules: FreshnessRules
    secret: str
    """Signs the links."""
    public_url: str
    with_demo_editors: bool = False
    """Whether the editors of the demo get mails, too."""


@dataclass(frozen=True, slots=True)
class Round:
    """A provider with entries that are due, and how far asking has come."""

    reach: Reach
    offers: tuple[DueOffer, ...]
    """The longest overdue first."""
    last: tuple[int, date] | None
    """Stage and day of the newest reminder of this round."""
    told: frozenset[str]
    """The offers that the editor was told of in this round."""

    @property
    def round_on(self) -> date:
        """The day on which the oldest of the entries became due."""
        return self.offers[0].freshness.due_on

    @property
    def mailable(self) -> tuple[DueOffer, ...]:
        """What may stand in a mail: nothing protected."""
        return tuple(offer for offer in self.offers if offer.visibility != "protected")

    @property
    def reason(self) -> EditorReason:
        """Why the editor has to call."""
        if not self.mailable:
            return "protected"
        if self.reach.email is None:
            return "no_address"
        return "bounced" if self.reach.is_bounced else "no_answer"

    def next_stage(self, today: date, rules: FreshnessRules) -> int | None:
        """The stage that is due today, or `None`."""
        if self.last is not None and self.last[0] >= EDITOR_STAGE:
            return None
        if self.reason != "no_answer":
            return EDITOR_STAGE
        return reminder_stage(today, self.round_on, self.last, rules)

    def expired(self, today: date, rules: FreshnessRules) -> tuple[DueOffer, ...]:
        """The offers that are to be taken out today."""
        told_on = self.last[1] if self.last is not None and self.last[0] == EDITOR_STAGE else None
        return tuple(
            offer
            for offer in self.offers
            if offer.id in self.told and may_unpublish(offer.freshness, told_on, today, rules)
        )


def load_rounds(
    session: Session, today: date, rules: FreshnessRules, provider_id: str | None = None
) -> list[Round]:
    """All providers (or the one) with entries that are due; the longest overdue first.

    Who has said that an entry is wrong is not asked about it again: it waits for an editor's decision.
    """
    offers_of: dict[str, list[DueOffer]] = defaultdict(list)
    due = load_due_offers(session, today, rules, provider_id)
    reported = list_reported_ids(session, {offer.provider_id for offer in due})
    for offer in due:
        if offer.id not in reported:
            offers_of[offer.provider_id].append(offer)
    reach = load_reach(session, offers_of)
    reminders = _load_reminders(session, offers_of)
    rounds = []
    for key, offers in offers_of.items():
        round_on = offers[0].freshness.due_on
        of_round = [row for row in reminders[key] if row.round_on == round_on]
        newest = max(of_round, key=lambda row: row.stage, default=None)
        last = None if newest is None else (newest.stage, newest.sent_on)
        is_told = newest is not None and newest.stage == EDITOR_STAGE
        told = frozenset(newest.offer_ids) if newest is not None and is_told else frozenset[str]()
        rounds.append(Round(reach[key], tuple(offers), last, told))
    return rounds


def take_out_expired(
    session: Session, provider_id: str, today: date, rules: FreshnessRules
) -> list[str]:
    """Take out the provider's offers that nobody confirmed in time; their ids. Nothing is deleted."""
    taken = []
    for found in load_rounds(session, today, rules, provider_id):
        for offer in found.expired(today, rules):
            change_offer(session, PRODUCT, offer.id, {"status": "unconfirmed"}, "freshness")
            taken.append(offer.id)
    return taken


def remind_provider(session: Session, provider_id: str, basis: ReminderBasis) -> int | None:
    """Send the reminder that is due today; its stage, or `None` when none is.

    Stage 4 writes no mail by itself: `write_editor_digest` puts all of a day into one. Raises
    `RemindedMeanwhileError`; then nothing of this transaction may stay.
    """
    found = load_rounds(session, basis.today, basis.rules, provider_id)
    stage = found[0].next_stage(basis.today, basis.rules) if found else None
    if stage is None:
        return None
    _note(session, found[0], stage, basis)
    return stage


def remind_now(session: Session, provider_id: str, basis: ReminderBasis) -> NowOutcome:
    """An editor asks to send the next reminder at once; at most one leaves on a day.

    After the third, the third is sent again. Raises like `remind_provider`.
    """
    found = load_rounds(session, basis.today, basis.rules, provider_id)
    if not found:
        return "nothing_due"
    this = found[0]
    if this.reason != "no_answer":
        return "no_address"
    stage, told_on = this.last or (0, date.min)
    if told_on == basis.today and stage < EDITOR_STAGE:
        return "today_already"
    if stage < REMINDERS:
        _note(session, this, stage + 1, basis)
    else:
        key = f"reminder:{provider_id}:{this.round_on}:again:{basis.today}"
        if session.exec(select(OutboxMail.id).where(OutboxMail.key == key)).first() is not None:
            return "today_already"
        _write_reminder(session, this, REMINDERS, key, basis)
    return "sent"


def write_editor_digest(session: Session, basis: ReminderBasis) -> int:
    """One mail to each editor with all providers to call that no such mail has named; how many.

    Should a mail of this day be written already, the rest waits for tomorrow's.
    """
    rows = session.exec(
        select(Reminder)
        .where(Reminder.stage == EDITOR_STAGE, col(Reminder.mail_id).is_(None))
        .order_by(col(Reminder.provider_id))
    ).all()
    still_due = {r.reach.id: r for r in load_rounds(session, basis.today, basis.rules)}
    rounds = [
        still_due[row.provider_id]
        for row in rows
        if row.provider_id in still_due and still_due[row.provider_id].round_on == row.round_on
    ]
    editors = _list_editors(session, basis)
    key = f"reminders:{basis.today}"
    is_written = select(OutboxMail.id).where(col(OutboxMail.key).startswith(key, autoescape=True))
    if not rounds or not editors or session.exec(is_written).first() is not None:
        return 0
    lines = [CallLine(r.reach.name, r.reach.phone, len(r.offers), r.reason) for r in rounds]
    text = build_editor_digest(lines, f"{basis.public_url}/pflege/ueberfaellig")
    mail_ids = [
        _write(session, f"{key}:{editor.id}", DIGEST_PURPOSE, editor.email, text) for editor in editors
    ]
    for row in rows:
        row.mail_id = mail_ids[0]
        session.add(row)
    return len(rounds)


def _note(session: Session, this: Round, stage: int, basis: ReminderBasis) -> None:
    mail_id = None
    if stage < EDITOR_STAGE:
        key = f"reminder:{this.reach.id}:{this.round_on}:{stage}"
        mail_id = _write_reminder(session, this, stage, key, basis)
    row = Reminder(
        provider_id=this.reach.id,
        round_on=this.round_on,
        stage=stage,
        sent_on=basis.today,
        mail_id=mail_id,
        offer_ids=[offer.id for offer in this.offers],
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise RemindedMeanwhileError("somebody else is reminding this provider") from None


def _write_reminder(session: Session, this: Round, stage: int, key: str, basis: ReminderBasis) -> str:
    valid_for = timedelta(days=basis.rules.link.days)
    token = create_link(
        session,
        basis.secret,
        purpose=LINK_PURPOSE,
        subject_id=this.reach.id,
        expires_at=basis.now + valid_for,
        created_by=None,
    )
    times = _load_times(session, [offer.id for offer in this.mailable])
    lines = [ReminderLine(o.title, times.get(o.id, ""), o.verified_on) for o in this.mailable]
    text = build_reminder(
        stage,
        this.reach.name,
        lines,
        f"{basis.public_url}/bestaetigung/{token}",
        basis.today + valid_for,
        _unpublished_on(this, basis),
    )
    return _write(session, key, REMINDER_PURPOSE, this.reach.mail_to or "", text, this.reach.id)


def _write(
    session: Session, key: str, purpose: str, recipient: str, text: MailText, provider_id: str = ""
) -> str:
    draft = draft_mail(
        key=key,
        purpose=purpose,
        recipient=recipient,
        subject=text.subject,
        text=text.text,
        subject_type="provider" if provider_id else None,
        subject_id=provider_id or None,
    )
    return write_mail(session, draft)


def _unpublished_on(this: Round, basis: ReminderBasis) -> date:
    """The earliest day on which an entry of this mail will be taken out."""
    after = basis.rules.after
    told_on = basis.today + timedelta(days=after.editor - after.reminders[-1])
    by_editor = told_on + timedelta(days=after.unpublish - after.editor)
    return max(by_editor, this.round_on + timedelta(days=after.unpublish))


def _load_reminders(session: Session, provider_ids: Iterable[str]) -> dict[str, list[Reminder]]:
    found: dict[str, list[Reminder]] = defaultdict(list)
    ids = list(provider_ids)
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        for row in session.exec(select(Reminder).where(col(Reminder.provider_id).in_(batch))):
            found[row.provider_id].append(row)
    return found


def _load_times(session: Session, offer_ids: Sequence[str]) -> dict[str, str]:
    """Offer id → its weekly times in short."""
    words: dict[str, list[str]] = defaultdict(list)
    for start in range(0, len(offer_ids), BATCH):
        for time in session.exec(
            select(OfferSession)
            .where(col(OfferSession.offer_id).in_(offer_ids[start : start + BATCH]))
            .order_by(col(OfferSession.weekday), col(OfferSession.from_minute))
        ):
            day = weekday_name(time.weekday, "abbreviated")
            span = f"{clock_time_of(time.from_minute)}–{clock_time_of(time.to_minute)}"
            words[time.offer_id].append(f"{day} {span}")
    return {
        key: ", ".join(spans[:MOST_TIMES]) + (" …" if len(spans) > MOST_TIMES else "")
        for key, spans in words.items()
    }


def _list_editors(session: Session, basis: ReminderBasis) -> Sequence[User]:
    statement = select(User).where(User.role == "directory_editor", col(User.is_active))
    if not basis.with_demo_editors:
        statement = statement.where(~col(User.is_demo))
    return session.exec(statement.order_by(col(User.email))).all()
