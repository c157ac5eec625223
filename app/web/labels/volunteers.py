"""Words for those who help: kinds of help, for whom, states and checks of a registration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.core.i18n import current_language, ngettext, weekday_name
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.interests import Taxonomy
from app.volunteers.answers import OfferedHelp, OrganisationAnswers
from app.volunteers.codes import DAY_PARTS
from app.volunteers.registering import Answers
from app.web.labels.cases import day_part_label, sex_label, spoken_language
from app.web.labels.directory import (
    level_label,
    offer_kind_label,
    period_words,
    provider_kind_label,
)

_HELP: Final = {
    "language_tandem": _l("Language tandem"),
    "tutoring": _l("Tutoring"),
    "accompanying": _l("Accompanying to offices and doctors"),
    "forms": _l("Help with letters and forms"),
    "interpreting": _l("Interpreting"),
    "sports": _l("Sports"),
    "music": _l("Music"),
    "crafts": _l("Crafts and sewing"),
    "childcare": _l("Looking after children"),
    "repairs": _l("Repairs and moving house"),
    "job_mentoring": _l("Help with finding work"),
    "computers": _l("Phone and computer"),
    "outings": _l("Outings and meeting"),
    "other": _l("Something else"),
}
_WHOM: Final = {
    "women": _l("Women"),
    "men": _l("Men"),
    "children": _l("Children"),
    "youth": _l("Young people"),
    "families": _l("Families"),
    "seniors": _l("Older people"),
}
_KINDS: Final = {"volunteer": _l("Volunteer"), "organisation": _l("Organisation")}
_STATES: Final = {"waiting": _l("to be looked at"), "asked": _l("asked back")}
_MISSING: Final = {
    "clearance": _l("Police clearance seen, and still valid"),
    "talk": _l("First talk"),
    "agreement": _l("Agreement signed"),
}


_DUE: Final = {
    "missing": _l("police clearance not seen yet"),
    "over": _l("police clearance is over"),
    "soon": _l("police clearance due soon"),
}


def due_label(code: str) -> str:
    """What has to be asked for."""
    return str(_DUE[code])


def help_label(code: str) -> str:
    """A kind of help in words."""
    return str(_HELP[code])


def whom_label(code: str) -> str:
    """For whom, in words."""
    return str(_WHOM[code])


def kind_label(code: str) -> str:
    """Who registered, in words."""
    return str(_KINDS[code])


def state_label(code: str) -> str:
    """How far a registration in the queue is."""
    return str(_STATES[code])


def missing_label(code: str) -> str:
    """What has still to be seen or done."""
    return str(_MISSING[code])


def times_words(times: Iterable[tuple[int, str]]) -> str:
    """Weekdays with parts of the day: "Mo abends"; empty: by appointment."""
    words = [
        f"{weekday_name(day, 'abbreviated')} {day_part_label(part)}"
        for day, part in sorted(set(times), key=lambda one: (one[0], DAY_PARTS.index(one[1])))
    ]
    return ", ".join(words) or _("by appointment")


def part_label(code: str) -> str:
    """A part of the day in words."""
    return day_part_label(code)


def answer_facts(answers: Answers) -> list[tuple[str, str]]:
    """What was told, as titles with words; what was not told has no words."""
    period = period_words(answers.starts_on, answers.ends_on)
    if isinstance(answers, OrganisationAnswers):
        street = " ".join(filter(None, (answers.street, answers.house_number)))
        contact = ", ".join(filter(None, (answers.contact_name, answers.contact_role)))
        return [
            (_("What"), provider_kind_label(answers.kind)),
            (_("Website"), answers.website or ""),
            (_("Where"), ", ".join(filter(None, (street, answers.plz)))),
            (_("Period"), period),
            (_("Contact"), contact),
            (_("E-mail"), answers.email),
            (_("Phone"), answers.phone or ""),
        ]
    reach = _("up to %(km)s km", km=answers.radius_km) if answers.radius_km else ""
    return [
        (_("What"), ", ".join(map(help_label, answers.help_kinds))),
        (_("Languages"), ", ".join(map(spoken_language, answers.languages))),
        (_("Where"), ", ".join(filter(None, (answers.plz, reach)))),
        (_("When"), times_words(answers.times)),
        (_("Period"), period),
        (_("For whom"), ", ".join(map(whom_label, answers.whom)) or _("for everybody")),
        (_("At a time"), ngettext("%(num)s person", "%(num)s people", answers.max_clients)),
        (_("Is"), sex_label(answers.sex) if answers.sex else ""),
        (_("E-mail"), answers.email),
        (_("Phone"), answers.phone or ""),
        (_("First name may be shown"), _("yes") if answers.shows_first_name else _("no")),
    ]


def offer_facts(
    answers: Answers, taxonomy: Taxonomy
) -> list[tuple[OfferedHelp, list[tuple[str, str]]]]:
    """The offers of an organisation with what was told of each."""
    if not isinstance(answers, OrganisationAnswers):
        return []
    language = current_language()
    return [
        (
            offer,
            [
                (_("What"), offer_kind_label(offer.kind)),
                (_("Topics"), ", ".join(taxonomy.label(key, language) for key in offer.topics)),
                (_("When"), _offered_times(offer)),
                (_("Languages"), ", ".join(map(spoken_language, offer.languages))),
                (_("For whom"), ", ".join(map(whom_label, offer.whom)) or _("for everybody")),
                (_("German needed"), level_label(offer.entry_level) if offer.entry_level else ""),
                (_("Cost"), _free_words(offer.is_free)),
                (_("Places"), str(offer.seats_max or "")),
            ],
        )
        for offer in answers.offers
    ]


def _offered_times(offer: OfferedHelp) -> str:
    words = [
        f"{weekday_name(time.weekday, 'abbreviated')} {time.starts}–{time.ends}" for time in offer.times
    ]
    return ", ".join(words) or _("by appointment")


def _free_words(is_free: bool | None) -> str:
    if is_free is None:
        return ""
    return _("free of charge") if is_free else _("costs something")
