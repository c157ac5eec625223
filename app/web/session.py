"""The signed-in person of a request (Flask-Login)."""

from __future__ import annotations

from datetime import date
from typing import Final

from flask import Flask, Request, Response, current_app, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, current_user

from app.accounts.models import User
from app.accounts.permissions import Actor, Permission
from app.accounts.queries import find_user
from app.core.clock import utc_now
from app.core.i18n import use_language
from app.web.runtime import current_runtime

WITHOUT_SESSION: Final = (
    "/hsds", "/geteilt", "/selbsteinschaetzung", "/wegweiser", "/mitmachen", "/rundmail",
    "/robots.txt", "/sitemap.xml",
)  # fmt: skip
"""Below these everybody is a stranger: no cookie is read or set."""


def _has_no_session(path: str) -> bool:
    return path in WITHOUT_SESSION or path.startswith(tuple(f"{one}/" for one in WITHOUT_SESSION))


class _Sessions(SecureCookieSessionInterface):
    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of the cookie; an empty one where there is none."""
        if _has_no_session(request.path):
            return SecureCookieSession()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie when it has to be."""
        if not _has_no_session(request.path):
            super().save_session(app, session, response)


class SignedInUser(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """What a session remembers of a user: the id, the epoch that ends it, and when it began.

    The cookie is renewed with each page; the session ends some hours after signing in nevertheless.
    """

    def __init__(self, user: User, day: date, since: int) -> None:
        """Copy what pages need; the row itself is not kept. ``since``: seconds of the epoch."""
        self._since = since
        self.id = user.id
        self.name = user.name
        self.email = user.email
        self.role = user.role
        self.language = user.language
        self.epoch = user.session_epoch
        self.actor = Actor(id=user.id, role=user.role, name=user.name, day=day)

    def get_id(self) -> str:
        """What the session cookie holds."""
        return f"{self.id}:{self.epoch}:{self._since}"

    def may(self, permission: Permission) -> bool:
        """Whether the role grants ``permission``; for templates."""
        return self.actor.may(permission)


def load_signed_in(session_id: str) -> SignedInUser | None:
    """The user of a session, or `None` when it ended.

    By its time, or as the user was switched off or got another role or password.
    """
    user_id, epoch, since = _parts_of(session_id)
    if utc_now().timestamp() - since >= current_app.permanent_session_lifetime.total_seconds():
        return None
    runtime = current_runtime()
    with runtime.database.read() as session:
        user = find_user(session, user_id)
        if user is None or not user.is_active or str(user.session_epoch) != epoch:
            return None
        if user.is_demo and not runtime.settings.is_demo:
            return None
        return SignedInUser(user, runtime.today, since)


def _parts_of(session_id: str) -> tuple[str, str, int]:
    user_id, epoch, since = (*session_id.split(":"), "", "")[:3]
    return user_id, epoch, int(since[:12]) if since.isdecimal() else 0


def init_session(app: Flask) -> None:
    """Connect Flask-Login and set the interface language of each request."""
    app.session_interface = _Sessions()
    manager = LoginManager()
    manager.session_protection = "basic"
    manager.user_loader(load_signed_in)
    manager.init_app(app)

    @app.before_request
    def choose_language() -> None:
        use_language(current_user.language if current_user.is_authenticated else "de")
