"""The answers of a self-assessment, typed in from paper or pressed on a screen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from flask_wtf import FlaskForm
from pydantic import ValidationError
from wtforms import HiddenField, StringField

from app.cases.codes import ASSESSMENT_QUESTIONS
from app.cases.contact_records import AssessmentInput
from app.core.i18n import format_day
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.ids import new_id
from app.printouts.papers.book import PAPER_LANGUAGES
from app.web.forms.choices import Choice, Radio
from app.web.forms.parsing import parse_day
from app.web.forms.problems import put_error, show_problems
from app.web.labels.cases import spoken_language
from app.web.labels.counselling import step_label

STEPS: Final = ("1", "2", "3", "4", "5")


class AssessmentForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What the client ticked on paper."""

    def __init__(self, **options: Any) -> None:
        """As `FlaskForm`, with the languages and steps to choose from."""
        super().__init__(**options)
        self.language.choices = [(tag, spoken_language(tag)) for tag in PAPER_LANGUAGES]
        steps = [(step, step_label(int(step))) for step in STEPS]
        for question in ASSESSMENT_QUESTIONS:
            self[f"q_{question}"].choices = [*steps, ("", _("left out"))]

    creation_key = HiddenField()
    taken_on = StringField(_l("Filled in on"))
    language = Choice(_l("Language of the paper"))
    q_health = Radio(_l("Health"))
    q_work = Radio(_l("Work, course or school"))
    q_contacts = Radio(_l("Contacts with others"))
    q_housing = Radio(_l("Housing"))
    q_alone = Radio(_l("Getting along alone"))

    def preset(self, today: date, language: str) -> None:
        """Show an empty paper of today."""
        self.creation_key.data, self.taken_on.data = new_id(), format_day(today)
        self.language.data = language

    def read(self, now: datetime, today: date) -> AssessmentInput | None:
        """The validated answers, or `None` with an error beside each field at fault."""
        try:
            taken_on = parse_day(self.taken_on.data or "")
        except ValueError as error:
            put_error(self.taken_on, str(error))
            taken_on = None
        answers = {q: read_step(self[f"q_{q}"].data) for q in ASSESSMENT_QUESTIONS}
        values = {
            "taken_on": taken_on or today,
            "language": self.language.data,
            "answers": answers,
        }
        try:
            data = AssessmentInput.model_validate(values, context={"now": now})
        except ValidationError as error:
            fields = {"answers": f"q_{ASSESSMENT_QUESTIONS[0]}"}
            show_problems(self, error, lambda place: fields.get(str(place[0]), str(place[0])))
            return None
        return None if self.errors else data


def read_pressed(
    pressed: Mapping[str, str], language: str, now: datetime, today: date
) -> AssessmentInput | None:
    """The answers of the public page; `None` when nothing was answered."""
    answers = {question: read_step(pressed.get(question)) for question in ASSESSMENT_QUESTIONS}
    if not any(answers.values()):
        return None
    values = {"taken_on": today, "language": language, "answers": answers}
    return AssessmentInput.model_validate(values, context={"now": now})


def read_step(value: str | None) -> int | None:
    """A step that was chosen; anything else is no answer."""
    return int(value) if value in STEPS else None
