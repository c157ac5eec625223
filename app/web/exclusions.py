"""The list of offers that do not suit, narrowed by rule and words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.core.paging import Page, build_page
from app.core.text import fold_umlauts
from app.directory.offer_table import OfferTable
from app.matching.types import Exclusion, MatchResult

PAGE_SIZE = 20
MAX_TEXT_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class ExclusionFilter:
    """What the address of the page asks for."""

    text: str = ""
    """Part of the title or the provider's name."""
    rule: str = ""
    """Code of a rule."""
    page: int = 1


@dataclass(frozen=True, slots=True)
class ExclusionView:
    """One page of exclusions and how many each rule has."""

    page: Page[Exclusion]
    counts: tuple[tuple[str, int], ...]
    """Rule code → offers that it excludes, the most frequent first, before the rule filter."""
    total: int
    """All that are excluded, before any filter."""


def read_exclusion_filter(args: Mapping[str, str]) -> ExclusionFilter:
    """The filter behind a query string; what cannot be read is left out."""
    page = args.get("seite", "1")
    return ExclusionFilter(
        text=" ".join(args.get("q", "").split())[:MAX_TEXT_CHARACTERS],
        rule=args.get("regel", "")[:40],
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
    )


def select_exclusions(
    result: MatchResult, table: OfferTable, wanted: ExclusionFilter, hidden: Collection[str] = ()
) -> ExclusionView:
    """The exclusions that fit ``wanted``, by title; without the offers ``hidden``."""
    words = fold_umlauts(wanted.text).split()
    told = [exclusion for exclusion in result.exclusions if exclusion.offer_id not in hidden]
    found = [
        exclusion
        for exclusion in told
        if _has_words(words, table.titles[exclusion.row], table.provider_names[exclusion.row])
    ]
    counts = Counter(code for e in found for code in {rule.code for rule in e.rules})
    if wanted.rule:
        found = [e for e in found if any(rule.code == wanted.rule for rule in e.rules)]
    found.sort(key=lambda e: (fold_umlauts(table.titles[e.row]), e.offer_id))
    return ExclusionView(
        page=build_page(found, wanted.page, PAGE_SIZE),
        counts=tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        total=len(told),
    )


def _has_words(words: list[str], title: str, provider: str) -> bool:
    text = fold_umlauts(f"{title} {provider}")
    return all(word in text for word in words)
