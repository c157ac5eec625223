"""Every route × every role: closed unless opened, and 404 for what one may not see."""

from __future__ import annotations

import re

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from app.accounts.permissions import PERMISSIONS_OF_ROLE, ROLES
from app.web.access import PUBLIC, SIGNED_IN, OpenRouteError, access_of, check_all_routes
from app.web.security import CONTENT_POLICY
from tests.web.conftest import SignIn

NEEDS = {
    "static": PUBLIC,
    "health.health": PUBLIC,
    "auth.sign_in": PUBLIC,
    "auth.start": SIGNED_IN,
    "auth.sign_out": SIGNED_IN,
    "auth.change_language": SIGNED_IN,
    "administration.accounts": "account:manage",
    "administration.new_account": "account:manage",
    "administration.account": "account:manage",
    "administration.suggest_providers": "account:manage",
    "administration.audit_log": "audit:read",
    "administration.flagged": "directory:edit",
    "confirmation.show": PUBLIC,
    "confirmation.confirm": PUBLIC,
    "confirmation.answer": PUBLIC,
    "joining.choose": PUBLIC,
    "joining.new_volunteer": PUBLIC,
    "joining.register_volunteer": PUBLIC,
    "joining.new_organisation": PUBLIC,
    "joining.register_organisation": PUBLIC,
    "joining.almost_done": PUBLIC,
    "joining.show_confirmation": PUBLIC,
    "joining.confirm_address": PUBLIC,
    "joining.forgotten": PUBLIC,
    "joining.show_question": PUBLIC,
    "joining.reply": PUBLIC,
    "sign_in_links.ask": PUBLIC,
    "sign_in_links.send": PUBLIC,
    "sign_in_links.show": PUBLIC,
    "sign_in_links.enter": PUBLIC,
    "own_entries.show": "own_entries:edit",
    "own_hours.show": "own_entries:edit",
    "own_hours.tell": "own_entries:edit",
    "own_hours.drop": "own_entries:edit",
    "own_hours.certificate": "own_entries:edit",
    "own_entries.confirm": "own_entries:edit",
    "own_entries.change": "own_entries:edit",
    "own_entries.ask_to_leave": "own_entries:edit",
    "own_entries.leave_now": "own_entries:edit",
    "registrations.queue": "directory:edit",
    "registrations.show": "directory:edit",
    "registrations.check": "directory:edit",
    "registrations.ask": "directory:edit",
    "registrations.turn_down": "directory:edit",
    "registrations.accept": "directory:edit",
    "partner_answers.show": PUBLIC,
    "partner_answers.answer": PUBLIC,
    "inbox.show_list": "inbox:answer",
    "inbox.show": "inbox:answer",
    "inbox.answer": "inbox:answer",
    "partner_requests.ask": "referral:create",
    "partner_requests.take_back": "referral:create",
    "upkeep.due": "directory:edit",
    "upkeep.overdue": "directory:edit",
    "upkeep.unconfirmed": "directory:edit",
    "upkeep.undeliverable": "directory:edit",
    "upkeep.broken_links": "directory:edit",
    "upkeep.flagged": "directory:edit",
    "upkeep.remind": "directory:edit",
    "upkeep.confirm_offer": "directory:verify",
    "upkeep.confirm_provider": "directory:verify",
    "directory.search": "directory:read",
    "directory.suggest": "directory:read",
    "directory.offer": "directory:read",
    "directory.provider": "directory:read",
    "offer_editing.new_offer": "directory:edit",
    "offer_editing.edit_offer": "directory:edit",
    "offer_editing.suggest_topics": "directory:edit",
    "provider_editing.new_provider": "directory:edit",
    "provider_editing.edit_provider": "directory:edit",
    "provider_editing.suggest_names": "directory:edit",
    "seats.tell_seats": "directory:verify",
    "accommodations.show_list": "directory:edit",
    "accommodations.new_accommodation": "directory:edit",
    "accommodations.edit_accommodation": "directory:edit",
    "accommodations.remove_accommodation": "directory:edit",
    "suggestions.suggest_for_offer": "directory:suggest",
    "suggestions.suggest_for_provider": "directory:suggest",
    "suggestions.thanks": "directory:suggest",
    "suggestions.own": "directory:suggest",
    "suggestions.queue": "directory:edit",
    "suggestions.review": "directory:edit",
    "suggestions.decide": "directory:edit",
    "histories.offer_history": "directory:read",
    "histories.provider_history": "directory:read",
    "histories.preview": "directory:edit",
    "histories.restore": "directory:edit",
    "duplicates.queue": "directory:edit",
    "duplicates.find": "directory:edit",
    "duplicates.compare": "directory:edit",
    "duplicates.merge": "directory:edit",
    "duplicates.distinct": "directory:edit",
    "duplicates.undo": "directory:edit",
    "offer_clients.show": "case:read",
    "rule_sets.show": "directory:read",
    "rule_sets.download": "directory:read",
    "rule_sets.load": "rules:manage",
    "rule_sets.put_in_force": "rules:manage",
    "exchange.choose": "directory:edit",
    "exchange.send": "directory:edit",
    "exchange.report": "directory:edit",
    "exchange.carry_out": "directory:edit",
    "exchange.discard": "directory:edit",
    "exchange.export": "directory:edit",
    "exchange.download": "directory:edit",
    "today.show": "case:read",
    "today.tick_off": "case:write",
    "plan.show": "case:read",
    "plan.goal_note": "case:read",
    "plan.review_note": "case:read",
    "plan.sign": "case:write",
    "plan.review": "case:write",
    "plan.paper": "case:read",
    "plan_goals.new_goal": "case:write",
    "plan_goals.edit_goal": "case:write",
    "plan_goals.change_for_another": "case:write",
    "plan_goals.reach": "case:write",
    "plan_goals.give_up": "case:write",
    "plan_goals.take_up": "case:write",
    "plan_goals.place": "case:write",
    "plan_steps.new_step": "case:write",
    "plan_steps.edit_step": "case:write",
    "plan_steps.drop_step": "case:write",
    "plan_steps.tick": "case:write",
    "caseload.list_cases": "case:read",
    "caseload.team": "team:manage",
    "handovers.show_list": "case:hand_over",
    "handovers.prepare": "case:hand_over",
    "handovers.hand_over": "case:hand_over",
    "handovers.show": "case:hand_over",
    "handovers.note": "case:hand_over",
    "handovers.case_note": "case:hand_over",
    "handovers.seen": "case:hand_over",
    "handovers.undo": "case:hand_over",
    "substitutions.show_list": "case:write",
    "substitutions.create": "case:write",
    "substitutions.end": "case:write",
    "emergency_access.search": "case:emergency",
    "emergency_access.open_case": "case:emergency",
    "emergency_access.review_list": "case:review_emergencies",
    "emergency_access.reason": "case:review_emergencies",
    "emergency_access.review": "case:review_emergencies",
    "cases.new_case": "case:write",
    "cases.show_case": "case:read",
    "intake.show": "case:read",
    "intake.save": "case:write",
    "intake.needs": "case:write",
    "intake.changes": "case:read",
    "intake.change": "case:read",
    "households.show": "case:write",
    "households.add": "case:write",
    "households.join": "case:write",
    "households.leave": "case:write",
    "households.share": "case:write",
    **dict.fromkeys(
        [
            f"round_mails.{name}"
            for name in (
                "show_list",
                "new",
                "create",
                "edit",
                "change",
                "show",
                "send",
                "undo",
                "drop",
            )
        ],
        "directory:edit",
    ),
    "volunteers.show_list": "directory:edit",
    "volunteers.show": "directory:edit",
    "volunteers.check": "directory:edit",
    "volunteers.take_out": "directory:edit",
    "network.show": "directory:read",
    "network.picture": "directory:read",
    "news_opt_out.show": PUBLIC,
    "news_opt_out.decide": PUBLIC,
    "contributions.show": "case:read",
    "contributions.register": "case:write",
    "contributions.forget": "case:write",
    "tandems.overview": "case:read",
    "tandems.of_case": "case:read",
    "tandems.wish": "case:write",
    "tandems.drop": "case:write",
    "tandems.agree": "case:write",
    "tandems.end": "case:write",
    "tandems.volunteer": "directory:edit",
    "waiting.overview": "case:read",
    "waiting.show_list": "case:read",
    "waiting.of_case": "case:read",
    "waiting.join": "case:write",
    "waiting.leave": "case:write",
    "waiting.rejoin": "case:write",
    "waiting.passed_note": "case:read",
    "unmet_needs.ask": "referral:create",
    "unmet_needs.log": "referral:create",
    "dismissals.ask": "case:write",
    "dismissals.set_aside": "case:write",
    "dismissals.take_back": "case:write",
    "dismissals.note": "case:read",
    "allocation.show_list": "allocation:manage",
    "allocation.new_round": "allocation:manage",
    "allocation.open_new": "allocation:manage",
    "allocation.show_round": "allocation:manage",
    "allocation.calculate": "allocation:manage",
    "allocation.ask_all": "allocation:manage",
    "allocation.confirm_many": "allocation:manage",
    "allocation.confirm": "allocation:manage",
    "allocation.decide": "allocation:manage",
    "allocation.decide_now": "allocation:manage",
    "allocation.undo": "allocation:manage",
    "allocation.reason": "allocation:manage",
    "allocation.close": "allocation:manage",
    "interest_words.waiting": "directory:edit",
    "interest_words.decide": "directory:edit",
    "cases.suitable_offers": "case:read",
    "cases.excluded_offers": "case:read",
    "cases.show_match": "case:read",
    "lifecycle.show": "case:read",
    "lifecycle.takeover": "case:write",
    "lifecycle.agreement": "case:write",
    "lifecycle.counselling": "case:write",
    "lifecycle.close": "case:write",
    "lifecycle.reopen": "case:write",
    "lifecycle.takeover_note": "case:read",
    "lifecycle.closing_note": "case:read",
    "lifecycle.extension_note": "case:read",
    "lifecycle.information": "case:read",
    "emergency.show": "case:read",
    "emergency.new_person": "case:write",
    "emergency.person": "case:write",
    "legal.show": "case:read",
    "legal.residence": "case:write",
    "legal.residence_line": "case:write",
    "legal.office_contact": "case:write",
    "legal.new_permit": "case:write",
    "legal.permit": "case:write",
    "legal.new_right": "case:write",
    "legal.right": "case:write",
    "appointments.new_appointment": "case:write",
    "appointments.appointment": "case:write",
    "appointments.set_state": "case:write",
    "appointments.read_note": "case:read",
    "appointments.calendar": "case:read",
    "referrals.list_referrals": "case:read",
    "referrals.show_sealed": "case:read",
    "referrals.read_note": "case:read",
    "disclosure.show": "case:write",
    "disclosure.paper": "case:write",
    "disclosure.as_json": "case:write",
    "disclosure.ask_to_delete": "case:read_all",
    "disclosure.delete": "case:read_all",
    "consents.show": "case:read",
    "consents.new": "case:write",
    "consents.revoke": "case:write",
    "consents.form": "case:write",
    "bundles.group": "referral:create",
    "bundles.refer_group": "referral:create",
    "bundles.show": "case:read",
    "bundles.take_back": "referral:create",
    "bundles.order": "referral:create",
    "bundles.refer_in_order": "referral:create",
    "bundles.take_up_panel": "referral:create",
    "bundles.take_up_now": "referral:create",
    "bundles.cancel_others": "referral:create",
    "referrals.refer": "referral:create",
    "referrals.refer_now": "referral:create",
    "referrals.show_referral": "case:read",
    "referrals.record": "referral:create",
    "referrals.postpone": "referral:create",
    "sheets.choose": "case:read",
    "sheets.chosen": "case:read",
    "sheets.sheet": "case:read",
    "sheets.bundle": "case:read",
    "hsds.base": PUBLIC,
    "hsds.openapi": PUBLIC,
    "hsds.services": PUBLIC,
    "hsds.services_item": PUBLIC,
    "hsds.organizations": PUBLIC,
    "hsds.organizations_item": PUBLIC,
    "hsds.service_at_locations": PUBLIC,
    "hsds.service_at_locations_item": PUBLIC,
    "hsds.taxonomies": PUBLIC,
    "hsds.taxonomies_item": PUBLIC,
    "hsds.taxonomy_terms": PUBLIC,
    "hsds.taxonomy_terms_item": PUBLIC,
    "hsds.elsewhere": PUBLIC,
    "map.show": "directory:read",
    "map.points": "directory:read",
    "map.offer_points": "directory:read",
    "feeds.offer": "directory:read",
    "feeds.referral": "case:read",
    "public.search": PUBLIC,
    "public.show_map": PUBLIC,
    "public.points": PUBLIC,
    "public.offer": PUBLIC,
    "public.provider": PUBLIC,
    "public.calendar": PUBLIC,
    "public.robots": PUBLIC,
    "public.sitemap": PUBLIC,
    "outbox.mails": "directory:edit",
    "outbox.mail": "directory:edit",
    "outbox.withdraw": "directory:edit",
    "outbox.again": "directory:edit",
    "selections.keep": "directory:read",
    "selections.favourites": "directory:read",
    "selections.selections": "directory:read",
    "selections.create": "directory:read",
    "selections.collect": "directory:read",
    "selections.selection": "directory:read",
    "selections.rename": "directory:read",
    "selections.delete": "directory:read",
    "selections.arrange": "directory:read",
    "selections.listing": "directory:read",
    "selections.share": "directory:read",
    "selections.close_link": "directory:read",
    "selections.mail": "directory:read",
    "selections.take_back": "directory:read",
    "gaps.report": "directory:suggest",
    "gaps.gaps": "directory:edit",
    "gaps.decide": "directory:edit",
    "gaps.table": "directory:edit",
    "contacts.new_contact": "case:write",
    "contacts.edit_contact": "case:write",
    "contacts.remove_contact": "case:write",
    "contacts.read_note": "case:read",
    "timeline.show": "case:read",
    "notes.show": "case:read",
    "notes.add_note": "case:write",
    "notes.read": "case:read",
    "notes.edit": "case:write",
    "notes.remove": "case:write",
    "assessments.show": "case:read",
    "assessments.start": "case:write",
    "assessments.paper": "case:write",
    "assessments.enter": "case:write",
    "assessments.read": "case:read",
    "self_assessment.show": PUBLIC,
    "self_assessment.answer": PUBLIC,
    "shared_selection.show": PUBLIC,
    "shared_selection.calendar": PUBLIC,
}
"""What each endpoint needs. A new route has to be added here by a person who thought about it."""


