"""Texts cut to what a sheet has room for, at places where no reader stumbles."""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"
_SENTENCE_END = re.compile(r"(?<=[.!?؟።])(?<!\b\d\.)(?<!\b\d\d\.)\s+(?=[^a-zäöüß\d])")
"""White space after a closing mark, unless a small letter or a number follows ("z. b.", "Nr. 5")."""


def split_sentences(text: str) -> tuple[str, ...]:
    """The sentences of ``text``, white space collapsed."""
    flat = " ".join(text.split())
    return tuple(_SENTENCE_END.split(flat)) if flat else ()


def is_readable(text: str) -> bool:
    """Whether ``text`` holds a letter, number, mark or symbol, not only space and controls."""
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)


def cut_words(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` characters, cut between words with an ellipsis."""
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return flat
    head = flat[: limit - 1]
    at_word = head.rfind(" ")
    if at_word >= limit // 2:
        head = head[:at_word]
    return head.rstrip(" ,;:–-") + ELLIPSIS


def cut_sentences(text: str, limit: int) -> tuple[str, ...]:
    """As many whole sentences as fit into ``limit`` characters, then an ellipsis if some do not.

    The first one is cut if it must.
    """
    kept: list[str] = []
    room = limit
    sentences = split_sentences(text)
    for sentence in sentences:
        if len(sentence) > room:
            break
        kept.append(sentence)
        room -= len(sentence) + 1
    if not kept:
        return (cut_words(sentences[0], limit),) if sentences else ()
    if len(kept) < len(sentences):
        kept[-1] += f" {ELLIPSIS}"
    return tuple(kept)
