"""The pages of an offer and of a provider, with everything that signed-in people see of them."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.i18n import gettext as _
from app.core.i18n import language_name
from app.directory.favourites import load_favourites
from app.directory.merging import find_successor
from app.directory.models import Offer
from app.directory.queries import get_offer_page, get_provider_page
from app.directory.selections import list_selections
from app.directory.texts import GERMAN, PLAIN_GERMAN, languages_of, text_in
from app.matching.tandem_queries import VolunteerLoad, load_volunteer_load
from app.matching.tandems import note_volunteer_reading
from app.matching.waiting_queries import OfferQueue, load_offer_queue, note_reading
from app.web.access import current_actor
from app.web.labels import tandems as tandem_words
from app.web.labels.cases import entitlement_label, sex_label, spoken_language
from app.web.labels.waiting import waited_words
from app.web.runtime import current_runtime


def show_offer(offer_id: str) -> str | Response:
    """Everything about an offer on one screen; one that was merged leads to the kept one."""
    runtime = current_runtime()
    with runtime.database.read() as session:
        page = get_offer_page(session, offer_id)
        successor = find_successor(session, "offer", offer_id)
        is_favourite = bool(load_favourites(session, current_actor().id, [offer_id]))
        selections = list_selections(session, current_actor().id)
    if successor is not None:
        return redirect(url_for("directory.offer", offer_id=successor))
    queue = _load_queue(page.offer)
    volunteer = _load_volunteer(page.offer)
    languages = languages_of(page)
    chosen = request.args.get("text", GERMAN)
    return render_template(
        "directory/offer.html",
        page=page,
        taxonomy=runtime.taxonomy,
        seats_free=page.seats_free,
        text=text_in(page, chosen if chosen in languages else GERMAN),
        text_language=chosen if chosen in languages else GERMAN,
        text_languages=[(tag, text_language_name(tag)) for tag in languages],
        entitlement_label=entitlement_label,
        spoken_language=spoken_language,
        is_favourite=is_favourite,
        selections=selections,
        queue=queue,
        waited_words=waited_words,
        volunteer=volunteer,
        tandem_words=tandem_words,
        sex_label=sex_label,
    )


def _load_queue(offer: Offer) -> OfferQueue | None:
    """Who waits for the offer, for those who work on cases; names that are shown are noted."""
    database, actor = current_runtime().database, current_actor()
    if not actor.may("case:read"):
        return None
    with database.read() as session:
        queue = load_offer_queue(session, actor, offer)
    if queue.own:
        with database.write() as session:
            note_reading(session, actor, offer.id)
    return queue


def _load_volunteer(offer: Offer) -> VolunteerLoad | None:
    """Wishes and tandems of a volunteer, for those who work on cases and for editors."""
    database, actor = current_runtime().database, current_actor()
    if offer.kind != "volunteer" or not (actor.may("case:read") or actor.may("directory:edit")):
        return None
    with database.read() as session:
        load = load_volunteer_load(session, actor, offer.id)
    if load.own:
        with database.write() as session:
            note_volunteer_reading(session, actor, offer.id)
    return load


def show_provider(provider_id: str) -> str | Response:
    """A provider and what it offers; one that was merged leads to the kept one."""
    with current_runtime().database.read() as session:
        page = get_provider_page(session, provider_id)
        successor = find_successor(session, "provider", provider_id)
    if successor is not None:
        return redirect(url_for("directory.provider", provider_id=successor))
    return render_template("directory/provider.html", page=page, spoken_language=spoken_language)


def text_language_name(tag: str) -> str:
    """The name of a language that texts are in, for who reads it."""
    if tag == PLAIN_GERMAN:
        return _("Plain German")
    return language_name(tag, tag).capitalize() if tag == GERMAN else spoken_language(tag)
