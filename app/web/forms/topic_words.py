"""Topics typed in any language become concepts of the taxonomy. Pure."""

from __future__ import annotations

from app.core.i18n import gettext as _
from app.core.text import fold_phrase
from app.directory.interests import Taxonomy

MAX_WORD = 60
PROPOSALS = 3


def find_topics(word: str, taxonomy: Taxonomy, language: str) -> str:
    """The one concept that ``word`` means; raises `ValueError` with words to show.

    A concept's own label always means it, even where it has other meanings as well.
    """
    typed = word[:MAX_WORD]
    found = taxonomy.resolve(typed)
    labelled = [
        key for key in found if fold_phrase(taxonomy.label(key, language)) == fold_phrase(typed)
    ]
    if len(labelled) == 1:
        return labelled[0]
    if len(found) == 1:
        return found[0]
    if found:
        meanings = ", ".join(f"„{taxonomy.label(key, language)}“" for key in found)
        words = _("“%(word)s” may mean: %(meanings)s. Please write one of these.")
        raise ValueError(words % {"word": typed, "meanings": meanings})
    near = taxonomy.suggest(typed[: len(typed) // 2 + 1], PROPOSALS, language)
    if near:
        labels = ", ".join(f"„{suggestion.label}“" for suggestion in near)
        raise ValueError(
            _("We do not know the topic “%(word)s”. Similar: %(labels)s.", word=typed, labels=labels)
        )
    raise ValueError(_("We do not know the topic “%(word)s”.", word=typed))
