"""The HSDS 3.1 API below ``/hsds/``: the public directory for other programs, to read only."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, request

from app.api.directory_answers import PREFIX, DirectoryAnswers
from app.api.problems import ProblemError, answer_problem, answer_unexpected, not_found
from app.operations.runtime import Runtime

READING: Final = ("GET", "HEAD", "POST", "OPTIONS")
"""The specification lists by POST as well, with the same parameters in the address."""
_EVERY_METHOD: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_HEADERS_TO_SEND: Final = "Accept, Content-Type, If-Modified-Since, If-None-Match"
_HEADERS_TO_SEE: Final = "ETag, Last-Modified, Location"
_DAY_SECONDS: Final = 24 * 3600

View = Callable[..., Any]


def build_blueprint(runtime: Runtime, public: Callable[[View], View]) -> Blueprint:
    """The API on ``runtime``; ``public`` marks a view as open to everybody."""
    answers = DirectoryAnswers(runtime)
    blueprint = Blueprint("hsds", __name__, url_prefix=PREFIX)

    def add(path: str, name: str, answer: View, *methods: str) -> None:
        def view(**values: str) -> Any:
            return answer(**values)

        methods = methods or ("GET",)
        blueprint.add_url_rule(path, name, public(view), methods=methods)

    add("/", "base", answers.base)
    add("/openapi.json", "openapi", answers.openapi)
    for name, answer_list, answer_item in (
        ("services", answers.services, answers.service),
        ("organizations", answers.organizations, answers.organization),
        ("service_at_locations", answers.service_at_locations, answers.service_at_location),
        ("taxonomies", answers.taxonomies, answers.taxonomy),
        ("taxonomy_terms", answers.taxonomy_terms, answers.taxonomy_term),
    ):
        add(f"/{name}", name, answer_list, "GET", "POST")
        add(f"/{name}/<own_id>", f"{name}_item", answer_item)
    add("/<path:rest>", "elsewhere", _refuse, *_EVERY_METHOD)
    blueprint.register_error_handler(ProblemError, answer_problem)
    blueprint.register_error_handler(Exception, answer_unexpected)
    blueprint.after_request(_let_other_sites_read)
    return blueprint


def _refuse(rest: str) -> Response:  # noqa: ARG001  the address is in the answer as ``instance``
    """Everything else below ``/hsds/``: a problem for a program, not a page for people."""
    if request.method not in READING:
        error = ProblemError(HTTPStatus.METHOD_NOT_ALLOWED, "This is only for reading.")
        response = answer_problem(error)
        response.headers["Allow"] = ", ".join(READING)
        return response
    raise not_found("such address")


def _let_other_sites_read(response: Response) -> Response:
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = _HEADERS_TO_SEE
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = ", ".join(READING)
        headers["Access-Control-Allow-Headers"] = _HEADERS_TO_SEND
        headers["Access-Control-Max-Age"] = str(_DAY_SECONDS)
    return response
