"""The forms of tandems."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

from flask_wtf import FlaskForm
from pydantic import BaseModel, ValidationError
from wtforms import BooleanField, HiddenField, StringField, TextAreaField

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.codes import SEXES
from app.directory.interests import Taxonomy
from app.matching.models import TandemWish, VolunteerWish
from app.matching.tandem_rules import TANDEM_ENDS
from app.matching.tandems import Agreement, ClientWish, Ending, WishOfVolunteer
from app.web.forms.choices import Choice
from app.web.forms.parsing import parse_count, parse_day, split_words
from app.web.forms.problems import put_error, show_problems
from app.web.forms.topic_words import find_topics
from app.web.forms.typed_parts import parsed
from app.web.labels.cases import sex_label
from app.web.labels.tandems import end_label, wanted_label

MAX_KEY = 36
Input = TypeVar("Input", bound=BaseModel)


def _wanted_choices() -> list[tuple[str, str]]:
    return [("", _("does not matter")), *((code, wanted_label(code)) for code in SEXES)]


class WishForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What the client wishes of a tandem."""

    version = HiddenField()
    topics = TextAreaField(_l("Topics of the tandem"))
    wanted_sex = Choice(_l("Would like to meet"))

    def offer_choices(self) -> None:
        """Fill the list."""
        self.wanted_sex.choices = _wanted_choices()

    def fill(self, wish: TandemWish | None, taxonomy: Taxonomy, language: str) -> None:
        """Show the wish that there is."""
        if wish is not None:
            self.version.data = str(wish.version)
            self.topics.data = ", ".join(taxonomy.label(key, language) for key in wish.topics)
            self.wanted_sex.data = wish.wanted_sex or ""

    def read(self, taxonomy: Taxonomy, language: str) -> ClientWish | None:
        """The validated wish, or `None` with an error beside each field at fault."""
        topics: list[str] = []
        for word in split_words(self.topics.data or ""):
            try:
                topics.append(find_topics(word, taxonomy, language))
            except ValueError as error:
                put_error(self.topics, str(error))
        values = {
            "topics": tuple(dict.fromkeys(topics)),
            "wanted_sex": self.wanted_sex.data or None,
        }
        return _validate(self, ClientWish, values)


class VolunteerForm(FlaskForm):  # type: ignore[misc]
    """What the volunteer wishes."""

    version = HiddenField()
    max_clients = StringField(_l("How many clients at once"))
    sex = Choice(_l("The volunteer is"))
    wanted_sex = Choice(_l("Would like to meet"))
    radius_km = StringField(_l("Goes how far to meet somebody (km)"))

    def offer_choices(self) -> None:
        """Fill the lists."""
        self.sex.choices = [("", _("unknown")), *((code, sex_label(code)) for code in SEXES)]
        self.wanted_sex.choices = _wanted_choices()

    def fill(self, wish: VolunteerWish | None) -> None:
        """Show the wishes that there are."""
        self.max_clients.data = str(wish.max_clients if wish else 1)
        if wish is not None:
            self.version.data = str(wish.version)
            self.sex.data, self.wanted_sex.data = wish.sex or "", wish.wanted_sex or ""
            self.radius_km.data = "" if wish.radius_km is None else str(wish.radius_km)

    def read(self) -> WishOfVolunteer | None:
        """The validated wishes, or `None` with an error beside each field at fault."""
        count = parsed(self.max_clients, parse_count)
        if count is None and not self.max_clients.errors:
            put_error(self.max_clients, _("Please fill this in."))
        values = {
            "radius_km": parsed(self.radius_km, parse_count),
            "sex": self.sex.data or None,
            "wanted_sex": self.wanted_sex.data or None,
            "max_clients": count or 0,
        }
        return _validate(self, WishOfVolunteer, values)


class AgreementForm(FlaskForm):  # type: ignore[misc]
    """The client and a volunteer go on meeting."""

    creation_key = HiddenField()
    offer_id = Choice(_l("Volunteer"))
    started_on = StringField(_l("They meet since"))
    is_agreed = BooleanField(_l("They have met, and the client says yes to this volunteer"))

    def offer_choices(self, options: Sequence[tuple[str, str]]) -> None:
        """Fill the list; ``options``: offer id and words."""
        self.offer_id.choices = [("", _("please choose")), *options]

    def read(self, today: date) -> Agreement | None:
        """The validated agreement, or `None` with an error beside each field at fault."""
        if not self.offer_id.data:
            put_error(self.offer_id, _("Please choose the volunteer."))
        if not self.is_agreed.data:
            put_error(self.is_agreed, _("Without the client's yes there is no tandem."))
        values = {
            "offer_id": self.offer_id.data or "",
            "started_on": _read_day(self.started_on) or today,
            "is_agreed": True,
            "creation_key": (self.creation_key.data or "")[:MAX_KEY],
        }
        return _validate(self, Agreement, values, today)


class EndingForm(FlaskForm):  # type: ignore[misc]
    """The two meet no more."""

    version = HiddenField()
    reason = Choice(_l("Why"))
    ended_on = StringField(_l("On"))
    keeps_wish = BooleanField(_l("The client would like another tandem: the day of the wish counts on"))

    def offer_choices(self) -> None:
        """Fill the list: what a person may say (the end of the case says it by itself)."""
        codes = [code for code in TANDEM_ENDS if code != "case_closed"]
        self.reason.choices = [("", _("please choose")), *((code, end_label(code)) for code in codes)]

    def read(self, today: date) -> Ending | None:
        """The validated ending, or `None` with an error beside each field at fault."""
        if self.reason.data in ("", None, "case_closed"):
            put_error(self.reason, _("Please choose a reason."))
        values = {
            "reason": self.reason.data,
            "ended_on": _read_day(self.ended_on) or today,
            "keeps_wish": bool(self.keeps_wish.data),
        }
        return _validate(self, Ending, values, today)


def _read_day(field: Any) -> date | None:
    try:
        return parse_day(field.data or "")
    except ValueError as error:
        put_error(field, str(error))
        return None


def _validate(
    form: FlaskForm, model: type[Input], values: dict[str, Any], today: date | None = None
) -> Input | None:
    try:
        found = model.model_validate(values, context={"today": today})
    except ValidationError as error:
        first = next(name for name in values if name in form and name != "creation_key")
        show_problems(form, error, lambda place: str(place[0]) if place[0] in form else first)
        return None
    return None if form.errors else found
