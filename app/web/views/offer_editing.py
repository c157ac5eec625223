"""Entering an offer and changing it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.core.errors import InvalidInputError
from app.core.i18n import current_language
from app.core.i18n import gettext as _
from app.directory.codes import OFFER_KINDS
from app.directory.differences import field_changes
from app.directory.editing import (
    MeanwhileChangedError,
    OfferEntry,
    ProviderEntry,
    create_offer,
    get_offer_entry,
    get_provider_entry,
    new_key,
    save_offer,
)
from app.directory.history import Author
from app.directory.new_places import enter_place
from app.directory.records import OfferRecord, ProviderRecord
from app.directory.verification import verify_offers
from app.web.access import current_actor, permission
from app.web.forms.offer import OfferForm
from app.web.forms.offer_kinds import filled_fields, form_sections
from app.web.forms.offer_rows import OFFERED_LANGUAGES
from app.web.forms.offer_values import OfferContext, TypedOffer, fill_offer, read_offer
from app.web.forms.parsing import list_language_names
from app.web.forms.problems import list_problems, put_error
from app.web.forms.row_actions import do_row_action
from app.web.forms.typed_fields import typed_fields
from app.web.geocoder import current_geocoder
from app.web.labels import editing as editing_words
from app.web.labels.cases import spoken_language
from app.web.labels.differences import build_differences
from app.web.labels.entry_fields import build_entry_names
from app.web.runtime import current_runtime

blueprint = Blueprint("offer_editing", __name__)

TOPICS_SUGGESTED = 8
MAX_KEY = 36
Page = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Editing:
    """A form with what it is about; no ``entry``: the offer is new."""

    form: OfferForm
    context: OfferContext
    provider_id: str
    entry: OfferEntry | None = None


@blueprint.route("/anbieter/<provider_id>/angebote/neu", methods=["GET", "POST"])
@permission("directory:edit")
def new_offer(provider_id: str) -> Page:
    """Enter an offer: first its kind, then what that kind needs."""
    with current_runtime().database.read() as session:
        provider = get_provider_entry(session, provider_id)
    kind = request.form.get("kind") or request.args.get("art", "")
    if kind not in OFFER_KINDS:
        return _choose_kind(provider)
    form = OfferForm()
    key = (form.external_id.data or "")[:MAX_KEY] or new_key()
    base = _empty_offer(key, kind)
    editing = _Editing(form, _context(provider.record, base), provider_id)
    if request.method == "GET":
        fill_offer(form, base, provider.record)
        _begin(form, provider.record)
        return _show(editing)
    if do_row_action(form, request.form.get("action", "")):
        return _show(editing)
    typed = read_offer(form, editing.context)
    if typed is None:
        return _show(editing, 422)
    try:
        with current_runtime().database.write() as session:
            _enter_place(session, provider_id, typed)
            offer_id = create_offer(session, _author(), provider_id, typed.record)
            _confirm(session, form, offer_id)
    except InvalidInputError as error:
        put_error(form.title, str(error))
        return _show(editing, 422)
    flash(_("“%(title)s” is entered.", title=typed.record.title), "success")
    return redirect(url_for("directory.offer", offer_id=offer_id), 303)


@blueprint.route("/angebote/<offer_id>/bearbeiten", methods=["GET", "POST"])
@permission("directory:edit")
def edit_offer(offer_id: str) -> Page:
    """Change an offer."""
    with current_runtime().database.read() as session:
        entry = get_offer_entry(session, offer_id)
    form = OfferForm()
    editing = _Editing(form, _context(entry.provider, entry.record), entry.provider_id, entry)
    if request.method == "GET":
        fill_offer(form, entry.record, entry.provider)
        form.as_read.data = entry.digest
        form.sessions.add_row()
        form.new_place.form["key"].data = new_key()
        return _show(editing)
    if do_row_action(form, request.form.get("action", "")):
        return _show(editing)
    typed = read_offer(form, editing.context)
    if typed is None:
        return _show(editing, 422)
    as_read = request.form.get("overwrite") or form.as_read.data or ""
    try:
        with current_runtime().database.write() as session:
            _enter_place(session, entry.provider_id, typed)
            save_offer(session, _author(), offer_id, typed.record, as_read=as_read)
            _confirm(session, form, offer_id)
    except MeanwhileChangedError:
        return _answer_conflict(editing, offer_id, typed)
    except InvalidInputError as error:
        put_error(form.title, str(error))
        return _show(editing, 422)
    flash(_("Saved."), "success")
    return redirect(url_for("directory.offer", offer_id=offer_id), 303)


@blueprint.get("/pflege/themen")
@permission("directory:edit")
def suggest_topics() -> Response:
    """Topics to choose from while typing, in any language."""
    typed = request.args.get("q", "")[:60]
    found = current_runtime().taxonomy.suggest(typed, TOPICS_SUGGESTED, current_language())
    return jsonify([{"value": one.key, "label": one.label, "word": one.word} for one in found])


def _choose_kind(provider: ProviderEntry) -> str:
    return render_template(
        "editing/offer_kind.html", provider=provider, kinds=OFFER_KINDS, editing_words=editing_words
    )


def _context(provider: ProviderRecord, base: OfferRecord) -> OfferContext:
    runtime = current_runtime()
    return OfferContext(
        provider=provider,
        base=base,
        taxonomy=runtime.taxonomy,
        language=current_language(),
        today=runtime.today,
        geocoder=current_geocoder(),
    )


def _empty_offer(key: str, kind: str) -> OfferRecord:
    """An offer that says nothing but its kind; not even the title that a record needs."""
    titled = OfferRecord.model_validate({"external_id": key, "title": "…", "kind": kind})
    return titled.model_copy(update={"title": ""})


def _kind_of(form: OfferForm, base: OfferRecord) -> str:
    """The kind whose fields are asked: the one chosen, unless no such kind exists."""
    return form.kind.data if form.kind.data in OFFER_KINDS else base.kind


def _author() -> Author:
    actor = current_actor()
    return Author(actor.name, actor.id)


def _begin(form: OfferForm, provider: ProviderRecord) -> None:
    """What a new offer starts with: a row for a time, and the provider's only place."""
    form.sessions.add_row()
    form.new_place.form["key"].data = new_key()
    if len(provider.places) == 1:
        next(iter(form.places.rows))["is_used"].data = True


