"""The form for setting an offer aside."""

from __future__ import annotations

from flask_wtf import FlaskForm
from pydantic import ValidationError
from wtforms import HiddenField, StringField, TextAreaField

from app.core.i18n import lazy_gettext as _l
from app.core.ids import new_id
from app.matching.dismissals import DismissalInput
from app.web.forms.choices import Radio
from app.web.forms.lengths import at_most
from app.web.forms.problems import show_problems
from app.web.labels.dismissals import report_words

MAX_MESSAGE = 300


class DismissalForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Why the offer does not suit."""

    creation_key = HiddenField()
    next = HiddenField()
    reason = Radio(_l("Why does it not suit?"))
    message = StringField(
        _l("What should the directory editors know?"), validators=[at_most(MAX_MESSAGE)]
    )
    note = TextAreaField(_l("Note"))

    def preset(self, came_from: str) -> None:
        """Show a new form."""
        self.creation_key.data = new_id()
        self.next.data = came_from

    def read(self, offer_id: str) -> DismissalInput | None:
        """The validated input, or `None` with an error beside each field at fault."""
        is_fine = self.validate_on_submit()
        values = {
            "offer_id": offer_id,
            "reason": self.reason.data or None,
            "note": self.note.data or None,
        }
        try:
            data = DismissalInput.model_validate(values)
        except ValidationError as error:
            show_problems(self, error, lambda place: "note" if "note" in place else "reason")
            return None
        return data if is_fine else None

    def report(self) -> str:
        """What the directory editor is told, when the reason is one for them."""
        message = " ".join((self.message.data or "").split())
        return report_words(self.reason.data or "", message)
