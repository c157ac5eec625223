"""The directory as a file: in, after a look at what would happen, and out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from app.core.clock import utc_now
from app.core.i18n import gettext as _
from app.directory.history import Author
from app.directory.import_applying import ImportReport
from app.directory.tables.table import UnreadableFileError
from app.operations.directory_export import MIME_TYPES, export_table
from app.operations.directory_import import (
    ImportFile,
    ShownReportOutdatedError,
    import_file,
    preview_import,
    read_file,
    report_digest,
)
from app.operations.uploads import (
    KEPT_FOR,
    MAX_FILE_BYTES,
    Upload,
    Uploads,
    new_upload,
    open_uploads,
)
from app.search.types import MAX_LIMIT
from app.web.access import current_actor, permission
from app.web.entry_links import entry_address
from app.web.forms.directory import DirectoryRequest, as_arguments, read_request
from app.web.forms.exchange import UploadForm, too_large_words
from app.web.forms.problems import list_problems, put_error
from app.web.labels.differences import build_differences
from app.web.labels.entry_fields import EntryNames, value_words
from app.web.runtime import current_runtime

blueprint = Blueprint("exchange", __name__, url_prefix="/pflege")

Page = str | Response | tuple[str, int]
MAX_SENT_BYTES: Final = 4 * MAX_FILE_BYTES
"""What is read at all, so that a file that is too large gets a sentence instead of a broken line."""
MAX_SHOWN: Final = 100
"""Problems and changes that a page shows; the rest is counted."""


@blueprint.url_value_preprocessor
def _allow_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A file may be sent on this one route, by who may edit: before anything reads the request."""
    is_file = endpoint == "exchange.send" and current_user.is_authenticated
    if is_file and current_actor().may("directory:edit"):
        request.max_content_length = MAX_SENT_BYTES


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> tuple[str, int]:
    return render_template("error.html", title=_("Too large"), text=too_large_words(), status=413), 413


@blueprint.context_processor
def _words() -> dict[str, object]:
    return {"entry_address": entry_address, "max_shown": MAX_SHOWN}


@blueprint.get("/import")
@permission("directory:edit")
def choose() -> str:
    """Which file is to be imported."""
    return _show_form(UploadForm())


@blueprint.post("/import")
@permission("directory:edit")
def send() -> Page:
    """Keep the file and show what it would do."""
    form = UploadForm()
    sent = form.read_file()
    if sent is None:
        return _show_form(form), 422
    name, data = sent
    now = utc_now()
    sheet = (form.sheet.data or "").strip()
    upload = new_upload(current_actor().id, name, now, mapping=form.mapping.data or "", sheet=sheet)
    try:
        read_file(current_runtime(), _file_of(upload, data))
    except UnreadableFileError as error:
        put_error(form.file, str(error))
        return _show_form(form), 422
    _uploads().keep(upload, data, now)
    return redirect(url_for(".report", token=upload.token), 303)


@blueprint.get("/import/<token>")
@permission("directory:edit")
def report(token: str) -> str:
    """What the file would do; after the import what it did."""
    return _show_report(_get_upload(token))


@blueprint.post("/import/<token>")
@permission("directory:edit")
def carry_out(token: str) -> Page:
    """Import it, once."""
    upload = _get_upload(token)
    here = redirect(url_for(".report", token=token), 303)
    if not _uploads().claim(upload):
        return here  # sent twice: the page says how far it is
    wanted = {int(line) for line in request.form.getlist("create") if line.isdecimal()}
    try:
        file = _file_of(upload, _uploads().read(upload))
        done = import_file(current_runtime(), file, _author(), wanted, request.form.get("as_shown", ""))
    except ShownReportOutdatedError:
        _uploads().release(upload)
        problem = _("The directory was changed meanwhile. Please look once more, then take it over.")
        return _show_report(upload, problem), 409
    except BaseException:
        _uploads().release(upload)
        raise
    _uploads().finish(upload, _result_of(done))
    return here


