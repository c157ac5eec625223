"""Forms of handovers, substitutions and emergency accesses."""

from __future__ import annotations

from typing import Final

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from app.cases.codes import HANDOVER_REASONS
from app.cases.handovers import LONGEST_NOTE, MOST_CASES, CaseToHandOver
from app.core.i18n import lazy_gettext as _l
from app.web.forms.lengths import at_most
from app.web.labels.handovers import handover_reason_label

_NOBODY: Final = ("", _l("Please choose"))
_DAYS: Final = ["%Y-%m-%d", "%d.%m.%Y"]


class HandoverForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """To whom, and why; the cases themselves are read with `read_cases`."""

    creation_key = HiddenField()
    to_id = SelectField(
        _l("New case worker"), validators=[InputRequired(_l("Please choose who takes over."))]
    )
    reason = SelectField(
        _l("Reason"),
        validators=[InputRequired(_l("Please choose a reason."))],
        choices=lambda: [_NOBODY, *((code, handover_reason_label(code)) for code in HANDOVER_REASONS)],
    )
    note = TextAreaField(
        _l("Note to the new case worker"), validators=[Optional(), at_most(LONGEST_NOTE)]
    )

    def offer_people(self, people: list[tuple[str, str]]) -> None:
        """Set who can be chosen: id and name."""
        self.to_id.choices = [_NOBODY, *people]


class SubstitutionForm(FlaskForm):  # type: ignore[misc]
    """Who stands in for whom, from when to when."""

    creation_key = HiddenField()
    absent_id = SelectField(
        _l("Who is away"), validators=[InputRequired(_l("Please choose somebody."))]
    )
    deputy_id = SelectField(
        _l("Who stands in"), validators=[InputRequired(_l("Please choose somebody."))]
    )
    from_on = DateField(
        _l("First day"), validators=[InputRequired(_l("Please enter a day."))], format=_DAYS
    )
    until_on = DateField(
        _l("Last day"), validators=[InputRequired(_l("Please enter the last day."))], format=_DAYS
    )

    def offer_people(self, absent: list[tuple[str, str]], deputies: list[tuple[str, str]]) -> None:
        """Set who can be chosen: id and name."""
        self.absent_id.choices = absent
        self.deputy_id.choices = [_NOBODY, *deputies]


class EmergencyForm(FlaskForm):  # type: ignore[misc]
    """Whose case, and why."""

    name = StringField(_l("First and last name"), validators=[Optional(), at_most(240)])
    birth_date = StringField(_l("Date of birth"), validators=[Optional(), at_most(60)])
    case = StringField(_l("Or the address of the case"), validators=[Optional(), at_most(500)])
    reason = TextAreaField(
        _l("What has happened?"),
        validators=[InputRequired(_l("Please say what has happened.")), at_most(1000)],
    )


def read_cases(form: MultiDict[str, str]) -> tuple[CaseToHandOver, ...]:
    """The chosen cases with whose they were when the page was made, and a note to each."""
    return tuple(
        CaseToHandOver(
            client_id=client_id[:36],
            from_id=form.get(f"bei-{client_id}", "")[:36],
            note=form.get(f"notiz-{client_id}", "")[: LONGEST_NOTE + 1],
        )
        for client_id in dict.fromkeys(form.getlist("fall")[: MOST_CASES + 1])
    )
