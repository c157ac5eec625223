"""The forms of a talk and of a note."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any, Final, TypeVar

from flask_wtf import FlaskForm
from pydantic import BaseModel, ValidationError
from wtforms import HiddenField, StringField, TextAreaField

from app.cases.codes import CONTACT_CHANNELS, CONTACT_TOPICS, INTERPRETINGS, NOTE_KINDS
from app.cases.contact_records import ContactInput, NoteInput
from app.cases.counselling_models import CaseNote, ContactEntry
from app.core.clock import now as present_moment
from app.core.i18n import format_day
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.ids import new_id
from app.settings import TIMEZONE
from app.web.forms.choices import Boxes, Choice, Radio
from app.web.forms.parsing import parse_day
from app.web.forms.problems import put_error, show_problems
from app.web.labels.counselling import (
    interpreting_label,
    note_kind_label,
    short_channel_label,
    topic_label,
)
from app.web.runtime import current_runtime

PRESET_MINUTES: Final = ("15", "30", "45", "60")
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3])(?:[:.]([0-5]\d))?(?:\s*uhr)?", re.IGNORECASE)
_NOON: Final = time(12)
_MAX_DIGITS: Final = 4
Input = TypeVar("Input", bound=BaseModel)


class ContactForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A talk, in ten seconds: what is preset can be sent as it is."""

    def __init__(self, **options: Any) -> None:
        """As `FlaskForm`, with names of its own: it stands on pages with other forms."""
        super().__init__(prefix="contact-", **options)
        self.channel.choices = [(code, short_channel_label(code)) for code in CONTACT_CHANNELS]
        self.was_reached.choices = [("yes", _("talked")), ("no", _("not reached"))]
        self.topics.choices = [(code, topic_label(code)) for code in CONTACT_TOPICS]
        self.minutes.choices = [(number, number) for number in PRESET_MINUTES]
        self.interpreting.choices = [
            ("", _("not told")),
            *((code, interpreting_label(code)) for code in INTERPRETINGS),
        ]

    creation_key = HiddenField()
    as_read = HiddenField()
    back = HiddenField()
    day = StringField(_l("Date"))
    clock = StringField(_l("Clock time"))
    channel = Radio(_l("How"))
    was_reached = Radio(_l("Result"))
    topics = Boxes(_l("Topics"), validate_choice=False)
    minutes = Radio(_l("Minutes"))
    other_minutes = StringField(_l("other"))
    interpreting = Choice(_l("Interpreter"))
    note = TextAreaField(_l("Short note"))

    def preset(self, now: datetime, topic: str = "", back: str = "") -> None:
        """Show a new entry of this moment."""
        local = now.astimezone(TIMEZONE)
        self.creation_key.data = new_id()
        self.back.data = back
        self.day.data, self.clock.data = format_day(local.date()), f"{local:%H:%M}"
        self.channel.data, self.was_reached.data = "office", "yes"
        self.topics.data = [topic] if topic in CONTACT_TOPICS else []

    def fill(self, entry: ContactEntry, as_read: str) -> None:
        """Show a stored entry."""
        local = entry.happened_at.astimezone(TIMEZONE)
        self.as_read.data = as_read
        self.day.data, self.clock.data = format_day(local.date()), f"{local:%H:%M}"
        self.channel.data = entry.channel
        self.was_reached.data = "yes" if entry.was_reached else "no"
        self.topics.data = list(entry.topics)
        minutes = "" if entry.minutes is None else str(entry.minutes)
        self.minutes.data = minutes if minutes in PRESET_MINUTES else ""
        self.other_minutes.data = "" if minutes in PRESET_MINUTES else minutes
        self.interpreting.data = entry.interpreting or ""
        self.note.data = entry.note or ""

    def read(self, now: datetime) -> ContactInput | None:
        """The validated entry, or `None` with an error beside each field at fault."""
        happened_at = self._read_moment(now)
        values: dict[str, Any] = {
            "happened_at": happened_at or now,
            "channel": self.channel.data,
            "was_reached": self.was_reached.data != "no",
            "topics": self.topics.data or (),
            "minutes": self._read_minutes(),
            "interpreting": self.interpreting.data or None,
            "note": self.note.data,
        }
        fields = {"happened_at": "day", "minutes": "other_minutes"}
        return _validated(self, ContactInput, values, now, fields)

    def _read_moment(self, now: datetime) -> datetime | None:
        try:
            day = parse_day(self.day.data or "")
        except ValueError as error:
            put_error(self.day, str(error))
            return None
        local = now.astimezone(TIMEZONE)
        typed = (self.clock.data or "").strip()
        found = _CLOCK.fullmatch(typed[:20])
        if typed and not found:
            put_error(self.clock, _("Please write the time like this: 14:30."))
            return None
        if day is None:
            day = local.date()
        if found:
            at = time(int(found[1]), int(found[2] or 0))
        else:
            at = local.time() if day == local.date() else _NOON
        return datetime.combine(day, at, TIMEZONE)

    def _read_minutes(self) -> int | None:
        typed = (self.other_minutes.data or "").strip() or (self.minutes.data or "")
        if not typed:
            return None
        if not (typed.isascii() and typed.isdigit() and len(typed) <= _MAX_DIGITS):
            put_error(self.other_minutes, _("Please write a number of minutes."))
            return None
        return int(typed) or None


def build_contact_form(topic: str = "", back: str = "") -> ContactForm:
    """A form for a talk of this moment, whatever the page around it was sent.

    ``topic`` is ticked when there is such a code; ``back`` is ``fall`` where the case page shows it.
    """
    form = ContactForm(formdata=None)
    form.preset(present_moment(current_runtime().settings), topic, back)
    return form


class NoteForm(FlaskForm):  # type: ignore[misc]
    """A note."""

    def __init__(self, **options: Any) -> None:
        """As `FlaskForm`, with the kinds to choose from."""
        super().__init__(**options)
        self.kind.choices = [(code, note_kind_label(code)) for code in NOTE_KINDS]

    creation_key = HiddenField()
    as_read = HiddenField()
    kind = Radio(_l("Kind"))
    text = TextAreaField(_l("Note"))

    def preset(self) -> None:
        """Show an empty note."""
        self.creation_key.data, self.kind.data = new_id(), "general"

    def fill(self, note: CaseNote, as_read: str) -> None:
        """Show a stored note."""
        self.as_read.data, self.kind.data, self.text.data = as_read, note.kind, note.text

    def read(self, now: datetime) -> NoteInput | None:
        """The validated note, or `None` with an error beside each field at fault."""
        values = {"kind": self.kind.data, "text": self.text.data or ""}
        return _validated(self, NoteInput, values, now, {})


def form_key(form: Any) -> str:
    """The key of a form that creates something; a new one when it came without."""
    return (form.creation_key.data or "")[:36] or new_id()


def _validated(
    form: Any, model: type[Input], values: dict[str, Any], now: datetime, fields: dict[str, str]
) -> Input | None:
    try:
        data = model.model_validate(values, context={"now": now})
    except ValidationError as error:
        show_problems(form, error, lambda place: fields.get(str(place[0]), str(place[0])))
        return None
    return None if form.errors else data
