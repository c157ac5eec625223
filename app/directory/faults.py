"""What is wrong with an entry, in one line for the person who delivered it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

_PLAIN: Final = {
    "missing": _l("is missing"),
    "string_too_short": _l("is missing"),
    "extra_forbidden": _l("is not known"),
    "string_pattern_mismatch": _l("cannot be read like this"),
    "less_than_equal": _l("is too large"),
    "greater_than_equal": _l("is too small"),
}
_OWN: Final = {
    "not a web address (http:// or https://)": _l("not a web address (http:// or https://)"),
    "only a language course has a course kind": _l("only a language course has a course kind"),
    "the highest age lies below the lowest": _l("the highest age lies below the lowest"),
    "it ends before it starts": _l("it ends before it starts"),
    "more seats are booked than there are": _l("more seats are booked than there are"),
}
"""What `app.directory.records` finds and a cell of a table can cause."""


def first_fault(error: ValidationError, columns: Mapping[str, str] | None = None) -> str:
    """The first fault that validation found, as ``field: what``, without the value itself.

    ``columns``: field → what the person calls it.
    """
    fault = error.errors(include_url=False, include_context=True)[0]
    steps = [str(step) for step in fault["loc"]]
    where = (columns or {}).get(steps[0], ".".join(steps)) if steps else ""
    if fault["input"] is None:
        what = _("is missing")
    elif fault["type"] == "string_too_long":
        what = _("is longer than %(max)s characters", max=fault["ctx"]["max_length"])
    else:
        said = fault["msg"].removeprefix("Value error, ")
        what = str(_PLAIN.get(fault["type"], _OWN.get(said, said)))
    return " ".join((f"{where}: {what}" if where else what).split())
