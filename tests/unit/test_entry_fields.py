"""Every field of an entry has a name, and every value words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.i18n import language
from app.directory.differences import FieldChange
from app.directory.history import entry_values
from app.directory.records import OfferRecord, ProviderRecord
from app.web.labels.differences import build_difference, compare_lists, compare_texts
from app.web.labels.entry_fields import (
    EntryNames,
    build_entry_names,
    field_label,
    value_words,
)
from tests import directory_records

FIELDS = [("offer", name) for name in OfferRecord.model_fields] + [
    ("provider", name) for name in ProviderRecord.model_fields
]


@pytest.mark.parametrize(("entry_type", "name"), FIELDS, ids=str)
def test_each_field_has_a_name_in_both_languages(entry_type: str, name: str) -> None:
    with language("en"):
        english = field_label(entry_type, name)
    assert english != name
    assert field_label(entry_type, name)


def test_an_unknown_field_is_called_what_it_is_called() -> None:
    assert field_label("offer", "gone_since") == "gone_since"


@pytest.mark.parametrize(
    ("name", "value", "german"),
    [
        ("cost_cents", None, "unbekannt"),
        ("cost_cents", 0, "kostenfrei"),
        ("cost_cents", 1250, "12,50 €"),
        ("has_childcare", None, "unbekannt"),
        ("has_childcare", True, "ja"),
        ("is_sensitive", False, "nein"),
        ("website", None, ""),
        ("starts_on", "2027-02-01", "01.02.2027"),
        ("entry_level", "none", "ohne Deutschkenntnisse"),
        ("target_level", "B1", "B1"),
        ("kind", "club", "Verein"),
        ("kind", "foreigners_office", "Ausländerbehörde"),
        ("kind", "gone", "gone"),
        ("status", "draft", "Entwurf"),
        ("visibility", "protected", "geschützt"),
        ("residence_statuses", ["25(2)", "duldung"], ["§ 25(2) AufenthG", "Duldung"]),
        ("instruction_languages", ["uk"], ["Ukrainisch"]),
        ("topics", ["football", "gone"], ["Fußball", "gone"]),
        ("places", ["hall", "gone"], ["Hallenweg 3, 73728 Esslingen", "gone"]),
        ("contacts", ["main"], ["Vera Vorstand"]),
        ("required_documents", ["Ausweis"], ["Ausweis"]),
        (
            "sessions",
            [{"weekday": 2, "starts": "18:00", "ends": "19:30", "place": "hall", "note": "Anfänger"}],
            ["Dienstag, 18:00–19:30, Hallenweg 3, 73728 Esslingen (Anfänger)"],
        ),
        (
            "sessions",
            [
                {
                    "weekday": 2,
                    "starts": "18:00",
                    "ends": "19:30",
                    "every_weeks": 2,
                    "from_on": "2026-03-03",
                    "languages": ["uk", "ar"],
                }
            ],
            ["Dienstag, 18:00–19:30, alle 2 Wochen ab 03.03.2026, Ukrainisch, Arabisch"],
        ),
        (
            "exceptions",
            [
                {"kind": "closed", "first_on": "2026-12-24", "last_on": "2027-01-06", "note": "Ferien"},
                {
                    "kind": "extra",
                    "first_on": "2026-12-05",
                    "last_on": "2026-12-05",
                    "starts": "10:00",
                    "ends": "12:00",
                    "place": None,
                },
            ],
            [
                "geschlossen: 24.12.2026 – 06.01.2027 (Ferien)",
                "zusätzlicher Termin: 05.12.2026, 10:00–12:00",
            ],
        ),
        ("terms", [{"first_on": "2026-09-01", "last_on": "2027-01-31"}], ["01.09.2026 – 31.01.2027"]),
        ("phrases", {"uk": {"title": "Курс", "description": None}}, ["Ukrainisch: Курс"]),
        ("parent_external_id", "verband", "Landesverband"),
    ],
    ids=str,
)
def test_values_read_as_people_write_them(name: str, value: Any, german: Any) -> None:
    names = EntryNames(
        {"hall": "Hallenweg 3, 73728 Esslingen"},
        {"main": "Vera Vorstand"},
        {"verband": "Landesverband"},
    )
    assert value_words(name, value, names) == german


@given(directory_records.providers())
def test_any_entry_can_be_put_into_words(record: ProviderRecord) -> None:
    names = build_entry_names(record)
    for values in [record.model_dump(mode="json"), *map(entry_values, record.offers)]:
        for name, value in values.items():
            said = value_words(name, value, names)
            assert isinstance(said, str) or all(isinstance(line, str) for line in said)
            if value not in (None, "", [], {}) and name != "phrases":
                assert said


@given(st.text(), st.text())
def test_the_pieces_put_together_are_the_texts(old: str, new: str) -> None:
    left, right = compare_texts(old, new)
    assert "".join(piece.text for piece in left) == old
    assert "".join(piece.text for piece in right) == new
    assert any(piece.differs for piece in (*left, *right)) == (old != new)


def test_a_changed_word_in_a_long_text_is_marked_alone() -> None:
    old = "Jeden Dienstag treffen sich Frauen zum Nähen"
    left, right = compare_texts(old, old.replace("Dienstag", "Mittwoch"))
    assert [piece.text for piece in left if piece.differs] == ["Dienstag "]
    assert [piece.text for piece in right if piece.differs] == ["Mittwoch "]


def test_texts_with_little_in_common_are_marked_as_a_whole() -> None:
    left, _ = compare_texts("eins zwei drei vier fünf", "ganz anders gesagt als vorher")
    assert [piece.differs for piece in left] == [True]


def test_a_list_marks_the_lines_that_the_other_lacks() -> None:
    old, new = compare_lists(["Mo", "Di"], ["Di", "Mi"])
    assert [(line[0].text, line[0].differs) for line in old] == [("Mo", True), ("Di", False)]
    assert [(line[0].text, line[0].differs) for line in new] == [("Di", False), ("Mi", True)]


def test_a_field_that_was_empty_has_no_lines() -> None:
    difference = build_difference("provider", FieldChange("phone", None, "0711 1"))
    assert (difference.label, difference.old) == ("Telefon", ())
    assert difference.new[0][0].text == "0711 1"
    lists = build_difference("offer", FieldChange("sessions", [], None))
    assert (lists.old, lists.new) == ((), ())
