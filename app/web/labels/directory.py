"""Words for the codes of the directory, and short sentences about an offer."""

from __future__ import annotations

from datetime import date

from app.core.i18n import format_day, format_euros, format_number, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

_OFFER_KINDS = {
    "language_course": _l("Language course"),
    "counselling": _l("Counselling"),
    "club": _l("Club"),
    "volunteer": _l("Volunteers"),
    "authority": _l("Authority"),
    "work": _l("Work"),
    "education": _l("Education"),
    "childcare": _l("Childcare"),
    "health": _l("Health"),
    "housing": _l("Housing"),
    "meeting": _l("Meeting place"),
}

_PROVIDER_KINDS = {
    "course_provider": _l("Course provider"),
    "welfare_organisation": _l("Welfare organisation"),
    "club": _l("Club"),
    "initiative": _l("Initiative"),
    "volunteer": _l("Volunteer (a person)"),
    "benefit_authority": _l("Benefit authority"),
    "foreigners_office": _l("Foreigners' office"),
    "integration_commissioner": _l("Integration commissioner"),
    "preliminary_social_work": _l("Social work of the preliminary accommodation"),
    "other": _l("Other"),
}

_COURSE_KINDS = {
    "integration_general": _l("Integration course"),
    "integration_literacy": _l("Literacy course"),
    "integration_second_script": _l("Course for learners of a second script"),
    "integration_support": _l("Integration course with special support"),
    "integration_intensive": _l("Intensive integration course"),
    "vocational_basic": _l("Vocational language course"),
    "vocational_special_a2": _l("Vocational language course to A2"),
    "vocational_special_b1": _l("Vocational language course to B1"),
    "vocational_subject": _l("Vocational language course for a trade"),
    "vocational_recognition": _l("Vocational language course for recognition"),
    "vocational_job": _l("Language course on the job"),
    "orientation": _l("First orientation course"),
    "state_german": _l("German course of the state"),
    "conversation": _l("Conversation group"),
    "other": _l("Other course"),
}

_TARGET_GROUPS = {
    "women": _l("Women"),
    "men": _l("Men"),
    "parents": _l("Parents"),
    "children": _l("Children"),
    "youth": _l("Young people"),
    "seniors": _l("Seniors"),
    "families": _l("Families"),
    "refugees": _l("Refugees"),
    "lgbt": _l("LGBTIQ"),
}

_PAYERS = {
    "free": _l("nobody has to pay"),
    "bamf": _l("paid by the Federal Office"),
    "job_centre": _l("paid by the job centre"),
    "state": _l("paid by the state"),
    "municipality": _l("paid by the municipality"),
    "participant": _l("paid by the participant"),
    "mixed": _l("paid in shares"),
}

_FLAGS = {
    "place_missing": _l("No address"),
    "postal_code_unknown": _l("Unknown postal code"),
    "position_unknown": _l("Position unknown"),
    "topic_missing": _l("No topic"),
    "category_unknown": _l("Unknown category"),
    "website_invalid": _l("Website not usable"),
}

_OFFER_STATUSES = {
    "draft": _l("draft"),
    "unconfirmed": _l("not confirmed"),
    "published": _l("published"),
    "paused": _l("paused"),
    "withdrawn": _l("no longer offered"),
}

_EXTRAS = {
    "free_seats": _l("Free seats"),
    "step_free": _l("Step-free"),
    "childcare": _l("With childcare"),
    "women_only": _l("For women only"),
}


FREE_WORDS = ("kostenlos", "kostenfrei", "gratis", "frei")
"""Beginnings of a note that says by itself that nothing has to be paid."""


def offer_kind_label(code: str) -> str:
    """The name of an offer kind."""
    return str(_OFFER_KINDS[code])


def provider_kind_label(code: str) -> str:
    """The name of a provider kind."""
    return str(_PROVIDER_KINDS[code])


def course_kind_label(code: str) -> str:
    """The name of a course kind."""
    return str(_COURSE_KINDS[code])


def target_group_label(code: str) -> str:
    """The name of a target group."""
    return str(_TARGET_GROUPS[code])


