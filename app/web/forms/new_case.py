"""From the small form of a new case to validated input."""

from __future__ import annotations

from datetime import date

from pydantic import ValidationError

from app.cases.records import ClientCreate
from app.web.forms.intake import NewCaseForm
from app.web.forms.parsing import parse_day
from app.web.forms.problems import put_error, show_problems


def read_new_case(form: NewCaseForm, today: date) -> ClientCreate | None:
    """The validated input, or `None` with an error beside each field at fault."""
    values: dict[str, object] = {
        "given_name": form.given_name.data or None,
        "family_name": form.family_name.data or None,
        "languages": [form.language.data] if form.language.data else None,
    }
    try:
        values["birth_date"] = parse_day(form.birth_date.data or "")
    except ValueError as error:
        put_error(form.birth_date, str(error))
    try:
        data = ClientCreate.model_validate(values, context={"today": today})
    except ValidationError as error:
        show_problems(form, error, lambda place: _field_of(str(place[0])))
        return None
    return None if form.errors else data


def _field_of(name: str) -> str:
    return "language" if name == "languages" else name
