"""Search as Whoosh does it out of the box, to compare with: its default analysers and query parser."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from whoosh.analysis import Analyzer, StandardAnalyzer, StemmingAnalyzer
from whoosh.fields import ID, TEXT, Schema
from whoosh.index import create_in
from whoosh.qparser import MultifieldParser, OrGroup

from app.directory.offer_table import OfferTable
from app.search.documents import OfferDocument
from tests.benchmarks.judging import Finder

_FIELDS = ("title", "provider", "other_titles", "kind_words", "places", "description")
LIMIT = 10


@contextmanager
def plain_search(
    documents: Iterable[OfferDocument], table: OfferTable, *, is_stemming: bool
) -> Iterator[Finder]:
    """A search over the same texts as ours: the default analyser for every field, any word counts."""
    analyzer: Analyzer = StemmingAnalyzer() if is_stemming else StandardAnalyzer()
    schema = Schema(id=ID(stored=True), **{name: TEXT(analyzer=analyzer) for name in _FIELDS})
    with tempfile.TemporaryDirectory() as folder:
        index = create_in(folder, schema)
        writer = index.writer()
        for document in documents:
            writer.add_document(
                id=document.offer_id, **{name: getattr(document, name) for name in _FIELDS}
            )
        writer.commit()
        parser = MultifieldParser(_FIELDS, schema, group=OrGroup)
        with index.searcher() as searcher:

            def find(text: str) -> Sequence[int]:
                hits = searcher.search(parser.parse(text), limit=LIMIT)
                return [table.row_of[hit["id"]] for hit in hits]

            yield find
