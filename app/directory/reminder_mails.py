"""What reminders say: friendly, complete, one link, and clearer each time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.core.i18n import format_day, ngettext
from app.core.i18n import gettext as _

MOST_LISTED = 20
"""Offers (or providers) that a mail names; the page behind the link shows all."""
EditorReason = Literal["no_answer", "no_address", "bounced", "protected"]
"""Why the editor has to call instead of a mail being sent."""


@dataclass(frozen=True, slots=True)
class MailText:
    """A mail without its addresses."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class ReminderLine:
    """An offer as a reminder names it."""

    title: str
    times: str
    """Its weekly times in short; empty when none are known."""
    verified_on: date | None


@dataclass(frozen=True, slots=True)
class CallLine:
    """A provider whom the editor should call."""

    name: str
    phone: str | None
    offers: int
    reason: EditorReason


def build_reminder(
    stage: int,
    provider: str,
    lines: Sequence[ReminderLine],
    link: str,
    link_until: date,
    unpublished_on: date,
) -> MailText:
    """The mail of stage 1, 2 or 3 to a provider; ``unpublished_on``: when entries will be taken out."""
    count = len(lines)
    opening, subject = _opening(stage, provider, count, unpublished_on)
    parts = [
        _("Hello,"),
        opening,
        _("This is what we have:") + "\n" + _listed(lines),
        _("Please have a look here. You need no account and no password:") + f"\n{link}",
        _(
            "If all is right, one click on “Everything is still right” will do. If something has "
            "changed, you can tell us there in a few words. The link works until %(day)s.",
            day=format_day(link_until),
        ),
        _("Thank you! Your directory editors"),
        _(
            "You receive this mail because this address stands in our directory for %(provider)s. "
            "If it is no longer the right one, please just answer.",
            provider=provider,
        ),
    ]
    return MailText(subject, "\n\n".join(parts) + "\n")


def build_editor_digest(lines: Sequence[CallLine], address: str) -> MailText:
    """The one mail of a day to the editors: whom to call."""
    count = len(lines)
    listed = [_call(line) for line in lines[:MOST_LISTED]]
    if count > MOST_LISTED:
        listed.append(_("- and %(num)s more", num=count - MOST_LISTED))
    subject = ngettext("Please call %(num)s provider", "Please call %(num)s providers", count)
    opening = ngettext(
        "%(num)s provider has not confirmed its entries. Mails do not help here, a call does:",
        "%(num)s providers have not confirmed their entries. Mails do not help here, a call does:",
        count,
    )
    text = [opening, "\n".join(listed), _("The whole work list:") + f"\n{address}"]
    return MailText(subject, "\n\n".join(text) + "\n")


def _opening(stage: int, provider: str, count: int, unpublished_on: date) -> tuple[str, str]:
    match stage:
        case 1:
            return (
                ngettext(
                    "an offer of %(provider)s stands in our directory. People who are new here are "
                    "sent to you by it, so it should be right. May we ask: is it still?",
                    "%(num)s offers of %(provider)s stand in our directory. People who are new here "
                    "are sent to you by them, so they should be right. May we ask: are they still?",
                    count,
                    provider=provider,
                ),
                _("Is this still right? One click will do"),
            )
        case 2:
            return (
                _(
                    "we asked some time ago whether what our directory says of %(provider)s is still "
                    "right, and have not heard from you. Surely there was a lot to do. It takes a "
                    "minute.",
                    provider=provider,
                ),
                _("Second request: is this still right?"),
            )
        case _:
            return (
                _(
                    "we have asked twice whether what our directory says of %(provider)s is still "
                    "right. Without an answer we will call you, and from %(day)s on these entries "
                    "will not be shown any more until somebody confirms them. We would rather keep "
                    "you in.",
                    provider=provider,
                    day=format_day(unpublished_on),
                ),
                _("Last request: your entry will soon be hidden"),
            )


def _listed(lines: Sequence[ReminderLine]) -> str:
    listed = [_line(line) for line in lines[:MOST_LISTED]]
    if len(lines) > MOST_LISTED:
        listed.append(_("- and %(num)s more", num=len(lines) - MOST_LISTED))
    return "\n".join(listed)


def _line(line: ReminderLine) -> str:
    known = (
        _("last confirmed on %(day)s", day=format_day(line.verified_on))
        if line.verified_on
        else _("never confirmed")
    )
    return f"- {line.title} ({'; '.join(filter(None, (line.times, known)))})"


def _call(line: CallLine) -> str:
    entries = ngettext("%(num)s entry", "%(num)s entries", line.offers)
    phone = line.phone or _("no phone number")
    return f"- {line.name} ({entries}): {phone} – {_reason(line.reason)}"


def _reason(reason: EditorReason) -> str:
    match reason:
        case "no_address":
            return _("we have no mail address")
        case "bounced":
            return _("the mail address does not work")
        case "protected":
            return _("protected entry, no mails")
        case "no_answer":
            return _("no answer to three mails")
