"""What validation found, as sentences beside the fields of a form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError
from wtforms import FieldList, FormField

from app.core.i18n import gettext as _
from app.directory.records import EMAIL_PATTERN, NOT_A_WEB_ADDRESS


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
        case "string_pattern_mismatch" if context.get("pattern") == EMAIL_PATTERN:
            return _("This is not an e-mail address.")
        case "string_pattern_mismatch" | "literal_error":
            return _("Please choose one of the values offered.")
        case "less_than_equal":
            return _("Please enter at most %(max)s.", max=context["le"])
        case kind if kind == NOT_A_WEB_ADDRESS:
            return _("This is not a web address.")
        case _other:
            return _("This cannot be used.")


@dataclass(frozen=True, slots=True)
class Problem:
    """A field that has to be looked at."""

    field_id: str
    label: str
    words: str


def list_problems(form: Any) -> list[Problem]:
    """All that is said beside the fields of ``form``, rows of its tables included, in their order."""
    problems: list[Problem] = []
    for field in form:
        if isinstance(field, FieldList):
            for number, entry in enumerate(field.entries, 1):
                problems += [
                    replace(one, label=f"{field.label.text} {number}: {one.label}")
                    for one in list_problems([entry])
                ]
        elif isinstance(field, FormField):
            problems += list_problems(field.form)
            continue
        problems += [
            Problem(field.id, str(field.label.text), words)
            for words in field.errors
            if isinstance(words, str)
        ][:1]
    return problems
