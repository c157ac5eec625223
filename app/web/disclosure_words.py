"""What is stored about a client, in words: for the paper under Art. 15 GDPR."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from app.cases.models import CaseEvent
from app.cases.retention import RetentionRules
from app.core.i18n import format_day, format_moment, format_number, language
from app.core.i18n import gettext as _
from app.directory.interests import Taxonomy
from app.operations.disclosure import STAFF, Disclosure, Row
from app.printouts.papers.disclosure import DisclosureContent, Section, Told
from app.web.forms.countries import country_name
from app.web.labels import (
    allocation,
    cases,
    consents,
    counselling,
    dismissals,
    intake,
    legal,
    lifecycle,
    matching,
    papers,
    plan,
    referrals,
    tandem_events,
    tandems,
    waiting,
)
from app.web.labels.accounts import audit_action_label, role_label
from app.web.labels.directory import course_kind_label
from app.web.labels.handovers import handover_reason_label

Label = Callable[[Any], str]


def _each(label: Label) -> Label:
    return lambda values: "; ".join(label(one) for one in values)


def _answers(answers: Mapping[str, Any]) -> str:
    lines = []
    for question, answer in answers.items():
        try:
            lines.append(f"{counselling.question_label(question)}: {counselling.step_label(answer)}")
        except (KeyError, TypeError):
            lines.append(f"{question}: {answer}")
    return "; ".join(lines)


_WORDS: Final[dict[str, Label]] = {
    "allocation_line.facts": lambda facts: "; ".join(allocation.line_facts(facts)),
    "allocation_line.state": allocation.line_state_label,
    "answers": _answers,
    "agreed_by": consents.giver_label,
    "appointment.kind": legal.appointment_kind_label,
    "appointment.state": counselling.appointment_state_label,
    "area": cases.goal_area_label,
    "available": cases.times_words,
    "case_correction.field": intake.recorded_field_label,
    "case_note.kind": counselling.note_kind_label,
    "case_closing.reason": lifecycle.closing_label,
    "channel": counselling.channel_label,
    "course_kind": course_kind_label,
    "date_reason": waiting.date_reason_label,
    "end_reason": waiting.end_label,
    "offer_dismissal.reason": dismissals.dismissal_reason_label,
    "ended_reason": tandem_events.end_label,
    "wanted_sex": tandems.wanted_label,
    "passed_over.reason": waiting.passed_label,
    "found_match.kind": matching.found_kind_label,
    "consent.way": consents.way_label,
    "data": _each(consents.data_label),
    "degrees": _each(intake.degree_words),
    "despite_rules": _each(referrals.rule_label),
    "entitlement.kind": cases.entitlement_label,
    "evidence": cases.evidence_label,
    "extension_reason": lifecycle.extension_label,
    "from_state": referrals.referral_state_label,
    "german_level_evidence": cases.evidence_label,
    "given_by": consents.giver_label,
    "goal.state": cases.goal_state_label,
    "handed_over_case.reason": handover_reason_label,
    "goal_step.actor": plan.step_actor_label,
    "informed_language": cases.spoken_language,
    "interpreting": counselling.interpreting_label,
    "interpreting_language": cases.spoken_language,
    "language": cases.spoken_language,
    "languages": cases.spoken_words,
    "literacy": intake.literacy_label,
    "measure": plan.measure_label,
    "mobility": cases.mobility_label,
    "mode": referrals.referral_mode_label,
    "nationalities": _each(country_name),
    "outcomes": _each(lifecycle.outcome_label),
    "permit.kind": papers.permit_label,
    "purpose": consents.purpose_label,
    "reads": cases.reading_words,
    "referral.state": referrals.referral_state_label,
    "referral_event.source": referrals.source_label,
    "referral_event.reason": referrals.referral_reason_label,
    "relation": lifecycle.relation_label,
    "released": _each(consents.data_label),
    "reopening_reason": lifecycle.reopening_label,
    "residence_status": cases.residence_label,
    "schooling": intake.schooling_label,
    "self_assessment.way": counselling.way_label,
    "sex": cases.sex_label,
    "sheet_language": cases.spoken_language,
    "signed_language": cases.spoken_language,
    "skill": cases.skill_label,
    "state_reason": plan.goal_reason_label,
    "status": cases.residence_label,
    "to_state": referrals.referral_state_label,
    "topics": _each(counselling.topic_label),
    "work_experience": _each(intake.work_words),
}
"""Column, or table and column, → what its codes are called."""


def build_content(found: Disclosure, taxonomy: Taxonomy, rules: RetentionRules) -> DisclosureContent:
    """What the paper says, in German and English words."""
    texts, whole = rules.closed_case.texts, rules.closed_case.whole
    return DisclosureContent(
        client_name=found.name,
        sections=tuple(
            Section(table, tuple(_row(table, row, taxonomy) for row in rows))
            for table, rows in found.tables.items()
        ),
        household_members=found.household_members,
        links=found.links,
        mails=found.mails,
        readings=tuple(
            (
                _twice(partial(format_moment, one.at)),
                _twice(partial(role_label, one.role)) if one.role else None,
                _twice(partial(audit_action_label, one.action)),
            )
            for one in found.readings
        ),
        texts_kept=(texts.number, f"{texts.unit}s"),
        case_kept=(whole.number, f"{whole.unit}s"),
    )


def _row(table: str, row: Row, taxonomy: Taxonomy) -> tuple[tuple[str, Told], ...]:
    told = []
    for column, value in row.items():
        if value in (None, "", [], {}) or (table, column) == ("case_event", "facts"):
            continue  # what happened is said in whole sentences
        told.append((column, _twice(partial(_words, table, column, value, row, taxonomy))))
    return tuple(told)


def _twice(say: Callable[[], str]) -> Told:
    with language("de"):
        german = say()
    with language("en"):
        english = say()
    return Told(german, english if english != german else None)


def _words(table: str, column: str, value: Any, row: Row, taxonomy: Taxonomy) -> str:
    """A value in the language of the moment; a code without a word is shown as it is."""
    try:
        if table == "case_event" and column == "code":
            return cases.event_words(CaseEvent(client_id="", code=value, facts=row["facts"]))
        if column == "reasons":
            return "; ".join(matching.reason_words(one, taxonomy) for one in value)
        if column == "to_clarify":
            return "; ".join(matching.clarify_words(one, taxonomy) for one in value)
        if (table, column) == ("tandem_wish", "topics"):
            return ", ".join(taxonomy.label(one) for one in value)
        if column == "concept":
            return taxonomy.label(value)
        if column in STAFF:
            return role_label(value)
        label = _WORDS.get(f"{table}.{column}") or _WORDS.get(column)
        if label is not None:
            return label(value)
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    return _plain(value)


def _plain(value: Any) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return _("yes") if value else _("no")
        case datetime():
            return format_moment(value)
        case date():
            return format_day(value)
        case float():
            return format_number(value, 2)
        case dict():
            return "; ".join(f"{name}: {_plain(one)}" for name, one in value.items())
        case list() | tuple():
            return "; ".join(_plain(one) for one in value)
        case _:
            return str(value)
