"""Words for tandems: reasons of both sides, questions, what stands against one."""

from __future__ import annotations

from typing import Final

from app.core.i18n import format_number, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.interests import Taxonomy
from app.matching.types import Reason
from app.web.labels import matching
from app.web.labels.cases import sex_label, spoken_words
from app.web.labels.tandem_events import end_label
from app.web.labels.waiting import passed_label

__all__ = [
    "end_label",
    "load_words",
    "obstacle_words",
    "obstacles_words",
    "question_words",
    "reason_words",
    "wanted_label",
]

_WANTED: Final = {
    "female": _l("with a woman"),
    "male": _l("with a man"),
    "diverse": _l("with a diverse person"),
}
_REASONS: Final = {
    "german": _l("both speak German well enough"),
    "by_appointment": _l("times by appointment"),
    "talk_own": _l("they share a language beside German"),
}
_QUESTIONS: Final = {
    "ask_client_wish": _l("Is the volunteer a woman or a man, as the client wishes?"),
    "ask_volunteer_wish": _l("Would the volunteer, who wishes a woman or a man, meet this client?"),
    "ask_talk": _l("Which language can the two speak with each other?"),
    "ask_way": _l("How could the two come to each other?"),
    "ask_hours": _l("When could the two meet?"),
}
_OBSTACLES: Final = {
    "no_client_wish": _l("the client wishes a woman, or a man"),
    "no_volunteer_wish": _l("the volunteer wishes a woman, or a man"),
    "no_talk": _l("no language in common, and not enough German yet"),
    "no_hours": _l("no time in common"),
    "no_way": _l("too far for both"),
    "no_parted": _l("did not suit each other before"),
}
_RULES: Final = {
    "level_below_entry": _l("more German is wished for"),
    "age_below_minimum": _l("too young for the offer"),
    "age_above_maximum": _l("too old for the offer"),
    "only_for_other_sex": _l("only for women, or only for men"),
    "set_aside": _l("set aside as not suitable"),
}
"""Rules of many volunteers together: without the facts, which differ."""


def wanted_label(code: str) -> str:
    """With whom somebody wishes to meet."""
    return str(_WANTED[code])


def reason_words(reason: Reason, taxonomy: Taxonomy, language: str) -> str:
    """Why a tandem suits one side."""
    facts = reason.facts
    match reason.code:
        case "topics":
            labels = [taxonomy.label(one, language) for one in facts["concepts"]]
            return _("topics: %(topics)s", topics=", ".join(labels))
        case "hours":
            hours = format_number(facts["minutes"] / 60, 1)
            return _("%(hours)s hours a week in common", hours=hours)
        case "own_language":
            return _("speaks: %(languages)s", languages=spoken_words(facts["tags"]))
        case "distance":
            return matching.reason_words(reason, taxonomy)
        case "their_topics":
            return _("wants %(count)s of their %(of)s topics", count=facts["count"], of=facts["of"])
        case "their_hours":
            percent = format_number(facts["share"] * 100, 0)
            return _("is free in %(percent)s %% of their hours", percent=percent)
        case "wanted_sex":
            return _("as wished: %(sex)s", sex=sex_label(facts["sex"]))
        case "talk_german":
            return _("speaks German (%(level)s)", level=facts["level"])
        case code:
            return str(_REASONS[code])


def question_words(question: Reason, taxonomy: Taxonomy) -> str:
    """What is to be clarified before the two meet."""
    if question.code in _QUESTIONS:
        return str(_QUESTIONS[question.code])
    return matching.clarify_words(question, taxonomy)


def obstacle_words(rule: Reason, taxonomy: Taxonomy) -> str:
    """What excludes a tandem, in a few words."""
    if rule.code in _OBSTACLES:
        return str(_OBSTACLES[rule.code])
    return matching.rule_words(rule, taxonomy)


def obstacles_words(code: str) -> str:
    """What excludes tandems with several volunteers alike."""
    return str(_OBSTACLES.get(code) or _RULES.get(code) or passed_label(code))


def load_words(current: int, most: int) -> str:
    """With how many a volunteer meets, of how many."""
    if most == 0:
        return _("takes nobody at the moment")
    free = max(0, most - current)
    if not free:
        return _("no place free (%(current)s of %(most)s)", current=current, most=most)
    return ngettext("%(num)s place free", "%(num)s places free", free)
