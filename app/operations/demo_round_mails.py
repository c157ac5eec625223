"""A round mail that waits as a draft in the demo."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sqlmodel import Session, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.core.ids import derived_id
from app.operations.round_mail_audience import Audience
from app.operations.round_mail_models import RoundMail
from app.operations.round_mails import RoundMailInput, save_draft

_TEXT: Final = (
    "Guten Tag,\n\n"
    "wir laden alle, die Deutschlernen begleiten, zu einem Austausch ein: Was läuft gut, wo fehlen "
    "Plätze, wer sucht jemanden? Bringen Sie gern Ihre Fragen mit.\n\n"
    "Bitte geben Sie kurz Bescheid, ob Sie kommen."
)


def load_demo_round_mails(session: Session, today: date) -> None:
    """Keep the draft of an invitation, once."""
    editor = session.exec(select(User).where(User.role == "directory_editor", User.is_demo)).first()
    if editor is None or session.exec(select(RoundMail.id)).first() is not None:
        return
    told = RoundMailInput(
        subject="Einladung zum Austausch Deutschlernen",
        text=_TEXT,
        event_on=today + timedelta(days=23),
        event_time="17:00–19:00",
        event_place="Bürgersaal (Demo)",
        audience=Audience(goal_areas=("language",)),
    )
    save_draft(session, Actor(editor.id, "directory_editor"), told, derived_id("demo", "round_mail"))
