"""Suggesting a change: the fields of an entry that people notice, with what they say today."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.codes import LEVELS
from app.directory.differences import FieldChange
from app.directory.records import OfferRecord, ProviderRecord, require_web_address
from app.web.forms.choices import Choice
from app.web.forms.lengths import at_most
from app.web.forms.parsing import parse_cents, parse_count
from app.web.forms.problems import put_error
from app.web.forms.web_address import web_address
from app.web.labels.directory import level_label

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CENTS_PER_EURO: Final = 100
MAX_NOTE: Final = 1200
MAX_LINE: Final = 300
"""Both lines and the note together fit into the note of a suggestion."""


def _levels() -> list[tuple[str, str]]:
    return [("", _("unknown")), *((code, level_label(code)) for code in LEVELS)]


class _SuggestionForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What both kinds of entry have."""

    as_read = HiddenField()
    address = StringField(_l("Address or place"), validators=[at_most(MAX_LINE)])
    is_gone = BooleanField(_l("This is no longer there"))
    note = TextAreaField(_l("What is not right?"), validators=[at_most(MAX_NOTE)])

    READERS: ClassVar[Mapping[str, Callable[[str], Any]]]

    def fill(self, record: OfferRecord | ProviderRecord, digest: str) -> None:
        """Show what the entry says today."""
        self.as_read.data = digest
        for name in self.READERS:
            self[name].data = _as_typed(name, getattr(record, name))

    def read_changes(self) -> dict[str, Any] | None:
        """Field → value for all fields; `None` when one cannot be read (said beside it)."""
        changes: dict[str, Any] = {}
        is_readable = bool(self.validate_on_submit())
        for name, reader in self.READERS.items():
            if not self[name].raw_data:
                continue  # the field was not sent: nothing is said about it
            try:
                changes[name] = reader(self[name].data.replace("\r\n", "\n").strip())
            except ValueError as error:
                put_error(self[name], str(error))
                is_readable = False
        return changes if is_readable else None

    def read_note(self) -> str:
        """The note, with what only words can say."""
        lines = []
        if self.is_gone.data and "status" not in self.GONE:
            lines.append(_("This is no longer there."))
        for name in self.TEXTS:
            if words := (self[name].data or "").strip():
                lines.append(f"{self[name].label.text}: {words}")
        return "\n".join([*lines, (self.note.data or "").replace("\r\n", "\n").strip()]).strip()

    GONE: ClassVar[Mapping[str, str]] = {}
    """Changes that say that it is no longer there; empty: the note says so."""
    TEXTS: ClassVar[tuple[str, ...]] = ("address",)
    """Fields that go into the note: addresses and times have parts that an editor fills in."""


def _as_typed(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "cost_cents":
        euros, cents = divmod(value, _CENTS_PER_EURO)
        return f"{euros},{cents:02d}" if cents else str(euros)
    return str(value)


def _text(limit: int, *, needed: bool = False) -> Callable[[str], str | None]:
    def read(typed: str) -> str | None:
        if needed and not typed:
            raise ValueError(_("Please fill this in."))
        if len(typed) > limit:
            raise ValueError(_("Please use at most %(max)s characters.", max=limit))
        return typed or None

    return read


def _description(typed: str) -> str:
    return _text(10_000)(typed) or ""


def _email(typed: str) -> str | None:
    if typed and (len(typed) > 254 or not _EMAIL.fullmatch(typed)):  # as long as one may be
        raise ValueError(_("This is not an e-mail address."))
    return typed or None


def _website(typed: str) -> str | None:
    if len(typed) > 500:
        raise ValueError(_("Please use at most %(max)s characters.", max=500))
    try:
        return require_web_address(web_address(typed) or None)
    except ValueError:
        raise ValueError(_("This is not a web address.")) from None


def _level(typed: str) -> str | None:
    if typed and typed not in LEVELS:
        raise ValueError(_("Please choose one of the values offered."))
    return typed or None


class OfferSuggestionForm(_SuggestionForm):
    """What people notice of an offer."""

    title = StringField(_l("Title"))
    description = TextAreaField(_l("Description"))
    times = StringField(_l("Times"), validators=[at_most(MAX_LINE)])
    contact_phone = StringField(_l("Phone"))
    contact_email = StringField(_l("E-mail"))
    website = StringField(_l("Website"))
    cost_cents = StringField(_l("Cost in euros"))
    seats_max = StringField(_l("Seats"))
    seats_booked = StringField(_l("Seats taken"))
    entry_level = Choice(_l("Level needed"), choices=_levels)
    target_level = Choice(_l("Level reached at the end"), choices=_levels)

    READERS: ClassVar[Mapping[str, Callable[[str], Any]]] = {
        "title": _text(300, needed=True),
        "description": _description,
        "contact_phone": _text(60),
        "contact_email": _email,
        "website": _website,
        "cost_cents": parse_cents,
        "seats_max": parse_count,
        "seats_booked": parse_count,
        "entry_level": _level,
        "target_level": _level,
    }
    GONE: ClassVar[Mapping[str, str]] = {"status": "withdrawn"}
    TEXTS: ClassVar[tuple[str, ...]] = ("times", "address")


class ProviderSuggestionForm(_SuggestionForm):
    """What people notice of a provider."""

    name = StringField(_l("Name"))
    description = TextAreaField(_l("Description"))
    phone = StringField(_l("Phone"))
    email = StringField(_l("E-mail"))
    website = StringField(_l("Website"))
    approach_note = TextAreaField(_l("How to approach them"))

    READERS: ClassVar[Mapping[str, Callable[[str], Any]]] = {
        "name": _text(300, needed=True),
        "description": _description,
        "phone": _text(60),
        "email": _email,
        "website": _website,
        "approach_note": _text(1000),
    }


DECISIONS: Final = ("accept", "reject")


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """What an editor says to a suggestion; a radio group per field is added by `decision_form`."""

    as_read = HiddenField()
    answer = TextAreaField(_l("Answer to the author"), validators=[at_most(2000)])

    def accepted(self) -> set[str]:
        """The fields that are accepted."""
        return {
            name.removeprefix("field-")
            for name, field in self._fields.items()
            if name.startswith("field-") and field.data == "accept"
        }

    def is_complete(self) -> bool:
        """Whether every field has a decision; says so beside those that lack one."""
        lacking = [
            field
            for name, field in self._fields.items()
            if name.startswith("field-") and field.data not in DECISIONS
        ]
        for field in lacking:
            put_error(field, _("Please accept or reject."))
        return not lacking


def _decisions() -> list[tuple[str, str]]:
    return [("accept", _("Accept")), ("reject", _("Reject"))]


def decision_form(changes: list[FieldChange], labels: Mapping[str, str]) -> DecisionForm:
    """The form for a suggestion with these fields."""
    fields = {
        f"field-{change.field}": RadioField(
            labels[change.field], choices=_decisions, validate_choice=False
        )
        for change in changes
    }
    form: DecisionForm = type("SuggestionDecisionForm", (DecisionForm,), fields)()
    return form
