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
    "found_match.tick_off": _l("New offer ticked off"),
    "rules.load": _l("Course rules loaded"),
    "assessment.ask": _l("Self-assessment begun"),
    "assessment.create": _l("Self-assessment saved"),
    "assessment.read": _l("Self-assessment read"),
    "audit.drop": _l("Year of the access log dropped"),
    "audit.seal": _l("Year of the access log sealed"),
    "client.create": _l("Case created"),
    "client.disclose": _l("Everything stored about a client put together"),
    "client.erase": _l("Case deleted for good"),
    "client.erase_texts": _l("Confidential texts of a closed case deleted"),
    "client.hand_over": _l("Case handed over"),
    "client.list": _l("Cases listed"),
    "client.print": _l("Information on data protection printed"),
    "client.read": _l("Case read"),
    "client.take_back": _l("Handover of a case taken back"),
    "client.update": _l("Case changed"),
    "client.close": _l("Case closed"),
    "client.reopen": _l("Case opened again"),
    "client.take_over": _l("Case taken over from elsewhere"),
    "client.read_crisis": _l("Help in a crisis opened"),
    "consent.create": _l("Consent recorded"),
    "consent.list": _l("Consents read"),
    "consent.print": _l("Consent form printed"),
    "consent.read": _l("Consent read"),
    "consent.revoke": _l("Consent revoked"),
    "contact.create": _l("Contact recorded"),
    "contact.delete": _l("Contact deleted"),
    "contact.update": _l("Contact corrected"),
    "emergency.list": _l("Emergency accesses listed"),
    "emergency.open": _l("Case opened in an emergency"),
    "emergency.read_reason": _l("Reason of an emergency access read"),
    "emergency.review": _l("Emergency access reviewed"),
    "emergency.search": _l("Emergency access without a case found"),
    "dismissal.create": _l("Offer set aside for a client"),
    "dismissal.delete": _l("Offer that was set aside proposed again"),
    "correction.read": _l("Change of a sensitive text read"),
    "interest.teach": _l("Word for an interest explained"),
    "needs.read": _l("Accessibility details read"),
    "entry.merge": _l("Entries merged"),
    "entry.unmerge": _l("Merge undone"),
    "handover.read": _l("Handover read"),
    "handover.seen": _l("Summary of a new case read"),
    "note.create": _l("Note written"),
    "note.delete": _l("Note deleted"),
    "note.read": _l("Note read"),
    "note.update": _l("Note changed"),
    "plan.print": _l("Integration plan printed"),
    "plan.read": _l("Integration plan read"),
    "plan.review": _l("Review of the integration plan recorded"),
    "plan.sign": _l("Signature of the integration plan recorded"),
    "plan.update": _l("Integration plan changed"),
    "privacy.delete": _l("Data deleted whose period is over"),
    "referral.create": _l("Referral created"),
    "referral.list": _l("Referrals listed"),
    "referral.move": _l("Referral moved to a merged offer"),
    "referral.outcome": _l("Outcome recorded"),
    "referral.postpone": _l("Follow-up moved"),
    "referral.print": _l("Sheet printed"),
    "referral.read": _l("Referral read"),
    "referral.read_note": _l("Note on a referral read"),
    "referral.read_sealed": _l("Confidential referral opened"),
    "substitution.create": _l("Substitution entered"),
    "substitution.end": _l("Substitution ended early"),
    "allocation.calculate": _l("Round of places calculated"),
    "allocation.close": _l("Round of places closed"),
    "allocation.confirm": _l("Place in a round confirmed"),
    "allocation.decide": _l("Place in a round decided otherwise"),
    "allocation.read": _l("Round of places read"),
    "allocation.read_reason": _l("Reason of a decision in a round read"),
    "tandem.agree": _l("Tandem agreed"),
    "tandem.drop_wish": _l("Wish for a tandem dropped"),
    "tandem.end": _l("Tandem ended"),
    "tandem.list": _l("List of the tandems read"),
    "tandem.wish": _l("Wish for a tandem noted"),
    "volunteer.change_wish": _l("Wishes of a volunteer changed"),
    "waiting.join": _l("Put on a waiting list"),
    "waiting.leave": _l("Taken off a waiting list"),
    "waiting.list": _l("Waiting list read"),
    "waiting.pass_over": _l("Passed over on a waiting list"),
    "waiting.read_note": _l("Note on being passed over read"),
    "waiting.rejoin": _l("Put back on a waiting list"),
}


def audit_action_label(action: str) -> str:
    """What an action of the access log is called; an unknown code is shown as it is."""
    return str(_ACTIONS.get(action, action))
