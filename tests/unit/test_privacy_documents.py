"""The documents on data protection say what the schema and the periods say."""

from __future__ import annotations

import re

import pytest
from sqlmodel import SQLModel

from app.cases.retention import DATA_KINDS, load_retention_rules
from app.cli import _MODULE_OF_COMMAND
from app.operations.client_tables import list_client_tables
from app.settings import PROJECT_ROOT, SHIPPED_DATA

DOCS = PROJECT_ROOT / "docs"
UNITS = {"month": "Monate", "day": "Tage"}


def _text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_the_record_of_processing_names_each_table_and_no_other() -> None:
    list_client_tables()  # knows all models
    named = set(re.findall(r"`([a-z_]+)`", _text("processing-activities.md")))
    assert set(SQLModel.metadata.tables) - named == set()
    assert named - set(SQLModel.metadata.tables) == set(DATA_KINDS) - set(SQLModel.metadata.tables)


def test_the_record_of_processing_names_the_periods_of_the_file() -> None:
    rules = load_retention_rules(SHIPPED_DATA / "retention.toml")
    rows = re.findall(r"\| `(\w+)` \| (\d+) (\w+) \|", _text("processing-activities.md"))
    assert {kind: (number, unit) for kind, number, unit in rows} == {
        kind: (str(rules.period_of(kind).number), UNITS[rules.period_of(kind).unit])
        for kind in DATA_KINDS
    }


@pytest.mark.parametrize("name", ["security-measures.md", "decisions/0011-access-log-and-deletion.md"])
def test_files_that_are_named_exist(name: str) -> None:
    for path in re.findall(r"`((?:app|tests|data)/[\w/.]+)`", _text(name)):
        assert (PROJECT_ROOT / path).exists(), path


def test_commands_that_are_named_exist() -> None:
    for name in ("operators.md", "security-measures.md", "processing-activities.md"):
        for command in re.findall(r"lotsenbuch (\w+) \w", _text(name)):
            assert command in _MODULE_OF_COMMAND or command in {"when", "for"}, f"{name}: {command}"
