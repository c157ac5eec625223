"""Words for the page on which a provider answers a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.i18n import format_day
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.codes import LEVELS
from app.operations.partner_answers import Standing
from app.referrals.states import MAY_LIE_AHEAD, TAKES_LEVEL, reasons_for
from app.web.labels.referrals import referral_reason_label

_ANSWERS: Final = {
    "received": (_l("Arrived"), _l("The request is here, or the person was here.")),
    "waiting_list": (_l("Waiting list"), _l("There is no place at the moment.")),
    "accepted": (_l("Yes, there is a place"), _l("The person can come.")),
    "rejected": (_l("No"), _l("It does not work out.")),
    "did_not_appear": (_l("Did not come"), _l("We waited in vain.")),
    "started": (_l("Has begun"), _l("The person takes part.")),
    "completed": (_l("Finished"), _l("The person took part to the end.")),
    "dropped_out": (_l("Ended early"), _l("The person no longer comes.")),
}
"""State → what the button says, and what it means; in the order of the page."""
_ANSWERS_OF_VOLUNTEERS: Final = {
    "received": (_l("Thank you, I will think about it"), _l("I have read it and will answer soon.")),
    "waiting_list": (_l("Later"), _l("I would like to, but not yet.")),
    "accepted": (_l("Yes, gladly"), _l("We get to know each other.")),
    "rejected": (_l("No"), _l("It does not work out.")),
    "did_not_appear": (_l("Did not come"), _l("We waited in vain.")),
    "started": (_l("We have met"), _l("And we go on.")),
    "completed": (_l("Come to its end"), _l("We met as long as it was needed.")),
    "dropped_out": (_l("Ended early"), _l("We do not meet any more.")),
}
"""The same, said to one person who helps."""
_DAYS: Final = {
    "waiting_list": _l("About when is it their turn? (if you know)"),
    "accepted": _l("When does it begin? (if you know)"),
}
_ORDER_OF_VOLUNTEERS: Final = (
    "accepted", "started", "completed", "waiting_list", "received", "rejected", "dropped_out",
    "did_not_appear",
)  # fmt: skip
_REFUSALS_OF_VOLUNTEERS: Final = (
    ("full", _l("no time for somebody else at present")),
    ("other", _l("it does not suit")),
)
"""With what one person says no; the other reasons are about courses."""
_DAYS_OF_VOLUNTEERS: Final = {
    "waiting_list": _l("From when on? (if you know)"),
    "accepted": _l("When do you meet for the first time? (if you know)"),
}
_TO_TELL_OF_VOLUNTEERS: Final = {
    "sent": _l("Please tell us whether you would like to."),
    "received": _l("Please tell us whether you would like to."),
    "waiting_list": _l("Please tell us when you have time."),
    "accepted": _l("Please tell us when you have met."),
    "started": _l("Please tell us when it has come to an end."),
}
_TO_TELL: Final = {
    "sent": _l("Please tell us whether there is a place."),
    "received": _l("Please tell us whether there is a place."),
    "waiting_list": _l("Please tell us when there is a place."),
    "accepted": _l("Please tell us when the person has begun, or did not come."),
    "started": _l("Please tell us when it has come to an end."),
}
"""Open state → what we would like to hear next."""
_RECORDED: Final = {
    "sent": _l("not answered yet"),
    "received": _l("arrived"),
    "waiting_list": _l("on the waiting list"),
    "accepted": _l("there is a place"),
    "rejected": _l("turned down"),
    "did_not_appear": _l("did not come"),
    "started": _l("has begun"),
    "completed": _l("finished"),
    "dropped_out": _l("ended early"),
}


@dataclass(frozen=True, slots=True)
class AnswerChoice:
    """A large button with the few fields that belong to it."""

    code: str
    title: str
    hint: str
    day_label: str
    """Empty: no day is asked for."""
    reasons: tuple[tuple[str, str], ...]
    """Codes and words; empty: no reason is needed."""
    levels: tuple[str, ...]


def list_answers(codes: Sequence[str], *, is_volunteer: bool = False) -> list[AnswerChoice]:
    """The buttons for the states that may be told, in the order of the page."""
    if not is_volunteer:
        return [_choice(code, is_volunteer) for code in _ANSWERS if code in codes]
    met = "started" in codes  # nobody fails to come before a meeting was agreed
    return [
        _choice(code, is_volunteer)
        for code in _ORDER_OF_VOLUNTEERS
        if code in codes and (met or code != "did_not_appear")
    ]


def _choice(code: str, is_volunteer: bool) -> AnswerChoice:
    title, hint = (_ANSWERS_OF_VOLUNTEERS if is_volunteer else _ANSWERS)[code]
    days = _DAYS_OF_VOLUNTEERS if is_volunteer else _DAYS
    day = days[code] if code in MAY_LIE_AHEAD else _l("On which day? (if you know)")
    return AnswerChoice(
        code=code,
        title=str(title),
        hint=str(hint),
        day_label="" if code == "received" else str(day),
        reasons=_reasons(code, is_volunteer),
        levels=tuple(LEVELS[1:]) if code in TAKES_LEVEL and not is_volunteer else (),
    )


def _reasons(code: str, is_volunteer: bool) -> tuple[tuple[str, str], ...]:
    if is_volunteer and code == "rejected":
        return tuple((reason, str(words)) for reason, words in _REFUSALS_OF_VOLUNTEERS)
    return tuple((reason, referral_reason_label(reason)) for reason in reasons_for(code))


def to_tell_words(standing: Standing, *, is_volunteer: bool = False) -> str:
    """What we would like to hear next; empty when it is over."""
    words = _TO_TELL_OF_VOLUNTEERS if is_volunteer else _TO_TELL
    return str(words.get(standing.state, ""))


def standing_words(standing: Standing, *, with_reason: bool = True) -> str:
    """What was recorded last; of what we ended ourselves only that it is over."""
    words = str(_RECORDED.get(standing.state, _l("this request is closed")))
    if with_reason and standing.by_partner and standing.reason:
        words = f"{words}: {referral_reason_label(standing.reason)}"
    if standing.by_partner and standing.on:
        words = _("%(words)s (on %(day)s)", words=words, day=format_day(standing.on))
    return words