def offer_status_label(code: str) -> str:
    """Whether an offer is there at present."""
    return str(_OFFER_STATUSES[code])


def flag_label(code: str) -> str:
    """What an editor should complete."""
    return str(_FLAGS[code])


def extra_label(code: str) -> str:
    """The name of a yes/no filter."""
    return str(_EXTRAS[code])


def level_label(code: str) -> str:
    """A level of German; ``none`` in words."""
    return _("no German needed") if code == "none" else code


def level_words(entry: str | None, target: str | None) -> str:
    """From which level to which an offer leads; empty when nothing is known."""
    if target and entry and entry != "none":
        return _("from %(entry)s to %(target)s", entry=entry, target=target)
    if target:
        return _("up to %(target)s", target=target)
    if entry == "none":
        return _("no German needed")
    return _("from %(entry)s", entry=entry) if entry else ""


def distance_words(distance_km: float | None, is_estimate: bool) -> str:
    """How far, in kilometres; "ca." when a position is only roughly known."""
    if distance_km is None:
        return ""
    number = format_number(distance_km, 1)
    return _("approx. %(km)s km", km=number) if is_estimate else _("%(km)s km", km=number)


def seats_words(free: int | None, has_waiting_list: bool | None = None) -> str:
    """How many seats are free; unknown is said as such."""
    if free is None:
        return _("seats unknown")
    if free > 0:
        return ngettext("%(num)s seat free", "%(num)s seats free", free)
    return _("full, with waiting list") if has_waiting_list else _("full")


def freshness_words(
    verified_on: date | None, verified_by: str | None, today: date, state: str = "fresh"
) -> str:
    """How long ago somebody confirmed the entry, and who; or for how long nobody did.

    ``state``: as in `app.directory.freshness.FRESHNESS_STATES`.
    """
    if verified_on is None:
        return _("never confirmed")
    days = (today - verified_on).days
    if state in {"stale", "expired"}:
        if days < 60:
            return ngettext("not confirmed for %(num)s day", "not confirmed for %(num)s days", days)
        return ngettext(
            "not confirmed for %(num)s month", "not confirmed for %(num)s months", days // 30
        )
    if days < 1:
        ago = _("confirmed today")
    elif days < 60:
        ago = ngettext("confirmed %(num)s day ago", "confirmed %(num)s days ago", days)
    else:
        ago = ngettext("confirmed %(num)s month ago", "confirmed %(num)s months ago", days // 30)
    return _("%(ago)s by %(who)s", ago=ago, who=verified_by) if verified_by else ago


def cost_words(cents: int | None, note: str | None, payer: str | None) -> str:
    """What it costs the participant; a note that names the amount speaks for itself."""
    parts = []
    if cents == 0:
        if not (note or "").casefold().startswith(FREE_WORDS):
            parts.append(_("free of charge"))
    elif cents is not None and "€" not in (note or ""):
        parts.append(_("%(euros)s €", euros=format_euros(cents)))
    if note:
        parts.append(note)
    elif payer and payer != "free":
        parts.append(str(_PAYERS[payer]))
    return ", ".join(parts) or _("unknown")


def age_words(min_age: int | None, max_age: int | None) -> str:
    """For which ages; empty when open to all."""
    if min_age is not None and max_age is not None:
        return _("%(low)s to %(high)s years", low=min_age, high=max_age)
    if min_age is not None:
        return _("from %(low)s years", low=min_age)
    return _("up to %(high)s years", high=max_age) if max_age is not None else ""


def yes_no_words(value: bool | None) -> str:
    """Yes, no, or that nobody knows."""
    if value is None:
        return _("to be clarified")
    return _("yes") if value else _("no")


def period_words(starts_on: date | None, ends_on: date | None) -> str:
    """From when to when; empty when nothing is known."""
    if starts_on and ends_on:
        return f"{format_day(starts_on)} – {format_day(ends_on)}"
    if starts_on:
        return _("from %(day)s", day=format_day(starts_on))
    return _("until %(day)s", day=format_day(ends_on)) if ends_on else ""
