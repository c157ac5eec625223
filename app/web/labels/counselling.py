"""Words for talks, notes, appointments, self-assessments, and the kinds of a timeline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from app.core.i18n import format_moment, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.interests import load_taxonomy
from app.referrals.timeline_marks import AppointmentMark, ContactMark, StepMark
from app.web.labels.cases import event_words, spoken_language
from app.web.labels.matching import reason_words
from app.web.labels.referrals import referral_badge, referral_state_label, step_words

_CHANNELS = {
    "office": _l("Talk in the office"),
    "home_visit": _l("Home visit"),
    "phone": _l("Phone call"),
    "video": _l("Video call"),
    "message": _l("Message"),
    "email": _l("E-mail"),
    "letter": _l("Letter"),
    "outside": _l("On the way, at an office"),
}
_SHORT_CHANNELS = {
    "office": _l("Office"),
    "home_visit": _l("Home visit"),
    "phone": _l("Phone"),
    "video": _l("Video"),
    "message": _l("Message"),
    "email": _l("E-mail"),
    "letter": _l("Letter"),
    "outside": _l("On the way"),
}
_TOPICS = {
    "language": _l("German"),
    "school": _l("School"),
    "training": _l("Training"),
    "work": _l("Work"),
    "housing": _l("Housing"),
    "health": _l("Health"),
    "participation": _l("Contacts, leisure"),
    "children": _l("Children"),
    "residence": _l("Residence"),
    "benefits": _l("Benefits"),
    "family": _l("Family"),
    "debts": _l("Debts"),
    "forms": _l("Letters, forms"),
    "crisis": _l("Crisis"),
    "plan": _l("Integration plan"),
    "other": _l("Other"),
}
_INTERPRETINGS = {
    "none": _l("without an interpreter"),
    "colleague": _l("a colleague interpreted"),
    "professional": _l("with a professional interpreter"),
    "volunteer": _l("with a volunteer interpreter"),
    "family": _l("family or friends interpreted"),
    "phone": _l("with an interpreter on the phone"),
}
_NOTE_KINDS = {"general": _l("General note"), "health": _l("Health note")}
_APPOINTMENTS = {
    "counselling": _l("Appointment for counselling"),
    "foreigners_office": _l("Appointment at the foreigners' office"),
    "benefit_authority": _l("Appointment at the benefit authority"),
    "course": _l("Appointment for a course"),
    "health": _l("Appointment with a doctor"),
    "school": _l("Appointment at school"),
    "other": _l("Appointment"),
}
_APPOINTMENT_STATES = {
    "planned": _l("planned"),
    "kept": _l("kept"),
    "missed": _l("missed"),
    "cancelled": _l("cancelled"),
}
_TIMELINE_KINDS = {
    "contact": _l("Contacts"),
    "referral": _l("Referrals"),
    "plan": _l("Plan and goals"),
    "appointment": _l("Appointments"),
    "note": _l("Notes"),
    "assessment": _l("Self-assessments"),
    "legal": _l("Legal side"),
    "consent": _l("Consents"),
    "passage": _l("Handovers, closings"),
    "case": _l("Particulars"),
}
_QUESTIONS = {
    "health": _l("Health"),
    "work": _l("Work, course or school"),
    "contacts": _l("Contacts with others"),
    "housing": _l("Housing"),
    "alone": _l("Getting along alone"),
}
_STEPS = {
    1: _l("very bad"),
    2: _l("bad"),
    3: _l("middling"),
    4: _l("good"),
    5: _l("very good"),
}
_WAYS = {"paper": _l("on paper"), "screen": _l("on the screen")}


_ENTRIES = {"case_note": _l("Note"), "contact_entry": _l("Contact")}
_ENTRY_FIELDS = {
    "kind": _l("Kind"),
    "happened_at": _l("Date"),
    "channel": _l("How"),
    "was_reached": _l("Result"),
    "topics": _l("Topics"),
    "minutes": _l("Minutes"),
    "interpreting": _l("Interpreter"),
    "note": _l("Short note"),
}


def channel_label(code: str) -> str:
    """How somebody was talked to, as a line of the timeline begins."""
    return str(_CHANNELS[code])


def short_channel_label(code: str) -> str:
    """The same, short enough for a row of choices."""
    return str(_SHORT_CHANNELS[code])


def topic_label(code: str) -> str:
    """What was talked about."""
    return str(_TOPICS[code])


def interpreting_label(code: str) -> str:
    """Who interpreted."""
    return str(_INTERPRETINGS[code])


def note_kind_label(code: str) -> str:
    """The kind of a note."""
    return str(_NOTE_KINDS[code])


def appointment_words(mark: AppointmentMark) -> str:
    """What kind of appointment, and with whom."""
    kind = str(_APPOINTMENTS[mark.kind])
    return ", ".join(part for part in (kind, mark.with_whom, mark.place) if part)


def appointment_state_label(code: str) -> str:
    """What became of an appointment."""
    return str(_APPOINTMENT_STATES[code])


def timeline_kind_label(code: str) -> str:
    """A kind of entries of the timeline."""
    return str(_TIMELINE_KINDS[code])


def question_label(code: str) -> str:
    """What a question of the self-assessment is about."""
    return str(_QUESTIONS[code])


def step_label(step: int | None) -> str:
    """An answer of the self-assessment."""
    return _("left out") if step is None else str(_STEPS[step])


def trend_words(before: int | None, now: int | None) -> str:
    """How an answer compares with the one before; empty when there is nothing to compare."""
    if before is None or now is None:
        return ""
    if now == before:
        return _("unchanged")
    if now > before:
        return ngettext("%(num)s step better", "%(num)s steps better", now - before)
    return ngettext("%(num)s step worse", "%(num)s steps worse", before - now)


def way_label(code: str) -> str:
    """Whether the client answered on paper or on a screen."""
    return str(_WAYS[code])


_ENTRY_VALUES: Final[dict[str, Callable[[Any], str]]] = {
    "kind": note_kind_label,
    "happened_at": lambda moment: format_moment(datetime.fromisoformat(moment)),
    "channel": channel_label,
    "was_reached": lambda reached: _("talked") if reached else _("not reached"),
    "topics": lambda topics: ", ".join(topic_label(topic) for topic in topics),
    "interpreting": interpreting_label,
}


def contact_words(mark: ContactMark) -> str:
    """A talk in one line: how, how long, who interpreted."""
    words = channel_label(mark.channel)
    if not mark.was_reached:
        return _("Not reached: %(attempt)s", attempt=words)
    parts = [words]
    if mark.minutes:
        parts.append(_("%(num)s min.", num=mark.minutes))
    if mark.interpreting and mark.interpreting != "none":
        parts.append(interpreting_label(mark.interpreting))
    return ", ".join(parts)


def is_entry(field: str) -> bool:
    """Whether a correction (`CaseCorrection.field`) is one of a note or of an entry about a talk."""
    return field.partition(":")[0] in _ENTRIES


def entry_label(field: str) -> str:
    """What was corrected: a note, or an entry about a talk."""
    return str(_ENTRIES[field.partition(":")[0]])


def earlier_words(values: dict[str, Any]) -> str:
    """What a note or an entry about a talk said at one time, a line for each thing that changed."""
    return "\n".join(_earlier_line(name, value) for name, value in values.items())


def _earlier_line(name: str, value: Any) -> str:
    if name == "text":
        return str(value)
    label = str(_ENTRY_FIELDS.get(name, name))
    if value is None or value == []:
        return f"{label}: –"
    words = _ENTRY_VALUES.get(name, str)
    return f"{label}: {words(value)}"


def referral_lines(mark: StepMark, limit: int = 3) -> list[str]:
    """Why the offer was chosen, the first few reasons."""
    taxonomy = load_taxonomy()
    return [reason_words(reason, taxonomy) for reason in mark.reasons[:limit]]


def sealed_title() -> str:
    """What stands for a referral to a sensitive offer."""
    return _("Referral to a confidential offer")


__all__ = [
    "appointment_state_label",
    "appointment_words",
    "channel_label",
    "contact_words",
    "event_words",
    "interpreting_label",
    "note_kind_label",
    "question_label",
    "referral_badge",
    "referral_lines",
    "referral_state_label",
    "sealed_title",
    "short_channel_label",
    "spoken_language",
    "step_label",
    "step_words",
    "timeline_kind_label",
    "topic_label",
    "trend_words",
    "way_label",
]
