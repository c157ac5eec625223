"""Mails that go with a tandem: two weeks after it began how it goes, and thanks at its end.

They say nothing about the client. Written by a job that looks at the tandems themselves, so that it is
the same whoever told the beginning or the end; each mail is written once, however often it runs.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sqlmodel import Session, col, or_, select

from app.accounts.models import User
from app.accounts.queries import list_users_of_provider
from app.cases.models import Client
from app.core.i18n import gettext as _
from app.core.i18n import language
from app.directory.models import Offer
from app.mail.service import draft_mail, write_mail
from app.matching.models import Tandem
from app.operations.partner_requests import find_request_address
from app.operations.runtime import Runtime

TWO_WEEKS: Final = timedelta(days=14)
LATEST: Final = timedelta(days=14)
"""So long after its day a mail is still written; a job that stood still writes of nothing older."""
NOTHING_BEGAN: Final = "mistake"
SUBJECT_TYPE: Final = "tandem"


def accompany_volunteers(runtime: Runtime) -> int:
    """The daily job: write what is due today; how many tandems it was about. Twice does no harm."""
    count = 0
    with runtime.database.read() as session:
        due = _list_due(session, runtime.today)
    for tandem_id in due:
        with runtime.database.write() as session:
            tandem = session.get(Tandem, tandem_id)
            if tandem is not None:  # the case may be deleted meanwhile
                _write(session, runtime, tandem)
                count += 1
    return count


def _list_due(session: Session, today: date) -> list[str]:
    began = col(Tandem.started_on).between(today - TWO_WEEKS - LATEST, today - TWO_WEEKS)
    ended = col(Tandem.ended_on).between(today - LATEST, today)
    return list(
        session.exec(
            select(Tandem.id)
            .where(
                or_(
                    col(Tandem.ended_on).is_(None) & began,
                    ended & (col(Tandem.ended_reason) != NOTHING_BEGAN),
                )
            )
            .order_by(col(Tandem.id))
        )
    )


def _write(session: Session, runtime: Runtime, tandem: Tandem) -> None:
    step = "two_weeks" if tandem.ended_on is None else "thanks"
    people = list_users_of_provider(
        session, session.get_one(Offer, tandem.offer_id).provider_id, active_only=True
    )
    address = find_request_address(session, tandem.offer_id)
    recipients = [user.email for user in people] or ([address] if address else [])
    client = session.get_one(Client, tandem.client_id)
    asker = session.get_one(User, client.case_worker_id)
    with language("de"):
        subject, blocks = _words(step, asker, runtime.settings.public_url if people else None)
    for recipient in recipients:
        draft = draft_mail(
            key=f"tandem:{tandem.id}:{step}:{recipient}"[:200],
            purpose=f"tandem_{step}",
            recipient=recipient,
            reply_to=asker.email,
            subject=subject,
            text="\n\n".join(blocks),
            subject_type=SUBJECT_TYPE,
            subject_id=tandem.id,
        )
        write_mail(session, draft)


def _words(step: str, asker: User, own_pages: str | None) -> tuple[str, list[str]]:
    """Subject and paragraphs; ``own_pages``: the address of ours where they have pages of their own."""
    who = f"{asker.name}, {asker.phone}" if asker.phone else asker.name
    if step == "two_weeks":
        blocks = [
            _("Good day,"),
            _("two weeks ago you began to meet somebody through us. How is it going?"),
            _("Does it suit you both, or is something in the way? Please tell us: %(who)s", who=who),
        ]
        if own_pages is not None:
            blocks.append(_("You can also tell us on your page:") + f"\n{own_pages}/anfragen")
        return _("How is it going?"), blocks
    blocks = [
        _("Good day,"),
        _("a tandem of yours has come to its end. Thank you for your time and your patience!"),
    ]
    if own_pages is not None:
        blocks.append(
            _("Would you like to note your hours, for the volunteer card?")
            + f"\n{own_pages}/meine-stunden"
        )
    blocks.append(_("You would like to meet somebody else, or take a break? Tell us: %(who)s", who=who))
    return _("Thank you!"), blocks
