"""Forms of sign-in and accounts."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from app.accounts.passwords import MAX_PASSWORD_CHARACTERS, MIN_PASSWORD_CHARACTERS
from app.accounts.permissions import ROLES
from app.core.i18n import lazy_gettext as _l
from app.web.forms.lengths import at_most
from app.web.labels.accounts import role_label

_PASSWORD_LENGTH = Length(
    min=MIN_PASSWORD_CHARACTERS,
    max=MAX_PASSWORD_CHARACTERS,
    message=_l("The password needs at least 12 characters."),
)


def _role_choices() -> list[tuple[str, str]]:
    return [(role, role_label(role)) for role in ROLES]


class SignInForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Address and password."""

    email = EmailField(
        _l("E-mail address"),
        validators=[InputRequired(_l("Please enter your e-mail address.")), at_most(254)],
    )
    password = PasswordField(
        _l("Password"), validators=[InputRequired(_l("Please enter your password."))]
    )
    next = HiddenField()


class LinkRequestForm(FlaskForm):  # type: ignore[misc]
    """Where a link to sign in by is to go."""

    email = EmailField(
        _l("E-mail address"),
        validators=[InputRequired(_l("Please enter your e-mail address.")), at_most(254)],
    )


class AccountForm(FlaskForm):  # type: ignore[misc]
    """A new account."""

    name = StringField(_l("Name"), validators=[InputRequired(_l("Please enter a name.")), at_most(200)])
    email = EmailField(
        _l("E-mail address"),
        validators=[
            InputRequired(_l("Please enter an e-mail address.")),
            at_most(254),
            Regexp(r"^\s*[^@\s]+@[^@\s]+\.[^@\s]+\s*$", message=_l("This is not an e-mail address.")),
        ],
    )
    phone = StringField(_l("Phone"), validators=[Optional(), at_most(60)])
    role = SelectField(_l("Role"), choices=_role_choices)
    team = StringField(_l("Team"), validators=[Optional(), at_most(60)])
    provider_name = StringField(_l("Provider"), validators=[Optional(), at_most(300)])
    provider_id = HiddenField()
    """Of the one picked among several of that name."""
    password = PasswordField(
        _l("First password"),
        validators=[InputRequired(_l("Please enter a password.")), _PASSWORD_LENGTH],
    )


class AccountChangeForm(FlaskForm):  # type: ignore[misc]
    """Role, team, provider and activity of an account; the password only when a new one is typed."""

    role = SelectField(_l("Role"), choices=_role_choices)
    team = StringField(_l("Team"), validators=[Optional(), at_most(60)])
    provider_name = StringField(_l("Provider"), validators=[Optional(), at_most(300)])
    provider_id = HiddenField()
    """As in `AccountForm`."""
    is_active = BooleanField(_l("May sign in"))
    password = PasswordField(_l("New password"), validators=[Optional(), _PASSWORD_LENGTH])
    epoch = HiddenField()

    def epoch_number(self) -> int:
        """The state of the account that the form was opened on; -1 when tampered with."""
        value: Any = self.epoch.data
        return int(value) if str(value).isdigit() else -1
