"""The search engine: keeps the index in step with the directory and answers questions."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Final, Protocol

from app.core.db import Database
from app.directory.freshness_rules import FreshnessRules
from app.directory.interests import Taxonomy
from app.directory.offer_table import OfferTable
from app.search.answering import answer_question, understand_text
from app.search.concept_terms import ConceptTerms
from app.search.documents import (
    find_origin,
    list_changed_offers,
    list_published_offers,
    load_documents,
    newest_change,
)
from app.search.index import (
    FORMAT_VERSION,
    IndexFolder,
    IndexState,
    IndexUnusableError,
    Progress,
    build_fingerprint,
)
from app.search.proposals import propose
from app.search.ranking import TextRanker
from app.search.reading import IndexSnapshot
from app.search.table_view import TableView
from app.search.types import NearPoint, Proposal, SearchAnswer, SearchQuery, SearchSuggestion
from app.search.understanding import MAX_TEXT_CHARACTERS

QUICK_OFFERS: Final = 1_000
"""So many offers are indexed while a question waits; more of them in the background."""
_ATTEMPTS: Final = 3
_MAX_CONCEPT_SUGGESTIONS: Final = 3
_log = logging.getLogger(__name__)


class TableSource(Protocol):
    """Where the offer table comes from."""

    def current(self) -> OfferTable:
        """The table of the directory's present revision."""
        ...


