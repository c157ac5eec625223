"""The forms of an integration plan: goals, steps, what became of a goal, signature, review."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final, TypeVar

from flask_wtf import FlaskForm
from pydantic import BaseModel, ValidationError
from wtforms import BooleanField, HiddenField, StringField, TextAreaField

from app.cases.codes import MEASURES, STEP_ACTORS
from app.cases.models import Goal
from app.cases.plan_models import GoalStep
from app.cases.plan_records import (
    MAX_NOTE,
    GoalDetails,
    ReviewInput,
    SignatureInput,
    StepInput,
    clean_note,
)
from app.cases.plan_rules import reasons_for
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.codes import GOAL_AREAS, LEVELS
from app.web.forms.choices import Choice, Radio
from app.web.forms.parsing import parse_day
from app.web.forms.problems import put_error, show_problems
from app.web.forms.referrals import preset_day
from app.web.labels.cases import goal_area_label, spoken_language
from app.web.labels.plan import goal_reason_label, measure_label, step_actor_label

_GERMAN: Final = "de"
Input = TypeVar("Input", bound=BaseModel)


def _measures() -> list[tuple[str, str]]:
    return [("", _("not agreed yet")), *((code, measure_label(code)) for code in MEASURES)]


def _levels() -> list[tuple[str, str]]:
    return [("", _("please choose")), *((level, level) for level in LEVELS[1:])]


class GoalForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A goal. Only the area is needed."""

    creation_key = HiddenField()
    version = HiddenField()
    area = Choice(_l("Area"), choices=lambda: [(code, goal_area_label(code)) for code in GOAL_AREAS])
    title = StringField(_l("What is to be reached?"))
    due_on = StringField(_l("Until when?"))
    measure = Choice(_l("What shows that it is reached?"), choices=_measures)
    target_level = Choice(_l("Level of German to reach"), choices=_levels)
    measure_words = StringField(_l("What exactly?"))

    def fill(self, goal: Goal) -> None:
        """Show what the goal says."""
        self.area.data, self.title.data = goal.area, goal.title
        self.due_on.data = preset_day(goal.due_on)
        self.measure.data = goal.measure or ("level" if goal.target_level else "")
        self.target_level.data = goal.target_level or ""
        self.measure_words.data = goal.measure_words

    def read(self, today: date) -> GoalDetails | None:
        """The validated goal, or `None` with an error beside each field at fault."""
        values: dict[str, Any] = {
            "area": self.area.data,
            "title": self.title.data or "",
            "due_on": _read_day(self.due_on),
            "target_level": self.target_level.data or None,
            "measure": self.measure.data or None,
            "measure_words": self.measure_words.data or "",
        }
        return _validated(self, GoalDetails, values, today)


class _Explained(FlaskForm):  # type: ignore[misc]
    """What needs a reason, and may have a note."""

    reason = Radio(_l("Reason"))
    note = TextAreaField(_l("Note"))
    _reasons: tuple[str, ...] = ()

    def offer_reasons(self, state: str) -> None:
        """Fill the list with the reasons for a goal to go to ``state``."""
        self._reasons = reasons_for(state)
        self.reason.choices = [(code, goal_reason_label(code)) for code in self._reasons]

    def read_explanation(self) -> tuple[str | None, str | None] | None:
        """Reason and note, or `None` with an error beside each field at fault."""
        if self.reason.data not in self._reasons:
            put_error(self.reason, _("Please choose a reason."))
        note = clean_note(self.note.data)
        if note and len(note) > MAX_NOTE:
            put_error(self.note, _("Please use at most %(max)s characters.", max=MAX_NOTE))
        return None if self.errors else (self.reason.data, note)


class GoalStateForm(_Explained):
    """A goal was reached or is given up."""


class ReplaceGoalForm(GoalForm, _Explained):
    """Another goal takes the place."""

    takes_steps = BooleanField(_l("The steps that are not done yet go on with the new goal"))


class StepForm(FlaskForm):  # type: ignore[misc]
    """A small step."""

    creation_key = HiddenField()
    version = HiddenField()
    words = StringField(_l("Step"))
    actor = Choice(
        _l("Who does it?"), choices=lambda: [(code, step_actor_label(code)) for code in STEP_ACTORS]
    )
    actor_words = StringField(_l("Who, if somebody else"))
    due_on = StringField(_l("Until when?"))

    def tell_apart(self, key: str) -> None:
        """Give the fields ids of their own: several of these forms stand on one page."""
        for field in self:
            field.id = field.label.field_id = f"{field.name}-{key}"

    def fill(self, step: GoalStep) -> None:
        """Show what the step says."""
        self.words.data, self.actor.data = step.words, step.actor
        self.actor_words.data, self.due_on.data = step.actor_words, preset_day(step.due_on)

    def read(self, today: date) -> StepInput | None:
        """The validated step, or `None` with an error beside each field at fault."""
        values: dict[str, Any] = {
            "words": self.words.data or "",
            "actor": "other" if _is_somebody(self) else self.actor.data or "client",
            "actor_words": self.actor_words.data or "",
            "due_on": _read_day(self.due_on),
        }
        return _validated(self, StepInput, values, today)


class SignatureForm(FlaskForm):  # type: ignore[misc]
    """The plan was signed."""

    version = HiddenField()
    signed_on = StringField(_l("Signed on"))
    language = Choice(_l("Language beside German"))

    def offer_languages(self, languages: Iterable[str]) -> None:
        """Fill the list."""
        others = [(tag, spoken_language(tag)) for tag in languages if tag != _GERMAN]
        self.language.choices = [(_GERMAN, _("German only")), *others]

    def read(self, today: date) -> SignatureInput | None:
        """The validated input, or `None` with an error beside each field at fault."""
        language = self.language.data
        values = {
            "signed_on": _read_needed_day(self.signed_on),
            "language": language if language and language != _GERMAN else None,
        }
        return _validated(self, SignatureInput, values, today)


class ReviewForm(FlaskForm):  # type: ignore[misc]
    """The plan was looked at together."""

    creation_key = HiddenField()
    reviewed_on = StringField(_l("Looked at together on"))
    next_on = StringField(_l("Next review on"))
    note = TextAreaField(_l("Note"))

    def read(self, today: date) -> ReviewInput | None:
        """The validated input, or `None` with an error beside each field at fault."""
        values = {
            "reviewed_on": _read_needed_day(self.reviewed_on),
            "next_on": _read_day(self.next_on),
            "note": clean_note(self.note.data),
        }
        return _validated(self, ReviewInput, values, today)


def _is_somebody(form: StepForm) -> bool:
    """Whether a name was typed while the list still stands where it stood."""
    return bool((form.actor_words.data or "").strip()) and form.actor.data in {"", "client"}


def _read_day(field: Any) -> date | None:
    try:
        return parse_day(field.data or "")
    except ValueError as error:
        put_error(field, str(error))
        return None


def _read_needed_day(field: Any) -> date | None:
    day = _read_day(field)
    if day is None and not field.errors:
        put_error(field, _("Please fill this in."))
    return day


def _validated(form: Any, model: type[Input], values: dict[str, Any], today: date) -> Input | None:
    try:
        data = model.model_validate(values, context={"today": today})
    except ValidationError as error:
        show_problems(form, error, lambda location: str(location[0]))
        return None
    return None if form.errors else data
