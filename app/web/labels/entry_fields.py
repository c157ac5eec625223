"""Words for the fields of an entry and for what stands in them: forms, differences, reports.

Values are plain JSON, as `app.directory.history.entry_values` gives them. Older revisions may hold
codes that are gone: such a code is shown as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from app.core.i18n import (
    current_language,
    format_day,
    format_euros,
    language_name,
    weekday_name,
)
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.interests import load_taxonomy
from app.directory.records import ProviderRecord
from app.web.labels import directory as words
from app.web.labels.cases import entitlement_label, goal_area_label, residence_label

UNKNOWN_IS_NOT_EMPTY: Final = frozenset(
    {"cost_cents", "has_childcare", "has_waiting_list", "individual_entry", "on_public_holidays"}
    | {"seats_max", "seats_booked", "entry_level", "target_level", "step_free", "lesson_units"}
)
"""Fields whose `None` says that nobody knows; elsewhere it says that there is nothing to say."""

_OFFER_FIELDS: Final[dict[str, str]] = {
    "external_id": _l("Key"),
    "title": _l("Title"),
    "kind": _l("Kind of offer"),
    "course_kind": _l("Kind of course"),
    "description": _l("Description"),
    "plain_description": _l("Description in plain German"),
    "status": _l("Status"),
    "visibility": _l("Visibility"),
    "is_sensitive": _l("Sensitive"),
    "entry_level": _l("Level needed"),
    "target_level": _l("Level reached at the end"),
    "lesson_units": _l("Lesson units"),
    "instruction_languages": _l("Held in"),
    "onsite_languages": _l("Also spoken there"),
    "sex": _l("Only for"),
    "min_age": _l("Youngest age"),
    "max_age": _l("Highest age"),
    "target_groups": _l("Target groups"),
    "residence_statuses": _l("Residence status"),
    "entitlement_kinds": _l("Entitlement needed"),
    "goal_areas": _l("Areas of life"),
    "topics": _l("Topics"),
    "starts_on": _l("First day"),
    "ends_on": _l("Last day"),
    "registration_deadline": _l("Register until"),
    "individual_entry": _l("Joining at any time"),
    "by_appointment": _l("By appointment"),
    "schedule_note": _l("Note on the times"),
    "sessions": _l("Weekly times"),
    "terms": _l("Terms"),
    "exceptions": _l("Exceptions"),
    "on_public_holidays": _l("Also on public holidays"),
    "contacts": _l("Contact persons"),
    "places": _l("Places"),
    "cost_cents": _l("Cost"),
    "cost_note": _l("Note on the cost"),
    "payer": _l("Who pays"),
    "has_childcare": _l("Childcare"),
    "seats_max": _l("Seats"),
    "seats_booked": _l("Seats taken"),
    "seats_told_on": _l("Seats told on"),
    "seats_told_by": _l("Seats told by"),
    "has_waiting_list": _l("Waiting list"),
    "required_documents": _l("Documents"),
    "what_to_bring": _l("Please bring"),
    "contact_name": _l("Contact: name"),
    "contact_role": _l("Contact: role"),
    "contact_phone": _l("Contact: phone"),
    "contact_email": _l("Contact: e-mail"),
    "website": _l("Website"),
    "verified_on": _l("Confirmed on"),
    "verified_by": _l("Confirmed by"),
    "phrases": _l("In other languages"),
    "flags": _l("To complete"),
}

_PROVIDER_FIELDS: Final[dict[str, str]] = {
    "source": _l("List it came from"),
    "external_id": _l("Key"),
    "name": _l("Name"),
    "kind": _l("Kind of provider"),
    "description": _l("Description"),
    "website": _l("Website"),
    "email": _l("E-mail"),
    "phone": _l("Phone"),
    "approach_note": _l("How to approach them"),
    "parent_external_id": _l("Part of"),
    "is_demo": _l("Demo entry"),
    "flags": _l("To complete"),
    "contacts": _l("Contact persons"),
    "places": _l("Places"),
    "offers": _l("Offers"),
}

_VISIBILITIES = {
    "public": _l("public"),
    "internal": _l("internal"),
    "protected": _l("protected"),
}
_SEXES = {"female": _l("women"), "male": _l("men"), "diverse": _l("diverse people")}
_PAYERS = {
    "free": _l("nobody has to pay"),
    "bamf": _l("paid by the Federal Office"),
    "job_centre": _l("paid by the job centre"),
    "state": _l("paid by the state"),
    "municipality": _l("paid by the municipality"),
    "participant": _l("paid by the participant"),
    "mixed": _l("paid in shares"),
}
_STATUSES = {
    "draft": _l("draft"),
    "published": _l("published"),
    "paused": _l("paused"),
    "unconfirmed": _l("taken out because nobody confirmed it"),
    "withdrawn": _l("no longer offered"),
}
_PLACES_IN_MONTH = {
    1: _l("first in the month"),
    2: _l("second in the month"),
    3: _l("third in the month"),
    4: _l("fourth in the month"),
    5: _l("fifth in the month"),
    -1: _l("last in the month"),
}


@dataclass(frozen=True, slots=True)
class EntryNames:
    """What the keys in a record are called: places and contact persons have keys of their own."""

    places: Mapping[str, str] = field(default_factory=dict)
    persons: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    """External id of a parent organisation → name."""


def build_entry_names(*providers: ProviderRecord) -> EntryNames:
    """The names of the places and contact persons of ``providers``."""
    places: dict[str, str] = {}
    persons: dict[str, str] = {}
    parents: dict[str, str] = {}
    for provider in providers:
        places |= {place.key: _address(place.model_dump()) for place in provider.places}
        persons |= {person.key: person.name for person in provider.contacts}
        parents[provider.external_id] = provider.name
    return EntryNames(places, persons, parents)


def field_label(entry_type: str, name: str) -> str:
    """What a field of an ``offer`` or ``provider`` is called; an unknown one by its own name."""
    fields = _OFFER_FIELDS if entry_type == "offer" else _PROVIDER_FIELDS
    return str(fields.get(name, name))


def value_words(name: str, value: Any, names: EntryNames | None = None) -> str | list[str]:
    """What stands in field ``name``, in words; a list of lines where there may be several.

    Unknown is said as such; nothing at all is an empty text or list.
    """
    names = names or EntryNames()
    if name == "phrases":
        return _phrase_lines(value or {})
    if name in _LINES:
        return [_LINES[name](one, names) for one in value or ()]
    if value is None:
        return _("unknown") if name in UNKNOWN_IS_NOT_EMPTY else ""
    if isinstance(value, bool):
        return words.yes_no_words(value)
    if name in _WORDS:
        return _WORDS[name](value)
    if name == "parent_external_id":
        return names.parents.get(value, str(value))
    if isinstance(value, (list, tuple)):
        return [str(one) for one in value]
    return str(value)


def _known(label: Callable[[str], str]) -> Callable[[Any], str]:
    """``label``, but a code that is gone by itself."""

    def of(code: Any) -> str:
        try:
            return label(code)
        except KeyError:
            return str(code)

    return of


def _one_of(table: Mapping[Any, str]) -> Callable[[Any], str]:
    return lambda code: str(table.get(code, code))


def _day(value: Any) -> str:
    return format_day(value if isinstance(value, date) else date.fromisoformat(value))


def _euros(cents: int) -> str:
    return _("free of charge") if cents == 0 else _("%(euros)s €", euros=format_euros(cents))


def _kind(code: str) -> str:
    label = words.offer_kind_label
    try:
        return label(code)
    except KeyError:
        return _known(words.provider_kind_label)(code)


def _topic(key: str) -> str:
    taxonomy = load_taxonomy()
    return taxonomy.label(key, current_language()) if key in taxonomy else key


_WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "kind": _kind,
    "course_kind": _known(words.course_kind_label),
    "status": _one_of(_STATUSES),
    "visibility": _one_of(_VISIBILITIES),
    "entry_level": _known(words.level_label),
    "target_level": _known(words.level_label),
    "sex": _one_of(_SEXES),
    "payer": _one_of(_PAYERS),
    "cost_cents": _euros,
    "min_age": lambda years: _("%(years)s years", years=years),
    "max_age": lambda years: _("%(years)s years", years=years),
    "starts_on": _day,
    "ends_on": _day,
    "registration_deadline": _day,
    "seats_told_on": _day,
    "verified_on": _day,
}


def _session(time: Mapping[str, Any], names: EntryNames) -> str:
    parts = [f"{weekday_name(time['weekday'])}, {time['starts']}–{time['ends']}"]
    if (every := time.get("every_weeks") or 1) > 1:
        parts.append(_("every %(num)s weeks from %(day)s", num=every, day=_day(time["from_on"])))
    if nth := time.get("nth_in_month"):
        parts.append(str(_PLACES_IN_MONTH.get(nth, nth)))
    if place := time.get("place"):
        parts.append(names.places.get(place, place))
    if spoken := time.get("languages"):
        parts.append(_languages(spoken))
    return _with_note(", ".join(parts), time)


def _term(term: Mapping[str, Any], _names: EntryNames) -> str:
    return _with_note(f"{_day(term['first_on'])} – {_day(term['last_on'])}", term)


def _exception(one: Mapping[str, Any], names: EntryNames) -> str:
    days = _day(one["first_on"])
    if one["last_on"] != one["first_on"]:
        days = f"{days} – {_day(one['last_on'])}"
    if one["kind"] == "closed":
        return _with_note(_("closed: %(days)s", days=days), one)
    text = _("further date: %(days)s", days=days) + f", {one['starts']}–{one['ends']}"
    if place := one.get("place"):
        text += f", {names.places.get(place, place)}"
    return _with_note(text, one)


def _place(place: Any, names: EntryNames) -> str:
    """A place of a provider (all of it), or the key of one in an offer."""
    if isinstance(place, str):
        return names.places.get(place, place)
    parts = [_address(place)]
    if place.get("step_free") is not None:
        parts.append(_("step-free") if place["step_free"] else _("not step-free"))
    if (visibility := place.get("visibility", "public")) != "public":
        parts.append(str(_VISIBILITIES.get(visibility, visibility)))
    if place.get("latitude") is not None:
        parts.append(f"{place['latitude']:.5f}, {place['longitude']:.5f}")
    if directions := place.get("directions"):
        parts.append(directions)
    return " · ".join(parts)


def _address(place: Mapping[str, Any]) -> str:
    street = " ".join(filter(None, (place.get("street"), place.get("house_number"))))
    town = " ".join(filter(None, (place.get("plz"), place.get("town"))))
    if place.get("district"):
        town = f"{town} ({place['district']})".strip()
    return ", ".join(filter(None, (place.get("name"), street, town))) or _("without address")


def _person(person: Any, names: EntryNames) -> str:
    """A contact person of a provider (all of it), or the key of one in an offer."""
    if isinstance(person, str):
        return names.persons.get(person, person)
    parts = [person["name"], person.get("role"), person.get("phone"), person.get("email")]
    if spoken := person.get("languages"):
        parts.append(_languages(spoken))
    for hour in person.get("hours") or ():
        day = weekday_name(hour["weekday"], "abbreviated")
        parts.append(_with_note(f"{day} {hour['starts']}–{hour['ends']}", hour))
    parts.append(_("public") if person.get("is_public") else _("internal"))
    parts.append(person.get("note"))
    return ", ".join(filter(None, parts))


def _phrase_lines(phrases: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = []
    for tag, phrase in phrases.items():
        name = language_name(tag)
        lines += [f"{name}: {phrase[part]}" for part in ("title", "description") if phrase.get(part)]
    return lines


def _with_note(text: str, part: Mapping[str, Any]) -> str:
    return f"{text} ({part['note']})" if part.get("note") else text


def _languages(tags: Any) -> str:
    return ", ".join(language_name(tag) for tag in tags)


def _coded(label: Callable[[Any], str]) -> Callable[[Any, EntryNames], str]:
    return lambda code, _names: label(code)


_LINES: Final[dict[str, Callable[[Any, EntryNames], str]]] = {
    "sessions": _session,
    "terms": _term,
    "exceptions": _exception,
    "places": _place,
    "contacts": _person,
    "offers": lambda offer, _names: str(offer["title"]),
    "topics": _coded(_topic),
    "instruction_languages": _coded(language_name),
    "onsite_languages": _coded(language_name),
    "target_groups": _coded(_known(words.target_group_label)),
    "residence_statuses": _coded(residence_label),
    "entitlement_kinds": _coded(_known(entitlement_label)),
    "goal_areas": _coded(_known(goal_area_label)),
    "flags": _coded(_known(words.flag_label)),
    "required_documents": _coded(str),
}
