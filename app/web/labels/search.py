"""Words about a search: why an offer was found, and what else may be tried."""

from __future__ import annotations

from app.core.i18n import current_language, language_name, weekday_name
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.interests import Taxonomy
from app.search.types import MatchReason, Proposal, SearchHit, UnderstoodPart
from app.web.labels.directory import extra_label

_FILTERS = {
    "kinds": _l("Kind"),
    "course_kinds": _l("Kind of course"),
    "levels": _l("Level of German"),
    "languages": _l("Language spoken"),
    "weekdays": _l("Day"),
    "max_km": _l("Distance"),
}
_EXTRAS = {
    "free_seats_only": "free_seats",
    "step_free": "step_free",
    "childcare": "childcare",
    "women_only": "women_only",
}


def part_words(part: UnderstoodPart) -> str:
    """What a part of the text was taken for."""
    match part.kind:
        case "level":
            return _("level %(level)s", level=part.value)
        case "weekday":
            return weekday_name(int(part.value))
        case "language":
            return language_name(part.value)
        case "place":
            return _("near %(place)s", place=part.value)
        case _:
            return extra_label(part.kind)


def why_words(hit: SearchHit, taxonomy: Taxonomy) -> list[str]:
    """Why ``hit`` was found, each a few words; empty when nothing was typed."""
    reasons = [_reason_words(reason, taxonomy) for reason in hit.reasons]
    reasons += [_granted_words(part) for part in hit.granted]
    return list(dict.fromkeys(reasons))


def lacking_words(hit: SearchHit) -> list[str]:
    """Which wishes it does not fulfil, or of which nobody said whether it does."""
    lacking = [_("not stated: %(wish)s", wish=part_words(part)) for part in hit.unclear]
    return lacking + [_("without: %(wish)s", wish=part_words(part)) for part in hit.missing]


def _reason_words(reason: MatchReason, taxonomy: Taxonomy) -> str:
    if reason.field == "topic" and reason.concept is not None:
        label = taxonomy.label(reason.concept, current_language())
        if label.casefold() == reason.words.casefold():
            return _("topic “%(topic)s”", topic=label)
        return _("“%(words)s” as topic “%(topic)s”", words=reason.words, topic=label)
    match reason.field:
        case "title":
            return _("“%(words)s” in the title", words=reason.words)
        case "provider":
            return _("“%(words)s” in the provider's name", words=reason.words)
        case _:
            return _("“%(words)s” in the description", words=reason.words)


def _granted_words(part: UnderstoodPart) -> str:
    if part.kind == "language":
        return _("speaks %(language)s", language=language_name(part.value))
    return part_words(part)


def proposal_words(proposal: Proposal, taxonomy: Taxonomy) -> str:
    """What would be searched for instead."""
    match proposal.kind:
        case "topic":
            return _("related: %(topic)s", topic=taxonomy.label(proposal.what, current_language()))
        case "distance":
            return _("up to %(km)s km", km=proposal.what)
        case "filter":
            return _("without the filter “%(filter)s”", filter=_filter_words(proposal.what))
        case _:
            return _("without “%(words)s”", words=proposal.what)


def _filter_words(field: str) -> str:
    return extra_label(_EXTRAS[field]) if field in _EXTRAS else str(_FILTERS[field])
