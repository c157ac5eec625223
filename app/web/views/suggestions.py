"""Suggesting a change of an entry, and deciding on it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.accounts.queries import load_user_names
from app.core.errors import ConflictError, InvalidInputError
from app.core.i18n import gettext as _
from app.directory.codes import EntryType
from app.directory.editing import (
    MeanwhileChangedError,
    OfferEntry,
    ProviderEntry,
    get_offer_entry,
    get_provider_entry,
)
from app.directory.history import Author
from app.directory.merging import find_successor
from app.directory.suggesting import (
    AlreadyDecidedError,
    SuggestionReview,
    decide_suggestion,
    get_suggestion,
    list_own_suggestions,
    list_suggestions,
    suggest_change,
)
from app.web.access import current_actor, permission
from app.web.entry_links import entry_address, history_address
from app.web.forms.problems import put_error
from app.web.forms.suggestions import (
    DecisionForm,
    OfferSuggestionForm,
    ProviderSuggestionForm,
    decision_form,
)
from app.web.labels.differences import build_difference
from app.web.labels.entry_fields import build_entry_names, field_label, value_words
from app.web.labels.upkeep_words import decision_label, origin_label
from app.web.runtime import current_runtime

blueprint = Blueprint("suggestions", __name__)

PER_PAGE = 30
ORIGINS = ("user", "provider", "import")
Page = str | Response | tuple[str, int]


@blueprint.context_processor
def _words() -> dict[str, object]:
    return {
        "origin_label": origin_label,
        "decision_label": decision_label,
        "field_label": field_label,
        "value_words": value_words,
        "entry_address": entry_address,
        "history_address": history_address,
    }


@blueprint.route("/angebote/<offer_id>/vorschlag", methods=["GET", "POST"])
@permission("directory:suggest")
def suggest_for_offer(offer_id: str) -> Page:
    """Say what is not right in an offer."""
    return _suggest("offer", offer_id)


@blueprint.route("/anbieter/<provider_id>/vorschlag", methods=["GET", "POST"])
@permission("directory:suggest")
def suggest_for_provider(provider_id: str) -> Page:
    """Say what is not right in a provider."""
    return _suggest("provider", provider_id)


@blueprint.get("/vorschlaege/danke")
@permission("directory:suggest")
def thanks() -> str:
    """The suggestion has arrived."""
    return render_template("suggestions/thanks.html")


@blueprint.get("/vorschlaege")
@permission("directory:suggest")
def own() -> str:
    """What one suggested, and what became of it."""
    with current_runtime().database.read() as session:
        lines = list_own_suggestions(session, current_actor().id)
    return render_template("suggestions/own.html", lines=lines)


@blueprint.get("/pflege/vorschlaege")
@permission("directory:edit")
def queue() -> str:
    """The suggestions that wait, or those that are decided."""
    state = "decided" if request.args.get("stand") == "entschieden" else "open"
    origin = request.args.get("von", "")
    origin = origin if origin in ORIGINS else ""
    with current_runtime().database.read() as session:
        page = list_suggestions(
            session,
            state=state,
            origin=origin or None,
            page=request.args.get("seite", 1, type=int),
            size=PER_PAGE,
        )
    return render_template(
        "suggestions/queue.html",
        page=page,
        state=state,
        origin=origin,
        origins=ORIGINS,
        page_address=lambda number: url_for(
            ".queue",
            stand="entschieden" if state == "decided" else None,
            von=origin or None,
            seite=number if number > 1 else None,
        ),
    )


@blueprint.get("/pflege/vorschlaege/<suggestion_id>")
@permission("directory:edit")
def review(suggestion_id: str) -> str:
    """One suggestion, field by field against what the entry says now."""
    found = _load_review(suggestion_id)
    form = _form_for(found)
    form.as_read.data = found.digest
    for one in found.fields:
        form[f"field-{one.change.field}"].data = None
    return _show_review(found, form)


@blueprint.post("/pflege/vorschlaege/<suggestion_id>")
@permission("directory:edit")
def decide(suggestion_id: str) -> Page:
    """Accept or reject each field."""
    found = _load_review(suggestion_id)
    form = _form_for(found)
    if not form.validate_on_submit() or not form.is_complete():
        return _show_review(found, form), 422
    try:
        with current_runtime().database.write() as session:
            decide_suggestion(
                session,
                current_actor().id,
                suggestion_id,
                form.accepted(),
                answer=form.answer.data or "",
                as_read=form.as_read.data or "",
            )
    except AlreadyDecidedError:
        flash(_("Somebody else has decided on this suggestion meanwhile."), "warning")
        return redirect(url_for(".review", suggestion_id=suggestion_id), 303)
    except MeanwhileChangedError:
        return _show_again(suggestion_id, form, _changed_meanwhile()), 409
    except InvalidInputError as error:
        return _show_again(suggestion_id, form, _cannot_be(found, error)), 422
    flash(_("Decided. The author sees it under “My suggestions”."), "success")
    return redirect(url_for(".queue"), 303)


def _suggest(entry_type: EntryType, entry_id: str) -> Page:
    with current_runtime().database.read() as session:
        successor = find_successor(session, entry_type, entry_id)
        if successor is not None:
            return redirect(entry_address(entry_type, successor))
        entry = _load_entry(session, entry_type, entry_id)
    form = OfferSuggestionForm() if entry_type == "offer" else ProviderSuggestionForm()
    if request.method == "GET":
        form.fill(entry.record, entry.digest)
        return _show_form(form, entry_type, entry)
    changes = form.read_changes()
    if changes is None:
        return _show_form(form, entry_type, entry), 422
    if form.as_read.data != entry.digest:
        form.as_read.data = entry.digest
        put_error(form.note, _changed_meanwhile())
        return _show_form(form, entry_type, entry), 409
    if form.is_gone.data:
        changes |= form.GONE
    actor = current_actor()
    try:
        with current_runtime().database.write() as session:
            author = Author(actor.name, actor.id)
            made = suggest_change(session, author, entry_type, entry_id, changes, form.read_note())
    except InvalidInputError as error:
        at = error.field if error.field in form.READERS else "note"
        put_error(form[at], _("This does not fit what else the entry says."))
        return _show_form(form, entry_type, entry), 422
    if made is None:
        put_error(form.note, _("Nothing is different yet. Please change a field, or write a note."))
        return _show_form(form, entry_type, entry), 422
    return redirect(url_for(".thanks"), 303)


def _load_entry(session: Session, entry_type: EntryType, entry_id: str) -> OfferEntry | ProviderEntry:
    if entry_type == "offer":
        return get_offer_entry(session, entry_id)
    return get_provider_entry(session, entry_id)


def _show_form(
    form: OfferSuggestionForm | ProviderSuggestionForm,
    entry_type: EntryType,
    entry: OfferEntry | ProviderEntry,
) -> str:
    provider = entry.provider if isinstance(entry, OfferEntry) else entry.record
    title = entry.record.title if isinstance(entry, OfferEntry) else entry.record.name
    return render_template(
        "suggestions/form.html",
        form=form,
        entry_type=entry_type,
        entry=entry,
        title=title,
        provider=provider,
        names=build_entry_names(provider),
    )


def _load_review(suggestion_id: str) -> SuggestionReview:
    with current_runtime().database.read() as session:
        return get_suggestion(session, suggestion_id)


def _form_for(found: SuggestionReview) -> DecisionForm:
    entry_type = found.suggestion.entry_type
    labels = {one.change.field: field_label(entry_type, one.change.field) for one in found.fields}
    return decision_form([one.change for one in found.fields], labels)


def _show_review(found: SuggestionReview, form: DecisionForm, problem: str = "") -> str:
    row = found.suggestion
    with current_runtime().database.read() as session:
        names = load_user_names(session, {row.decided_by} if row.decided_by else set())
    keys = build_entry_names(found.provider) if found.provider else None
    rows = [
        (one, build_difference(row.entry_type, one.change, keys), form[f"field-{one.change.field}"])
        for one in found.fields
    ]
    return render_template(
        "suggestions/review.html",
        found=found,
        suggestion=row,
        rows=rows,
        form=form,
        problem=problem,
        decided_by=names.get(row.decided_by or "", ""),
    )


def _show_again(suggestion_id: str, form: DecisionForm, problem: str) -> str:
    """The page with what the entry says now; what was chosen and typed stays."""
    found = _load_review(suggestion_id)
    form.as_read.data = found.digest
    return _show_review(found, form, problem)


def _changed_meanwhile() -> str:
    return _("The entry was changed meanwhile. Please look once more, then send again.")


def _cannot_be(found: SuggestionReview, error: InvalidInputError | ConflictError) -> str:
    name = getattr(error, "field", "")
    if not name:
        return _("The entry cannot say this all at once. Nothing was changed.")
    label = field_label(found.suggestion.entry_type, name)
    return _("“%(field)s” cannot be accepted like this. Nothing was changed.", field=label)
