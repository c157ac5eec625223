"""Words of the forms in which the directory is edited: what each choice means."""

from __future__ import annotations

from typing import Final

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

_OFFER_KIND_HINTS = {
    "language_course": _l("Lessons in German with a level, from literacy to C2; conversation groups."),
    "counselling": _l("Somebody listens, explains and helps with forms: migration, debts, families."),
    "club": _l("Something to join every week: sport, music, gardening, crafts."),
    "volunteer": _l("People who give their time: tutoring, accompanying, tandems, mentors."),
    "authority": _l("A counter of an authority where something is applied for or handed in."),
    "work": _l("Finding work: job coaching, applications, recognition of degrees, internships."),
    "education": _l("Learning something other than German: school, degrees, computers, training."),
    "childcare": _l("Somebody looks after children: kindergarten, groups, care during courses."),
    "health": _l("Medical and psychological help, pregnancy, addiction, sport on prescription."),
    "housing": _l("Finding and keeping a flat, furniture, advice for tenants."),
    "meeting": _l("Open doors without registration: a café, a breakfast, a women's evening."),
}

_PROVIDER_KIND_HINTS = {
    "course_provider": _l("Adult education centres, language schools, training companies."),
    "welfare_organisation": _l("Caritas, Diakonie, AWO, Red Cross and others with advice centres."),
    "club": _l("Registered associations in which people do something together."),
    "initiative": _l("Volunteers, circles of friends, parishes, neighbourhood groups."),
    "volunteer": _l("One person who helps. Only the first name is entered as the name."),
    "benefit_authority": _l("Whoever pays benefits: job centre, social welfare office."),
    "foreigners_office": _l("The office for residence permits."),
    "integration_commissioner": _l("Whoever coordinates integration for the town or district."),
    "preliminary_social_work": _l("Social work in the preliminary accommodation, for handing over."),
    "other": _l("Everything else: doctors, libraries, companies, schools."),
}

_VISIBILITY_HINTS = {
    "public": _l("Public: everybody may see it, on public pages, on paper, in exchanges."),
    "internal": _l("Internal: only colleagues who sign in see it."),
    "protected": _l("Protected: as internal, and the address is never printed or passed on."),
}

_STATUS_HINTS = {
    "draft": _l("Draft: not ready yet; nobody is referred there."),
    "published": _l("Published: it is found and suggested."),
    "paused": _l("Paused: it exists, but not at present (holidays, no staff)."),
    "unconfirmed": _l("Not confirmed: taken out because nobody confirmed it."),
    "withdrawn": _l("Withdrawn: it does not exist any more. Old referrals keep it."),
}

_RHYTHMS = {
    "1": _l("every week"),
    "2": _l("every 2 weeks"),
    "3": _l("every 3 weeks"),
    "4": _l("every 4 weeks"),
    "m1": _l("1st of the month"),
    "m2": _l("2nd of the month"),
    "m3": _l("3rd of the month"),
    "m4": _l("4th of the month"),
    "m5": _l("5th of the month"),
    "m-1": _l("last of the month"),
}

_SECTIONS = {
    "what": _l("What it is"),
    "who": _l("For whom"),
    "when": _l("When"),
    "where": _l("Where"),
    "cost": _l("Seats and cost"),
    "contact": _l("Contact and documents"),
    "texts": _l("Texts in other languages"),
    "release": _l("Who sees it"),
}

RHYTHMS: Final = tuple(_RHYTHMS)
PAYERS: Final = {
    "free": _l("nobody has to pay"),
    "bamf": _l("the Federal Office (BAMF)"),
    "job_centre": _l("the job centre"),
    "state": _l("the state"),
    "municipality": _l("the municipality"),
    "participant": _l("the participant"),
    "mixed": _l("several, in shares"),
}
"""Who pays, as an answer to that question."""


def offer_kind_hint(code: str) -> str:
    """What belongs to a kind of offer, in one sentence."""
    return str(_OFFER_KIND_HINTS[code])


def provider_kind_hint(code: str) -> str:
    """Who belongs to a kind of provider, in one sentence."""
    return str(_PROVIDER_KIND_HINTS[code])


def visibility_hint(code: str) -> str:
    """Who sees an entry, in one sentence."""
    return str(_VISIBILITY_HINTS[code])


def status_hint(code: str) -> str:
    """What a status means, in one sentence."""
    return str(_STATUS_HINTS[code])


def rhythm_label(code: str) -> str:
    """How often a weekly time takes place."""
    return str(_RHYTHMS[code])


def section_label(code: str) -> str:
    """The heading of a section of the form."""
    return str(_SECTIONS[code])


def payer_label(code: str) -> str:
    """Who pays."""
    return str(PAYERS[code])


def unknown_label() -> str:
    """The answer of somebody who does not know."""
    return _("unknown")
