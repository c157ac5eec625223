"""From the fields of an address to a place with a position, and back."""

from __future__ import annotations

from typing import Any, Final

from pydantic import ValidationError

from app.core.i18n import gettext as _
from app.directory.geocoding import Geocoder, find_town_of_plz, locate, position_of_plz
from app.directory.records import PlaceRecord
from app.web.forms.problems import problem_words, put_error
from app.web.forms.typed_parts import ANSWERS, TYPED_ANSWERS, is_empty_row, text_of

_TEXTS: Final = ("name", "street", "house_number", "plz", "town", "district", "directions")
PLZ_DIGITS: Final = 5
_ADDRESS: Final = ("street", "house_number", "plz", "town", "district")


def is_empty_place(form: Any) -> bool:
    """Whether no address was typed."""
    return is_empty_row(form, "key", "visibility")


def fill_place(form: Any, place: PlaceRecord) -> None:
    """Show a place."""
    form["key"].data = place.key
    for name in _TEXTS:
        form[name].data = getattr(place, name) or ""
    form["step_free"].data = TYPED_ANSWERS[place.step_free]
    form["visibility"].data = place.visibility
    if place.latitude is not None and place.precision == "exact":
        form["latitude"].data = coordinate_as_typed(place.latitude)
        form["longitude"].data = coordinate_as_typed(place.longitude)


def read_place(form: Any, before: PlaceRecord | None, geocoder: Geocoder | None) -> PlaceRecord | None:
    """The place, or `None` with errors beside its fields.

    A position that was typed counts as exact. Otherwise the one of before stays as long as the
    address does, and a new address is looked up (see `app.directory.geocoding`).
    """
    values: dict[str, Any] = {name: text_of(form[name]) for name in _TEXTS}
    values["key"] = before.key if before else form["key"].data or ""
    values["step_free"] = ANSWERS.get(form["step_free"].data or "")
    values["visibility"] = form["visibility"].data
    position = read_position(form)
    if position is not None:
        values |= {"latitude": position[0], "longitude": position[1], "precision": "exact"}
    check_plz(form, before)
    try:
        place = PlaceRecord.model_validate(values)
    except ValidationError as error:
        for problem in error.errors():
            name = str(problem["loc"][0]) if problem["loc"] else "latitude"
            field = form[name if name in form else "name"]
            if not field.errors:
                put_error(field, problem_words(problem["type"], problem.get("ctx", {})))
        return None
    if any(field.errors for field in form):
        return None
    if not _is_found_by(place) and (before is None or _is_found_by(before)):
        put_error(form["town"], _("Please enter at least the town or a name."))
        return None
    return _positioned(place, before, geocoder)


def _is_found_by(place: PlaceRecord) -> bool:
    return any((place.name, place.street, place.plz, place.town, place.district))


def _positioned(
    place: PlaceRecord, before: PlaceRecord | None, geocoder: Geocoder | None
) -> PlaceRecord:
    if place.latitude is not None:
        typed = before is not None and (place.latitude, place.longitude) != _shown_position(before)
        if before is None or typed or before.precision != "exact":
            return place
        if all(getattr(place, name) == getattr(before, name) for name in _ADDRESS):
            return _at(place, before)
        # The address changed and the coordinates were left as they were: they belong to the old one.
        place = place.model_copy(update={"latitude": None, "longitude": None, "precision": "unknown"})
    elif before is not None and before.precision != "exact" and _same_address(place, before):
        return _at(place, before)
    return locate(_with_town(place), geocoder)


def _same_address(place: PlaceRecord, before: PlaceRecord) -> bool:
    return all((getattr(place, name) or None) == (getattr(before, name) or None) for name in _ADDRESS)


def _at(place: PlaceRecord, before: PlaceRecord) -> PlaceRecord:
    return place.model_copy(
        update={
            "latitude": before.latitude,
            "longitude": before.longitude,
            "precision": before.precision,
        }
    )


def _shown_position(place: PlaceRecord) -> tuple[float, float] | None:
    """The position as it comes back from the form, which shows it rounded."""
    if place.latitude is None or place.longitude is None:
        return None
    return (float(f"{place.latitude:.6f}"), float(f"{place.longitude:.6f}"))


def coordinate_as_typed(degrees: float | None) -> str:
    """Degrees to about a tenth of a metre, with a comma."""
    return "" if degrees is None else f"{degrees:.6f}".replace(".", ",")


def _with_town(place: PlaceRecord) -> PlaceRecord:
    """A postal code alone names its town, where the list of places knows it."""
    if place.town or not place.plz:
        return place
    town = find_town_of_plz(place.plz)
    return place if town is None else place.model_copy(update={"town": town})


def check_plz(form: Any, before: PlaceRecord | None = None) -> None:
    """A postal code that nobody knows is a slip; one that stood there before is left alone."""
    plz = text_of(form["plz"])
    if plz is None or (before is not None and before.plz == plz):
        return
    if not (len(plz) == PLZ_DIGITS and plz.isascii() and plz.isdigit()):
        put_error(form["plz"], _("A postal code has five digits."))
    elif position_of_plz(plz) is None:
        put_error(form["plz"], _("We do not know this postal code. Please check it."))


def read_position(form: Any) -> tuple[float, float] | None:
    """Both coordinates, or `None`: none, or an error beside the field."""
    latitude, longitude = (_degrees(form[name]) for name in ("latitude", "longitude"))
    if (latitude is None) != (longitude is None):
        missing = form["latitude"] if latitude is None else form["longitude"]
        if not missing.errors:
            put_error(missing, _("Latitude and longitude belong together."))
    return None if latitude is None or longitude is None else (latitude, longitude)


def _degrees(field: Any) -> float | None:
    typed = (text_of(field) or "").replace(",", ".")
    if not typed:
        return None
    try:
        degrees = float(typed)
        if not abs(degrees) <= (90 if field.short_name == "latitude" else 180):
            raise ValueError
    except ValueError:
        put_error(field, _("Please write degrees, for example 48,7406."))
        return None
    return degrees
