"""What validation found, as sentences beside the fields of a form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from app.core.i18n import gettext as _


def put_error(field: Any, words: str) -> None:
    """Say ``words`` beside ``field``, after what is said there already."""
    field.errors = [*field.errors, words]


def show_problems(
    form: Any, error: ValidationError, field_of: Callable[[tuple[int | str, ...]], str]
) -> None:
    """Put each problem beside the field that ``field_of`` names for its place."""
    for problem in error.errors():
        field = form[field_of(problem["loc"])]
        if not field.errors:  # what was typed could not even be read: that says it already
            put_error(field, problem_words(problem["type"], problem.get("ctx", {})))


def problem_words(kind: str, context: dict[str, Any]) -> str:
    """A sentence for a problem; our own messages come with their words."""
    if "words" in context:
        return str(context["words"])
    match kind:
        case "string_too_long":
            return _("Please use at most %(max)s characters.", max=context["max_length"])
        case "string_too_short" | "missing":
            return _("Please fill this in.")
        case "too_long":
            return _("Please name at most %(max)s.", max=context["max_length"])
        case "string_pattern_mismatch" | "literal_error":
            return _("Please choose one of the values offered.")
        case _other:
            return _("This cannot be used.")
