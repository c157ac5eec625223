"""What a provider tells by its link, read from a plain form: nobody is signed in, so no token of a
session is in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from pydantic import ValidationError

from app.core.i18n import gettext as _
from app.referrals.records import OutcomeReport
from app.web.forms.parsing import parse_day
from app.web.forms.problems import problem_words

_EVIDENCE: Final = {"yes": "certificate", "no": "test"}
"""Whether there is a certificate → how the level is known: what a provider tells was tested."""


def read_answer(typed: Mapping[str, str], today: date) -> tuple[OutcomeReport | None, dict[str, str]]:
    """The report, or `None` with a sentence for each field at fault."""
    problems: dict[str, str] = {}
    level = typed.get("level_reached", "") or None
    values: dict[str, Any] = {
        "to_state": typed.get("to_state", ""),
        "reason": typed.get("reason", "") or None,
        "level_reached": level,
        "level_evidence": _EVIDENCE.get(typed.get("certificate", "")) if level else None,
        "note": typed.get("note", "").replace("\r\n", "\n").strip() or None,
    }
    try:
        values["happened_on"] = parse_day(typed.get("happened_on", ""))
    except ValueError as error:
        problems["happened_on"] = str(error)
    try:
        report = OutcomeReport.model_validate(values, context={"today": today})
    except ValidationError as error:
        for one in error.errors():
            problems.setdefault(str(one["loc"][0]), problem_words(one["type"], one.get("ctx", {})))
        if "to_state" in problems:
            problems["to_state"] = _("Please choose what came of it.")
    return (None if problems else report), problems