class SearchEngine:
    """One per process; every method may be called from several threads."""

    def __init__(
        self,
        index_dir: Path,
        database: Database,
        table_cache: TableSource,
        taxonomy: Taxonomy,
        freshness: FreshnessRules,
    ) -> None:
        """Opens nothing yet. ``freshness`` says how long a confirmation holds."""
        self._folder = IndexFolder(index_dir)
        self._database = database
        self._tables = table_cache
        self._taxonomy = taxonomy
        self._freshness = freshness
        self._concept_terms = ConceptTerms(taxonomy)
        self._fingerprint = build_fingerprint()
        self._lock = threading.Lock()
        self._view: TableView | None = None
        self._ranker: TextRanker | None = None
        self._background: threading.Thread | None = None
        self._is_origin_checked = False

    def search(self, query: SearchQuery) -> SearchAnswer:
        """Answer ``query``. Never raises for what a person may type; see `SearchAnswer.degraded`."""
        view = self._current_view()
        for _ in range(_ATTEMPTS):
            try:
                return answer_question(query, view, self._current_ranker(view.table), self._taxonomy)
            except IndexUnusableError as error:
                _log.info("search index: %s", error)
                with self._lock:
                    self._ranker = None
            except OSError as error:
                _log.warning("search index cannot be brought up to date: %s", error)
                break
        return answer_question(query, view, None, self._taxonomy)

    def propose(self, query: SearchQuery) -> tuple[Proposal, ...]:
        """What to try instead of ``query``, when that finds nothing that has everything."""
        view = self._current_view()
        meant = understand_text(query.text, view)
        served = view.served_concepts(self._taxonomy)
        return propose(query, meant, self.search, self._taxonomy, served)

    def suggest(
        self, prefix: str, limit: int = 8, language: str = "de"
    ) -> tuple[SearchSuggestion, ...]:
        """Help while typing; concepts (labelled in ``language``) only when an offer serves them."""
        view = self._current_view()
        served = view.served_concepts(self._taxonomy)
        concepts = [
            SearchSuggestion("concept", suggestion.label, suggestion.key)
            for suggestion in self._taxonomy.suggest(prefix[:MAX_TEXT_CHARACTERS], limit * 2, language)
            if suggestion.key in served
        ][:_MAX_CONCEPT_SUGGESTIONS]
        others = view.suggestions.suggest(prefix, limit)
        texts = {s.text.casefold(): s for s in reversed((*concepts, *others))}
        return tuple(s for s in (*concepts, *others) if texts[s.text.casefold()] is s)[:limit]

    def find_place(self, text: str) -> NearPoint | None:
        """The place, district or postal code that ``text`` as a whole names, or `None`."""
        place = self._current_view().gazetteer.find_place(text[:MAX_TEXT_CHARACTERS])
        if place is None:
            return None
        return NearPoint(place.latitude, place.longitude, place.name, kind=place.kind)

    def catch_up(self) -> int:
        """Apply what changed since; returns the number of offers looked at.

        A missing, damaged or foreign index is rebuilt instead. Waits for other writers.
        """
        with self._folder.writing():
            try:
                return self._apply_changes(self._usable_state())
            except IndexUnusableError:
                return self._rebuild(None)

    def rebuild(self, progress: Progress | None = None) -> int:
        """Make the index anew; returns the number of offers in it. The old one serves meanwhile."""
        with self._folder.writing():
            return self._rebuild(progress)

    def is_usable(self) -> bool:
        """Whether there is an index, made by this version with the present word lists."""
        try:
            self._usable_state()
        except IndexUnusableError:
            return False
        return True

    def close(self) -> None:
        """Wait for background work and let go of the index's files."""
        background = self._background
        if background is not None:
            background.join()
        with self._lock:
            self._ranker = None
            self._view = None

    def _usable_state(self) -> IndexState:
        state = self._folder.state()
        if state.fingerprint != self._fingerprint:
            raise IndexUnusableError("the index was made with other word lists")
        return state

    def _apply_changes(self, state: IndexState) -> int:
        with self._database.read() as session:
            newest = newest_change(session)
            if find_origin(session) != state.origin or newest < state.applied_seq:
                raise IndexUnusableError("the index belongs to another database")
            if newest == state.applied_seq:
                return 0
            changed = list_changed_offers(session, state.applied_seq)
            documents = list(load_documents(session, changed))
        self._folder.apply(state, changed, documents, newest)
        return len(changed)

    def _rebuild(self, progress: Progress | None) -> int:
        with self._database.read() as session:
            state = IndexState(
                folder="",
                format_version=FORMAT_VERSION,
                fingerprint=self._fingerprint,
                origin=find_origin(session),
                applied_seq=newest_change(session),
            )
            ids = list_published_offers(session)
            documents = load_documents(session, ids)
            self._folder.rebuild(documents, len(ids), state, progress)
        return len(ids)

    def _current_view(self) -> TableView:
        table = self._tables.current()
        with self._lock:
            if self._view is None or self._view.table is not table:
                self._view = TableView(table, self._freshness)
            return self._view

    def _current_ranker(self, table: OfferTable) -> TextRanker:
        """A ranker on the newest index; raises `IndexUnusableError` when there is none for now."""
        self._bring_up_to_date(table)
        with self._lock:
            ranker = self._ranker
            snapshot = ranker.snapshot if ranker is not None else None
            if snapshot is None or not snapshot.is_current():
                snapshot = self._open_snapshot()
            if ranker is None or ranker.snapshot is not snapshot or ranker.table is not table:
                ranker = self._ranker = TextRanker(snapshot, table, self._taxonomy, self._concept_terms)
            return ranker

    def _open_snapshot(self) -> IndexSnapshot:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return IndexSnapshot(self._folder)
            except IndexUnusableError:
                # A writer may have removed a file under our hands: that does not last.
                if attempt == _ATTEMPTS:
                    self._folder.forget()
                    raise
        raise AssertionError("unreachable")

    def _bring_up_to_date(self, table: OfferTable) -> None:
        try:
            state = self._usable_state()
        except IndexUnusableError:
            self._catch_up_here_or_later(len(table))
            return
        behind = table.revision - state.applied_seq
        if behind or not self._is_origin_checked:
            self._is_origin_checked = True
            self._catch_up_here_or_later(abs(behind))

    def _catch_up_here_or_later(self, offers: int) -> None:
        if offers <= QUICK_OFFERS:
            self.catch_up()
            return
        with self._lock:
            if self._background is None or not self._background.is_alive():
                self._background = threading.Thread(target=self._catch_up_quietly, daemon=True)
                self._background.start()

    def _catch_up_quietly(self) -> None:
        try:
            self.catch_up()
        except Exception:
            _log.exception("the search index could not be brought up to date")
