"""Headers that keep a page to itself: nothing from third parties, nothing in foreign frames."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request

from app.settings import Settings
from app.web.access import PUBLIC, access_of

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # KERN's icons are data addresses
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_OWN_IMAGES = "img-src 'self' data:"
_ONE_YEAR_SECONDS = 365 * 24 * 3600


def content_policy(settings: Settings) -> str:
    """The policy; where map tiles are set up, their server may be asked for images, and no other."""
    if settings.tile_url is None:
        return CONTENT_POLICY
    parts = urlsplit(settings.tile_url)
    host = parts.netloc.replace("{s}", "*")
    return CONTENT_POLICY.replace(_OWN_IMAGES, f"{_OWN_IMAGES} {parts.scheme}://{host}")


def _is_public(app: Flask) -> bool:
    return request.endpoint is not None and access_of(app, request.endpoint) == PUBLIC


def init_security(app: Flask, settings: Settings) -> None:
    """Add the headers to every answer; nobody keeps a page, unless a public view says otherwise."""

    policy = content_policy(settings)

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = policy
        headers["X-Content-Type-Options"] = "nosniff"
        headers.setdefault("Referrer-Policy", "same-origin")
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if not settings.is_demo:
            headers["Strict-Transport-Security"] = f"max-age={_ONE_YEAR_SECONDS}"
        if request.endpoint != "static" and not (_is_public(app) and "Cache-Control" in headers):
            headers["Cache-Control"] = "no-store"
        return response
