"""What every template may use: translated words, formats, labels."""

from __future__ import annotations

import hashlib
from collections.abc import MutableMapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, request, url_for
from flask.templating import Environment
from flask_login import current_user
from jinja2 import StrictUndefined, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from app.core import i18n
from app.core.day_times import clock_time_of
from app.directory.texts import text_direction
from app.web.case_tabs import list_case_tabs
from app.web.freshness import freshness_state
from app.web.labels import directory, seats
from app.web.labels.accounts import audit_action_label, role_label
from app.web.labels.cases import residence_label
from app.web.labels.times import hours_words
from app.web.map_points import map_address, map_words
from app.web.navigation import list_navigation
from app.web.offer_times import opening_of, times_of
from app.web.runtime import current_runtime
from app.web.structured_data import as_script
from app.web.upkeep_tabs import list_upkeep_tabs

STATIC = Path(__file__).resolve().parent / "static"

_WORDS = (
    role_label,
    audit_action_label,
    directory.age_words,
    directory.cost_words,
    directory.course_kind_label,
    directory.distance_words,
    directory.freshness_words,
    directory.level_words,
    directory.offer_kind_label,
    directory.offer_status_label,
    directory.period_words,
    directory.provider_kind_label,
    directory.seats_words,
    directory.yes_no_words,
    seats.seats_told_words,
    hours_words,
    opening_of,
    times_of,
)


class _Environment(Environment):
    """Names that all templates know stand in one dictionary: each import looks through all of them."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The names of a template; complete, as all are set before the first one is loaded."""
        return {**self.globals, **(d or {})}


def init_templating(app: Flask) -> None:
    """Set up Jinja: strict about undefined names, gettext, formats as filters."""
    app.jinja_environment = _Environment
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = True
    environment.lstrip_blocks = True
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        i18n.gettext, i18n.ngettext, newstyle=True, pgettext=i18n.pgettext
    )
    environment.globals.update(gettext=_translated, _=_translated)
    environment.filters.update(
        day=i18n.format_day,
        month=i18n.format_month,
        moment=i18n.format_moment,
        clock=clock_time_of,
        number=i18n.format_number,
        weekday=i18n.weekday_name,
        language=i18n.language_name,
        target_group=directory.target_group_label,
        flag=directory.flag_label,
        residence_status=residence_label,
    )
    environment.globals.update(**{function.__name__: function for function in _WORDS})
    environment.globals.update(
        public_holidays=lambda: current_runtime().holidays,
        text_direction=text_direction,
        map_address=map_address,
        map_words=map_words,
        as_script=as_script,
        asset=asset_address,
        freshness_state=freshness_state,
        list_upkeep_tabs=list_upkeep_tabs,
        case_tabs=list_case_tabs,
        endpoints=app.view_functions,
    )
    app.context_processor(_page_values)


@pass_eval_context
def _translated(context: EvalContext, message: str, **values: Any) -> str:
    """`gettext` for templates: a page asks some two hundred times, mostly for words without values."""
    if context.autoescape:
        language = i18n.current_language()
        return _pattern(message, language) % values if values else _phrase(message, language)
    return i18n.gettext(message) % values


@lru_cache(maxsize=10_000)
def _pattern(message: str, language: str) -> Markup:
    with i18n.language(language):
        return Markup(i18n.gettext(message))  # noqa: S704  our own words


@lru_cache(maxsize=10_000)
def _phrase(message: str, language: str) -> Markup:
    return _pattern(message, language) % {}  # in words of templates a percent sign stands twice


def _page_values() -> dict[str, Any]:
    runtime = current_runtime()
    return {
        "interface_language": i18n.current_language(),
        "navigation": list_navigation(current_user, request.path),
        "is_demo": runtime.settings.is_demo,
        "has_public_pages": runtime.settings.has_public_pages,
        "today": runtime.today,
    }


def asset_address(name: str) -> str:
    """The address of a static file with its fingerprint, so that a new version is fetched at once."""
    return url_for("static", filename=name, v=_fingerprint(STATIC / name))


@cache
def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
