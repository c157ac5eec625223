"""Whether the log is whole: every entry there, none changed, none put in, none in another place. Pure.

The chain itself proves all but its own end: who cuts off the newest entries, or writes the whole
chain anew, leaves one that hangs together. Against that stand the closing hashes of sealed years and
the heads noted outside the database (`app.audit.notes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from app.audit.chain import FIRST_LINK, link_hash

Fault = Literal["missing", "altered", "not_as_noted", "cut_off", "bad_segment"]
"""``missing``: an entry is not there; ``altered``: it, or its place, is not as it was written;
``not_as_noted``: the chain was written anew; ``cut_off``: the newest entries are gone;
``bad_segment``: the list of sealed years does not hang together."""


class ChainEntry(NamedTuple):
    """An entry of the log as it is stored."""

    seq: int
    at: datetime
    actor_id: str | None
    action: str
    subject_type: str
    subject_id: str
    hash: str


class ChainSegment(NamedTuple):
    """A sealed year."""

    first_seq: int
    last_seq: int
    closing_hash: str
    is_dropped: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """What looking at the whole log found."""

    checked: int
    """How many entries were looked at."""
    head_seq: int
    head_hash: str
    """Of the last sound entry: note them outside, and nobody can cut off what came before unseen."""
    broken_at: int | None = None
    """The first number that is not as it should be; `None`: unbroken."""
    fault: Fault | None = None

    @property
    def is_unbroken(self) -> bool:
        """Whether nothing was found."""
        return self.fault is None


def prove_chain(
    entries: Iterable[ChainEntry],
    segments: Sequence[ChainSegment] = (),
    noted: Mapping[int, str] | None = None,
) -> Proof:
    """Go through all ``entries`` (by number) once.

    ``segments`` are the sealed years in order; entries of a dropped one are passed over. ``noted`` maps
    numbers to the hashes that were noted outside for them.
    """
    walk = _Walk(segments, noted or {})
    for entry in entries:
        if walk.belongs_to_dropped(entry.seq):
            continue
        if fault := walk.take(entry):
            return walk.proof(fault)
    return walk.proof(walk.at_the_end())


class _Walk:
    """How far the proof has come, and what must come next."""

    def __init__(self, segments: Sequence[ChainSegment], noted: Mapping[int, str]) -> None:
        self._noted = noted
        self._segments = segments
        self._dropped = [one for one in segments if one.is_dropped]
        self._closing = {one.last_seq: one.closing_hash for one in segments}
        self._has_bad_segment = not _hang_together(segments)
        self._seq, self._hash, self._checked = 0, FIRST_LINK, 0
        self._pass_over_dropped()

    def belongs_to_dropped(self, seq: int) -> bool:
        """Whether the entry is left over of a year that is being dropped."""
        return any(one.first_seq <= seq <= one.last_seq for one in self._dropped)

    def take(self, entry: ChainEntry) -> Fault | None:
        """Check the next entry; afterwards the one after it is expected."""
        if self._has_bad_segment:
            return "bad_segment"
        if entry.seq != self._seq + 1:
            return "missing" if entry.seq > self._seq else "altered"
        if entry.hash != link_hash(self._hash, *entry[:-1]):
            return "altered"
        wanted = {self._closing.get(entry.seq), self._noted.get(entry.seq)} - {None}
        if wanted - {entry.hash}:
            return "not_as_noted"
        self._seq, self._hash = entry.seq, entry.hash
        self._checked += 1
        self._pass_over_dropped()
        return None

    def at_the_end(self) -> Fault | None:
        """What is wrong when no entry follows."""
        if self._has_bad_segment:
            return "bad_segment"
        if self._segments and self._segments[-1].last_seq > self._seq:
            return "missing"
        if self._noted and max(self._noted) > self._seq:
            return "cut_off"
        return None

    def proof(self, fault: Fault | None) -> Proof:
        """The result."""
        broken_at = None if fault is None else self._seq + 1
        return Proof(self._checked, self._seq, self._hash, broken_at, fault)

    def _pass_over_dropped(self) -> None:
        for one in self._dropped:
            if one.first_seq == self._seq + 1:
                self._seq, self._hash = one.last_seq, one.closing_hash
                if self._noted.get(self._seq, self._hash) != self._hash:
                    self._has_bad_segment = True


def _hang_together(segments: Sequence[ChainSegment]) -> bool:
    expected = 1
    for one in segments:
        if one.first_seq != expected or one.last_seq < one.first_seq:
            return False
        expected = one.last_seq + 1
    return True
