"""What to try when nothing was found: one word or filter less, a wider circle, a topic nearby."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from app.directory.interests import Taxonomy
from app.search.types import Proposal, SearchAnswer, SearchQuery
from app.search.understanding import Understanding

MAX_PROPOSALS: Final = 6
MAX_WORDS_LEFT_OUT: Final = 4
MAX_TOPICS: Final = 8
WIDER_KM: Final = (2.0, 5.0, 10.0, 20.0)
_FILTER_FIELDS: Final = (
    "kinds", "course_kinds", "levels", "languages", "weekdays",
    "free_seats_only", "step_free", "childcare", "women_only",
)  # fmt: skip
_NOTHING_CHOSEN: Final = SearchQuery()

Answerer = Callable[[SearchQuery], SearchAnswer]


def propose(
    query: SearchQuery,
    meant: Understanding,
    answer: Answerer,
    taxonomy: Taxonomy,
    served: Iterable[str],
) -> tuple[Proposal, ...]:
    """The nearest searches that find something complete; ``served``: concepts that offers serve."""
    found: list[Proposal] = []
    seen: set[SearchQuery] = {query}
    for one in _alternatives(query, meant, taxonomy, frozenset(served)):
        if one.query in seen:
            continue
        seen.add(one.query)
        total = answer(replace(one.query, limit=0, offset=0)).complete_total
        if total:
            found.append(replace(one, total=total))
        if len(found) == MAX_PROPOSALS:
            break
    return tuple(found)


def _alternatives(
    query: SearchQuery, meant: Understanding, taxonomy: Taxonomy, served: frozenset[str]
) -> Iterator[Proposal]:
    for part in meant.parts:
        if part.rest:
            yield Proposal("part", part.words, replace(query, text=part.rest))
    yield from _without_filters(query)
    if len(meant.words) > 1:
        for word in meant.words[:MAX_WORDS_LEFT_OUT]:
            left = f"{meant.text[: word.start]} {meant.text[word.end :]}"
            yield Proposal("word", word.written, replace(query, text=" ".join(left.split())))
    for key in _near_topics(meant.rest, taxonomy, served):
        yield Proposal("topic", key, replace(query, text=taxonomy.label(key)))


def _without_filters(query: SearchQuery) -> Iterator[Proposal]:
    """``query`` with one chosen filter less, or with a wider circle."""
    for field in _FILTER_FIELDS:
        if getattr(query, field):
            left: dict[str, Any] = {field: getattr(_NOTHING_CHOSEN, field)}
            yield Proposal("filter", field, replace(query, **left))
    if query.max_km is not None:
        for km in WIDER_KM:
            if km > query.max_km:
                yield Proposal("distance", f"{km:g}", replace(query, max_km=km))
        yield Proposal("filter", "max_km", replace(query, max_km=None))


def _near_topics(text: str, taxonomy: Taxonomy, served: frozenset[str]) -> Iterator[str]:
    """Concepts next to those named in ``text``, the wider ones first, as far as offers serve them."""
    meant = taxonomy.resolve(text)
    near: dict[str, None] = {}
    for key in meant:
        above = taxonomy.ancestors(key)
        near.update(dict.fromkeys(above[:1]))
        near.update(dict.fromkeys(taxonomy.children(above[0]) if above else ()))
    chosen = [key for key in near if key in served and key not in meant]
    yield from chosen[:MAX_TOPICS]
