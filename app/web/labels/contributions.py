"""Words for clients who would like to help others."""

from __future__ import annotations

from typing import Any, Final

from app.core.i18n import lazy_gettext as _l

_EVENTS: Final = {
    "contribution_registered": _l("Would like to help others; registered as a volunteer"),
    "contribution_forgotten": _l("Own volunteering taken out of the case"),
}
CONTRIBUTION_EVENTS: Final = frozenset(_EVENTS)
_STAGES: Final = {
    "unconfirmed": _l("The client has still to confirm the address: the link is in a mail to them."),
    "waiting": _l("Confirmed; an editor looks at it."),
    "asked": _l("An editor has asked the client something by mail."),
    "accepted": _l("Accepted: the client helps."),
    "declined": _l("It was declined; the client was told by mail."),
    "gone": _l("Decided a while ago. The list of volunteers does not say who is a client."),
}


def contribution_event_words(code: str, facts: dict[str, Any]) -> str:  # noqa: ARG001  as all of them
    """What happened."""
    return str(_EVENTS[code])


def stage_words(stage: str) -> str:
    """How far the registration came."""
    return str(_STAGES[stage])
