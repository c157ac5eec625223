"""Words that clients use and the taxonomy does not know, and what an editor said that they mean.

The taxonomy itself ships with the product and never changes while it runs; what is taught stands in the
database and goes before it. Nothing is committed here.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.core.clock import utc_now
from app.core.errors import InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.core.text import fold_phrase
from app.directory.interest_models import InterestWord
from app.directory.interests import Taxonomy

TaughtWords = Mapping[str, str | None]
"""Folded word → concept, or `None`: looked at, means nothing that offers have."""
MAX_FOLDED = 120


def load_taught_words(session: Session) -> dict[str, str | None]:
    """All words that were taught."""
    rows = session.exec(select(InterestWord)).all()
    return {row.folded: row.concept for row in rows}


def understand(words: str, taxonomy: Taxonomy, taught: TaughtWords) -> tuple[str, ...]:
    """The concepts that ``words`` mean: as an editor taught it, otherwise as the taxonomy has it. Pure.

    What was taught counts only while the taxonomy has the concept.
    """
    concept = taught.get(fold_phrase(words))
    if concept is not None and concept in taxonomy:
        return (concept,)
    return taxonomy.resolve(words)


def teach_word(
    session: Session, actor: Actor, word: str, concept: str | None, taxonomy: Taxonomy
) -> InterestWord:
    """Say what ``word`` means (`None`: nothing that offers have); a second time says it anew.

    Raises `NotFoundError` when ``actor`` may not, `InvalidInputError` for what is no concept or word.
    """
    if not actor.may("directory:edit"):
        raise NotFoundError("no such page")
    folded = fold_phrase(word)
    if not folded or len(folded) > MAX_FOLDED:
        raise InvalidInputError(_("This word cannot be taught."), field="word")
    if concept is not None and concept not in taxonomy:
        raise InvalidInputError(_("Please choose one of the topics offered."), field="concept")
    row = session.exec(select(InterestWord).where(col(InterestWord.folded) == folded)).first()
    row = row or InterestWord(folded=folded)
    row.concept, row.decided_by, row.decided_at = concept, actor.id, utc_now()
    session.add(row)
    session.flush()
    record_access(session, actor.id, "interest.teach", "interest_word", row.id)
    return row
