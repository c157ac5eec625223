"""Parts that the forms of the directory share: rows of tables, places, rhythms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    StringField,
    TextAreaField,
)

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.i18n import weekday_name
from app.directory.codes import VISIBILITIES
from app.web.forms.choices import Boxes, Choice, Radio
from app.web.labels.editing import RHYTHMS, rhythm_label, visibility_hint

MAX_ROWS: Final = 60
"""More rows in one table are a mistake, or somebody trying what happens."""
MAX_NUMBER_DIGITS: Final = 4
WEEKDAYS: Final = range(1, 8)

Choices = Callable[[], list[tuple[str, str]]]


def yes_no() -> list[tuple[str, str]]:
    """Yes, no, or that nobody knows."""
    return [("", _("unknown")), ("yes", _("yes")), ("no", _("no"))]


def unknown_or(codes: Sequence[str], label: Callable[[str], str]) -> Choices:
    """``codes`` to choose from, or that nobody knows."""
    return lambda: [("", _("unknown")), *((code, label(code)) for code in codes)]


def one_of(codes: Sequence[str], label: Callable[[str], str]) -> Choices:
    """``codes`` to choose from."""
    return lambda: [(code, label(code)) for code in codes]


def _weekdays() -> list[tuple[str, str]]:
    return [(str(day), weekday_name(day, "abbreviated")) for day in WEEKDAYS]


class Rows(FieldList):  # type: ignore[type-arg]  # generic in the stubs only
    """A table: a sub-form for each row, as many as are sent (to `MAX_ROWS`)."""

    def __init__(self, row: type[Form], label: Any, **given: Any) -> None:
        super().__init__(FormField(row), label=label, max_entries=MAX_ROWS, **given)

    def add_row(self) -> None:
        """Add an empty row, as long as there is room."""
        if len(self.entries) < MAX_ROWS:
            self.append_entry()

    def drop_row(self, number: str) -> None:
        """Take away the row that was sent with this number in its name."""
        numbers = getattr(self, "_sent_numbers", [])
        if number in numbers:
            del self.entries[numbers.index(number)]

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        """The numbers of the rows that were sent; anything else in their place is no row of ours."""
        for name in formdata:
            if name.startswith(f"{prefix}-"):
                number = name[len(prefix) + 1 :].partition("-")[0]
                if number.isascii() and number.isdigit() and len(number) <= MAX_NUMBER_DIGITS:
                    yield int(number)

    def _compact_indices(self) -> None:
        """Rows are numbered anew without gaps; buttons still name them by the number they had."""
        self._sent_numbers = [str(entry.index) for entry in self.entries]
        super()._compact_indices()  # type: ignore[misc]  # the stubs are older

    @property
    def rows(self) -> Iterator[Form]:
        """The sub-forms."""
        return (entry.form for entry in self.entries)


class TimeRowForm(Form):
    """A weekly time."""

    weekdays = Boxes(_l("Weekdays"), choices=_weekdays)
    starts = StringField(_l("from"))
    ends = StringField(_l("to"))
    place = Choice(_l("Place"))
    languages = StringField(_l("Languages spoken then"))
    rhythm = Choice(_l("How often"), choices=one_of(RHYTHMS, rhythm_label))
    from_on = StringField(_l("counted from"))
    note = StringField(_l("Note"))


class TermRowForm(Form):
    """A term."""

    first_on = StringField(_l("from"))
    last_on = StringField(_l("to"))
    note = StringField(_l("Note"))


class ExceptionRowForm(Form):
    """Closed days, or a further date."""

    kind = Choice(
        _l("What"),
        choices=lambda: [("closed", _("closed")), ("extra", _("further date"))],
    )
    first_on = StringField(_l("from"))
    last_on = StringField(_l("to"))
    starts = StringField(_l("Start"))
    ends = StringField(_l("End"))
    place = Choice(_l("Place"))
    note = StringField(_l("Note"))


class HourRowForm(Form):
    """When somebody can be reached."""

    weekdays = Boxes(_l("Weekdays"), choices=_weekdays)
    starts = StringField(_l("from"))
    ends = StringField(_l("to"))
    note = StringField(_l("Note"))


class PlaceForm(Form):
    """An address."""

    key = HiddenField()
    name = StringField(_l("Name of the place"))
    street = StringField(_l("Street"))
    house_number = StringField(_l("House number"))
    plz = StringField(_l("Postal code"))
    town = StringField(_l("Town"))
    district = StringField(_l("District"))
    directions = TextAreaField(_l("How to get there"))
    step_free = Radio(_l("Step-free"), choices=yes_no)
    visibility = Choice(_l("Who sees the address"), choices=one_of(VISIBILITIES, visibility_hint))
    latitude = StringField(_l("Latitude"))
    longitude = StringField(_l("Longitude"))


class UsedPlaceForm(Form):
    """A place of the provider: whether the offer takes place there."""

    key = HiddenField()
    is_used = BooleanField(_l("takes place here"))


class PhraseForm(Form):
    """Title and description in another language."""

    language = StringField(_l("Language"))
    title = StringField(_l("Title"))
    description = TextAreaField(_l("Description"))


class ContactForm(Form):
    """A contact person."""

    key = HiddenField()
    name = StringField(_l("Name"))
    role = StringField(_l("Role"))
    phone = StringField(_l("Phone"))
    email = StringField(_l("E-mail"))
    languages = StringField(_l("Speaks"))
    note = TextAreaField(_l("Note (internal)"))
    is_public = BooleanField(_l("Name and contact may be shown to everybody"))
    hours = Rows(HourRowForm, _l("Can be reached"))
