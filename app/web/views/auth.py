"""Signing in and out, and the interface language."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from app.accounts.permissions import Actor
from app.accounts.service import SignInRefusal, check_credentials, note_attempt, set_language
from app.core.clock import utc_now
from app.core.i18n import INTERFACE_LANGUAGES
from app.core.i18n import gettext as _
from app.operations.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD, DEMO_PROVIDER_ACCOUNT
from app.web.access import current_actor, public, signed_in
from app.web.forms.accounts import SignInForm
from app.web.own_paths import own_path
from app.web.runtime import current_runtime
from app.web.session import SignedInUser

blueprint = Blueprint("auth", __name__)


@blueprint.get("/")
@signed_in
def start() -> Response:
    """The first page of the person's day."""
    return redirect(start_address(current_actor()))


@blueprint.route("/anmelden", methods=["GET", "POST"])
@public
def sign_in() -> str | Response | tuple[str, int]:
    """Ask for address and password."""
    if current_user.is_authenticated:
        return redirect(start_address(current_actor()))
    form = SignInForm()
    if request.method == "GET":
        form.next.data = request.args.get("next", "")
        return _show(form)
    if not form.validate_on_submit():
        return _show(form), 422
    runtime = current_runtime()
    now = utc_now()
    with runtime.database.read() as db:
        attempt = check_credentials(
            db,
            form.email.data or "",
            form.password.data or "",
            now,
            allow_demo=runtime.settings.is_demo,
        )
    with runtime.database.write() as db:
        note_attempt(db, attempt, now)
    if attempt.user is None or attempt.refusal is not None:
        form.password.errors = [_refusal_words(attempt.refusal)]
        return _show(form), 422
    session.clear()  # a session id from before the sign-in is worth nothing afterwards
    session.permanent = True
    user = SignedInUser(attempt.user, current_runtime().today, int(now.timestamp()))
    login_user(user)
    return redirect(own_path(form.next.data) or start_address(user.actor))


@blueprint.post("/abmelden")
@signed_in
def sign_out() -> Response:
    """End the session."""
    logout_user()
    session.clear()
    return redirect(url_for("auth.sign_in"))


@blueprint.post("/sprache")
@signed_in
def change_language() -> Response:
    """Switch the interface language and go back to the page."""
    language = request.form.get("language", "")
    if language not in INTERFACE_LANGUAGES:
        abort(400)
    with current_runtime().database.write() as db:
        set_language(db, current_actor().id, language)
    return redirect(own_path(request.form.get("next", "")) or url_for("auth.start"))


def start_address(actor: Actor) -> str:
    """Where a person of this role begins."""
    if actor.may("case:read"):
        return url_for("today.show")
    if actor.may("audit:read"):
        return url_for("administration.audit_log")
    if actor.may("account:manage"):
        return url_for("administration.accounts")
    if actor.may("inbox:answer"):
        return url_for("inbox.show_list")
    return url_for("directory.search")


def _show(form: SignInForm) -> str:
    demo = current_runtime().settings.is_demo
    return render_template(
        "auth/sign_in.html",
        form=form,
        demo_accounts=(*DEMO_ACCOUNTS, DEMO_PROVIDER_ACCOUNT) if demo else (),
        demo_password=DEMO_PASSWORD if demo else "",
    )


def _refusal_words(refusal: SignInRefusal | None) -> str:
    if refusal is SignInRefusal.LOCKED:
        return _("Too many wrong passwords. Please wait a few minutes and try again.")
    return _("The address or the password is wrong.")
