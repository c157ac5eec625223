"""The access log's chain: whatever is done to it afterwards shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from app.audit.chain import FIRST_LINK, link_hash
from app.audit.notes import (
    FILE_NAME,
    NotesFileError,
    note_proof,
    note_restore,
    noted_heads,
    read_notes,
)
from app.audit.proving import ChainEntry, ChainSegment, prove_chain

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
TEXTS = st.text(max_size=8)
Content = tuple[str | None, str, str, str]
CONTENTS = st.lists(st.tuples(st.none() | TEXTS, TEXTS, TEXTS, TEXTS), min_size=1, max_size=12)


def _chain(contents: list[Content]) -> list[ChainEntry]:
    previous, entries = FIRST_LINK, []
    for seq, content in enumerate(contents, start=1):
        at = START + timedelta(seconds=seq)
        previous = link_hash(previous, seq, at, *content)
        entries.append(ChainEntry(seq, at, *content, previous))
    return entries


PLAIN = _chain([(None, "client.read", "client", str(number)) for number in range(10)])
HEADS = {entry.seq: entry.hash for entry in PLAIN}


@examples(max_examples=50)
@given(CONTENTS)
def test_a_log_that_nobody_touched_is_unbroken(
    contents: list[Content],
) -> None:
    entries = _chain(contents)
    proof = prove_chain(entries)
    assert proof.is_unbroken
    assert (proof.checked, proof.head_seq, proof.head_hash) == (
        len(entries), len(entries), entries[-1].hash,
    )  # fmt: skip


@examples(max_examples=50)
@given(CONTENTS, st.data())
def test_whatever_is_done_to_a_noted_log_is_found(contents: list[Content], data: st.DataObject) -> None:
    entries = _chain(contents)
    noted = {entries[-1].seq: entries[-1].hash}
    tampered = list(entries)
    position = data.draw(st.integers(0, len(entries) - 1))
    match data.draw(st.sampled_from(["change", "delete", "repeat", "swap", "cut", "rewrite"])):
        case "change":
            tampered[position] = entries[position]._replace(action=entries[position].action + "x")
        case "delete":
            del tampered[position]
        case "repeat":
            tampered.insert(position, entries[position])
        case "swap":
            other = data.draw(st.integers(0, len(entries) - 1))
            tampered[position], tampered[other] = tampered[other], tampered[position]
            if position == other:
                return
        case "cut":
            tampered = tampered[:position]
        case "rewrite":
            changed = [tuple(entry[2:6]) for entry in entries]
            changed[position] = (*changed[position][:3], changed[position][3] + "x")
            tampered = _chain(changed)
    proof = prove_chain(tampered, noted=noted)
    assert not proof.is_unbroken
    assert proof.broken_at is not None
    assert proof.broken_at <= entries[-1].seq + 1


@pytest.mark.parametrize(
    ("position", "change"),
    [
        (3, {"actor_id": "somebody"}),
        (0, {"at": START}),
        (9, {"subject_id": "other"}),
        (5, {"hash": "f" * 64}),
    ],
    ids=["actor", "time", "subject", "hash"],
)
def test_the_first_changed_entry_is_named(position: int, change: dict[str, object]) -> None:
    entries = list(PLAIN)
    entries[position] = entries[position]._replace(**change)
    proof = prove_chain(entries)
    assert (proof.broken_at, proof.fault) == (position + 1, "altered")


def test_a_missing_entry_is_named() -> None:
    proof = prove_chain([*PLAIN[:4], *PLAIN[5:]])
    assert (proof.broken_at, proof.fault) == (5, "missing")


def test_an_end_cut_off_shows_only_against_what_was_noted_outside() -> None:
    assert prove_chain(PLAIN[:6]).is_unbroken
    proof = prove_chain(PLAIN[:6], noted={10: HEADS[10]})
    assert (proof.broken_at, proof.fault) == (7, "cut_off")


def test_a_chain_written_anew_differs_from_its_closing_hash_and_from_what_was_noted() -> None:
    anew = _chain([(None, "client.read", "client", "x")] * 10)
    assert prove_chain(anew).is_unbroken
    segment = ChainSegment(1, 6, HEADS[6], is_dropped=False)
    assert prove_chain(anew, [segment]).broken_at == 6
    assert prove_chain(anew, noted={3: HEADS[3]}).fault == "not_as_noted"


def test_a_dropped_year_leaves_a_chain_that_goes_on_from_its_closing_hash() -> None:
    dropped = ChainSegment(1, 4, HEADS[4], is_dropped=True)
    assert prove_chain(PLAIN[4:], [dropped]).is_unbroken
    assert prove_chain(PLAIN[2:], [dropped]).is_unbroken  # while it is being dropped
    assert prove_chain(PLAIN[5:], [dropped]).broken_at == 5
    wrong = dropped._replace(closing_hash=HEADS[3])
    assert prove_chain(PLAIN[4:], [wrong]).broken_at == 5
    assert prove_chain(PLAIN[4:], [dropped], {4: HEADS[3]}).fault == "bad_segment"


def test_an_emptied_log_of_a_sealed_year_is_missing() -> None:
    assert prove_chain([], [ChainSegment(1, 4, HEADS[4], is_dropped=False)]).broken_at == 1
    assert prove_chain(PLAIN, [ChainSegment(2, 4, HEADS[4], is_dropped=False)]).fault == "bad_segment"


def test_noted_heads_are_read_back_and_a_restore_ends_those_beyond_it(tmp_path: Path) -> None:
    assert read_notes(tmp_path) == ()
    for length in (3, 6, 9):
        note_proof(tmp_path, prove_chain(PLAIN[:length]), START)
    note_proof(tmp_path, prove_chain([PLAIN[0], PLAIN[2]]), START)
    notes = read_notes(tmp_path)
    assert [(n.kind, n.seq) for n in notes] == [
        ("unbroken", 3), ("unbroken", 6), ("unbroken", 9), ("broken", 2),
    ]  # fmt: skip
    assert noted_heads(notes) == {n: HEADS[n] for n in (3, 6, 9)}
    note_restore(tmp_path, 7, START)
    assert noted_heads(read_notes(tmp_path)) == {n: HEADS[n] for n in (3, 6)}


@pytest.mark.parametrize("line", ["x", "2026-11-23 unbroken 3 ff", "2026-11-23T00:00:00+00:00 odd 1 f"])
def test_a_spoilt_line_of_the_notes_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / FILE_NAME).write_text(f"\n{line}\n")
    with pytest.raises(NotesFileError, match="line 2"):
        read_notes(tmp_path)
