"""Words of all languages lead to concepts, and never by a wild guess."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import NotFoundError
from app.core.text import fold
from app.directory.interest_checks import find_problems
from app.directory.interests import (
    Concept,
    ConceptHit,
    Suggestion,
    Taxonomy,
    TaxonomyError,
    load_taxonomy,
)

FULL_LANGUAGES = ("de", "en", "uk", "ru", "ar", "fa", "tr", "fr")
ALL_LANGUAGES = (*FULL_LANGUAGES, "kmr", "sq", "ti", "ps", "sr", "so")

taxonomy = load_taxonomy()
keys = st.sampled_from(sorted(taxonomy.concepts))


def write(folder: Path, concepts: str, **words: str) -> Path:
    """A small taxonomy on disk."""
    (folder / "words").mkdir()
    (folder / "concepts.csv").write_text("key,parent,osm,sensitive\n" + concepts, encoding="utf-8")
    for language, rows in words.items():
        text = "key,kind,word,source,checked\n" + rows
        (folder / "words" / f"{language}.csv").write_text(text, encoding="utf-8")
    return folder


def test_the_shipped_taxonomy_has_no_problem() -> None:
    assert find_problems() == ()


def test_the_shipped_taxonomy_is_as_large_as_the_field() -> None:
    assert 150 <= len(taxonomy.concepts) <= 250
    assert all(
        concept.labels.get(language)
        for concept in taxonomy.concepts.values()
        for language in FULL_LANGUAGES
    )
    for language in ALL_LANGUAGES:
        assert sum(language in c.labels for c in taxonomy.concepts.values()) >= 50, language


def test_own_words_of_other_languages_are_marked_unchecked() -> None:
    football = taxonomy.get("football")
    assert "de" not in football.unchecked
    assert "uk" not in taxonomy.get("library").unchecked
    assert "uk" in taxonomy.get("debt_counselling").unchecked


@pytest.mark.parametrize(
    "word",
    ["Fußball", "football", "كرة القدم", "soccer", "futbol", "футбол", "fussball", "Kicken", "فوتبال"],
)
def test_football_is_one_concept_in_every_language(word: str) -> None:
    assert taxonomy.resolve(word) == ("football",)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("курси німецької", "german_course"),
        ("تعلم الألمانية", "german"),
        ("تعلّم الالمانيه", "german"),
        ("yüzme", "swimming"),
        ("yuzme", "swimming"),
        ("YÜZME", "swimming"),
        ("Integrationskurs", "integration_course"),
        ("Deutsch-Kurs", "german_course"),
        ("Naehen", "sewing"),
        ("дитячий садок", "childcare"),
        ("کورس زبان آلمانی", "german_course"),
        ("Kleingärtnervereine", "allotment"),
        ("cours d’allemand", "german_course"),
    ],
)
def test_everyday_words_are_understood(words: str, key: str) -> None:
    assert taxonomy.resolve(words)[0] == key


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Schwimen", "swimming"),
        ("Fussbal", "football"),
        ("Fotografei", "photography"),
        ("Volleybal", "volleyball"),
        ("Klavir", "piano"),
        ("Alphabetisirungskurs", "literacy"),
        ("Bewerbunk", "application"),
    ],
)
def test_typing_errors_are_forgiven(typed: str, key: str) -> None:
    assert taxonomy.resolve(typed) == (key,)


@pytest.mark.parametrize(
    ("compound", "key"),
    [
        ("Schachgruppe", "chess"),
        ("Gitarrengruppe", "guitar"),
        ("Fußballturnier", "football"),
        ("Keramikkurs", "pottery"),
        ("Volleyball-Team", "volleyball"),
        ("Seniorengruppe", "seniors"),
        ("Frauenkurs", "womens_german"),
    ],
)
def test_a_compound_is_understood_by_its_first_part(compound: str, key: str) -> None:
    assert taxonomy.resolve(compound) == (key,)


def test_a_mere_ending_is_no_interest() -> None:
    assert taxonomy.resolve("Gruppe") == ()
    assert taxonomy.resolve("Mannschaft") == ()


@pytest.mark.parametrize(
    "words",
    ["", "   ", "?!", "xyzzy", "Quantenchromodynamik", "🎉", "12345", "a", "zzzzzzzzzz", "\x00"],
)
def test_what_nobody_meant_is_not_guessed(words: str) -> None:
    assert taxonomy.resolve(words) == ()


@pytest.mark.parametrize(
    "word",
    ["kaufen", "warten", "fragen", "freuen", "Abend", "Boden", "banken", "Schuhe", "Wochen", "Heimat"],
)
def test_an_ordinary_word_is_not_corrected_into_an_interest(word: str) -> None:
    assert taxonomy.resolve(word) == ()


def test_short_words_are_never_corrected() -> None:
    assert taxonomy.resolve("Char") == ()
    assert taxonomy.resolve("Chor") == ("choir",)


def test_a_sentence_names_several_concepts() -> None:
    assert taxonomy.resolve("Ich möchte Fußball spielen, singen und Deutsch lernen!") == (
        "football",
        "choir",
        "german",
    )
    assert taxonomy.resolve("Fußball, Chor, Nähen, Kochen", limit=2) == ("football", "choir")


def test_hits_tell_where_they_stand_and_the_longest_name_wins() -> None:
    text = "Suche Deutschkurs für Frauen in Zell"
    hit = ConceptHit("womens_german", 6, 28, "Deutschkurs für Frauen")
    assert taxonomy.find_in_text(text) == (hit,)
    assert text[hit.start : hit.end] == hit.words


def test_ordinary_german_words_are_not_taken_for_words_of_other_languages() -> None:
    text = "In der Not ist er dort, wo die Jin wohnt; sie hat den Tipp vom Stan."
    assert taxonomy.find_in_text(text) == ()
    assert taxonomy.resolve("kar") == ("work",)
    assert taxonomy.resolve("Rad")[0] == "cycling"
    assert [hit.key for hit in taxonomy.find_in_text("spor")] == ["sports"]


@given(st.text(max_size=200))
def test_any_text_can_be_searched_and_resolved(text: str) -> None:
    hits = taxonomy.find_in_text(text)
    assert all(text[hit.start : hit.end] == hit.words for hit in hits)
    assert all(key in taxonomy for key in taxonomy.resolve(text))


@given(keys, st.data())
def test_every_word_leads_back_to_its_concept(key: str, data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(taxonomy.words(key)))
    assert key in taxonomy.resolve(word, limit=20)
    assert key in taxonomy.resolve(f"  {word.upper()} ", limit=20)


@given(keys, keys)
def test_closeness_has_a_mirror(wanted: str, offered: str) -> None:
    mirror = {"narrower": "broader", "broader": "narrower"}
    there = taxonomy.closeness(wanted, offered)
    back = taxonomy.closeness(offered, wanted)
    assert back == (mirror.get(there, there) if there else None)
    assert (there == "exact") == (wanted == offered)
    assert (there == "narrower") == (offered in taxonomy.descendants(wanted))


@pytest.mark.parametrize(
    ("wanted", "offered", "closeness"),
    [
        ("football", "football", "exact"),
        ("sports", "football", "narrower"),
        ("football", "sports", "broader"),
        ("football", "volleyball", "sibling"),
        ("football", "choir", None),
        ("sports", "culture", None),
        ("football", "no_such_concept", None),
    ],
)
def test_closeness_of_what_is_offered(wanted: str, offered: str, closeness: str | None) -> None:
    assert taxonomy.closeness(wanted, offered) == closeness


def test_labels_fall_back_to_german_and_never_to_nothing() -> None:
    concept = Concept("a", None, {"de": "Wort", "fa": "واژه"}, {}, frozenset(), None, False)
    small = Taxonomy([concept])
    assert small.label("a", "fa-AF") == "واژه"
    assert small.label("a", "so") == "Wort"
    assert small.label("removed_concept", "de") == "removed_concept"
    with pytest.raises(NotFoundError):
        small.get("removed_concept")


def test_sensitive_concepts_are_marked() -> None:
    for key in ("addiction", "trauma", "asylum_law", "pregnancy_counselling", "debt_counselling"):
        assert taxonomy.get(key).is_sensitive
    assert not taxonomy.get("football").is_sensitive


def test_what_lies_below_a_sensitive_concept_is_sensitive_too() -> None:
    for key, concept in taxonomy.concepts.items():
        if concept.is_sensitive:
            assert all(taxonomy.get(below).is_sensitive for below in taxonomy.descendants(key)), key


def test_typing_help_prefers_the_language_and_the_beginning() -> None:
    suggestions = taxonomy.suggest("fuß", limit=3)
    assert suggestions[0] == Suggestion("football", "Fußball", "Fußball")
    assert taxonomy.suggest("плав", language="uk")[0].key == "swimming"
    assert taxonomy.suggest("swim", language="de")[0] == Suggestion("swimming", "Schwimmen", "swimming")
    assert taxonomy.suggest("") == ()
    assert taxonomy.suggest("qqqq") == ()
    assert taxonomy.suggest("Schwimen")[0].key == "swimming"


@given(st.text(max_size=12), st.integers(1, 10))
def test_typing_help_names_each_concept_once(prefix: str, limit: int) -> None:
    found = [suggestion.key for suggestion in taxonomy.suggest(prefix, limit)]
    assert len(found) == len(set(found)) <= limit


def test_each_category_of_real_clubs_leads_somewhere(shared_data: Path) -> None:
    with (shared_data / "leipzig_vereine.csv").open(encoding="utf-8", newline="") as file:
        cells = [row["categories"] for row in csv.DictReader(file)]
    categories = {part.strip() for cell in cells for part in cell.split("|") if part.strip()}
    assert len(categories) > 30
    assert [c for c in sorted(categories) if not taxonomy.resolve(c)] == []


@pytest.mark.parametrize(
    ("concepts", "words", "problem"),
    [
        ("a,,,no\na,,,no\n", "", "line 3: the key “a” stands here for the second time"),
        ("a,b,,no\n", "", "line 2: the parent “b” of “a” does not exist"),
        ("a,b,,no\nb,a,,no\n", "", "is its own ancestor"),
        ("a,a,,no\n", "", "is its own ancestor"),
        ("A b,,,no\n", "", "line 2: “A b” is no key"),
        ("a,,,maybe\n", "", "line 2: “maybe” is neither yes nor no"),
        ("a,,\n", "", "line 2: 3 cells instead of 4"),
        ("a,,,no\n", "b,label,Wort,own,yes\n", "de.csv, line 2: there is no concept “b”"),
        ("a,,,no\n", "a,label,,own,yes\n", "de.csv, line 2: the word is missing"),
        ("a,,,no\n", "a,name,Wort,own,yes\n", "“name” is neither label nor synonym"),
        ("a,,,no\n", "a,label,Wort,web,yes\n", "“web” is none of the sources"),
        ("a,,,no\n", "a,label,X,own,yes\na,label,Y,own,yes\n", "line 3: “a” has a second label"),
        ("a,,,no\n", 'a,label,"X,own,yes\n', "cannot be read"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(
    tmp_path: Path, concepts: str, words: str, problem: str
) -> None:
    folder = write(tmp_path, concepts, de=words)
    with pytest.raises(TaxonomyError) as error:
        load_taxonomy(folder)
    assert problem in str(error.value)
    assert find_problems(folder) == (str(error.value),)


def test_a_folder_without_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match=r"concepts\.csv: cannot be read"):
        load_taxonomy(tmp_path)


def test_a_file_that_is_no_utf8_is_named(tmp_path: Path) -> None:
    write(tmp_path, "a,,,no\n")
    (tmp_path / "words" / "de.csv").write_bytes("key,kind,word,source,checked\nä".encode("latin-1"))
    with pytest.raises(TaxonomyError, match=r"de\.csv: cannot be read"):
        load_taxonomy(tmp_path)


def test_a_file_without_the_columns_is_named(tmp_path: Path) -> None:
    write(tmp_path, "a,,,no\n")
    (tmp_path / "words" / "de.csv").write_text("key,word\na,Wort\n", encoding="utf-8")
    with pytest.raises(TaxonomyError, match=r"de\.csv, line 1: the columns must be"):
        load_taxonomy(tmp_path)


def test_missing_labels_and_unintended_ambiguities_are_found(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        "a,,,no\nb,,,no\n",
        de="a,label,Bank,own,yes\nb,label,Sitz,own,yes\nb,synonym,BANK,own,yes\n",
        en="a,label,bank,own,yes\n",
    )
    assert find_problems(folder) == (
        "b: the en label is missing",
        "de: “bank” leads to a, b",
    )
    (folder / "ambiguous.csv").write_text("language,word,keys\nde,Bank,a b\nen,bank,a b\n")
    assert find_problems(folder) == (
        "b: the en label is missing",
        "en: “bank” stands in ambiguous.csv and is not ambiguous",
    )
    assert load_taxonomy(folder).resolve("bank") == ("a", "b")


def test_two_equally_near_words_are_not_guessed(tmp_path: Path) -> None:
    folder = write(
        tmp_path, "a,,,no\nb,,,no\n", de="a,label,Regelwagen,own,yes\nb,label,Regelwagel,own,yes\n"
    )
    assert load_taxonomy(folder).resolve("Regelwagem") == ()
    assert load_taxonomy(folder).resolve("Regelwagenn") == ("a",)


def test_folded_words_are_what_is_compared() -> None:
    assert fold("Straßenfest") == fold("STRASSENFEST")
    assert taxonomy.resolve("STRASSENFEST") == ("festivals",)
