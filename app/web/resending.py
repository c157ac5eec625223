"""A form whose session ended while somebody typed: nothing of it is lost.

The fields come back on a page of their own with a button to send them again, under the session of
then. Only for forms from our own pages: what another site made a browser send is never kept.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Request

PASSWORD_FIELD = "password"  # noqa: S105  the name of a field
TOKEN_FIELD = "csrf_token"  # noqa: S105  likewise


def typed_fields(request: Request) -> list[tuple[str, str]]:
    """Name and value of everything typed into a form of our own; empty when nothing may be kept."""
    if request.method != "POST" or not _is_own(request) or PASSWORD_FIELD in request.form:
        return []
    return [
        (name, value)
        for name, values in request.form.lists()
        for value in values
        if name != TOKEN_FIELD
    ]


def _is_own(request: Request) -> bool:
    """Browsers name the site a form stood on; behind a proxy the scheme may differ, not the host."""
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host
