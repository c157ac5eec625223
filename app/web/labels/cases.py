"""Words for the codes of a case, and short sentences about a client."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from app.cases.models import CaseEvent
from app.core.i18n import format_day, format_month, language_name, ngettext, weekday_name
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.labels.consent_words import consent_event_words
from app.web.labels.contributions import CONTRIBUTION_EVENTS, contribution_event_words
from app.web.labels.handovers import handover_reason_label
from app.web.labels.lifecycle import LIFECYCLE_EVENTS, lifecycle_event_words
from app.web.labels.papers import PAPER_EVENTS, paper_event_words, permit_label
from app.web.labels.plan_events import PLAN_EVENTS, plan_event_words
from app.web.labels.tandem_events import TANDEM_EVENTS, tandem_event_words
from app.web.labels.unmet import unmet_event_words
from app.web.labels.waiting import WAITING_EVENTS, waiting_event_words

COMMON_LANGUAGES = (
    "ar", "uk", "ru", "fa", "tr", "kmr", "ps", "ti", "en", "sq", "sr", "so", "fr", "de",
)  # fmt: skip
"""Offered to tick; the languages of the printed sheets, the most frequent first."""

DAY_PARTS = ("morning", "afternoon", "evening")

_SEXES = {"female": _l("female"), "male": _l("male"), "diverse": _l("diverse")}
_EVIDENCE = {
    "self": _l("own estimate"),
    "test": _l("placement test"),
    "certificate": _l("certificate"),
}
_SKILLS = {
    "overall": _l("Overall"),
    "listening": _l("Listening"),
    "reading": _l("Reading"),
    "speaking": _l("Speaking"),
    "writing": _l("Writing"),
}
_MOBILITIES = {
    "walk": _l("on foot"),
    "bike": _l("by bicycle"),
    "transit": _l("by bus and train"),
    "car": _l("by car"),
}
_RESIDENCE = {
    "family": _l("Residence permit: family reunion"),
    "work": _l("Residence permit: work"),
    "settlement": _l("Settlement permit"),
    "fiction": _l("Provisional certificate (Fiktionsbescheinigung)"),
    "gestattung": _l("Permission to stay for the asylum procedure (Gestattung)"),
    "duldung": _l("Suspension of deportation (Duldung)"),
    "eu": _l("EU citizen"),
    "german": _l("German citizen"),
}
_ENTITLEMENTS = {
    "entitlement": _l("Entitlement to the integration course"),
    "admission": _l("Admission to the integration course"),
    "obligation": _l("Obligation to attend the integration course"),
    "vocational_course": _l("Entitlement to a vocational language course"),
}
_GOAL_AREAS = {
    "language": _l("Learn German"),
    "school": _l("School"),
    "training": _l("Training or studies"),
    "work": _l("Find work"),
    "housing": _l("Housing"),
    "health": _l("Staying healthy"),
    "participation": _l("Social contacts"),
    "children": _l("Children's care"),
}
_GOAL_STATES = {
    "open": _l("open"),
    "reached": _l("reached"),
    "changed": _l("changed"),
    "given_up": _l("given up"),
}
_DAY_PARTS = {"morning": _l("morning"), "afternoon": _l("afternoon"), "evening": _l("evening")}
_FIELDS = {
    "given_name": _l("First name"),
    "family_name": _l("Last name"),
    "birth_date": _l("Date of birth"),
    "sex": _l("Sex"),
    "nationalities": _l("Nationality"),
    "languages": _l("Languages spoken"),
    "reads": _l("Languages read"),
    "sheet_language": _l("Language of the sheet"),
    "german_level": _l("Level of German"),
    "german_level_evidence": _l("How the level is known"),
    "german_level_on": _l("Date of the level"),
    "residence_status": _l("Residence status"),
    "residence_status_expires_on": _l("Status valid until"),
    "street": _l("Street"),
    "house_number": _l("House number"),
    "plz": _l("Postal code"),
    "town": _l("Town"),
    "accommodation_id": _l("Accommodation"),
    "mobility": _l("Gets about"),
    "max_distance_km": _l("Farthest distance"),
    "needs_childcare": _l("Needs childcare"),
    "needs_step_free": _l("Needs step-free access"),
    "available": _l("Times available"),
    "phone": _l("Phone"),
    "email": _l("E-mail"),
    "literacy": _l("Reading and writing"),
    "schooling": _l("School"),
    "schooling_years": _l("Years of school"),
    "degrees": _l("Degrees"),
    "work_experience": _l("Work experience"),
    "accessibility_note": _l("Accessibility details"),
    "interpreting_language": _l("Interpreting into"),
    "benefit_authority_id": _l("Benefit authority"),
    "benefit_reference": _l("The authority's reference"),
    "office_contact": _l("In charge at the foreigners' office"),
    "levels": _l("Level of German"),
    "interests": _l("Interests"),
    "goals": _l("Goals"),
    "entitlements": _l("Entitlements"),
    "extension_note": _l("Reason for the longer time, in words"),
    "extension_reason": _l("Reason for the longer time"),
    "counselling_started_on": _l("Counselled since"),
}
_EVENTS = {
    "client_created": _l("Case opened"),
    "contact_corrected": _l("An entry about a contact was corrected"),
    "contact_deleted": _l("An entry about a contact was deleted"),
    "handover_undone": _l("The handover was taken back"),
    "household_joined": _l("Lives with another client now"),
    "household_left": _l("Left the household"),
    "note_changed": _l("A note was changed"),
    "note_deleted": _l("A note was deleted"),
    "offer_set_aside": _l("An offer was set aside: it does not suit"),
    "offer_taken_up_again": _l("An offer that was set aside is proposed again"),
}
"""Events that need no facts to be told."""
_GOAL_EVENTS = {
    "goal_added": _l("Goal agreed: %(goal)s"),
    "goal_reached": _l("Goal reached: %(goal)s"),
    "goal_given_up": _l("Goal given up: %(goal)s"),
    "goal_reopened": _l("Goal taken up again: %(goal)s"),
}
_SCRIPTS = {
    "Arab": _l("Arabic script"),
    "Cyrl": _l("Cyrillic script"),
    "Ethi": _l("Ethiopic script"),
}
_SCRIPT_OF = {
    "ar": "Arab", "fa": "Arab", "ps": "Arab", "ckb": "Arab", "ur": "Arab",
    "uk": "Cyrl", "ru": "Cyrl", "sr": "Cyrl", "bg": "Cyrl", "mk": "Cyrl",
    "ti": "Ethi", "am": "Ethi",
}  # fmt: skip


def sex_label(code: str) -> str:
    """A sex in a word."""
    return str(_SEXES[code])


def evidence_label(code: str) -> str:
    """How a level is known."""
    return str(_EVIDENCE[code])


def skill_label(code: str) -> str:
    """A skill of the language."""
    return str(_SKILLS[code])


def mobility_label(code: str) -> str:
    """How somebody gets about."""
    return str(_MOBILITIES[code])


def residence_label(code: str) -> str:
    """A residence status; paragraphs are those of the Residence Act."""
    return str(_RESIDENCE[code]) if code in _RESIDENCE else f"§ {code} AufenthG"


def entitlement_label(code: str) -> str:
    """The kind of an entitlement."""
    return str(_ENTITLEMENTS[code])


def goal_area_label(code: str) -> str:
    """The area of a goal."""
    return str(_GOAL_AREAS[code])


def goal_state_label(code: str) -> str:
    """How far a goal is."""
    return str(_GOAL_STATES[code])


def day_part_label(code: str) -> str:
    """A part of the day."""
    return str(_DAY_PARTS[code])


def field_label(code: str) -> str:
    """What a field of a case is called."""
    return str(_FIELDS[code])


def goal_words(area: str, target_level: str | None, title: str = "") -> str:
    """A goal in a few words."""
    words = title or goal_area_label(area)
    return f"{words} ({target_level})" if target_level and target_level not in words else words


def spoken_language(tag: str) -> str:
    """The name of a language as people here know it."""
    known = {"kmr": _("Kurmanji (Kurdish)"), "fa": _("Dari/Farsi"), "de-simple": _("Plain German")}
    return known.get(tag) or language_name(tag)


def spoken_words(tags: Sequence[str] | None) -> str:
    """The languages somebody speaks."""
    if tags is None:
        return _("unknown")
    return ", ".join(spoken_language(tag) for tag in tags) or _("none")


def reading_words(tags: Sequence[str] | None) -> str:
    """The languages somebody reads, with the script where it is not the Latin one."""
    if tags is None:
        return _("unknown")
    if not tags:
        return _("does not read")
    return ", ".join(
        f"{spoken_language(tag)} ({_SCRIPTS[_SCRIPT_OF[tag]]})"
        if tag in _SCRIPT_OF
        else spoken_language(tag)
        for tag in tags
    )


def level_words(level: str | None, evidence: str | None, on: date | None) -> str:
    """The level of German with how and since when it is known."""
    if level is None:
        return _("unknown")
    words = _("no German yet") if level == "none" else level
    how = evidence_label(evidence) if evidence else ""
    if how and on:
        how = _("%(evidence)s of %(month)s", evidence=how, month=format_month(on))
    elif on:
        how = format_month(on)
    return f"{words} ({how})" if how else words


def age_words(age: int | None) -> str:
    """An age in years."""
    return _("age unknown") if age is None else ngettext("%(num)s year old", "%(num)s years old", age)


def times_words(available: Sequence[dict[str, Any]] | None) -> str:
    """The weekly times, days with equal times joined."""
    if available is None:
        return _("unknown")
    by_day: dict[int, list[str]] = {}
    for span in sorted(available, key=lambda s: (s["weekday"], s["from"])):
        by_day.setdefault(span["weekday"], []).append(f"{span['from']}–{span['to']}")
    days_of: dict[str, list[str]] = {}
    for day, spans in by_day.items():
        days_of.setdefault(", ".join(spans), []).append(weekday_name(day, "abbreviated"))
    return "; ".join(f"{', '.join(days)} {spans}" for spans, days in days_of.items()) or _("none")


_EVENT_SENTENCES: dict[str, Callable[[str, dict[str, Any]], str]] = {
    **dict.fromkeys(LIFECYCLE_EVENTS, lifecycle_event_words),
    **dict.fromkeys(WAITING_EVENTS, waiting_event_words),
    **dict.fromkeys(TANDEM_EVENTS, tandem_event_words),
    **dict.fromkeys(CONTRIBUTION_EVENTS, contribution_event_words),
    "nothing_suited": unmet_event_words,
}
"""Events whose words are told by a function of their own."""


def event_words(event: CaseEvent) -> str:
    """What happened to a case, in one sentence."""
    facts = event.facts
    match event.code:
        case "client_changed":
            fields = ", ".join(field_label(name) for name in facts.get("fields", ()))
            return _("Changed: %(fields)s", fields=fields)
        case "level_changed":
            on = date.fromisoformat(facts["on"]) if facts.get("on") else None
            words = level_words(facts.get("level"), facts.get("evidence"), on)
            if facts.get("skill"):
                skill = skill_label(facts["skill"])
                return _("Level of German, %(skill)s: %(level)s", skill=skill, level=words)
            return _("Level of German: %(level)s", level=words)
        case code if code in _GOAL_EVENTS:
            return str(_GOAL_EVENTS[code]) % {"goal": _goal_of(facts)}
        case code if code in PLAN_EVENTS:
            return plan_event_words(code, _goal_of(facts) if "area" in facts else "", facts.get("on"))
        case code if code in PAPER_EVENTS:
            return paper_event_words(code, _paper_of(code, facts))
        case "consent_given" | "consent_revoked":
            return consent_event_words(event.code, facts)
        case code if code in _EVENT_SENTENCES:
            return _EVENT_SENTENCES[code](code, facts)
        case "handed_over":
            return _("Case handed over (%(reason)s)", reason=handover_reason_label(facts["reason"]))
        case code:
            return str(_EVENTS.get(code, code))


def status_words(status: str | None, expires_on: date | None) -> str:
    """The residence status with its expiry."""
    if status is None:
        return _("unknown")
    words = residence_label(status)
    return (
        _("%(status)s, valid until %(day)s", status=words, day=format_day(expires_on))
        if expires_on
        else words
    )


def _paper_of(code: str, facts: dict[str, Any]) -> str:
    if code.startswith("residence"):
        return residence_label(facts["status"])
    kind: str = facts["kind"]
    return permit_label(kind) if code.startswith("permit") else entitlement_label(kind)


def _goal_of(facts: dict[str, Any]) -> str:
    return goal_words(facts["area"], facts.get("target_level"))