@blueprint.post("/import/<token>/verwerfen")
@permission("directory:edit")
def discard(token: str) -> Response:
    """Forget the file."""
    _uploads().drop(_get_upload(token).token)
    flash(_("The file was discarded. Nothing was changed."), "success")
    return redirect(url_for(".choose"), 303)


@blueprint.get("/export")
@permission("directory:edit")
def export() -> str:
    """What may be downloaded."""
    wanted = read_request(request.args, current_runtime().today)
    arguments = as_arguments(wanted)
    return render_template(
        "exchange/export.html",
        arguments=arguments,
        total=len(_find_offers(wanted)) if arguments else None,
    )


@blueprint.get("/export/verzeichnis.<ending>")
@permission("directory:edit")
def download(ending: str) -> Response:
    """The table as a file: all of it, or what a search finds."""
    runtime = current_runtime()
    wanted = read_request(request.args, runtime.today)
    only = _find_offers(wanted) if as_arguments(wanted) else None
    data = export_table(runtime, ending, only=only, with_protected="alle" in request.args)
    name = f"verzeichnis-{runtime.today.isoformat()}.{ending}"
    answer = Response(data, mimetype=MIME_TYPES[ending])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _show_form(form: UploadForm) -> str:
    form.offer_mappings()
    return render_template("exchange/import.html", form=form, problems=list_problems(form))


def _uploads() -> Uploads:
    return open_uploads(current_runtime().settings.data_dir)


def _get_upload(token: str) -> Upload:
    return _uploads().get(token, current_actor().id, utc_now())


def _file_of(upload: Upload, data: bytes) -> ImportFile:
    return ImportFile(data, upload.is_json, upload.mapping, upload.sheet)


def _author() -> Author:
    actor = current_actor()
    return Author(actor.name, actor.id)


def _show_report(upload: Upload, problem: str = "") -> str:
    result = _uploads().find_result(upload)
    if result is not None:
        return render_template("exchange/done.html", upload=upload, result=result)
    if _uploads().is_claimed(upload):
        return render_template("exchange/running.html", upload=upload)
    found = preview_import(current_runtime(), _file_of(upload, _uploads().read(upload)), _author())
    names = _place_names(found)
    edits = [
        (edit, build_differences(edit.entry_type, edit.changes, names))
        for edit in found.edits[:MAX_SHOWN]
    ]
    return render_template(
        "exchange/report.html",
        upload=upload,
        report=found,
        edits=edits,
        as_shown=report_digest(found),
        problem=problem,
        minutes=int(KEPT_FOR.total_seconds() // 60),
        is_useful=bool(found.created or found.changed),
    )


def _place_names(found: ImportReport) -> EntryNames:
    """What the keys of places are called that the file enters or changes."""
    places = {
        place["key"]: str(value_words("places", [place])[0])
        for edit in found.edits
        if edit.entry_type == "provider"
        for change in edit.changes
        if change.field == "places"
        for place in change.new
    }
    return EntryNames(places)


def _result_of(done: ImportReport) -> dict[str, Any]:
    """What is kept of an import to be told afterwards."""
    return {
        "created": done.created,
        "changed": done.changed,
        "unchanged": done.unchanged,
        "flagged": done.flagged,
        "rejected": done.rejected,
        "left_out": [warning.name for warning in done.similar],
        "problems": [[one.line, one.reason] for one in done.problems[:MAX_SHOWN]],
    }


def _find_offers(wanted: DirectoryRequest) -> frozenset[str]:
    """The offers that a search of the directory finds, without those that are only nearly it."""
    engine = current_runtime().search_engine
    near = engine.find_place(wanted.place) if wanted.place else None
    asked = replace(wanted.query, near=near, limit=MAX_LIMIT, offset=0)
    return frozenset(hit.offer_id for hit in engine.search(asked).hits if hit.is_complete)
