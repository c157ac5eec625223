"""The index on disk: made from the database, kept in step with it, thrown away when in doubt.

The folder holds ``current.json``, which names the sub-folder in use and how far it is, and that
sub-folder. A rebuild fills a fresh sub-folder and then replaces ``current.json``, so a reader sees the
old index or the new one, never half of one. Writers of all processes wait for one another on a lock
file. Whoosh keeps its schema as a pickle: the folder belongs to this process's user alone.

How far the index is gets written after the index itself: a process killed in between leaves changes
to be applied a second time, which changes nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from whoosh import fields, query
from whoosh.index import FileIndex, create_in, open_dir

from app.core.errors import LotsenbuchError
from app.search import analysis, compound_words, kind_words
from app.search.documents import OfferDocument
from app.search.index_fields import WeightedTerms, WrittenWords

FORMAT_VERSION: Final = 4
"""Raise it when the fields, their weights or the analysis change: older indexes rebuild themselves."""

TITLE_WEIGHT: Final = 3.0
PROVIDER_WEIGHT: Final = 1.5
KIND_WEIGHT: Final = 1.5
_POINTER = "current.json"
_LOCK = ".writing"
_BUILD_PREFIX = "index-"
_DELETE_AT_ONCE = 500

Progress = Callable[[int, int], None]
"""Called with the number of offers done and the number of all."""


class IndexUnusableError(LotsenbuchError):
    """The index is missing, damaged, or was made by another version; it can be rebuilt."""


@dataclass(frozen=True, slots=True)
class IndexState:
    """Which index is in use and how far it is."""

    folder: str
    format_version: int
    fingerprint: str
    """Of the word lists it was made with, see `build_fingerprint`."""
    origin: str
    """Of the database it was made from, see `app.search.documents.find_origin`."""
    applied_seq: int
    """Number of the newest `DirectoryChange` it contains."""


def build_schema() -> fields.Schema:
    """Three scored fields of weighted terms, the offer's id, and the words as they are written."""
    return fields.Schema(
        id=fields.ID(unique=True, sortable=True),
        main=WeightedTerms(),
        other_titles=WeightedTerms(),
        body=WeightedTerms(),
        words=WrittenWords(),
    )


def build_fingerprint() -> str:
    """Tells whether an index was made with the same word lists (64 bits, hexadecimal)."""
    lists = (compound_words.COMPOUND_PARTS, compound_words.KEEP_WHOLE, compound_words.STEM_EXCEPTIONS)
    kinds = (kind_words.KIND_WORDS, kind_words.COURSE_WORDS, kind_words.GROUP_WORDS)
    levels = kind_words.LEVEL_WORDS
    words = repr((lists, kinds, levels, kind_words.SEX_GROUP, kind_words.CHILDCARE_WORDS))
    return hashlib.sha256(words.encode()).hexdigest()[:16]


class IndexFolder:
    """The folder with the index in use."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def state(self) -> IndexState:
        """What ``current.json`` says; raises `IndexUnusableError`."""
        try:
            data = json.loads((self.path / _POINTER).read_text(encoding="utf-8"))
            state = IndexState(**data)
        except (OSError, ValueError, TypeError) as error:
            raise IndexUnusableError("there is no index") from error
        if state.format_version != FORMAT_VERSION or not isinstance(state.applied_seq, int):
            raise IndexUnusableError("the index has another format")
        return state

    def open(self, state: IndexState) -> FileIndex:
        """The Whoosh index of ``state``; raises `IndexUnusableError`."""
        try:
            return open_dir(str(self.path / state.folder))
        except Exception as error:  # a damaged pickle or table of contents raises nearly anything
            raise IndexUnusableError("the index cannot be opened") from error

    def forget(self) -> None:
        """Make the index unusable for everybody, so that the next one rebuilds it."""
        (self.path / _POINTER).unlink(missing_ok=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Wait until nobody else writes, in this or another process."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.path / _LOCK).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def apply(
        self,
        state: IndexState,
        changed_ids: Sequence[str],
        documents: Iterable[OfferDocument],
        applied_seq: int,
    ) -> None:
        """Replace what the index says of ``changed_ids`` by ``documents``. Needs `writing`.

        Raises `IndexUnusableError` when it cannot, for whatever reason.
        """
        index = self.open(state)
        try:
            writer = index.writer()
            for start in range(0, len(changed_ids), _DELETE_AT_ONCE):
                some = changed_ids[start : start + _DELETE_AT_ONCE]
                writer.delete_by_query(query.Or([query.Term("id", offer_id) for offer_id in some]))
            for document in documents:
                writer.add_document(**to_fields(document))
            writer.commit()
        except Exception as error:  # a damaged file raises nearly anything
            raise IndexUnusableError("the index cannot be written") from error
        self._point_to(replace(state, applied_seq=applied_seq))

    def rebuild(
        self,
        documents: Iterable[OfferDocument],
        total: int,
        made_of: IndexState,
        progress: Progress | None = None,
    ) -> None:
        """Make a fresh index and put it in the place of the old one. Needs `writing`.

        Of ``made_of`` everything but the folder counts.
        """
        folder = self.path / f"{_BUILD_PREFIX}{uuid4().hex[:12]}"
        folder.mkdir(mode=0o700)
        try:
            writer = create_in(str(folder), build_schema()).writer(limitmb=128)
            for done, document in enumerate(documents, start=1):
                writer.add_document(**to_fields(document))
                if progress is not None:
                    progress(done, total)
            writer.commit()
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._point_to(replace(made_of, folder=folder.name))
        self._remove_others(folder.name)

    def _point_to(self, state: IndexState) -> None:
        draft = self.path / f"{_POINTER}.new"
        draft.write_text(json.dumps(asdict(state)), encoding="utf-8")
        draft.replace(self.path / _POINTER)

    def _remove_others(self, kept: str) -> None:
        # Readers elsewhere keep their open files, and reopen when one is gone.
        for other in self.path.glob(f"{_BUILD_PREFIX}*"):
            if other.name != kept:
                shutil.rmtree(other, ignore_errors=True)


def to_fields(document: OfferDocument) -> dict[str, Any]:
    """What Whoosh stores of one offer."""
    main = analysis.weighted_terms(document.title, TITLE_WEIGHT)
    _add(main, analysis.weighted_terms(document.provider, PROVIDER_WEIGHT))
    body = analysis.weighted_terms(document.description)
    _add(body, analysis.weighted_terms(document.places))
    _add(body, analysis.weighted_terms(document.kind_words, KIND_WEIGHT))
    texts = [document.title, document.provider, document.kind_words, document.places]
    texts.append(document.description)
    words = {word for text in texts for word in analysis.words_of(text)}
    return {
        "id": document.offer_id,
        "main": main,
        "other_titles": analysis.weighted_terms(document.other_titles),
        "body": body,
        "words": words,
    }


def _add(weights: dict[str, float], more: dict[str, float]) -> None:
    for term, weight in more.items():
        weights[term] = weights.get(term, 0.0) + weight
