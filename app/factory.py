"""Builds the web application."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app.api import hsds
from app.core.secrets import session_secret
from app.operations.runtime import open_runtime
from app.settings import Settings, load_settings
from app.web.access import check_all_routes, enforce, public
from app.web.errors import init_errors
from app.web.runtime import EXTENSION
from app.web.security import init_security
from app.web.session import init_session
from app.web.templating import init_templating

VIEWS = (
    "health",
    "auth",
    "today",
    "caseload",
    "cases",
    "intake",
    "households",
    "waiting",
    "tandems",
    "contributions",
    "round_mails",
    "network",
    "volunteers",
    "news_opt_out",
    "allocation",
    "handovers",
    "substitutions",
    "emergency_access",
    "plan",
    "plan_goals",
    "plan_steps",
    "lifecycle",
    "emergency",
    "legal",
    "appointments",
    "referrals",
    "sheets",
    "rule_sets",
    "offer_clients",
    "disclosure",
    "dismissals",
    "unmet_needs",
    "directory",
    "administration",
    "offer_editing",
    "provider_editing",
    "seats",
    "accommodations",
    "upkeep",
    "confirmation",
    "partner_answers",
    "partner_requests",
    "inbox",
    "bundles",
    "joining",
    "registrations",
    "own_entries",
    "own_hours",
    "sign_in_links",
    "outbox",
    "gaps",
    "interest_words",
    "shared_selection",
    "selections",
    "suggestions",
    "histories",
    "duplicates",
    "exchange",
    "map",
    "feeds",
    "consents",
    "contacts",
    "timeline",
    "notes",
    "assessments",
    "self_assessment",
)
MAX_FORM_BYTES = 2 * 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """The application for ``settings`` (default: from the environment), database up to date."""
    settings = settings or load_settings()
    app = Flask(
        "lotsenbuch",
        root_path=str(import_module("app.web").__path__[0]),
        static_folder="static",
        template_folder="templates",
    )
    app.config.update(
        SECRET_KEY=session_secret(settings),
        SESSION_COOKIE_NAME="lotsenbuch" if settings.is_demo else "__Host-lotsenbuch",
        SESSION_COOKIE_SECURE=not settings.is_demo,  # the demo is served without TLS, on loopback
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=10),
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # a form lives as long as its session
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(hours=1),
    )
    runtime = open_runtime(settings)
    app.extensions[EXTENSION] = runtime
    init_templating(app)
    init_session(app)
    csrf = CSRFProtect(app)
    app.before_request(enforce)
    init_security(app, settings)
    init_errors(app)
    for name in VIEWS:
        app.register_blueprint(import_module(f"app.web.views.{name}").blueprint)
    if settings.has_public_pages:
        app.register_blueprint(import_module("app.web.views.public").blueprint)
        api = hsds.build_blueprint(runtime, public)
        csrf.exempt(api)  # it only reads, for everybody the same
        app.register_blueprint(api)
    check_all_routes(app)
    if settings.proxy_count:
        # Limits count by the sender's address; only what our own proxies added to the header counts.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxy_count, x_proto=0)  # type: ignore[method-assign]  # as Flask documents it
    return app
