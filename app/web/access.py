"""Who may open which page. Closed by default.

Every view says what it needs with one of the three decorators; `check_all_routes` refuses to start
the application when one does not. What a person may not see answers 404, as if it were not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import current_user

from app.accounts.permissions import Actor, Permission
from app.cases.queries import works_on_client
from app.referrals.queries import works_on_referral
from app.web.runtime import current_runtime

PUBLIC: Final = "public"
SIGNED_IN: Final = "signed_in"
_ATTRIBUTE = "needs_access"
_CHANGES_A_CASE: Final = frozenset({"case:write", "case:hand_over", "referral:create"})

View = TypeVar("View", bound=Callable[..., Any])


class OpenRouteError(RuntimeError):
    """A route was registered without saying who may use it."""


def public(view: View) -> View:
    """Anyone may use this view."""
    return _mark(view, PUBLIC)


def signed_in(view: View) -> View:
    """Every signed-in person may use this view."""
    return _mark(view, SIGNED_IN)


def permission(needed: Permission) -> Callable[[View], View]:
    """Only roles with ``needed`` may use this view; others get 404."""
    return lambda view: _mark(view, needed)


def _mark(view: View, access: str) -> View:
    setattr(view, _ATTRIBUTE, access)
    return view


def access_of(app: Flask, endpoint: str) -> str | None:
    """What the view behind ``endpoint`` needs: a permission, `PUBLIC`, `SIGNED_IN` or nothing said."""
    if endpoint == "static":
        return PUBLIC
    return cast("str | None", getattr(app.view_functions[endpoint], _ATTRIBUTE, None))


def check_all_routes(app: Flask) -> None:
    """Raise `OpenRouteError` naming every route that does not say who may use it."""
    silent = sorted(name for name in app.view_functions if access_of(app, name) is None)
    if silent:
        raise OpenRouteError(f"routes without access rule: {', '.join(silent)}")


def current_actor() -> Actor:
    """The signed-in person; only within views that are not public."""
    return cast(Actor, current_user.actor)


def enforce() -> Any:
    """Before each request: let pass, ask to sign in, or answer 404."""
    if request.endpoint is None:
        return None  # no such route: Flask answers 404 or 405
    needed = access_of(current_app, request.endpoint)
    if needed == PUBLIC:
        return None
    if not current_user.is_authenticated:
        return _ask_to_sign_in()
    if needed != SIGNED_IN and not current_actor().may(cast(Permission, needed)):
        abort(404)
    if needed in _CHANGES_A_CASE and not _works_on_the_case():
        abort(404)
    return None


def _works_on_the_case() -> bool:
    """Whether the case that the address names, if any, is one that the person works on.

    Asked before anything else is: who only reads a case (in an emergency) gets no form either. What is
    written checks it again in its own transaction.
    """
    named = request.view_args or {}
    with current_runtime().database.read() as session:
        if "client_id" in named:
            return works_on_client(session, named["client_id"], current_actor())
        if "referral_id" in named:
            return works_on_referral(session, named["referral_id"], current_actor())
    return True


def _ask_to_sign_in() -> Any:
    target = url_for("auth.sign_in", next=request.full_path.rstrip("?"))
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": url_for("auth.sign_in")}
    if request.method not in {"GET", "HEAD"}:
        target = url_for("auth.sign_in")
    return redirect(target)
