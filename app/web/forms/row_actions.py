"""The buttons of a form that do not send it off: another row, a row less, other fields.

They work without scripts: the page comes back with everything that was typed.
"""

from __future__ import annotations

from typing import Any

from wtforms import FormField

from app.web.forms.editing_fields import Rows


def do_row_action(form: Any, action: str) -> bool:
    """Do what the pressed button says: ``add:TABLE``, ``drop:TABLE:NUMBER`` or ``show``.

    Tells whether it was one of these; otherwise the form is meant to be saved.
    """
    verb, _colon, target = action.partition(":")
    if verb == "show":
        return True
    if verb not in {"add", "drop"}:
        return False
    table_name, _colon, number = target.rpartition(":") if verb == "drop" else (target, "", "")
    table = _find_table(form, table_name)
    if table is not None and verb == "add":
        table.add_row()
    elif table is not None:
        table.drop_row(number)
    return True


def _find_table(form: Any, name: str) -> Rows | None:
    """The table with this name, also one within a row of another."""
    for field in form:
        if isinstance(field, Rows):
            if field.name == name:
                return field
            for entry in field.entries:
                if (found := _find_table(entry.form, name)) is not None:
                    return found
        elif isinstance(field, FormField) and (found := _find_table(field.form, name)) is not None:
            return found
    return None
