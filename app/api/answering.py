"""Pages, lines, conditional requests: how an answer of the HSDS API is put into HTTP."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask import Response, request

from app.api.parameters import DEFAULT_PER_PAGE, ListRequest
from app.directory.hsds.attributes import Json

LINES_AT_ONCE: Final = 100
_SHAPE: Final = "1"
"""Changes when the same entry is written differently: what clients keep is then out of date."""

Write = Callable[[Sequence[Any]], list[Json]]
"""What was chosen → how it is written."""


def answer_json(content: Any) -> Response:
    """``content`` as JSON."""
    return Response(_dump(content), mimetype="application/json")


def answer_page(chosen: Sequence[Any], asked: ListRequest, write: Write) -> Response:
    """The page asked for of all that was ``chosen``."""
    per_page = asked.per_page or (max(len(chosen), 1) if asked.minimal else DEFAULT_PER_PAGE)
    start = (asked.page - 1) * per_page
    contents = write(chosen[start : start + per_page])
    pages = -(-len(chosen) // per_page)
    return answer_json(
        {
            "total_items": len(chosen),
            "total_pages": pages,
            "page_number": asked.page,
            "size": len(contents),
            "first_page": asked.page == 1,
            "last_page": asked.page >= pages,
            "empty": not contents,
            "contents": contents,
        }
    )


def answer_lines(chosen: Sequence[Any], write: Write) -> Response:
    """All that was ``chosen``, an entry a line, read and sent piece by piece."""
    return Response(_lines(chosen, write), mimetype="application/x-ndjson")


def _lines(chosen: Sequence[Any], write: Write) -> Iterator[str]:
    for start in range(0, len(chosen), LINES_AT_ONCE):
        yield "".join(f"{_dump(one)}\n" for one in write(chosen[start : start + LINES_AT_ONCE]))


def _dump(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


class Validators:
    """What a client may ask with whether anything changed: ``ETag`` and ``Last-Modified``."""

    def __init__(self, parts: Iterable[object], modified_at: datetime, now: datetime) -> None:
        """``parts``: all that the answer depends on."""
        content = json.dumps([_SHAPE, *parts], default=str, sort_keys=True)
        self.etag = hashlib.sha256(content.encode()).hexdigest()[:32]
        # Whole seconds, rounded up: whoever asks after that second has seen all of its changes. Before,
        # it is rounded down, and no later question can take it for the newest state.
        begun = modified_at.astimezone(UTC).replace(microsecond=0)
        over = begun + timedelta(seconds=1)
        self.last_modified = over if over <= now else begun
        self._is_settled = over <= now

    @property
    def is_unchanged(self) -> bool:
        """Whether the client holds the present answer."""
        if request.if_none_match:
            return request.if_none_match.contains_weak(self.etag)
        since = request.if_modified_since
        return since is not None and self._is_settled and self.last_modified <= since

    def put_into(self, response: Response) -> Response:
        """``response`` with the two headers; kept by caches, but asked for each time."""
        response.set_etag(self.etag)
        response.last_modified = self.last_modified
        response.headers["Cache-Control"] = "public, no-cache"
        return response