def _enter_place(session: Session, provider_id: str, typed: TypedOffer) -> None:
    if typed.new_place is not None:
        enter_place(session, _author(), provider_id, typed.new_place)


def _confirm(session: Session, form: OfferForm, offer_id: str) -> None:
    if form.confirm.data:
        verify_offers(session, _author(), [offer_id], way="editor", on=current_runtime().today)


def _answer_conflict(editing: _Editing, offer_id: str, typed: TypedOffer) -> Page:
    """Somebody else was faster: show in what both differ, and let the person decide."""
    with current_runtime().database.read() as session:
        now = get_offer_entry(session, offer_id)
    changes = field_changes(now.record, typed.record)
    if not changes:  # the same form sent twice
        return redirect(url_for("directory.offer", offer_id=now.id), 303)
    names = build_entry_names(now.provider)
    rows = build_differences("offer", changes, names)
    return _show(editing, 409, differences=rows, digest=now.digest)


def _show(editing: _Editing, status: int = 200, **more: object) -> tuple[str, int]:
    form, context = editing.form, editing.context
    base = editing.entry.record if editing.entry else None
    form.offer_choices(context.provider, base, context.taxonomy, context.language)
    problems = list_problems(form)
    filled = typed_fields(form) | (filled_fields(base) if base else frozenset())
    page = render_template(
        "editing/offer.html",
        form=form,
        entry=editing.entry,
        provider=context.provider,
        provider_id=editing.provider_id,
        place_names=build_entry_names(context.provider).places,
        sections=form_sections(_kind_of(form, context.base), filled),
        problems=problems,
        language_names=list_language_names(context.language),
        offered_languages=OFFERED_LANGUAGES,
        editing_words=editing_words,
        spoken_language=spoken_language,
        **{"differences": (), "digest": "", **more},
    )
    return page, status
