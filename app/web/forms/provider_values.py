"""From the form of a provider to its record and back; nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from app.core.i18n import gettext as _
from app.directory.editing import new_key
from app.directory.flags import remaining_provider_flags
from app.directory.geocoding import Geocoder
from app.directory.records import ContactRecord, HourRecord, PlaceRecord, ProviderRecord
from app.web.forms.parsing import languages_as_typed, parse_clock
from app.web.forms.place_values import fill_place, is_empty_place, read_place
from app.web.forms.problems import list_problems, problem_words, put_error
from app.web.forms.provider import ProviderForm
from app.web.forms.time_rows import TimeRow
from app.web.forms.typed_parts import is_empty_row, languages_in, required, text_of
from app.web.forms.web_address import web_address

_TEXTS: Final = ("name", "description", "phone", "email", "approach_note")
_CONTACT_TEXTS: Final = ("name", "role", "phone", "email", "note")


@dataclass(frozen=True, slots=True)
class ProviderContext:
    """What a form of a provider is read against."""

    base: ProviderRecord
    """What the provider says now; for a new one its key and nothing else."""
    geocoder: Geocoder | None = None


def fill_provider(form: ProviderForm, record: ProviderRecord) -> None:
    """Show ``record`` in the form."""
    form.external_id.data = record.external_id
    for name in (*_TEXTS, "website"):
        form[name].data = getattr(record, name) or ""
    form.kind.data = record.kind
    for person in record.contacts:
        _add_contact(form, person)
    for place in record.places:
        form.places.append_entry()
        fill_place(form.places.entries[-1].form, place)


def _add_contact(form: ProviderForm, person: ContactRecord) -> None:
    form.contacts.append_entry()
    row = form.contacts.entries[-1].form
    row["key"].data = person.key
    for name in _CONTACT_TEXTS:
        row[name].data = getattr(person, name) or ""
    row["languages"].data = languages_as_typed(person.languages)
    row["is_public"].data = person.is_public
    for hours in hour_rows(person.hours):
        days = [str(day) for day in hours.weekdays]
        times = {"starts": hours.starts, "ends": hours.ends, "note": hours.note or ""}
        row["hours"].append_entry({"weekdays": days, **times})


def hour_rows(hours: Iterable[HourRecord]) -> list[TimeRow]:
    """Equal hours of several weekdays as one row; hours end with the day."""
    rows: list[TimeRow] = []
    for hour in hours:
        for position, row in enumerate(rows):
            same = (row.starts, row.ends, row.note) == (hour.starts, hour.ends, hour.note)
            if same and hour.weekday not in row.weekdays:
                days = (*row.weekdays, hour.weekday)
                rows[position] = TimeRow(days, row.starts, row.ends, note=row.note)
                break
        else:
            rows.append(TimeRow((hour.weekday,), hour.starts, hour.ends, note=hour.note))
    return rows


def read_provider(form: ProviderForm, context: ProviderContext) -> ProviderRecord | None:
    """What the form says (its parent aside), or `None` with an error beside each field at fault."""
    base = context.base
    values: dict[str, Any] = base.model_dump(exclude={"offers"})
    values |= {name: text_of(form[name]) for name in _TEXTS}
    values["name"], values["description"] = values["name"] or "", values["description"] or ""
    values["kind"] = form.kind.data or None
    values["website"] = web_address(text_of(form.website))
    values["contacts"] = _read_contacts(form, base)
    values["places"] = _read_places(form, context)
    if not values["kind"]:
        put_error(form.kind, _("Please choose what kind of provider it is."))
        values["kind"] = "other"  # so that everything else is checked as well
    record: ProviderRecord | None = checked(
        ProviderRecord, values, lambda name: form[name if name in form else "name"]
    )
    if record is None or list_problems(form):
        return None
    flags = remaining_provider_flags(record.flags, record.places)
    return record.model_copy(update={"flags": flags})


def _read_contacts(form: ProviderForm, base: ProviderRecord) -> tuple[ContactRecord, ...]:
    known = {person.key: person for person in base.contacts}
    read = [
        person
        for row in form.contacts.rows
        if not is_empty_row(row, "key", "hours") or _hours_typed(row)
        if (person := _read_contact(row, known)) is not None
    ]
    return tuple(read)


def _hours_typed(row: Any) -> bool:
    return any(not is_empty_row(hour) for hour in row["hours"].rows)


def _read_contact(row: Any, known: dict[str, ContactRecord]) -> ContactRecord | None:
    before = known.get(row["key"].data or "")
    values: dict[str, Any] = {name: text_of(row[name]) for name in _CONTACT_TEXTS}
    values["key"] = row["key"].data or new_key()
    values["name"] = values["name"] or ""
    values["languages"] = languages_in(row["languages"], before.languages if before else ())
    values["is_public"] = bool(row["is_public"].data)
    values["hours"] = _read_hours(row["hours"])
    person: ContactRecord | None = checked(
        ContactRecord, values, lambda name: row[name if name in row else "name"]
    )
    return person


def _read_hours(table: Any) -> tuple[HourRecord, ...]:
    hours: list[HourRecord] = []
    for row in table.rows:
        if is_empty_row(row):
            continue
        days = tuple(int(day) for day in row["weekdays"].data or () if day in set("1234567"))
        if not days:
            put_error(row["weekdays"], _("Please choose the weekday."))
        starts, ends = (required(row[name], parse_clock) for name in ("starts", "ends"))
        if starts and ends and ends <= starts:
            put_error(row["ends"], _("It must end after it starts."))
        elif starts and ends:
            values = {"starts": starts, "ends": ends, "note": text_of(row["note"])}
            note: Any = row["note"]
            read = [_read_hour(values | {"weekday": day}, note) for day in days]
            hours += [hour for hour in read if hour is not None]
    return tuple(hours)


def _read_hour(values: dict[str, Any], note: Any) -> HourRecord | None:
    hour: HourRecord | None = checked(HourRecord, values, lambda _name: note)
    return hour


def _read_places(form: ProviderForm, context: ProviderContext) -> tuple[PlaceRecord, ...]:
    known = {place.key: place for place in context.base.places}
    read = []
    for row in form.places.rows:
        before = known.get(row["key"].data or "")
        if before is None and is_empty_place(row):
            continue
        if not row["key"].data:
            row["key"].data = new_key()
        place = read_place(row, before, context.geocoder)
        if place is not None:
            read.append(place)
    return tuple(read)


def checked(model: Any, values: dict[str, Any], field_of: Callable[[str], Any]) -> Any:
    """``values`` as a ``model``, or `None` with each problem beside its field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for problem in error.errors():
            field = field_of(str(problem["loc"][0]) if problem["loc"] else "")
            if not field.errors:
                put_error(field, problem_words(problem["type"], problem.get("ctx", {})))
        return None
