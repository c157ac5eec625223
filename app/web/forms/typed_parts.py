"""What was typed into a field becomes a value, or an error beside the field; and the way back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Any, Final, TypeVar

from app.core.i18n import gettext as _
from app.web.forms.parsing import (
    CENTS_PER_EURO,
    languages_as_typed,
    parse_clock,
    parse_day,
    parse_languages,
)
from app.web.forms.problems import put_error
from app.web.forms.time_rows import TimeRow

Value = TypeVar("Value")
ANSWERS: Final = {"": None, "yes": True, "no": False}
TYPED_ANSWERS: Final = {None: "", True: "yes", False: "no"}


def text_of(field: Any) -> str | None:
    """The text without blanks around it; line ends as everywhere else; `None` when empty."""
    return (field.data or "").replace("\r\n", "\n").strip() or None


def parsed(field: Any, parse: Callable[[str], Value]) -> Value | None:
    """What ``parse`` makes of the text; `None` with an error beside the field when it cannot."""
    try:
        return parse(field.data or "")
    except ValueError as error:
        put_error(field, str(error))
        return None


def required(field: Any, parse: Callable[[str], Value | None]) -> Value | None:
    """As `parsed`, and an error also when nothing was typed."""
    value = parsed(field, parse)
    if value is None and not field.errors:
        put_error(field, _("Please fill this in."))
    return value


def languages_in(field: Any, also: Collection[str] = ()) -> tuple[str, ...]:
    """The languages typed into a field."""
    return tuple(dict.fromkeys(parsed(field, lambda text: parse_languages(text, also)) or ()))


def keep_order(before: Iterable[str], chosen: Iterable[str]) -> tuple[str, ...]:
    """``chosen``; in the order of ``before`` when they are the same, as an order says nothing here."""
    old, new = tuple(before), tuple(dict.fromkeys(chosen))
    return old if set(old) == set(new) else new


def day_as_typed(day: date | None) -> str:
    """A day as one writes it in Germany, whatever the language of the interface."""
    return f"{day:%d.%m.%Y}" if day else ""


def euros_as_typed(cents: int | None) -> str:
    """An amount with a comma; whole euros without."""
    if cents is None:
        return ""
    euros, rest = divmod(cents, CENTS_PER_EURO)
    return f"{euros},{rest:02d}" if rest else str(euros)


def is_empty_row(row: Any, *ignored: str) -> bool:
    """Whether nothing was typed or ticked in a row; fields that always hold something are ignored."""
    return not any(
        (field.data.strip() if isinstance(field.data, str) else field.data)
        for field in row
        if field.short_name not in ignored
    )


def time_row_in(row: Any, also: Collection[str]) -> TimeRow | None:
    """A `TimeRowForm` without its place; `None` with errors beside its fields."""
    weekdays = tuple(int(day) for day in row.weekdays.data or () if day in set("1234567"))
    if not weekdays:
        put_error(row.weekdays, _("Please choose the weekday."))
    starts, ends = required(row.starts, parse_clock), required(row.ends, parse_clock)
    every_weeks, nth = rhythm_in(row.rhythm.data)
    from_on = parsed(row.from_on, parse_day)
    if every_weeks > 1 and from_on is None and not row.from_on.errors:
        put_error(row.from_on, _("Please name a day on which it takes place."))
    languages = languages_in(row.languages, also)
    if not weekdays or starts is None or ends is None or any(field.errors for field in row):
        return None
    return TimeRow(
        weekdays=weekdays,
        starts=starts,
        ends=ends,
        languages=languages,
        every_weeks=every_weeks,
        from_on=from_on if every_weeks > 1 else None,
        nth_in_month=nth,
        note=text_of(row.note),
    )


def time_row_as_typed(row: TimeRow) -> dict[str, Any]:
    """What the fields of `TimeRowForm` show for a row."""
    return {
        "weekdays": [str(day) for day in row.weekdays],
        "starts": row.starts,
        "ends": row.ends,
        "place": row.place or "",
        "languages": languages_as_typed(row.languages),
        "rhythm": f"m{row.nth_in_month}" if row.nth_in_month is not None else str(row.every_weeks),
        "from_on": day_as_typed(row.from_on),
        "note": row.note or "",
    }


def rhythm_in(code: str | None) -> tuple[int, int | None]:
    """Every how many weeks, and on which such weekday of a month; an unknown code is every week."""
    match code or "":
        case "2" | "3" | "4" as weeks:
            return int(weeks), None
        case "m1" | "m2" | "m3" | "m4" | "m5" | "m-1" as nth:
            return 1, int(nth[1:])
        case _other:
            return 1, None
