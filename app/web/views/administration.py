"""Pages of the roles that see no case: accounts, the access log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.models import User
from app.accounts.queries import get_user, list_teams, list_users, load_user_names
from app.accounts.service import AccountCreate, create_account, set_password, update_account
from app.audit.notes import last_check
from app.audit.queries import AuditFilter, list_actions, list_entries
from app.audit.segments import list_sealed_years
from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
from app.directory.provider_names import (
    NamedProvider,
    choose_provider,
    find_provider_name,
    find_providers_by_name,
    load_provider_names,
)
from app.web.access import current_actor, permission
from app.web.forms.accounts import AccountChangeForm, AccountForm
from app.web.runtime import current_runtime

blueprint = Blueprint("administration", __name__, url_prefix="/verwaltung")

LOG_LINES_PER_PAGE = 100
MAX_SEQ = 2**62


@blueprint.get("/konten")
@permission("account:manage")
def accounts() -> str:
    """All accounts."""
    with current_runtime().database.read() as session:
        users = list_users(session)
        providers = load_provider_names(
            session, {user.provider_id for user in users if user.provider_id}
        )
    return render_template("administration/accounts.html", users=users, providers=providers)


@blueprint.route("/konten/neu", methods=["GET", "POST"])
@permission("account:manage")
def new_account() -> str | Response | tuple[str, int]:
    """Create an account."""
    form = AccountForm()
    if request.method == "GET":
        return _show_new(form)
    choice = _choose_provider(form) if form.validate_on_submit() else _NOT_ASKED
    if choice.is_settled:
        data = AccountCreate(
            email=form.email.data,
            name=form.name.data,
            role=form.role.data,
            password=form.password.data,
            phone=form.phone.data or None,
            team=form.team.data or "",
            provider_id=choice.provider_id,
        )
        try:
            with current_runtime().database.write() as session:
                user = create_account(session, current_actor(), data)
        except InvalidInputError:
            form.email.errors = [_("There is already an account with this address.")]
        else:
            flash(_("%(name)s can sign in now.", name=user.name), "success")
            return redirect(url_for(".accounts"))
    return _show_new(form, choice), 422


@blueprint.route("/konten/<user_id>", methods=["GET", "POST"])
@permission("account:manage")
def account(user_id: str) -> str | Response | tuple[str, int]:
    """Change an account."""
    with current_runtime().database.read() as session:
        user = get_user(session, user_id)
        provider_name = find_provider_name(session, user.provider_id)
    form = AccountChangeForm()
    if request.method == "GET":
        form.role.data, form.is_active.data = user.role, user.is_active
        form.team.data = user.team
        form.provider_name.data, form.provider_id.data = provider_name, user.provider_id
        form.epoch.data = str(user.session_epoch)
        return _show_account(form, user)
    choice = _choose_provider(form) if form.validate_on_submit() else _NOT_ASKED
    if choice.is_settled:
        try:
            _change(user_id, form, choice.provider_id)
        except InvalidInputError:
            form.role.errors = [_("You cannot take your own rights away.")]
        else:
            flash(_("Saved."), "success")
            return redirect(url_for(".accounts"))
    return _show_account(form, user, choice), 422


@blueprint.get("/anbieternamen")
@permission("account:manage")
def suggest_providers() -> Response:
    """Names of providers to choose from while typing."""
    with current_runtime().database.read() as session:
        found = find_providers_by_name(session, request.args.get("q", "")[:200])
    return jsonify([provider.name for provider in found])


@dataclass(frozen=True, slots=True)
class _Choice:
    """Whom the account that is typed answers for."""

    is_settled: bool
    provider_id: str | None = None
    candidates: Sequence[NamedProvider] = ()
    """To choose from, when the name typed means several."""


_NOT_ASKED: Final = _Choice(is_settled=False)


def _choose_provider(form: AccountForm | AccountChangeForm) -> _Choice:
    """The provider that goes with the role; an error beside the field when it does not."""
    typed, chosen = (form.provider_name.data or "").strip(), form.provider_id.data or ""
    candidates: Sequence[NamedProvider] = ()
    if form.role.data != "provider":
        if not typed:
            return _Choice(is_settled=True)
        problem = _("Only a provider's account belongs to one. Please leave this empty.")
    elif not typed:
        problem = _("Please enter the provider this person answers for.")
    else:
        with current_runtime().database.read() as session:
            provider_id, candidates = choose_provider(session, typed, chosen)
        if provider_id is not None:
            return _Choice(is_settled=True, provider_id=provider_id)
        problem = (
            _("Please choose which one you mean.") if candidates else _("We do not know this provider.")
        )
    form.provider_name.errors = [problem]
    return _Choice(is_settled=False, candidates=candidates)


def _show_new(form: AccountForm, choice: _Choice = _NOT_ASKED) -> str:
    return render_template(
        "administration/new_account.html", form=form, teams=_teams(), candidates=choice.candidates
    )


def _show_account(form: AccountChangeForm, user: User, choice: _Choice = _NOT_ASKED) -> str:
    return render_template(
        "administration/account.html",
        form=form,
        user=user,
        teams=_teams(),
        candidates=choice.candidates,
    )


def _teams() -> list[str]:
    with current_runtime().database.read() as session:
        return list_teams(session)


def _change(user_id: str, form: AccountChangeForm, provider_id: str | None) -> None:
    with current_runtime().database.write() as session:
        update_account(
            session,
            current_actor(),
            user_id,
            role=form.role.data,
            is_active=form.is_active.data,
            epoch=form.epoch_number(),
            team=form.team.data or "",
            provider_id=provider_id,
        )
        if form.password.data:
            set_password(session, current_actor(), user_id, form.password.data)


@blueprint.get("/protokoll")
@permission("audit:read")
def audit_log() -> str:
    """Who read or changed what, newest first."""
    before = request.args.get("vor", type=int)
    wanted = AuditFilter(
        actor_id=request.args.get("person", ""),
        action=request.args.get("vorgang", ""),
        subject_id=request.args.get("gegenstand", "").strip(),
        from_on=_day_asked("von"),
        until_on=_day_asked("bis"),
    )
    with current_runtime().database.read() as session:
        lines = list_entries(
            session,
            wanted,
            before=min(before, MAX_SEQ) if before is not None else None,
            limit=LOG_LINES_PER_PAGE,
        )
        names = load_user_names(session, {line.actor_id for line in lines if line.actor_id})
        actions = list_actions(session)
        people = list_users(session)
        years = list_sealed_years(session)
    return render_template(
        "administration/audit_log.html",
        years=years,
        check=last_check(current_runtime().settings.data_dir),
        lines=lines,
        names=names,
        actions=actions,
        people=people,
        wanted=wanted,
        has_more=len(lines) == LOG_LINES_PER_PAGE,
    )


def _day_asked(name: str) -> date | None:
    """A day of the filter; what is none counts as not given."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


@blueprint.get("/hinweise")
@permission("directory:edit")
def flagged() -> Response:
    """Where these entries used to be listed."""
    return redirect(url_for("upkeep.flagged"), 301)
