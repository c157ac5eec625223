"""Words for roles and for what the access log notes."""

from __future__ import annotations

from app.core.i18n import lazy_gettext as _l

_ROLES = {
    "case_worker": _l("Case worker"),
    "team_lead": _l("Team lead"),
    "directory_editor": _l("Directory editor"),
    "data_protection_officer": _l("Data protection officer"),
    "administrator": _l("Administrator"),
}


def role_label(role: str) -> str:
    """The name of a role."""
    return str(_ROLES[role])


_ACTIONS = {
    "account.create": _l("Account created"),
    "account.set_password": _l("Password set"),
    "account.sign_in": _l("Signed in"),
    "account.sign_in_refused": _l("Sign-in refused"),
    "account.update": _l("Account changed"),
    "client.create": _l("Case created"),
    "client.list": _l("Cases listed"),
    "client.read": _l("Case read"),
    "client.update": _l("Case changed"),
    "entry.merge": _l("Entries merged"),
    "entry.unmerge": _l("Merge undone"),
    "referral.create": _l("Referral created"),
    "referral.list": _l("Referrals listed"),
    "referral.move": _l("Referral moved to a merged offer"),
    "referral.outcome": _l("Outcome recorded"),
    "referral.postpone": _l("Follow-up moved"),
    "referral.print": _l("Sheet printed"),
    "referral.read": _l("Referral read"),
}


def audit_action_label(action: str) -> str:
    """What an action of the access log is called; an unknown code is shown as it is."""
    return str(_ACTIONS.get(action, action))
