"""Sending a file to be imported."""

from __future__ import annotations

from typing import Final

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import StringField

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.operations.directory_import import list_mappings
from app.operations.uploads import MAX_FILE_BYTES
from app.web.forms.choices import Choice
from app.web.forms.problems import put_error
from app.web.labels.exchange import mapping_label

ENDINGS: Final = (".csv", ".txt", ".tsv", ".xlsx", ".json")
MAX_NAME: Final = 200


class UploadForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A table or a JSON file, and how it is to be read."""

    file = FileField(_l("File"))
    mapping = Choice(_l("What the columns mean"))
    sheet = StringField(_l("Sheet of the workbook"))

    def offer_mappings(self) -> None:
        """Fill in what may be chosen."""
        names = [(name, mapping_label(name)) for name in list_mappings()]
        self.mapping.choices = [("", _("find out by the header")), *names]

    def read_file(self) -> tuple[str, bytes] | None:
        """Name and content of the file, or `None` with an error beside the field."""
        sent = self.file.data
        if not sent or not sent.filename:
            put_error(self.file, _("Please choose a file."))
            return None
        name = sent.filename.replace("\\", "/").rsplit("/", 1)[-1][-MAX_NAME:]
        if not name.lower().endswith(ENDINGS):
            put_error(self.file, _("Please choose a file of the kind CSV, Excel (.xlsx) or JSON."))
            return None
        data = sent.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            put_error(self.file, too_large_words())
            return None
        return name, data


def too_large_words() -> str:
    """Why a file is refused, and what to do."""
    megabytes = MAX_FILE_BYTES // (1024 * 1024)
    return _(
        "The file is larger than %(max)s MB. Please divide it, or ask your administrator to import it"
        " with the command `lotsenbuch import directory`.",
        max=megabytes,
    )
