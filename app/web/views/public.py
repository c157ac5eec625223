"""The directory for everybody: no account, no cookie, nothing kept of who looks at what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import (
    Blueprint,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlmodel import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.core.i18n import weekday_name
from app.directory.codes import LEVELS, OFFER_KINDS
from app.directory.merging import find_successor
from app.directory.public_pages import (
    get_public_offer,
    get_public_provider,
    list_offers_with_hidden_places,
    list_public_offers,
    list_public_providers,
    list_text_languages,
    load_titles,
    public_card,
)
from app.directory.publicity import is_public_offer
from app.directory.queries import OfferCard, load_offer_cards
from app.directory.texts import GERMAN, languages_of, text_in
from app.search.types import MAX_LIMIT, SearchHit, is_found_openly
from app.web.access import public
from app.web.entry_pages import text_language_name
from app.web.forms.directory import PAGE_SIZE, DirectoryRequest, as_arguments, read_request
from app.web.labels.cases import spoken_language
from app.web.labels.directory import level_label, offer_kind_label
from app.web.map_points import MAX_OFFERS_ON_MAP, build_map, map_words
from app.web.runtime import current_runtime
from app.web.structured_data import offer_data, provider_data
from app.web.views.feeds import answer_feed

blueprint = Blueprint("public", __name__)

KEPT_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class PublicLine:
    """An offer of a list, with its title for the reader."""

    card: OfferCard
    title: str
    title_language: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search of everybody found."""

    hits: Sequence[SearchHit]
    complete_total: int
    kinds: frozenset[str]
    """Of all that is public, found or not."""


@blueprint.after_request
def let_keep(response: Response) -> Response:
    """Caches may keep a page for five minutes, and then ask whether it changed."""
    if response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
        response.add_etag()
        response.make_conditional(request)
    return response


