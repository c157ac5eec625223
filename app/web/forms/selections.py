"""Forms of selections and gaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from flask_wtf import FlaskForm
from wtforms import EmailField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp

from app.core.i18n import language_name, weekday_name
from app.core.i18n import lazy_gettext as _l
from app.directory.codes import COURSE_KINDS, LEVELS, OFFER_KINDS
from app.directory.records import LANGUAGE_TAG
from app.web.forms.lengths import at_most
from app.web.labels.directory import course_kind_label, level_label, offer_kind_label

_ONE_ADDRESS = r"^\s*[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+\s*$"
LINK_DAYS = (7, 30, 90)
GAP_LANGUAGES: Final = (
    *("ar", "de", "en", "fa", "fr", "kmr", "prs", "ps"),
    *("ru", "so", "sq", "sr", "ti", "tr", "uk"),
)


class SelectionForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Title and note."""

    title = StringField(
        _l("Title"),
        validators=[DataRequired(_l("Please enter a title.")), at_most(200)],
    )
    note = TextAreaField(_l("Note for the reader"), validators=[Optional(), at_most(2000)])


class SelectionMailForm(FlaskForm):  # type: ignore[misc]
    """Where a selection goes."""

    recipient = EmailField(
        _l("E-mail address"),
        validators=[
            InputRequired(_l("Please enter an e-mail address.")),
            at_most(254),
            Regexp(_ONE_ADDRESS, message=_l("This is not an e-mail address.")),
        ],
    )


class GapForm(FlaskForm):  # type: ignore[misc]
    """What the directory lacks."""

    text = TextAreaField(
        _l("What is missing?"),
        validators=[
            InputRequired(_l("Please say what is missing.")),
            Length(min=3, max=500, message=_l("Please use 3 to 500 characters.")),
        ],
    )
    kind = SelectField(
        _l("Kind of offer"), default="", choices=lambda: _codes(OFFER_KINDS, offer_kind_label)
    )
    course_kind = SelectField(
        _l("Kind of course"), default="", choices=lambda: _codes(COURSE_KINDS, course_kind_label)
    )
    level = SelectField(_l("Level of German"), default="", choices=lambda: _codes(LEVELS, level_label))
    language = SelectField(
        _l("Language spoken"), default="", choices=lambda: _codes(GAP_LANGUAGES, language_name)
    )
    place = StringField(_l("District or town"), validators=[Optional(), at_most(120)])
    weekday = SelectField(
        _l("Day"),
        default="",
        choices=lambda: _codes(tuple("1234567"), lambda day: weekday_name(int(day))),
    )

    def preset(self, arguments: dict[str, str]) -> None:
        """Fill in what the search asked for; codes that do not exist are left out."""
        self.text.data = arguments.get("text", "")[:500]
        self.place.data = arguments.get("place", "")[:120]
        fields: tuple[tuple[Any, str], ...] = (
            (self.kind, "kind"),
            (self.course_kind, "course_kind"),
            (self.level, "level"),
            (self.weekday, "weekday"),
        )
        for field, name in fields:
            if arguments.get(name) in {value for value, _label in field.choices}:
                field.data = arguments[name]
        tag = arguments.get("language", "")
        if LANGUAGE_TAG.fullmatch(tag):
            if tag not in GAP_LANGUAGES:
                known: Any = self.language.choices
                self.language.choices = [*known, (tag, language_name(tag))]
            self.language.data = tag


def _codes(codes: Sequence[str], label: Callable[[str], str]) -> list[tuple[str, str]]:
    return [("", "–"), *((code, label(code)) for code in codes)]
