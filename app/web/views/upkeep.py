"""The editor's work list, and the confirmations that people with an account give."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.core.i18n import gettext as _
from app.core.i18n import language, ngettext
from app.core.paging import Page, build_page, page_number
from app.directory.freshness_rules import FreshnessRules
from app.directory.history import Author
from app.directory.queries import get_offer_page, get_provider_page, list_flagged_entries
from app.directory.reminding import remind_now
from app.directory.upkeep_queries import (
    UpkeepLine,
    list_due_today,
    list_overdue,
    list_unconfirmed,
    list_undeliverable,
)
from app.directory.verification import list_verifiable_ids, verify_offers
from app.directory.website_checks import list_broken
from app.operations.reminding import MAIL_LANGUAGE, reminder_basis
from app.web.access import current_actor, permission
from app.web.labels import upkeep as upkeep_words
from app.web.own_paths import own_path
from app.web.runtime import current_runtime

blueprint = Blueprint("upkeep", __name__)

PROVIDERS_PER_PAGE = 25
ENTRIES_PER_PAGE = 50
MAX_NAME = 200

_List = Callable[[Session, date, FreshnessRules, int, int], Page[UpkeepLine]]


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"upkeep_words": upkeep_words}


@blueprint.get("/pflege")
@permission("directory:edit")
def due() -> str:
    """What became due today."""
    return _show_lines("due", list_due_today)


@blueprint.get("/pflege/ueberfaellig")
@permission("directory:edit")
def overdue() -> str:
    """What was due before today."""
    return _show_lines("overdue", list_overdue)


@blueprint.get("/pflege/unbestaetigt")
@permission("directory:edit")
def unconfirmed() -> str:
    """What was taken out because nobody confirmed it."""
    return _show_lines("unconfirmed", list_unconfirmed)


@blueprint.get("/pflege/unzustellbar")
@permission("directory:edit")
def undeliverable() -> str:
    """Who cannot be reached by mail."""
    return _show_lines("undeliverable", list_undeliverable)


@blueprint.get("/pflege/links")
@permission("directory:edit")
def broken_links() -> str:
    """Web addresses that do not work."""
    with current_runtime().database.read() as session:
        page = build_page(list_broken(session), _wanted_page(), ENTRIES_PER_PAGE)
    return render_template(
        "upkeep/links.html", page=page, page_address=_page_address("upkeep.broken_links")
    )


@blueprint.get("/pflege/hinweise")
@permission("directory:edit")
def flagged() -> str:
    """Entries of the directory that lack something."""
    with current_runtime().database.read() as session:
        found = list_flagged_entries(session, ENTRIES_PER_PAGE, 0)
        page = page_number(_wanted_page(), ENTRIES_PER_PAGE, found.total)
        if page > 1:
            found = list_flagged_entries(session, ENTRIES_PER_PAGE, (page - 1) * ENTRIES_PER_PAGE)
    return render_template(
        "upkeep/flagged.html",
        cards=found.cards,
        total=found.total,
        page=page,
        page_count=max(1, -(-found.total // ENTRIES_PER_PAGE)),
        page_address=_page_address("upkeep.flagged"),
    )


@blueprint.post("/pflege/anbieter/<provider_id>/erinnern")
@permission("directory:edit")
def remind(provider_id: str) -> Response:
    """Send the next reminder at once."""
    runtime = current_runtime()
    with runtime.database.write() as session, language(MAIL_LANGUAGE):
        name = get_provider_page(session, provider_id).provider.name
        outcome = remind_now(session, provider_id, reminder_basis(runtime))
    words = upkeep_words.remind_now_words(outcome, name)
    flash(words, "success" if outcome == "sent" else "info")
    return _back(url_for(".overdue"))


@blueprint.post("/angebote/<offer_id>/bestaetigen")
@permission("directory:verify")
def confirm_offer(offer_id: str) -> Response:
    """Say that an offer is right as it stands."""
    with current_runtime().database.write() as session:
        title = get_offer_page(session, offer_id).offer.title
        count = _verify(session, [offer_id])
    if count:
        flash(_("“%(title)s” is confirmed. Thank you!", title=title), "success")
    else:
        flash(_("“%(title)s” was confirmed today already.", title=title), "info")
    return _back(url_for("directory.offer", offer_id=offer_id))


@blueprint.post("/anbieter/<provider_id>/bestaetigen")
@permission("directory:verify")
def confirm_provider(provider_id: str) -> Response:
    """Say that all offers of a provider are right as they stand."""
    with current_runtime().database.write() as session:
        name = get_provider_page(session, provider_id).provider.name
        count = _verify(session, list_verifiable_ids(session, provider_id))
    if count:
        words = ngettext(
            "%(num)s offer of %(name)s is confirmed. Thank you!",
            "%(num)s offers of %(name)s are confirmed. Thank you!",
            count,
            name=name,
        )
        flash(words, "success")
    else:
        flash(_("Everything of %(name)s was confirmed today already.", name=name), "info")
    return _back(url_for("directory.provider", provider_id=provider_id))


def _verify(session: Session, offer_ids: Any) -> int:
    """Only editors speak for themselves; others note what the provider said on the phone."""
    actor = current_actor()
    speaks = actor.may("directory:edit") and request.form.get("way") != "phone"
    return verify_offers(
        session,
        Author(actor.name, actor.id),
        offer_ids,
        way="editor" if speaks else "phone",
        on=current_runtime().today,
        told_by=request.form.get("told_by", "")[:MAX_NAME],
    )


def _show_lines(code: str, list_lines: _List) -> str:
    runtime = current_runtime()
    with runtime.database.read() as session:
        page = list_lines(
            session, runtime.today, runtime.freshness_rules, _wanted_page(), PROVIDERS_PER_PAGE
        )
    return render_template(
        "upkeep/entries.html",
        code=code,
        page=page,
        page_address=_page_address(f"upkeep.{code}"),
        here=request.full_path.rstrip("?"),
    )


def _wanted_page() -> int:
    return request.args.get("seite", 1, type=int)


def _page_address(endpoint: str) -> Callable[[int], str]:
    return lambda number: url_for(endpoint, seite=number if number > 1 else None)


def _back(otherwise: str) -> Response:
    return redirect(own_path(request.form.get("next")) or otherwise, 303)