@blueprint.get("/wegweiser")
@public
def search() -> str:
    """Search and browse what is public."""
    runtime = current_runtime()
    wanted, language = _read_wishes()
    with runtime.database.read() as session:
        found = _find(session, wanted)
        shown = found.hits[wanted.query.offset : wanted.query.offset + PAGE_SIZE]
        lines = _load_lines(session, shown, language)
        languages = list_text_languages(session)
    return render_template(
        "public/search.html",
        wanted=wanted,
        query=wanted.query,
        is_asked=bool(as_arguments(wanted)),
        found=found,
        lines=lines,
        language=language,
        languages=_language_choices(languages),
        kinds=[(code, offer_kind_label(code)) for code in OFFER_KINDS if code in found.kinds],
        levels=[(code, level_label(code)) for code in LEVELS if code != "none"],
        weekdays=[(day, weekday_name(day)) for day in range(1, 8)],
        page_count=max(1, -(-len(found.hits) // PAGE_SIZE)),
        page_address=lambda page: _address(wanted, language, page=page),
        map_address=_address(wanted, language, endpoint=".show_map"),
    )


@blueprint.get("/wegweiser/karte")
@public
def show_map() -> str:
    """The same search as a list beside a map."""
    wanted, language = _read_wishes()
    with current_runtime().database.read() as session:
        found = _find(session, wanted)
        lines = _load_lines(session, found.hits[:MAX_OFFERS_ON_MAP], language)
    return render_template(
        "public/map.html",
        wanted=wanted,
        query=wanted.query,
        found=found,
        lines=lines,
        language=language,
        list_address=_address(wanted, language),
        points_address=_address(wanted, language, endpoint=".points"),
        words=map_words(),
    )


@blueprint.get("/wegweiser/karte/punkte")
@public
def points() -> Response:
    """The points of a search as JSON."""
    wanted, language = _read_wishes()
    with current_runtime().database.read() as session:
        found = _find(session, wanted)
        lines = _load_lines(session, found.hits[:MAX_OFFERS_ON_MAP], language)
    cards = [replace(line.card, title=line.title) for line in lines]

    def address(offer_id: str) -> str:
        return url_for(".offer", offer_id=offer_id, sprache=_named(language))

    return jsonify(build_map(cards, address, current_runtime().settings))


@blueprint.get("/wegweiser/angebote/<offer_id>")
@public
def offer(offer_id: str) -> str | Response:
    """Everything that is public of an offer; one that was merged leads to the kept one."""
    runtime = current_runtime()
    with runtime.database.read() as session:
        successor = find_successor(session, "offer", offer_id)
        page = get_public_offer(session, successor or offer_id)
    if successor is not None:
        return redirect(url_for(".offer", offer_id=successor), 301)
    languages = languages_of(page)
    language = _reading_language()
    return render_template(
        "public/offer.html",
        page=page,
        text=text_in(page, language),
        language=language,
        languages=[(tag, text_language_name(tag)) for tag in languages],
        taxonomy=runtime.taxonomy,
        spoken_language=spoken_language,
        data=offer_data(
            page, runtime.settings.public_url, _full_address(url_for(".offer", offer_id=page.offer.id))
        ),
    )


@blueprint.get("/wegweiser/anbieter/<provider_id>")
@public
def provider(provider_id: str) -> str | Response:
    """A provider with its public offers; one that was merged leads to the kept one."""
    with current_runtime().database.read() as session:
        successor = find_successor(session, "provider", provider_id)
        page = get_public_provider(session, successor or provider_id)
    if successor is not None:
        return redirect(url_for(".provider", provider_id=successor), 301)
    return render_template(
        "public/provider.html",
        page=page,
        language=GERMAN,
        spoken_language=spoken_language,
        data=provider_data(page, _full_address(url_for(".provider", provider_id=page.provider.id))),
    )


@blueprint.get("/wegweiser/angebote/<offer_id>/kalender.ics")
@public
def calendar(offer_id: str) -> Response:
    """The dates of a public offer for a calendar program."""
    with current_runtime().database.read() as session:
        get_public_offer(session, offer_id)
        card = public_card(load_offer_cards(session, [offer_id])[offer_id])
    return answer_feed(card, url_for(".offer", offer_id=offer_id))


@blueprint.get("/robots.txt")
@public
def robots() -> Response:
    """Search engines may read the pages for everybody, and nothing else."""
    base = current_runtime().settings.public_url
    lines = ["User-agent: *", "Allow: /wegweiser", "Allow: /static/", "Disallow: /"]
    return Response("\n".join([*lines, "", f"Sitemap: {base}/sitemap.xml", ""]), mimetype="text/plain")


@blueprint.get("/sitemap.xml")
@public
def sitemap() -> Response:
    """All pages for everybody, for search engines."""
    with current_runtime().database.read() as session:
        offers, providers = list_public_offers(session), list_public_providers(session)
    base = current_runtime().settings.public_url
    addresses = [url_for(".search"), url_for(".show_map")]
    addresses += [url_for(".offer", offer_id=own_id) for own_id in offers]
    addresses += [url_for(".provider", provider_id=own_id) for own_id in providers]
    text = render_template("public/sitemap.xml", addresses=[f"{base}{one}" for one in addresses])
    answer = make_response(text)
    answer.mimetype = "application/xml"
    return answer


def _read_wishes() -> tuple[DirectoryRequest, str]:
    """The search, and the language to read in.

    Here ``sprache`` is what the reader reads; what is spoken at the offer is ``spricht``. There is no
    filter by distance: it would tell where addresses lie that are not public.
    """
    args = MultiDict((name, value) for name, value in request.args.items(multi=True))
    args.setlist("sprache", args.poplist("spricht"))
    wanted = read_request(args, current_runtime().today)
    query = replace(wanted.query, max_km=None, sort="start" if wanted.query.sort == "start" else "fit")
    return replace(wanted, query=query, place=""), _reading_language()


def _reading_language() -> str:
    return request.args.get("sprache", GERMAN)[:20]


def _named(language: str) -> str | None:
    return None if language == GERMAN else language


def _address(
    wanted: DirectoryRequest, language: str, *, endpoint: str = ".search", page: int = 1
) -> str:
    arguments: dict[str, Any] = dict(as_arguments(wanted))
    arguments["spricht"] = arguments.pop("sprache", None)
    arguments |= {"sprache": _named(language), "seite": page if page > 1 else None}
    return url_for(endpoint, **arguments)


def _find(session: Session, wanted: DirectoryRequest) -> Found:
    """What of the directory fits and is public; those with all words first.

    The search knows addresses that are not public. So that nobody learns one by trying streets or
    places, an offer with such an address is found by its title, topics and provider only, and stands
    last when a place was named.
    """
    answer = current_runtime().search_engine.search(replace(wanted.query, limit=MAX_LIMIT, offset=0))
    shown, careful = list_public_offers(session), list_offers_with_hidden_places(session)
    hits = [
        hit
        for hit in answer.hits
        if hit.offer_id in shown and (hit.offer_id not in careful or is_found_openly(hit))
    ]
    last = careful if answer.near is not None else frozenset[str]()
    hits.sort(key=lambda hit: hit.offer_id in last)
    complete = sum(hit.is_complete and hit.offer_id not in last for hit in hits)
    return Found(hits, complete, frozenset(shown.values()))


def _load_lines(session: Session, hits: Sequence[SearchHit], language: str) -> list[PublicLine]:
    ids = [hit.offer_id for hit in hits]
    cards = load_offer_cards(session, ids)
    titles = load_titles(session, ids, language)
    return [
        PublicLine(public_card(card), *titles.get(card.id, (card.title, GERMAN)))
        for card in cards.values()
        if is_public_offer(card.status, card.visibility)
    ]


def _language_choices(tags: Sequence[str]) -> list[tuple[str, str]]:
    return [(GERMAN, text_language_name(GERMAN)), *((tag, text_language_name(tag)) for tag in tags)]


def _full_address(path: str) -> str:
    return f"{current_runtime().settings.public_url}{path}"
