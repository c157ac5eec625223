"""Words for offers that were set aside: why, and what the directory editor is told."""

from __future__ import annotations

from typing import Final

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

_REASONS: Final = {
    "not_interested": _l("not interested"),
    "too_far": _l("too far"),
    "times": _l("the times do not fit"),
    "level": _l("the level does not fit"),
    "tried_before": _l("tried before"),
    "family": _l("the family does not want it"),
    "other": _l("another reason"),
    "ended": _l("does not take place any more"),
    "full": _l("full"),
    "details_wrong": _l("what the entry says is wrong"),
    "other_group": _l("not for this group of people"),
    "no_answer": _l("the provider does not answer"),
}
_REPORTS: Final = {
    "ended": _l("The offer does not take place any more."),
    "full": _l("The offer is full."),
    "details_wrong": _l("What the entry says is wrong."),
    "other_group": _l("The offer is for other people than the entry says."),
    "no_answer": _l("The provider does not answer."),
}


def dismissal_reason_label(code: str) -> str:
    """Why an offer was set aside; a code of `app.matching.dismissals.DISMISSAL_REASONS`."""
    return str(_REASONS.get(code, code))


def report_words(code: str, message: str = "") -> str:
    """What the directory editor reads; empty when the reason is none of theirs."""
    words = str(_REPORTS.get(code, ""))
    return _("%(report)s “%(said)s”", report=words, said=message) if words and message else words
