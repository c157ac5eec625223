"""Duplicates: found among all, asked for at an import, judged for ever."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlmodel import select

from app.cli import cli
from app.core.clock import utc_now
from app.core.errors import NotFoundError
from app.core.ids import new_id
from app.directory.codes import EntryType
from app.directory.duplicate_queue import compare_entries, count_open_duplicates, list_candidates
from app.directory.duplicates import find_similar, mark_distinct
from app.directory.editing import create_offer, get_provider_entry, save_provider
from app.directory.entry_records import to_record
from app.directory.models import Provider
from app.directory.records import OfferRecord, ProviderRecord, record_from
from app.directory.upkeep_models import DuplicateCandidate
from app.operations.duplicates import look_for_duplicates
from app.operations.runtime import Runtime
from tests.integration.test_merging import AUTHOR, add, merge

PLACE = {"key": "a", "street": "Ringstraße", "house_number": "4", "plz": "73728", "town": "Esslingen"}


def club(key: str, name: str, **changes: Any) -> ProviderRecord:
    values = {"source": "list", "external_id": key, "name": name, "kind": "club", "places": [PLACE]}
    return record_from(values | changes)


@pytest.fixture
def pair(runtime: Runtime) -> tuple[str, str]:
    with runtime.database.write() as session:
        one = add(session, club("a", "Nähcafé Fadenspiel e.V."))
        other = add(session, club("b", "Naehcafe Fadenspiel"))
        add(session, club("c", "Ruderverein Neckar"))
        return one, other


def open_pairs(runtime: Runtime) -> list[set[str]]:
    with runtime.database.read() as session:
        return [{line.one.id, line.other.id} for line in list_candidates(session, 1, 50).items]


def test_two_spellings_of_one_club_are_put_before_the_editor(
    runtime: Runtime, pair: tuple[str, str]
) -> None:
    report = look_for_duplicates(runtime.database)
    assert (report.compared, report.found, report.dropped) == (3, 1, 0)
    assert open_pairs(runtime) == [set(pair)]
    again = look_for_duplicates(runtime.database)
    assert (again.found, again.dropped) == (0, 0)
    with runtime.database.read() as session:
        (line,) = list_candidates(session, 1, 50).items
        assert line.fields == ("name",)
        assert line.parts["address"] == 100


def test_what_was_judged_stays_judged(runtime: Runtime, pair: tuple[str, str]) -> None:
    look_for_duplicates(runtime.database)
    with runtime.database.write() as session:
        mark_distinct(session, "editor", "provider", pair[1], pair[0])
        mark_distinct(session, "editor", "provider", *pair)
    assert look_for_duplicates(runtime.database).found == 0
    assert open_pairs(runtime) == []
    with runtime.database.read() as session:
        assert session.exec(select(DuplicateCandidate)).one().state == "distinct"
        assert compare_entries(session, "provider", *pair).state == "distinct"


def test_a_pair_that_is_no_longer_alike_leaves_the_queue(
    runtime: Runtime, pair: tuple[str, str]
) -> None:
    look_for_duplicates(runtime.database)
    with runtime.database.write() as session:
        entry = get_provider_entry(session, pair[1])
        record = entry.record.model_copy(update={"name": "Kegelfreunde", "places": ()})
        save_provider(session, AUTHOR, pair[1], record, as_read=entry.digest)
    assert look_for_duplicates(runtime.database).dropped == 1


def test_looking_at_what_changed_lately_leaves_the_rest_alone(
    runtime: Runtime, pair: tuple[str, str]
) -> None:
    assert look_for_duplicates(runtime.database, utc_now() + timedelta(hours=1)).compared == 0
    assert look_for_duplicates(runtime.database, utc_now() - timedelta(hours=1)).found == 1
    look_for_duplicates(runtime.database, utc_now() + timedelta(hours=1))
    assert open_pairs(runtime) == [set(pair)]


def test_a_merged_pair_is_done(runtime: Runtime, pair: tuple[str, str]) -> None:
    look_for_duplicates(runtime.database)
    with runtime.database.write() as session:
        merge(session, *pair)
        with pytest.raises(NotFoundError):
            compare_entries(session, "provider", *pair)
    assert open_pairs(runtime) == []
    assert look_for_duplicates(runtime.database).found == 0
    with runtime.database.read() as session:
        assert count_open_duplicates(session) == 0


def test_branches_of_one_organisation_are_no_duplicates(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        top = add(session, club("top", "Diakonie", places=[]))
        for key, street in (("a", "Ringstraße"), ("b", "Seeweg")):
            place = PLACE | {"street": street}
            branch = club(key, "Diakonie Beratung", places=[place], parent_external_id="top")
            add(session, branch)
    assert look_for_duplicates(runtime.database).found == 0
    assert top


def test_offers_of_one_provider_are_compared(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        provider_id = add(session, club("a", "Verein"))
        other_id = add(session, club("b", "Andere Leute"))
        for provider, title in (
            (provider_id, "Deutsch für Mütter"),
            (provider_id, "Deutsch fuer Mütter"),
            (provider_id, "Rechnen für Väter"),
            (other_id, "Deutsch für Mütter"),
        ):
            record = OfferRecord(external_id=new_id(), title=title, kind="language_course")
            create_offer(session, AUTHOR, provider, record)
    look_for_duplicates(runtime.database)
    with runtime.database.read() as session:
        (line,) = list_candidates(session, 1, 50).items
        kind: EntryType = line.entry_type
        assert kind == "offer"
        assert {line.one.title, line.other.title} == {"Deutsch für Mütter", "Deutsch fuer Mütter"}


def test_an_import_is_told_what_is_there_already(runtime: Runtime, pair: tuple[str, str]) -> None:
    with runtime.database.read() as session:
        records = [
            club("x", "Ganz andere Leute", source="new", places=[]),
            club("y", "Nähcafe Fadenspiel", source="new"),
            club("a", "Nähcafé Fadenspiel e.V."),
        ]
        found = find_similar(session, records)
        assert [one.provider_id for one in found[1]] != []
        assert {one.provider_id for one in found[1]} == set(pair)
        assert found[1][0].score >= found[1][-1].score
        assert 0 not in found
        assert {one.provider_id for one in found[2]} == {pair[1]}, "never the entry itself"
        assert find_similar(session, []) == {}


def test_an_empty_directory_has_no_duplicates(runtime: Runtime) -> None:
    with runtime.database.read() as session:
        assert find_similar(session, [club("a", "Verein")]) == {}
    assert look_for_duplicates(runtime.database).found == 0


def test_what_a_list_keeps_up_is_proposed_to_stay(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        listed = add(session, club("a", "Verein"))
        manual = add(session, club("b", "Verein", source="manual", phone="0711 1", email="a@b.example"))
        found = compare_entries(session, "provider", manual, listed)
        assert (found.kept.id, found.merged.id) == (listed, manual)
        assert found.from_merged == {"phone", "email"}
        assert compare_entries(session, "provider", manual, listed, manual).kept.id == manual
        with pytest.raises(NotFoundError):
            compare_entries(session, "provider", listed, listed)
        with pytest.raises(NotFoundError):
            compare_entries(session, "offer", listed, manual)


def test_the_command_says_what_it_found(runtime: Runtime, pair: tuple[str, str]) -> None:
    assert pair
    environment = {"LOTSENBUCH_DATA_DIR": str(runtime.settings.data_dir)}
    answer = CliRunner(env=environment).invoke(cli, ["duplicates", "find"])
    assert answer.exit_code == 0, answer.output
    assert "1 new pairs" in answer.output


SAME = (
    "Wirtschaftsinitiative",
    "Mobile Jugendarbeit",
    "Jugend und Familie Kreativ",
    "Deutscher Familienverband",
    "An der Schule Stahmeln",
    "Umweltinformationszentrum",
    "Leipziger Kinderbüro",
)
"""What stands twice in the list of clubs, judged by hand (docs/measurements.md)."""


def test_in_a_real_list_nearly_all_candidates_are_the_same_club(
    runtime: Runtime, shared_data: Path
) -> None:
    environment = {"LOTSENBUCH_DATA_DIR": str(runtime.settings.data_dir)}
    file = str(shared_data / "leipzig_vereine.csv")
    answer = CliRunner(env=environment).invoke(cli, ["import", "directory", file])
    assert answer.exit_code == 0, answer.output
    look_for_duplicates(runtime.database)
    with runtime.database.read() as session:
        lines = list_candidates(session, 1, 50).items
        titles = [(line.one.title, line.other.title) for line in lines]
        right = [pair for pair in titles if any(name in pair[0] and name in pair[1] for name in SAME)]
        assert len(right) == len(SAME)
        assert len(titles) <= len(SAME) + 1, titles
        records = [to_record(session, one) for one in session.exec(select(Provider.id))]
        mistyped = [
            record.model_copy(update={"source": "new", "name": _mistyped(record.name)})
            for record in records
        ]
        found = find_similar(session, mistyped)
        hits = sum(
            any(one.name == record.name for one in found.get(position, ()))
            for position, record in enumerate(records)
        )
        assert hits / len(records) >= 0.97


def _mistyped(name: str) -> str:
    """As somebody else writes it: no umlauts, capitals, no legal form, a letter lost."""
    shortened = name.replace("e.V.", "").strip() or name
    middle = len(shortened) // 2
    typed = shortened[:middle] + shortened[middle + 1 :] if len(shortened) > 10 else shortened
    return typed.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").upper() or name
