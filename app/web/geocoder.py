"""The geocoder of this application, if it has one."""

from __future__ import annotations

from functools import cache

from app.directory.geocoding import Geocoder
from app.web.runtime import current_runtime


def current_geocoder() -> Geocoder | None:
    """The same for all requests of the process, as it keeps its distance between two questions."""
    url = current_runtime().settings.geocoder_url
    return None if url is None else _geocoder_at(url)


@cache
def _geocoder_at(url: str) -> Geocoder:
    return Geocoder(url)
