"""What was told in a registration, as entries of the directory; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from app.core.i18n import gettext as _
from app.directory.records import OfferRecord, PlaceRecord, ProviderRecord, SessionRecord
from app.volunteers.answers import OfferedHelp, OrganisationAnswers, VolunteerAnswers
from app.volunteers.codes import HELP, HOURS_OF_PART

CONTACT_KEY: Final = "registered"
_SOURCE: Final = "registration"
"""Until it is entered: then it counts as entered by hand."""
_AGES: Final = {"children": (0, 13), "youth": (12, 27), "seniors": (60, None)}
"""Whom an offer addresses → ages (years). Young people up to 27: § 7 (1) no. 4 SGB VIII."""
_AGELESS: Final = frozenset({"women", "men", "families"})


def build_place(
    key: str, answers: VolunteerAnswers | OrganisationAnswers, town: str | None
) -> PlaceRecord:
    """Where it is, still without a position: of a volunteer no more than the postal code."""
    address = {}
    if isinstance(answers, OrganisationAnswers):
        address = {"street": answers.street, "house_number": answers.house_number}
    return PlaceRecord(key=key, plz=answers.plz, town=town, **address)


def build_volunteer(
    key: str, answers: VolunteerAnswers, title: str, place: PlaceRecord
) -> ProviderRecord:
    """The volunteer as a provider with one offer. Only the first name is in it.

    ``key`` is the entry's own; ``title`` says in German what is offered. The offer stays internal
    unless the volunteer said that the first name may be shown.
    """
    offer = _build_offer(
        f"{key}:1",
        title=title,
        kind="volunteer",
        description=answers.description,
        topics=_joined(HELP[kind].topics for kind in answers.help_kinds),
        goal_areas=_joined(HELP[kind].goal_areas for kind in answers.help_kinds),
        whom=answers.whom,
        sessions=tuple(
            SessionRecord(weekday=day, starts=HOURS_OF_PART[part][0], ends=HOURS_OF_PART[part][1])
            for day, part in sorted(set(answers.times))
        ),
        entry_level="none",
        cost_cents=0,
        payer="free",
        instruction_languages=answers.languages,
        onsite_languages=answers.languages,
        visibility="public" if answers.shows_first_name else "internal",
        starts_on=answers.starts_on,
        ends_on=answers.ends_on,
        individual_entry=True,
        places=(place.key,),
    )
    return ProviderRecord(
        source=_SOURCE,
        external_id=key,
        name=answers.first_name,
        kind="volunteer",
        places=(place,),
        offers=(offer,),
    )


def build_organisation(key: str, answers: OrganisationAnswers, place: PlaceRecord) -> ProviderRecord:
    """The organisation with what it offers; its contact person stays internal."""
    contact = {
        "key": CONTACT_KEY,
        "name": answers.contact_name,
        "role": answers.contact_role,
        "phone": answers.phone,
        "email": answers.email,
    }
    return ProviderRecord.model_validate(
        {
            "source": _SOURCE,
            "external_id": key,
            "name": answers.name,
            "kind": answers.kind,
            "description": answers.description,
            "website": answers.website,
            "email": answers.email,
            "phone": answers.phone,
            "contacts": (contact,),
            "places": (place,),
            "offers": build_offers(key, answers, place.key),
        }
    )


def build_offers(key: str, answers: OrganisationAnswers, place_key: str) -> tuple[OfferRecord, ...]:
    """The offers of an organisation, at its place."""
    return tuple(
        _build_offer(
            f"{key}:{number}",
            title=told.title,
            kind=told.kind,
            description=told.description,
            topics=told.topics,
            goal_areas=(),
            whom=told.whom,
            sessions=_sessions(told),
            entry_level=told.entry_level,
            cost_cents=0 if told.is_free else None,
            payer="free" if told.is_free else None,
            instruction_languages=told.languages,
            seats_max=told.seats_max,
            starts_on=answers.starts_on,
            ends_on=answers.ends_on,
            places=(place_key,),
        )
        for number, told in enumerate(answers.offers, 1)
    )


def default_title(help_words: Sequence[str], first_name: str) -> str:
    """What the offer is called, of the words for its kinds of help."""
    return _("%(help)s with %(name)s", help=", ".join(help_words), name=first_name)


def _sessions(told: OfferedHelp) -> tuple[SessionRecord, ...]:
    unique = {(time.weekday, time.starts, time.ends) for time in told.times}
    return tuple(
        SessionRecord(weekday=day, starts=starts, ends=ends) for day, starts, ends in sorted(unique)
    )


def _build_offer(external_id: str, *, whom: Sequence[str], **values: Any) -> OfferRecord:
    ages = [_AGES[one] for one in whom if one in _AGES]
    sex = {"women": "female", "men": "male"}
    named = [sex[one] for one in whom if one in sex]
    values |= {
        "external_id": external_id,
        "by_appointment": not values["sessions"],
        "sex": named[0] if len(named) == 1 else None,
        "target_groups": tuple(one for one in whom if one not in sex),
    }
    if ages and not _AGELESS.intersection(whom):
        values["min_age"] = min(low for low, _high in ages)
        highest = [high for _low, high in ages]
        values["max_age"] = None if None in highest else max(h for h in highest if h is not None)
    return OfferRecord.model_validate(values)


def _joined(parts: Any) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(one for some in parts for one in some))
