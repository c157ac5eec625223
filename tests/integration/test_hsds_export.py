"""``lotsenbuch export hsds``: what it writes, leaves out and removes, and that it can be read again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from sqlmodel import Session, col, select

from app.cli import cli
from app.directory.entry_records import to_record
from app.directory.hsds.exporting import LISTING, write_export
from app.directory.models import Offer, Provider
from app.directory.records import ProviderRecord
from app.directory.service import apply_record
from app.operations.runtime import Runtime, open_runtime
from app.settings import load_settings
from tests.contracts.hsds_api import SECRET, record_with_secrets


def run(runtime: Runtime, *words: object) -> Result:
    """The command on this instance."""
    environment = {"LOTSENBUCH_DATA_DIR": str(runtime.settings.data_dir)}
    result = CliRunner().invoke(cli, [str(word) for word in words], env=environment)
    assert result.exit_code == 0, result.output
    return result


def records(session: Session) -> dict[str, ProviderRecord]:
    """All entries that were merged into no other, by source and key."""
    ids = session.exec(select(Provider.id).where(col(Provider.merged_into_id).is_(None))).all()
    found = [to_record(session, one) for one in ids]
    return {f"{record.source} {record.external_id}": record for record in found}


@pytest.fixture
def house(runtime: Runtime) -> Runtime:
    """An instance with one provider, most of whose offers are not public."""
    with runtime.database.write() as session:
        apply_record(session, record_with_secrets())
    return runtime


def test_the_files_are_valid_and_say_nothing_that_is_not_public(
    house: Runtime, tmp_path: Path, shared_hsds: Path
) -> None:
    out = tmp_path / "out"
    result = run(house, "export", "hsds", out)
    assert "1 providers with 1 offers: 1 files written" in result.output
    for words in ("1 protected", "1 internal", "1 not published yet", "1 paused", "1 withdrawn"):
        assert f"left out: {words}" in result.output
    (file,) = out.glob("*.json")
    assert file.name == "house.json"
    assert SECRET not in file.read_text("utf-8")
    schema = json.loads((shared_hsds / "schema/compiled/organization.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(json.loads(file.read_text("utf-8")))


def test_the_internal_export_leaves_out_only_what_is_protected(house: Runtime, tmp_path: Path) -> None:
    result = run(house, "export", "hsds", tmp_path / "out", "--internal")
    assert "with 6 offers" in result.output
    assert "left out: 1 protected" in result.output
    assert "internal" not in result.output
    text = (tmp_path / "out" / "house.json").read_text("utf-8")
    assert f"{SECRET}gasse" in text
    assert f"{SECRET}weg" not in text
    assert f"{SECRET} 0" not in text


@pytest.mark.parametrize("options", [[], ["--internal"]], ids=["public", "internal"])
def test_reading_an_export_where_it_came_from_changes_nothing(
    demo: Runtime, tmp_path: Path, options: list[str]
) -> None:
    with demo.database.write() as session:
        apply_record(session, record_with_secrets())
    with demo.database.read() as session:
        before = records(session)
    run(demo, "export", "hsds", tmp_path / "out", *options)
    result = run(demo, "import", "directory", tmp_path / "out", "--json")
    report = json.loads(result.stdout)
    assert (report["created"], report["changed"], report["rejected"]) == (0, 0, 0)
    assert report["unchanged"] == len(list((tmp_path / "out").glob("*.json"))) > 100
    with demo.database.read() as session:
        assert records(session) == before


def test_an_instance_can_move(demo: Runtime, tmp_path: Path) -> None:
    run(demo, "export", "hsds", tmp_path / "out", "--internal")
    environment = {"LOTSENBUCH_DATA_DIR": str(tmp_path / "other")}
    other = open_runtime(load_settings(environment))
    run(other, "import", "directory", tmp_path / "out")
    with demo.database.read() as session:
        before = records(session)
        hidden = session.exec(select(Offer).where(Offer.visibility == "protected")).all()
    with other.database.read() as session:
        after = records(session)
    assert hidden
    gone = {offer.external_id for offer in hidden}
    for key, record in after.items():
        offers = [offer for offer in before[key].offers if offer.external_id not in gone]
        assert list(record.offers) == offers
        assert record.model_copy(update={"offers": (), "places": ()}) == before[key].model_copy(
            update={"offers": (), "places": ()}
        )


def test_a_second_export_writes_only_what_changed_and_removes_what_is_gone(
    house: Runtime, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run(house, "export", "hsds", out)
    (out / "by-hand.json").write_text("{}")
    assert "0 files written, 1 unchanged, 0 removed" in run(house, "export", "hsds", out).output
    with house.database.write() as session:
        for offer in session.exec(select(Offer)):
            offer.status = "withdrawn"
            session.add(offer)
    assert "0 files written, 0 unchanged, 1 removed" in run(house, "export", "hsds", out).output
    assert [path.name for path in out.glob("*.json")] == ["by-hand.json"]


@pytest.mark.parametrize("line", ["../outside.json", "/etc/passwd", "a/b.json", "note.txt", "", ".."])
def test_a_forged_listing_removes_nothing_else(tmp_path: Path, line: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    for path in (tmp_path / "outside.json", folder / "note.txt"):
        path.write_text("mine")
    (folder / LISTING).write_text(line)
    assert write_export(folder, {}).removed == 0
    assert (tmp_path / "outside.json").exists()
    assert (folder / "note.txt").exists()


def test_a_merged_provider_has_no_file(house: Runtime, tmp_path: Path) -> None:
    with house.database.write() as session:
        other = record_with_secrets().model_copy(
            update={"external_id": "other", "offers": (), "name": "Anderes Haus"}
        )
        apply_record(session, other)
        rows = {one.external_id: one for one in session.exec(select(Provider))}
        rows["other"].merged_into_id = rows["house"].id
        session.add(rows["other"])
    run(house, "export", "hsds", tmp_path / "out", "--internal")
    assert [path.name for path in (tmp_path / "out").glob("*.json")] == ["house.json"]
