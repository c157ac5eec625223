"""The German words of the interface: complete, and in a form that set-up compiles."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUE = Path(__file__).parents[2] / "app/translations/de/LC_MESSAGES/messages.po"


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="de")


def test_the_catalogue_is_not_marked_as_fuzzy_which_compiling_skips(catalogue: Catalog):
    assert not catalogue.fuzzy


def test_every_word_has_a_german_one(catalogue: Catalog):
    missing = [
        message.id
        for message in catalogue
        if message.id and not all([*message.string] if message.pluralizable else [message.string])
    ]
    assert not missing


def test_placeholders_are_the_same_in_both_languages(catalogue: Catalog):
    wrong = [
        (message.id, str(problem)) for message, problems in catalogue.check() for problem in problems
    ]
    assert not wrong


def test_the_catalogue_compiles(catalogue: Catalog):
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    assert "Fälle".encode() in compiled.getvalue()
