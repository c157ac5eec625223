"""The form of a provider: its fields, which hold what was typed."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField, TextAreaField

from app.core.i18n import lazy_gettext as _l
from app.directory.codes import PROVIDER_KINDS
from app.web.forms.choices import Radio
from app.web.forms.editing_fields import ContactForm, PlaceForm, Rows
from app.web.labels.directory import provider_kind_label


class ProviderForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """An organisation or person that makes offers, with addresses and contact persons."""

    as_read = HiddenField()
    external_id = HiddenField()
    name = StringField(_l("Name"))
    kind = Radio(
        _l("Kind of provider"),
        choices=lambda: [(code, provider_kind_label(code)) for code in PROVIDER_KINDS],
    )
    description = TextAreaField(_l("Description"))
    parent_id = HiddenField()
    parent_name = StringField(_l("Part of"))
    phone = StringField(_l("Phone"))
    email = StringField(_l("E-mail"))
    website = StringField(_l("Website"))
    approach_note = TextAreaField(_l("How to approach them"))
    contacts = Rows(ContactForm, _l("Contact persons"))
    places = Rows(PlaceForm, _l("Places"))
    anyway = BooleanField(_l("It is none of these"))
