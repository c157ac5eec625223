"""Entering a provider and changing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
from app.directory.codes import PROVIDER_KINDS
from app.directory.differences import field_changes
from app.directory.duplicates import SimilarEntry, find_similar
from app.directory.editing import (
    MANUAL_SOURCE,
    MeanwhileChangedError,
    ProviderEntry,
    create_provider,
    get_provider_entry,
    new_key,
    save_provider,
)
from app.directory.history import Author
from app.directory.provider_names import (
    NamedProvider,
    choose_provider,
    find_provider_name,
    find_providers_by_name,
)
from app.directory.records import ProviderRecord
from app.web.access import current_actor, permission
from app.web.forms.parsing import list_language_names
from app.web.forms.problems import list_problems, put_error
from app.web.forms.provider import ProviderForm
from app.web.forms.provider_values import ProviderContext, fill_provider, read_provider
from app.web.forms.row_actions import do_row_action
from app.web.geocoder import current_geocoder
from app.web.labels import editing as editing_words
from app.web.labels.differences import build_differences
from app.web.labels.entry_fields import build_entry_names
from app.web.runtime import current_runtime

blueprint = Blueprint("provider_editing", __name__)

NAMES_SUGGESTED = 8
MAX_KEY = 36
Page = str | Response | tuple[str, int]


@dataclass(slots=True)
class _Editing:
    """A form with what it is about; no ``entry``: the provider is new."""

    form: ProviderForm
    entry: ProviderEntry | None = None
    parents: Sequence[NamedProvider] = ()
    """To choose from, when the name typed means several."""
    similar: Sequence[SimilarEntry] = ()


@blueprint.route("/anbieter/neu", methods=["GET", "POST"])
@permission("directory:edit")
def new_provider() -> Page:
    """Enter a provider; similar ones are shown first."""
    editing = _Editing(ProviderForm())
    form = editing.form
    key = (form.external_id.data or "")[:MAX_KEY] or new_key()
    base = ProviderRecord(source=MANUAL_SOURCE, external_id=key, name="…", kind="other")
    if request.method == "GET":
        form.external_id.data = key
        form.contacts.add_row()
        form.places.add_row()
        return _show(editing)
    if do_row_action(form, request.form.get("action", "")):
        return _show(editing)
    record = read_provider(form, ProviderContext(base, current_geocoder()))
    with current_runtime().database.read() as session:
        parent_id = _find_parent(session, editing)
        if record is None or list_problems(form):
            return _show(editing, 422)
        if not form.anyway.data:
            editing.similar = find_similar(session, [record]).get(0, ())
    if editing.similar:
        return _show(editing)
    try:
        with current_runtime().database.write() as session:
            provider_id = create_provider(session, _author(), record, parent_id)
    except InvalidInputError as error:
        put_error(form.parent_name if error.field == "parent_id" else form["name"], str(error))
        return _show(editing, 422)
    flash(_("“%(name)s” is entered.", name=record.name), "success")
    return redirect(url_for("directory.provider", provider_id=provider_id), 303)


@blueprint.route("/anbieter/<provider_id>/bearbeiten", methods=["GET", "POST"])
@permission("directory:edit")
def edit_provider(provider_id: str) -> Page:
    """Change a provider with its addresses and contact persons."""
    with current_runtime().database.read() as session:
        entry = get_provider_entry(session, provider_id)
        parent_name = find_provider_name(session, entry.parent_id)
    editing = _Editing(ProviderForm(), entry)
    form = editing.form
    if request.method == "GET":
        fill_provider(form, entry.record)
        form.as_read.data = entry.digest
        form.parent_id.data, form.parent_name.data = entry.parent_id or "", parent_name or ""
        return _show(editing)
    if do_row_action(form, request.form.get("action", "")):
        return _show(editing)
    record = read_provider(form, ProviderContext(entry.record, current_geocoder()))
    with current_runtime().database.read() as session:
        parent_id = _find_parent(session, editing)
    if record is None or list_problems(form):
        return _show(editing, 422)
    as_read = request.form.get("overwrite") or form.as_read.data or ""
    try:
        with current_runtime().database.write() as session:
            save_provider(session, _author(), provider_id, record, as_read=as_read, parent_id=parent_id)
    except MeanwhileChangedError:
        return _answer_conflict(editing, provider_id, record, parent_id)
    except InvalidInputError as error:
        put_error(form.parent_name if error.field == "parent_id" else form["name"], str(error))
        return _show(editing, 422)
    flash(_("Saved."), "success")
    return redirect(url_for("directory.provider", provider_id=provider_id), 303)


@blueprint.get("/pflege/anbieternamen")
@permission("directory:edit")
def suggest_names() -> Response:
    """Names of providers to choose from while typing."""
    with current_runtime().database.read() as session:
        found = find_providers_by_name(session, request.args.get("q", "")[:200], NAMES_SUGGESTED)
    return jsonify([provider.name for provider in found])


def _author() -> Author:
    actor = current_actor()
    return Author(actor.name, actor.id)


def _find_parent(session: Session, editing: _Editing) -> str | None:
    """The id of the organisation named as parent; an error beside the field when it is not one."""
    form = editing.form
    typed, chosen = (form.parent_name.data or "").strip(), form.parent_id.data or ""
    if not typed:
        return None
    parent_id, found = choose_provider(session, typed, chosen, NAMES_SUGGESTED)
    if parent_id is not None:
        return parent_id
    editing.parents = found
    put_error(
        form.parent_name,
        _("Please choose which one you mean.") if found else _("We do not know this provider."),
    )
    return None


def _answer_conflict(
    editing: _Editing, provider_id: str, record: ProviderRecord, parent_id: str | None
) -> Page:
    """Somebody else was faster: show in what both differ, and let the person decide."""
    with current_runtime().database.read() as session:
        now = get_provider_entry(session, provider_id)
    mine = record.model_copy(update={"parent_external_id": now.record.parent_external_id})
    changes = field_changes(now.record, mine)
    if not changes and parent_id == now.parent_id:  # the same form sent twice
        return redirect(url_for("directory.provider", provider_id=provider_id), 303)
    rows = build_differences("provider", changes, build_entry_names(now.record, record))
    return _show(editing, 409, differences=rows, digest=now.digest)


def _show(editing: _Editing, status: int = 200, **more: object) -> tuple[str, int]:
    page = render_template(
        "editing/provider.html",
        form=editing.form,
        entry=editing.entry,
        parents=editing.parents,
        similar=editing.similar,
        kinds=PROVIDER_KINDS,
        problems=list_problems(editing.form),
        language_names=list_language_names("de"),
        editing_words=editing_words,
        **{"differences": (), "digest": "", **more},
    )
    return page, status