def _addresses(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, address with invented ids) of every route."""
    return [
        (rule.endpoint, method, re.sub(r"<[^>]+>", "00000000-0000-0000-0000-000000000000", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_every_route_needs_what_this_table_says(app: Flask) -> None:
    assert {name: access_of(app, name) for name in app.view_functions} == NEEDS


def test_a_route_without_access_rule_does_not_start() -> None:
    silent = Blueprint("silent", __name__)
    silent.add_url_rule("/silent", "page", lambda: "open")
    application = Flask("x")
    application.register_blueprint(silent)
    with pytest.raises(OpenRouteError, match=r"silent\.page"):
        check_all_routes(application)


def test_strangers_see_nothing_but_the_sign_in(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()
    for endpoint, method, address in _addresses(app):
        if NEEDS[endpoint] == PUBLIC:
            continue
        answer = browser.open(address, method=method)
        assert answer.status_code == 302, f"{method} {address}: {answer.status_code}"
        assert answer.headers["Location"].startswith("/anmelden")


@pytest.mark.parametrize("role", ROLES)
def test_a_role_without_the_permission_gets_404(app: Flask, sign_in: SignIn, role: str) -> None:
    browser: FlaskClient = sign_in(role)
    app.config["WTF_CSRF_ENABLED"] = False
    for endpoint, method, address in _addresses(app):
        needed = NEEDS[endpoint]
        if needed in {PUBLIC, SIGNED_IN} or needed in PERMISSIONS_OF_ROLE[role]:
            continue
        answer = browser.open(address, method=method)
        assert answer.status_code == 404, f"{role} {method} {address}: {answer.status_code}"


@pytest.mark.parametrize("role", ROLES)
def test_no_address_with_an_unknown_id_breaks(app: Flask, sign_in: SignIn, role: str) -> None:
    browser = sign_in(role)
    app.config["WTF_CSRF_ENABLED"] = False
    for endpoint, method, address in _addresses(app):
        if endpoint in {"auth.sign_out", "static"}:
            continue
        answer = browser.open(address, method=method)
        assert answer.status_code < 500, f"{role} {method} {address}: {answer.status_code}"


def test_every_answer_forbids_third_parties_and_keeping(app: Flask, sign_in: SignIn) -> None:
    answers = [app.test_client().get("/anmelden"), sign_in("case_worker").get("/heute")]
    for answer in answers:
        assert answer.headers["Content-Security-Policy"] == CONTENT_POLICY
        assert "unsafe" not in CONTENT_POLICY
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        cookie = answer.headers.get("Set-Cookie", "HttpOnly; SameSite=Lax")
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("address", ["/gibt-es-nicht", "/faelle/../../etc/passwd", "/angebote/%00"])
def test_an_unknown_address_answers_with_a_page(sign_in: SignIn, address: str) -> None:
    answer = sign_in("case_worker").get(address)
    assert answer.status_code == 404
    assert "Nicht gefunden" in answer.text
