"""The form of an accommodation. Its address never leaves the house: no geocoder is asked."""

from __future__ import annotations

from flask_wtf import FlaskForm
from pydantic import ValidationError
from wtforms import HiddenField, StringField

from app.core.i18n import lazy_gettext as _l
from app.directory.accommodations import AccommodationInput
from app.directory.geocoding import locate
from app.directory.models import Accommodation
from app.directory.records import PlaceRecord
from app.web.forms.place_values import check_plz, coordinate_as_typed, read_position
from app.web.forms.problems import list_problems, problem_words, put_error
from app.web.forms.typed_parts import text_of

_TEXTS = ("name", "street", "house_number", "plz", "town", "district")


class AccommodationForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Shared housing with its position."""

    creation_key = HiddenField()
    name = StringField(_l("Name"))
    street = StringField(_l("Street"))
    house_number = StringField(_l("House number"))
    plz = StringField(_l("Postal code"))
    town = StringField(_l("Town"))
    district = StringField(_l("District"))
    latitude = StringField(_l("Latitude"))
    longitude = StringField(_l("Longitude"))


def fill_accommodation(form: AccommodationForm, row: Accommodation) -> None:
    """Show an accommodation."""
    for name in _TEXTS:
        form[name].data = getattr(row, name) or ""
    form.latitude.data = coordinate_as_typed(row.latitude)
    form.longitude.data = coordinate_as_typed(row.longitude)


def read_accommodation(form: AccommodationForm) -> AccommodationInput | None:
    """The input, or `None` with an error beside each field at fault.

    Without coordinates the district or the postal code gives a rough position.
    """
    values = {name: text_of(form[name]) for name in _TEXTS}
    position = read_position(form)
    check_plz(form)
    try:
        place = PlaceRecord.model_validate(
            {"key": "accommodation", "visibility": "protected"}
            | {name: values[name] for name in _TEXTS}
        )
        data = AccommodationInput.model_validate(values | {"name": values["name"] or ""})
    except ValidationError as error:
        for problem in error.errors():
            field = form[str(problem["loc"][0]) if problem["loc"] else "name"]
            if not field.errors:
                put_error(field, problem_words(problem["type"], problem.get("ctx", {})))
        return None
    if list_problems(form):
        return None
    return data.model_copy(update=_position_of(place, position))


def _position_of(place: PlaceRecord, typed: tuple[float, float] | None) -> dict[str, float | None]:
    if typed is not None:
        return {"latitude": typed[0], "longitude": typed[1]}
    found = locate(place)
    return {"latitude": found.latitude, "longitude": found.longitude}
