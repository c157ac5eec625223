"""The forms of a referral: making it, what came of it, asking again later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, TypeVar

from flask_wtf import FlaskForm
from pydantic import BaseModel, ValidationError
from wtforms import (
    BooleanField,
    HiddenField,
    StringField,
    TextAreaField,
)

from app.cases.codes import DATA_CATEGORIES
from app.cases.models import Goal
from app.core.errors import CaseClosedError, InvalidInputError
from app.core.i18n import format_day
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.codes import LEVELS
from app.matching.waiting_rules import PASS_REASONS_TO_CHOOSE
from app.operations.places_given import PassingOver
from app.operations.referring_together import ReferredAlreadyError
from app.referrals.records import NoNews, OutcomeReport, ReferralOrder
from app.referrals.service import ConsentMissingError, OfferExcludedError
from app.referrals.states import PUT_OFF_REASONS, reasons_for
from app.referrals.transitions import next_states
from app.web.forms.choices import Boxes, Choice, Radio
from app.web.forms.parsing import parse_day
from app.web.forms.problems import put_error, show_problems
from app.web.labels.cases import evidence_label, goal_words, spoken_language
from app.web.labels.consents import data_label, missing_words
from app.web.labels.referrals import referral_action_label, referral_reason_label
from app.web.labels.waiting import passed_label

_GERMAN_ONLY: Final = "de"
BY_MAIL: Final = "mail"
"""The button that arranges a referral and writes to the provider."""
Input = TypeVar("Input", bound=BaseModel)


class ReferralForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """One click more: what is preset can be sent as it is."""

    creation_key = HiddenField()
    version = HiddenField()
    """Of the later choice that is taken up with it."""
    despite_rules = HiddenField()
    overrule = BooleanField(_l("Refer all the same"))
    despite_earlier = BooleanField(_l("Refer there once more"))
    """Asked when an open referral leads there already."""
    sheet_language = Choice(_l("Language of the sheet, beside German"))
    follow_up_on = StringField(_l("Ask what came of it on"))
    goal_id = Choice(_l("Serves the goal"))
    note = TextAreaField(_l("Note for the case"))
    mode = HiddenField()
    """Of the button that was pressed."""
    released = Boxes(_l("The provider gets"))

    def offer_choices(self, languages: Sequence[str], goals: Sequence[Goal]) -> None:
        """Fill the lists."""
        self.released.choices = [(code, data_label(code)) for code in DATA_CATEGORIES]
        self.sheet_language.choices = list_sheet_languages(languages)
        self.goal_id.choices = [
            ("", _("no goal of the plan")),
            *((goal.id, goal_words(goal.area, goal.target_level, goal.title)) for goal in goals),
        ]

    @property
    def asks_by_mail(self) -> bool:
        """Whether the provider is asked by mail with the same click."""
        return bool(self.mode.data == BY_MAIL)

    def read(self, client_id: str, offer_id: str, today: date) -> ReferralOrder | None:
        """The validated order, or `None` with an error beside each field at fault."""
        mode = "arranged" if self.asks_by_mail else self.mode.data or "signpost"
        values: dict[str, Any] = {
            "client_id": client_id,
            "offer_id": offer_id,
            "creation_key": self.creation_key.data,
            "mode": mode,
            "released": tuple(self.released.data or ()) if mode == "arranged" else (),
            "goal_id": self.goal_id.data or None,
            "follow_up_on": read_day(self.follow_up_on),
            "sheet_language": self.sheet_language.data or _GERMAN_ONLY,
            "despite_rules": (self.despite_rules.data or "").split() if self.overrule.data else (),
            "note": (self.note.data or "").strip() or None,
        }
        return _validated(self, ReferralOrder, values, today)


REFUSALS: Final = (
    CaseClosedError,
    ConsentMissingError,
    InvalidInputError,
    OfferExcludedError,
    ReferredAlreadyError,
)
"""What can speak against a referral; see `put_refusal`."""


def put_refusal(form: ReferralForm, error: Exception) -> int:
    """Say beside its field why the client was not referred; the status of the answer."""
    match error:
        case OfferExcludedError():
            words = _("Rules speak against it: please confirm, or choose another offer.")
            put_error(form.overrule, words)
        case ReferredAlreadyError():
            words = _("There is an open referral to this offer already: please confirm.")
            put_error(form.despite_earlier, words)
        case ConsentMissingError():
            put_error(form.released, missing_words(error.coverage))
        case InvalidInputError():
            put_error(form.released if error.field == "to_state" else form[error.field], str(error))
        case _:
            put_error(form.note, str(error))
            return 409
    return 422


def list_sheet_languages(languages: Sequence[str]) -> list[tuple[str, str]]:
    """Language tag and name: German alone, then the others by name."""
    others = sorted((spoken_language(tag), tag) for tag in languages if tag != _GERMAN_ONLY)
    return [(_GERMAN_ONLY, _("German only")), *((tag, name) for name, tag in others)]


class OutcomeForm(FlaskForm):  # type: ignore[misc]
    """What the client reports."""

    version = HiddenField()
    to_state = Radio(_l("What came of it?"))
    reason = Choice(_l("Reason"))
    happened_on = StringField(_l("On which day?"))
    level_reached = Choice(_l("Level of German reached"))
    level_evidence = Choice(_l("How the level is known"))
    goal_reached = BooleanField(_l("The goal of the plan is reached with it"))
    despite_full = BooleanField(_l("The provider gives a place all the same"))
    """Asked when the directory knows of no free seat."""
    follow_up_on = StringField(_l("Ask again on"))
    note = TextAreaField(_l("Note for the case"))
    passing_reason = Choice(_l("Why before those who wait longer"))
    passing_note = TextAreaField(_l("In words, for those who were passed over"))

    def offer_choices(self, state: str, mode: str) -> None:
        """Fill the lists for a referral in ``state``."""
        possible = next_states(state)
        self.to_state.choices = [(code, referral_action_label(code, mode)) for code in possible]
        reasons = dict.fromkeys(reason for code in possible for reason in reasons_for(code))
        self.reason.choices = [
            ("", _("please choose")),
            *((code, referral_reason_label(code)) for code in reasons),
        ]
        self.level_reached.choices = [("", _("no level")), *((level, level) for level in LEVELS[1:])]
        self.level_evidence.choices = [
            ("", _("please choose")),
            *((code, evidence_label(code)) for code in ("certificate", "test", "self")),
        ]
        self.passing_reason.choices = [
            ("", _("please choose")),
            *((code, passed_label(code)) for code in PASS_REASONS_TO_CHOOSE),
        ]

    def read(self, today: date) -> OutcomeReport | None:
        """The validated report, or `None` with an error beside each field at fault."""
        if not self.to_state.data:
            put_error(self.to_state, _("Please choose what came of it."))
        values: dict[str, Any] = {
            "to_state": self.to_state.data,
            "reason": self.reason.data or None,
            "happened_on": read_day(self.happened_on),
            "level_reached": self.level_reached.data or None,
            "level_evidence": self.level_evidence.data or None,
            "goal_reached": bool(self.goal_reached.data),
            "despite_full": bool(self.despite_full.data),
            "follow_up_on": read_day(self.follow_up_on),
            "note": (self.note.data or "").strip() or None,
        }
        return _validated(self, OutcomeReport, values, today)

    def read_passing_over(self) -> PassingOver | None:
        """Why the client gets the place before others, when it was said; errors stand beside it."""
        if not self.passing_reason.data:
            return None
        note = (self.passing_note.data or "").strip() or None
        try:
            return PassingOver.model_validate({"reason": self.passing_reason.data, "note": note})
        except ValidationError as error:
            show_problems(self, error, lambda location: f"passing_{location[0]}")
            return None


class NoNewsForm(FlaskForm):  # type: ignore[misc]
    """Nothing new yet; stands on one page with `OutcomeForm`, hence the prefix."""

    version = HiddenField()
    follow_up_on = StringField(_l("Ask again on"))
    reason = Choice(_l("Why nothing is known yet"))

    def __init__(self, **options: Any) -> None:
        """As `FlaskForm`, with names of its own."""
        super().__init__(prefix="later-", **options)
        self.reason.choices = [
            ("", _("please choose")),
            *((code, referral_reason_label(code)) for code in PUT_OFF_REASONS),
        ]

    def read(self, today: date) -> NoNews | None:
        """The validated input, or `None` with an error beside each field at fault."""
        follow_up_on = read_day(self.follow_up_on)
        if follow_up_on is None and not self.follow_up_on.errors:
            put_error(self.follow_up_on, _("Please fill this in."))
        if not self.reason.data:
            put_error(self.reason, _("Please choose a reason."))
        values = {"follow_up_on": follow_up_on, "reason": self.reason.data or None}
        return _validated(self, NoNews, values, today)


def read_version(text: str | None) -> int:
    """A version from a hidden field; -1 (which fits nothing) when it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1


def preset_day(day: date | None) -> str:
    """A day as it stands in a field."""
    return format_day(day) if day else ""


def read_day(field: Any) -> date | None:
    """The day typed into the field, if any; what is none is said beside it."""
    try:
        return parse_day(field.data or "")
    except ValueError as error:
        put_error(field, str(error))
        return None


def _validated(form: Any, model: type[Input], values: dict[str, Any], today: date) -> Input | None:
    try:
        data = model.model_validate(values, context={"today": today})
    except ValidationError as error:
        show_problems(form, error, lambda location: str(location[0]))
        return None
    return None if form.errors else data
