"""From a stored case into the forms of the intake."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from app.cases.codes import SKILLS
from app.core.i18n import format_day, format_number
from app.web.forms.countries import countries_as_typed
from app.web.forms.intake import SectionForm
from app.web.forms.intake_reading import DAY_PART_TIMES
from app.web.forms.parsing import languages_as_typed
from app.web.labels.cases import COMMON_LANGUAGES, DAY_PARTS

_YES_NO: Final = {None: "", True: "yes", False: "no"}
Values = Mapping[str, Any]


def fill_section(code: str, form: SectionForm, values: Values) -> None:
    """Show what is stored (`app.cases.client_parts.load_values`) in the form of the section."""
    _FILLERS[code](form, values)
    add_empty_rows(form)


def add_empty_rows(form: SectionForm) -> None:
    """A row to type into at the end of each table, as on paper."""
    for name in ("degrees", "work_experience", "entitlements"):
        rows: Any = form[name] if name in form else None  # noqa: SIM401  a form has no get()
        if rows is not None and not _ends_empty(rows):
            rows.add_row()


def _ends_empty(rows: Any) -> bool:
    return bool(rows.entries) and not any(one.data for one in rows.entries[-1].form)


def _take(form: Any, values: Values, *names: str) -> None:
    for name in names:
        form[name].data = "" if values[name] is None else str(values[name])


def _day(value: str | None) -> str:
    return format_day(date.fromisoformat(value)) if value else ""


def _number(value: float | None) -> str:
    return "" if value is None else format_number(value, 2)


def _person(form: Any, values: Values) -> None:
    _take(form, values, "given_name", "family_name", "sex", "phone", "email")
    form.birth_date.data = _day(values["birth_date"])
    form.nationalities.data = countries_as_typed(values["nationalities"] or ())


def _languages(form: Any, values: Values) -> None:
    for boxes, others in (("languages", "other_languages"), ("reads", "other_reads")):
        tags = values[boxes] or ()
        form[boxes].data = [tag for tag in tags if tag in COMMON_LANGUAGES]
        form[others].data = languages_as_typed(tag for tag in tags if tag not in COMMON_LANGUAGES)
    form.reads_nothing.data = values["reads"] == []
    _take(form, values, "literacy", "interpreting_language", "sheet_language")


def _home(form: Any, values: Values) -> None:
    _take(form, values, "accommodation_id", "street", "house_number", "plz", "town", "mobility")
    form.max_distance_km.data = _number(values["max_distance_km"])


def _family(form: Any, values: Values) -> None:
    form.needs_childcare.data = _YES_NO[values["needs_childcare"]]


def _education(form: Any, values: Values) -> None:
    _take(form, values, "schooling", "schooling_years")
    _fill_rows(
        form.degrees,
        [
            {
                "title": one["title"],
                "country": countries_as_typed([one["country"]] if one.get("country") else []),
                "recognition": one.get("recognition") or "",
            }
            for one in values["degrees"] or ()
        ],
    )
    form.degrees_none.data = values["degrees"] == []
    _fill_rows(
        form.work_experience,
        [
            {
                "occupation": one["occupation"],
                "years": _number(one.get("years")),
                "country": countries_as_typed([one["country"]] if one.get("country") else []),
            }
            for one in values["work_experience"] or ()
        ],
    )
    form.work_none.data = values["work_experience"] == []


def _fill_rows(rows: Any, values: Sequence[Mapping[str, str]]) -> None:
    for one in values:
        rows.append_entry(one)


def _german(form: Any, values: Values) -> None:
    for skill in SKILLS:
        known = values[f"level_{skill}"] or {}
        form[f"level_{skill}"].data = known.get("level") or ""
        form[f"evidence_{skill}"].data = known.get("evidence") or ""
        form[f"known_{skill}"].data = _day(known.get("known_on"))
        form[f"expires_{skill}"].data = _day(known.get("expires_on"))


def _interests(form: Any, values: Values) -> None:
    form.interests.data = ", ".join(values["interests"])
    ticked: list[str] = []
    exact: dict[int, list[str]] = {}
    for span in values["available"] or ():
        times = (span["from"], span["to"])
        part = next((part for part in DAY_PARTS if DAY_PART_TIMES[part] == times), None)
        if part is not None:
            ticked.append(f"{span['weekday']}-{part}")
        else:
            exact.setdefault(span["weekday"], []).append("–".join(times))
    form.times.data = ticked
    for day, spans in exact.items():
        form[f"exact_{day}"].data = ", ".join(spans)


def _residence(form: Any, values: Values) -> None:
    _take(
        form, values, "residence_status", "office_contact", "benefit_authority_id", "benefit_reference"
    )
    form.residence_status_expires_on.data = _day(values["residence_status_expires_on"])
    _fill_rows(
        form.entitlements,
        [
            {
                "kind": kind,
                "issuer": issuer or "",
                "issued_on": _day(issued_on),
                "valid_until": _day(valid_until),
            }
            for kind, issuer, issued_on, valid_until in values["entitlements"] or ()
        ],
    )
    form.entitlements_none.data = values["entitlements"] == []


def _barriers(form: Any, values: Values) -> None:
    form.needs_step_free.data = _YES_NO[values["needs_step_free"]]


def _goals(form: Any, values: Values) -> None:
    for area, title, level in values["goals"]:
        form[f"goal_{area}"].data = True
        form[f"goal_{area}_title"].data = title
        if area == "language":
            form.language_level.data = level or ""


_FILLERS: Final[dict[str, Callable[[Any, Values], None]]] = {
    "person": _person,
    "languages": _languages,
    "home": _home,
    "family": _family,
    "education": _education,
    "german": _german,
    "interests": _interests,
    "residence": _residence,
    "barriers": _barriers,
    "goals": _goals,
}
