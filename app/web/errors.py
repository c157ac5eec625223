"""Pages for what went wrong: a clear sentence and a way on."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.core.errors import ConflictError, NotFoundError
from app.core.i18n import gettext as _


def init_errors(app: Flask) -> None:
    """Answer errors in the look of the product."""
    app.register_error_handler(CSRFError, lambda _error: _page(400, _form_expired()))
    app.register_error_handler(NotFoundError, lambda _error: _page(404, _not_found()))
    app.register_error_handler(ConflictError, lambda _error: _page(409, _conflict()))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _page(status: int, words: tuple[str, str]) -> tuple[str, int]:
    title, text = words
    return render_template("error.html", title=title, text=text, status=status), status


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


def _unexpected(error: Exception) -> tuple[str, int]:
    # The path may hold ids but never words of a case; the message of the error may, so only its type.
    current_app.logger.exception("unexpected %s at %s", type(error).__name__, request.path)
    return _page(
        500,
        (
            _("Something went wrong"),
            _("Nothing was saved. Please try again; if it happens again, tell your administrator."),
        ),
    )


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
