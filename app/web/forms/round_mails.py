"""What an editor writes to a part of the network."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from pydantic import ValidationError
from wtforms import HiddenField, StringField, TextAreaField

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.codes import GOAL_AREAS, PROVIDER_KINDS
from app.operations.round_mail_models import RoundMail
from app.operations.round_mails import RoundMailInput, audience_of
from app.web.forms.choices import Boxes
from app.web.forms.parsing import parse_day
from app.web.forms.problems import problem_words, put_error
from app.web.forms.typed_parts import day_as_typed, parsed, text_of
from app.web.labels.cases import goal_area_label
from app.web.labels.directory import provider_kind_label


class RoundMailForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Subject, text, what it invites to, and to whom it goes."""

    creation_key = HiddenField()
    version = HiddenField()
    subject = StringField(_l("Subject"))
    text = TextAreaField(_l("Text"))
    event_on = StringField(_l("On which day?"))
    event_time = StringField(_l("Time"))
    event_place = StringField(_l("Place"))
    kinds = Boxes(
        _l("Kind of provider"),
        choices=lambda: [(code, provider_kind_label(code)) for code in PROVIDER_KINDS],
    )
    goal_areas = Boxes(
        _l("Offers something for"),
        choices=lambda: [(code, goal_area_label(code)) for code in GOAL_AREAS],
    )
    towns = Boxes(_l("Town"))

    def offer_towns(self, towns: list[str]) -> None:
        """Fill the list of towns; one that was chosen earlier stays in it."""
        chosen = [one for one in self.towns.data or () if one not in towns]
        self.towns.choices = [(town, town) for town in (*towns, *chosen)]

    def fill(self, row: RoundMail) -> None:
        """Show the draft."""
        audience = audience_of(row)
        self.version.data = str(row.version)
        self.subject.data, self.text.data = row.subject, row.text
        self.event_on.data = day_as_typed(row.event_on)
        self.event_time.data, self.event_place.data = row.event_time, row.event_place
        self.kinds.data, self.goal_areas.data = list(audience.kinds), list(audience.goal_areas)
        self.towns.data = list(audience.towns)

    def read(self) -> RoundMailInput | None:
        """The validated input, or `None` with a sentence beside each field at fault."""
        values: dict[str, Any] = {
            "subject": self.subject.data or "",
            "text": self.text.data or "",
            "event_on": parsed(self.event_on, parse_day),
            "event_time": self.event_time.data or "",
            "event_place": self.event_place.data or "",
            "audience": {
                "kinds": tuple(self.kinds.data or ()),
                "goal_areas": tuple(self.goal_areas.data or ()),
                "towns": tuple(self.towns.data or ()),
            },
        }
        if (text_of(self.event_time) or text_of(self.event_place)) and not text_of(self.event_on):
            put_error(self.event_on, _("Please name the day."))
        told = None
        try:
            told = RoundMailInput.model_validate(values)
        except ValidationError as error:
            for problem in error.errors():
                place = problem["loc"]
                field = self[str(place[1] if place[0] == "audience" else place[0])]
                put_error(field, problem_words(problem["type"], problem.get("ctx", {})))
        return None if any(field.errors for field in self) else told
