"""Pages of the roles that see no case: accounts, the access log."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.queries import get_user, list_teams, list_users, load_user_names
from app.accounts.service import AccountCreate, create_account, set_password, update_account
from app.audit.notes import last_check
from app.audit.queries import AuditFilter, list_actions, list_entries
from app.audit.segments import list_sealed_years
from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
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
    return render_template("administration/accounts.html", users=users)


@blueprint.route("/konten/neu", methods=["GET", "POST"])
@permission("account:manage")
def new_account() -> str | Response | tuple[str, int]:
    """Create an account."""
    form = AccountForm()
    if request.method == "GET":
        return render_template("administration/new_account.html", form=form, teams=_teams())
    if form.validate_on_submit():
        data = AccountCreate(
            email=form.email.data,
            name=form.name.data,
            role=form.role.data,
            password=form.password.data,
            phone=form.phone.data or None,
            team=form.team.data or "",
        )
        try:
            with current_runtime().database.write() as session:
                user = create_account(session, current_actor(), data)
        except InvalidInputError:
            form.email.errors = [_("There is already an account with this address.")]
        else:
            flash(_("%(name)s can sign in now.", name=user.name), "success")
            return redirect(url_for(".accounts"))
    return render_template("administration/new_account.html", form=form, teams=_teams()), 422


@blueprint.route("/konten/<user_id>", methods=["GET", "POST"])
@permission("account:manage")
def account(user_id: str) -> str | Response | tuple[str, int]:
    """Change an account."""
    with current_runtime().database.read() as session:
        user = get_user(session, user_id)
    form = AccountChangeForm()
    if request.method == "GET":
        form.role.data, form.is_active.data = user.role, user.is_active
        form.team.data = user.team
        form.epoch.data = str(user.session_epoch)
        return render_template("administration/account.html", form=form, user=user, teams=_teams())
    if form.validate_on_submit():
        try:
            _change(user_id, form)
        except InvalidInputError:
            form.role.errors = [_("You cannot take your own rights away.")]
        else:
            flash(_("Saved."), "success")
            return redirect(url_for(".accounts"))
    return render_template("administration/account.html", form=form, user=user, teams=_teams()), 422


def _teams() -> list[str]:
    with current_runtime().database.read() as session:
        return list_teams(session)


def _change(user_id: str, form: AccountChangeForm) -> None:
    with current_runtime().database.write() as session:
        update_account(
            session,
            current_actor(),
            user_id,
            role=form.role.data,
            is_active=form.is_active.data,
            epoch=form.epoch_number(),
            team=form.team.data or "",
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
