"""Which fields of a form somebody has filled, so that none of them is folded away."""

from __future__ import annotations

from typing import Any

from wtforms import FormField

from app.web.forms.editing_fields import Rows
from app.web.forms.typed_parts import is_empty_row


def typed_fields(form: Any) -> frozenset[str]:
    """The names of the fields in which something stands or with which something is wrong."""
    return frozenset(field.short_name.removesuffix("_new") for field in form if _is_typed(field))


def _is_typed(field: Any) -> bool:
    if isinstance(field, Rows):
        return any(not is_empty_row(row, "rhythm", "place", "kind", "language") for row in field.rows)
    if isinstance(field, FormField):
        return False
    return bool(field.data) or bool(field.errors)
