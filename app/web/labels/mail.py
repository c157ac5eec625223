"""Words for the outbox."""

from __future__ import annotations

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.mail.service import EARLIER_CAME_BACK

_STATES = {
    "waiting": _l("waiting"),
    "sent": _l("sent"),
    "bounced": _l("came back"),
    "failed": _l("given up"),
    "withdrawn": _l("taken back"),
}

_PURPOSES = {
    "emergency": _l("Emergency access to a case"),
    "handover": _l("Handover of cases"),
    "referral_request": _l("Request to a provider"),
    "referral_reminder": _l("Reminder of a request to a provider"),
    "reminder": _l("Reminder to a provider"),
    "tandem_two_weeks": _l("Two weeks after a tandem began"),
    "tandem_thanks": _l("Thanks at the end of a tandem"),
    "round_mail": _l("Round mail"),
    "reminder_digest": _l("List for the editors"),
    "selection": _l("Selection"),
}


def mail_state_label(code: str) -> str:
    """The state of a mail."""
    return str(_STATES[code])


def mail_purpose_label(code: str) -> str:
    """What a mail is for; the code itself where it has no words yet."""
    return str(_PURPOSES.get(code, code))


def mail_error_words(error: str) -> str:
    """Why a mail did not go out: our words, or those of the mail server as they are."""
    if error == EARLIER_CAME_BACK:
        return _("Not sent, as an earlier mail to this address came back.")
    return _("The mail server: %(words)s", words=error)
