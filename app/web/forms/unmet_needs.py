"""The form for what nothing suited for."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from pydantic import ValidationError
from wtforms import HiddenField, StringField

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.operations.unmet_needs import FEWEST_TICKED, NO_SUCH_OFFER, UnmetNeed
from app.web.forms.choices import Boxes
from app.web.forms.problems import put_error
from app.web.labels.unmet import missing_label


class UnmetNeedForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What was looked for, and what it failed for."""

    group = HiddenField()
    missing = Boxes(_l("What did it fail for?"))
    words = StringField(_l("What would be needed"))

    def offer_choices(self, reasons: Sequence[tuple[str, int]]) -> None:
        """Fill the list: the rules that exclude offers of the group, with how many."""
        counted = [(code, f"{missing_label(code)} ({count})") for code, count in reasons]
        told = dict(counted) | {NO_SUCH_OFFER: missing_label(NO_SUCH_OFFER)}
        self.missing.choices = list(told.items())

    def preset(self, group: str | None, reasons: Sequence[tuple[str, int]]) -> None:
        """Show a new form."""
        self.group.data = group or ""
        self.missing.data = [code for code, _count in reasons[:FEWEST_TICKED]] or [NO_SUCH_OFFER]

    def read(self) -> UnmetNeed | None:
        """The validated input, or `None` with an error beside each field at fault."""
        values = {
            "group": self.group.data or "",
            "missing": tuple(self.missing.data or ()),
            "words": self.words.data or "",
        }
        try:
            return UnmetNeed.model_validate(values)
        except ValidationError as error:
            words = _("Please tick what it failed for.")
            for problem in error.errors():
                is_long = problem["loc"][0] == "words"
                put_error(
                    self.words if is_long else self.missing,
                    _("This is too long.") if is_long else words,
                )
            return None
