"""From the form of an offer to its record and back; nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pydantic import ValidationError

from app.core.i18n import gettext as _
from app.directory.flags import remaining_flags
from app.directory.geocoding import Geocoder
from app.directory.interests import Taxonomy
from app.directory.records import OfferRecord, PlaceRecord, ProviderRecord
from app.web.forms.offer import FURTHER_LANGUAGES, OfferForm
from app.web.forms.offer_rows import fill_rows, read_rows
from app.web.forms.parsing import parse_cents, parse_count, parse_day, parse_languages, split_words
from app.web.forms.place_values import is_empty_place, read_place
from app.web.forms.problems import list_problems, problem_words, put_error
from app.web.forms.topic_words import find_topics
from app.web.forms.typed_parts import (
    ANSWERS,
    TYPED_ANSWERS,
    day_as_typed,
    euros_as_typed,
    keep_order,
    parsed,
    text_of,
)
from app.web.forms.web_address import web_address

_TEXTS: Final = (
    *("title", "description", "plain_description", "schedule_note", "cost_note", "what_to_bring"),
    *("contact_name", "contact_role", "contact_phone", "contact_email", "seats_told_by"),
)
_CHOICES: Final = ("course_kind", "entry_level", "target_level", "sex", "payer")
_CODES: Final = ("status", "visibility")
_ANSWERED: Final = ("individual_entry", "has_childcare", "has_waiting_list", "on_public_holidays")
_MARKS: Final = ("by_appointment", "is_sensitive")
_DAYS: Final = ("starts_on", "ends_on", "registration_deadline", "seats_told_on")
_COUNTS: Final = ("lesson_units", "min_age", "max_age", "seats_max", "seats_booked")
_BOXES: Final = ("target_groups", "residence_statuses", "entitlement_kinds", "goal_areas", "contacts")
_SEATS: Final = ("seats_max", "seats_booked", "has_waiting_list")


@dataclass(frozen=True, slots=True)
class OfferContext:
    """What a form of an offer is read against."""

    provider: ProviderRecord
    base: OfferRecord
    """What the offer says now; for a new one its key, kind and nothing else."""
    taxonomy: Taxonomy
    language: str
    """Of the interface: the words of the topics."""
    today: date
    geocoder: Geocoder | None = None

    @property
    def known_languages(self) -> frozenset[str]:
        """Tags that stand in the offer already, whatever they are."""
        spoken = {tag for time in self.base.sessions for tag in time.languages}
        own = (*self.base.instruction_languages, *self.base.onsite_languages, *self.base.phrases)
        return frozenset({*spoken, *own})


@dataclass(frozen=True, slots=True)
class TypedOffer:
    """What a form says: the offer, and an address that its provider does not have yet."""

    record: OfferRecord
    new_place: PlaceRecord | None


def fill_offer(form: OfferForm, record: OfferRecord, provider: ProviderRecord) -> None:
    """Show ``record`` in the form."""
    form.kind.data = record.kind
    form.external_id.data = record.external_id
    for name in (*_TEXTS, *_CHOICES, *_CODES, "website"):
        form[name].data = getattr(record, name) or ""
    for name in _ANSWERED:
        form[name].data = TYPED_ANSWERS[getattr(record, name)]
    for name in _MARKS:
        form[name].data = getattr(record, name)
    for name in _DAYS:
        form[name].data = day_as_typed(getattr(record, name))
    for name in _COUNTS:
        value = getattr(record, name)
        form[name].data = "" if value is None else str(value)
    for name in (*_BOXES, *FURTHER_LANGUAGES, "topics"):
        form[name].data = list(getattr(record, name))
    form.cost_cents.data = euros_as_typed(record.cost_cents)
    is_known = record.seats_max is not None or record.seats_booked is not None
    form.seats_known.data = "known" if is_known else ""
    form.required_documents.data = "\n".join(record.required_documents)
    fill_rows(form, record, provider)


def read_offer(form: OfferForm, context: OfferContext) -> TypedOffer | None:
    """What the form says, or `None` with an error beside each field at fault."""
    return _Reading(form, context).read()


class _Reading:
    def __init__(self, form: OfferForm, context: OfferContext) -> None:
        self._form = form
        self._context = context
        self._base = context.base

    def read(self) -> TypedOffer | None:
        """All values, checked one by one and then together."""
        form, context = self._form, self._context
        place = self._new_place()
        values = self._base.model_dump() | self._own_values()
        new_key = place.key if place else None
        values |= read_rows(form, context.provider, context.known_languages, new_key)
        self._check_together(values)
        record = self._validated(values)
        if record is None or list_problems(form):
            return None
        places = {one.key: one for one in (*context.provider.places, *((place,) if place else ()))}
        record = record.model_copy(update={"flags": remaining_flags(record, places)})
        return TypedOffer(record, place)

    def _own_values(self) -> dict[str, Any]:
        form = self._form
        values: dict[str, Any] = {name: text_of(form[name]) for name in _TEXTS}
        values["title"], values["description"] = values["title"] or "", values["description"] or ""
        values |= {name: form[name].data or None for name in _CHOICES}
        values |= {name: form[name].data or getattr(self._base, name) for name in _CODES}
        values |= {name: ANSWERS.get(form[name].data or "") for name in _ANSWERED}
        values |= {name: bool(form[name].data) for name in _MARKS}
        values |= {name: parsed(form[name], parse_day) for name in _DAYS}
        values |= {name: parsed(form[name], parse_count) for name in _COUNTS}
        values |= {
            name: keep_order(getattr(self._base, name), form[name].data or ()) for name in _BOXES
        }
        values |= {name: self._languages(name) for name in FURTHER_LANGUAGES}
        values["kind"] = form.kind.data or self._base.kind
        if values["kind"] != "language_course":
            values["course_kind"] = None
        values["website"] = web_address(text_of(form.website))
        values["cost_cents"] = parsed(form.cost_cents, parse_cents)
        values["topics"] = self._topics()
        values["required_documents"] = tuple(
            line.strip() for line in (form.required_documents.data or "").splitlines() if line.strip()
        )
        return values | self._seats(values)

    def _languages(self, name: str) -> tuple[str, ...]:
        typed = parsed(
            self._form[f"{name}_new"],
            lambda text: parse_languages(text, self._context.known_languages),
        )
        return keep_order(getattr(self._base, name), [*(self._form[name].data or ()), *(typed or ())])

    def _topics(self) -> tuple[str, ...]:
        form, taxonomy = self._form, self._context.taxonomy
        known = [key for key in form.topics.data or () if key in taxonomy or key in self._base.topics]
        found: list[str] = []
        for word in split_words(form.topics_new.data or ""):
            try:
                found.append(find_topics(word, taxonomy, self._context.language))
            except ValueError as error:
                put_error(form.topics_new, str(error))
        return keep_order(self._base.topics, [*known, *found])

    def _seats(self, values: dict[str, Any]) -> dict[str, Any]:
        """The seats, with today as the day they were told when they changed."""
        form, base = self._form, self._base
        numbers = (values["seats_max"], values["seats_booked"])
        has_typed = any(text_of(form[name]) for name in ("seats_max", "seats_booked"))
        if not form.seats_known.data and has_typed:
            put_error(form.seats_known, _("Either the seats are unknown, or these numbers hold."))
        if form.seats_known.data and not has_typed:
            put_error(form.seats_max, _("Please write how many seats there are."))
        told = {
            "seats_max": numbers[0],
            "seats_booked": numbers[1],
            "has_waiting_list": values["has_waiting_list"],
        }
        told_on = values["seats_told_on"]
        if told_on and told_on > self._context.today and told_on != base.seats_told_on:
            put_error(form.seats_told_on, _("This day is still to come."))
        changed = any(told[name] != getattr(base, name) for name in _SEATS)
        if changed and values["seats_told_on"] == base.seats_told_on:
            told["seats_told_on"] = self._context.today
        return told

    def _new_place(self) -> PlaceRecord | None:
        place = self._form.new_place.form
        if is_empty_place(place):
            return None
        known = {one.key: one for one in self._context.provider.places}
        if place["key"].data in known:
            return None  # sent twice: it was entered the first time
        return read_place(place, None, self._context.geocoder)

    def _check_together(self, values: dict[str, Any]) -> None:
        for low, high, words in _PAIRS:
            a, b = values[low], values[high]
            if a is not None and b is not None and b < a and not self._form[high].errors:
                put_error(self._form[high], words())

    def _validated(self, values: dict[str, Any]) -> OfferRecord | None:
        try:
            return OfferRecord.model_validate(values)
        except ValidationError as error:
            for problem in error.errors():
                if not problem["loc"]:
                    continue  # said by `_check_together`
                name = str(problem["loc"][0])
                field = self._form[name if name in self._form else "title"]
                if not field.errors:
                    put_error(field, problem_words(problem["type"], problem.get("ctx", {})))
            return None


_PAIRS: Final[tuple[tuple[str, str, Callable[[], str]], ...]] = (
    ("min_age", "max_age", lambda: _("The highest age lies below the lowest.")),
    ("starts_on", "ends_on", lambda: _("The last day lies before the first.")),
    ("seats_booked", "seats_max", lambda: _("More seats are taken than there are.")),
)
"""Lower field, upper field, and what to say beside the upper one when they do not fit together."""
