"""The signed-in person of a request (Flask-Login)."""

from __future__ import annotations

from flask import Flask
from flask_login import LoginManager, UserMixin, current_user

from app.accounts.models import User
from app.accounts.permissions import Actor, Permission
from app.accounts.queries import find_user
from app.core.i18n import use_language
from app.web.runtime import current_runtime


class SignedInUser(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """What a session remembers of a user: the id, and the epoch that ends it when it changes."""

    def __init__(self, user: User) -> None:
        """Copy what pages need; the row itself is not kept."""
        self.id = user.id
        self.name = user.name
        self.email = user.email
        self.role = user.role
        self.language = user.language
        self.epoch = user.session_epoch
        self.actor = Actor(id=user.id, role=user.role, name=user.name)

    def get_id(self) -> str:
        """What the session cookie holds."""
        return f"{self.id}:{self.epoch}"

    def may(self, permission: Permission) -> bool:
        """Whether the role grants ``permission``; for templates."""
        return self.actor.may(permission)


def load_signed_in(session_id: str) -> SignedInUser | None:
    """The user of a session, or `None` when it ended (switched off, other role, new password)."""
    user_id, _, epoch = session_id.partition(":")
    runtime = current_runtime()
    with runtime.database.read() as session:
        user = find_user(session, user_id)
        if user is None or not user.is_active or str(user.session_epoch) != epoch:
            return None
        if user.is_demo and not runtime.settings.is_demo:
            return None
        return SignedInUser(user)


def init_session(app: Flask) -> None:
    """Connect Flask-Login and set the interface language of each request."""
    manager = LoginManager()
    manager.session_protection = "basic"
    manager.user_loader(load_signed_in)
    manager.init_app(app)

    @app.before_request
    def choose_language() -> None:
        use_language(current_user.language if current_user.is_authenticated else "de")
