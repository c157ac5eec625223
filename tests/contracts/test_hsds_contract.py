"""What we write is valid HSDS 3.1, and the specification's own example can be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from jsonschema import Draft202012Validator, FormatChecker

from app.directory.hsds import read_organization, write_organization
from app.directory.records import ProviderRecord
from app.settings import SHIPPED_DATA
from tests import directory_records


@pytest.fixture(scope="session")
def organization_schema(shared_hsds: Path) -> Draft202012Validator:
    schema = json.loads((shared_hsds / "schema/compiled/organization.json").read_text("utf-8"))
    return Draft202012Validator(schema, format_checker=FormatChecker(["uuid", "email", "date"]))


@given(record=directory_records.providers())
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_record_is_written_as_a_valid_organisation(
    organization_schema: Draft202012Validator, record: ProviderRecord
) -> None:
    organization_schema.validate(write_organization(record))


def test_the_demo_directory_is_valid(organization_schema: Draft202012Validator) -> None:
    files = sorted((SHIPPED_DATA / "providers").glob("*.json"))
    assert len(files) >= 60
    for file in files:
        organization_schema.validate(json.loads(file.read_text("utf-8")))


def test_the_example_of_the_specification_can_be_read(shared_hsds: Path) -> None:
    data: dict[str, Any] = json.loads((shared_hsds / "examples/organization_full.json").read_text())
    record = read_organization(data)
    assert record.name == "Example Organization Inc."
    assert record.offers[0].title == "Community Counselling"
    assert record.offers[0].contact_name == "Ann Persona"
    assert [time.weekday for time in record.offers[0].sessions[:2]] == [4, 5]
    assert record.places[0].directions is not None


def test_the_example_can_be_written_again(
    shared_hsds: Path, organization_schema: Draft202012Validator
) -> None:
    data = json.loads((shared_hsds / "examples/organization_full.json").read_text())
    organization_schema.validate(write_organization(read_organization(data)))
