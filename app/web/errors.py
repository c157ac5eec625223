"""Pages for what went wrong: a clear sentence and a way on."""

from __future__ import annotations

import traceback
from typing import Any

from flask import Flask, Response, current_app, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.core.errors import CaseClosedError, ConflictError, NotFoundError
from app.core.i18n import gettext as _
from app.web.resending import typed_fields


def init_errors(app: Flask) -> None:
    """Answer errors in the look of the product."""
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(NotFoundError, lambda _error: _page(404, _not_found()))
    app.register_error_handler(
        CaseClosedError, lambda error: _page(409, (_("The case is closed"), str(error)))
    )
    app.register_error_handler(ConflictError, lambda _error: _page(409, _conflict()))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _page(status: int, words: tuple[str, str]) -> tuple[str, int]:
    title, text = words
    return render_template("error.html", title=title, text=text, status=status), status


def _expired(_error: CSRFError) -> tuple[str, int]:
    fields = typed_fields(request)
    if not fields:
        return _page(400, _form_expired())
    return render_template("resend.html", fields=fields), 400


def _http_error(error: HTTPException) -> Any:
    match error.code:
        case 404:
            return _page(404, _not_found())
        case 405:
            return _page(405, _not_found())
        case 413:
            return _page(413, (_("Too large"), _("More was sent than a form can hold.")))
        case 400:
            return _page(400, (_("Not understood"), _("The request was incomplete.")))
        case None:
            return error
        case code if code < 400:
            return error
        case code:
            return _page(code, (error.name, _("Please try again.")))


def _unexpected(error: Exception) -> Any:
    # An address names whose case it is and which offer was looked at, and the message of an error may
    # quote a case: the log gets the route, the types of the errors and the lines of code.
    route = request.url_rule.rule if request.url_rule else "?"
    current_app.logger.error("unexpected error at %s: %s", route, _describe(error))
    title, text = (
        _("Something went wrong"),
        _("Nothing was saved. Please try again; if it happens again, tell your administrator."),
    )
    try:
        return _page(500, (title, text))
    except Exception as second:
        current_app.logger.error("no page for the error: %s", type(second).__name__)
        return Response(f"{title}\n\n{text}\n", 500, mimetype="text/plain")


def _describe(error: BaseException) -> str:
    """Types and lines of ``error`` and what led to it, without a message or a value."""
    parts = []
    cause: BaseException | None = error
    while cause is not None:
        parts.append(f"{type(cause).__name__}\n{''.join(traceback.format_tb(cause.__traceback__))}")
        cause = cause.__cause__
    return "because of ".join(parts)


def _not_found() -> tuple[str, str]:
    return (
        _("Not found"),
        _("This page does not exist, or you may not see it."),
    )


def _conflict() -> tuple[str, str]:
    return (
        _("Changed in between"),
        _("Somebody else changed this in the meantime. Please open it again."),
    )


def _form_expired() -> tuple[str, str]:
    return (
        _("This form has expired"),
        _("Please go back, reload the page and send it again. Nothing was saved."),
    )
