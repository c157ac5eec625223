"""A selection as a mail to an address that somebody typed."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, func, select

from app.accounts.permissions import Actor
from app.core.clock import utc_now
from app.core.errors import LotsenbuchError
from app.core.i18n import gettext as _
from app.core.i18n import language
from app.core.ids import new_id
from app.core.secrets import session_secret
from app.directory.collection_models import Selection
from app.directory.queries import OfferPage
from app.links.service import create_link
from app.mail.models import OutboxMail
from app.mail.service import draft_mail, write_mail
from app.operations.runtime import Runtime
from app.operations.selection_lists import load_public

PURPOSE: Final = "selection"
LINK_PURPOSE: Final = "selection"
HOLD: Final = timedelta(minutes=10)
LINK_LIFE: Final = timedelta(days=30)
MOST_A_DAY: Final = 30


class TooManyMailsError(LotsenbuchError):
    """The person sent as many mails today as anybody needs."""


def mail_selection(
    session: Session, runtime: Runtime, actor: Actor, selection: Selection, recipient: str
) -> str:
    """Write the mail, held for ten minutes; its id. Only public offers are in it.

    Raises `TooManyMailsError`, and `InvalidInputError` for what is no address.
    """
    if _mails_today(session, actor) >= MOST_A_DAY:
        raise TooManyMailsError("too many mails today")
    pages = load_public(session, selection.id).shown
    expires_at = utc_now() + LINK_LIFE
    secret = session_secret(runtime.settings)
    token = create_link(session, secret, LINK_PURPOSE, selection.id, expires_at, actor.id)
    address = f"{runtime.settings.public_url}/geteilt/{token}"
    with language("de"):
        text = _text(selection, pages, address)
        subject = _("A list of offers for you")
    draft = draft_mail(
        key=f"selection:{actor.id}:{new_id()}",
        purpose=PURPOSE,
        recipient=recipient,
        subject=subject,
        text=text,
        subject_type="selection",
        subject_id=selection.id,
        hold_for=HOLD,
    )
    return write_mail(session, draft)


def _mails_today(session: Session, actor: Actor) -> int:
    statement = (
        select(func.count())
        .select_from(OutboxMail)
        .where(
            col(OutboxMail.key).startswith(f"selection:{actor.id}:"),
            col(OutboxMail.created_at) > utc_now() - timedelta(days=1),
        )
    )
    return session.exec(statement).one()


def _text(selection: Selection, pages: tuple[OfferPage, ...], address: str) -> str:
    """Title, note and the offers in a few lines each; the link tells the rest."""
    blocks = [_("Good day,"), selection.title, selection.note]
    for page in pages:
        offer, provider = page.offer, page.provider
        phone = offer.contact_phone or provider.phone
        lines = [offer.title, provider.name, _("Phone: %(phone)s", phone=phone) if phone else ""]
        blocks.append("\n".join(line for line in lines if line))
    blocks.append(_("All of it with times and addresses, until the link expires:") + f"\n{address}")
    blocks.append(_("This mail was sent to you on request. Please do not answer it."))
    return "\n\n".join(block for block in blocks if block)
