"""The taxonomy of interests and topics as HSDS has it: one taxonomy, its terms named in German."""

from __future__ import annotations

import hashlib
from functools import cached_property

from app.api.parameters import ListRequest
from app.core.ids import derived_id
from app.core.text import fold_phrase
from app.directory.hsds.attributes import TOPICS, Json, plain_term, term_id
from app.directory.interests import Concept, Taxonomy

TAXONOMY_ID = derived_id("taxonomy", TOPICS)
LANGUAGE = "de"
_NAME = "Interessen und Themen"
_DESCRIPTION = "Worum es in einem Angebot geht: Sportarten, Künste, Kurse, Beratung, Alltag."


class Terms:
    """All terms, by id."""

    def __init__(self, taxonomy: Taxonomy, address: str) -> None:
        """``address``: where the API is, without a slash at the end."""
        self._taxonomy = taxonomy
        self._address = address

    @cached_property
    def version(self) -> str:
        """A fingerprint of all words and their order."""
        content = repr([_content(concept) for concept in self._taxonomy.concepts.values()])
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    @cached_property
    def taxonomy(self) -> Json:
        """The one taxonomy."""
        return {
            "id": TAXONOMY_ID,
            "name": _NAME,
            "description": _DESCRIPTION,
            "uri": f"{self._address}/taxonomies/{TAXONOMY_ID}",
            "version": self.version,
        }

    @cached_property
    def by_id(self) -> dict[str, Json]:
        """Term id → term, parents before children."""
        return {
            term_id(concept.key): self._term(concept) for concept in self._taxonomy.concepts.values()
        }

    def term_of(self, concept: str) -> Json:
        """The term of a concept, also of one that is no longer in the taxonomy."""
        term = self.by_id.get(term_id(concept))
        return plain_term(concept) if term is None else term

    def choose(self, asked: ListRequest) -> list[Json]:
        """The terms asked for; ``search`` looks into the words of all languages, best first."""
        words = fold_phrase(asked.search or "").split()
        found = [
            term
            for term in self.by_id.values()
            if (not asked.taxonomy_id or set(asked.taxonomy_id) == {TAXONOMY_ID})
            and (not asked.top_only or "parent_id" not in term)
            and (asked.parent_id is None or term.get("parent_id") == asked.parent_id)
            and (asked.search is None or (words and self._is_called(term["code"], words)))
        ]
        meant = self._taxonomy.resolve(asked.search) if asked.search else ()
        return sorted(found, key=lambda term: term["code"] not in meant)

    def choose_taxonomies(self, asked: ListRequest) -> list[Json]:
        """The one taxonomy, unless something else is looked for."""
        text = fold_phrase(f"{_NAME} {_DESCRIPTION}")
        words = fold_phrase(asked.search or "").split()
        is_found = asked.search is None or (words and all(word in text for word in words))
        return [self.taxonomy] if is_found else []

    def _is_called(self, concept: str, words: list[str]) -> bool:
        names = map(fold_phrase, self._taxonomy.words(concept))
        return any(all(word in name for word in words) for name in names)

    def _term(self, concept: Concept) -> Json:
        own_id = term_id(concept.key)
        parent = {} if concept.parent is None else {"parent_id": term_id(concept.parent)}
        return {
            "id": own_id,
            "code": concept.key,
            "name": self._taxonomy.label(concept.key, LANGUAGE),
            "description": ", ".join(concept.synonyms.get(LANGUAGE, ())),
            **parent,
            "taxonomy": TOPICS,
            "taxonomy_id": TAXONOMY_ID,
            "taxonomy_detail": self.taxonomy,
            "language": LANGUAGE,
            "term_uri": f"{self._address}/taxonomy_terms/{own_id}",
        }


def _content(concept: Concept) -> tuple[object, ...]:
    labels, synonyms = sorted(concept.labels.items()), sorted(concept.synonyms.items())
    return (concept.key, concept.parent, labels, synonyms)
