"""What went wrong, as RFC 9457 says it in JSON."""

from __future__ import annotations

import json
import traceback
from http import HTTPStatus

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """A request that cannot be answered; ``detail`` is one sentence for who wrote the program."""

    def __init__(self, status: HTTPStatus, detail: str, parameter: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.parameter = parameter


def bad_parameter(name: str, detail: str) -> ProblemError:
    """The problem with a query parameter."""
    return ProblemError(HTTPStatus.BAD_REQUEST, f"{name}: {detail}", name)


def not_found(what: str) -> ProblemError:
    """There is no such thing, or it is not public."""
    return ProblemError(HTTPStatus.NOT_FOUND, f"There is no {what} here.")


def answer_problem(error: ProblemError) -> Response:
    """The response for ``error``."""
    problem: dict[str, object] = {
        "type": "about:blank",
        "title": error.status.phrase,
        "status": error.status.value,
        "detail": error.detail,
        "instance": request.path,
    }
    if error.parameter is not None:
        problem["parameter"] = error.parameter
    text = json.dumps(problem, ensure_ascii=False)
    response = Response(text, error.status.value, content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def answer_unexpected(error: Exception) -> Response:
    """The response for an error of our own making; the log gets its type and the lines of code."""
    if isinstance(error, HTTPException) and error.code is not None:
        return answer_problem(ProblemError(HTTPStatus(error.code), f"{error.name}."))
    lines = "".join(traceback.format_tb(error.__traceback__))
    current_app.logger.error(
        "unexpected error at %r: %s\n%s", request.path, type(error).__name__, lines
    )
    text = "Something went wrong here. Please try again later."
    return answer_problem(ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, text))
