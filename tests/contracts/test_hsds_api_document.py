"""The OpenAPI document of the HSDS API is true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from app.api.parameters import PARAMETERS_OF
from tests.contracts.hsds_api import (
    FORMATS,
    NOBODY,
    get_all,
    get_json,
)


def test_everything_in_the_specification_is_served(unchanged: FlaskClient, shared_hsds: Path) -> None:
    specified = json.loads((shared_hsds / "schema" / "openapi.json").read_text("utf-8"))
    ours = get_json(unchanged, "openapi.json")
    for path, operations in specified["paths"].items():
        for method in operations.keys() & {"get", "post"}:
            names = {parameter_name(one) for one in operations[method].get("parameters", [])}
            served = {parameter_name(one) for one in ours["paths"][path][method]["parameters"]}
            assert names <= served, f"{method} {path}"


def parameter_name(parameter: dict[str, Any]) -> str:
    """The name of a parameter, given in place or by reference."""
    reference = parameter.get("$ref")
    return str(reference.rsplit("/", 1)[-1] if reference else parameter["name"])


def test_the_document_names_every_route_and_no_other(app: Flask) -> None:
    document = get_json(app.test_client(), "openapi.json")
    served = {
        rule.rule.removeprefix("/hsds").replace("<own_id>", "{id}"): (rule.methods or set())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("hsds.") and rule.endpoint != "hsds.elsewhere"
    }
    assert served.keys() == document["paths"].keys() == PARAMETERS_OF.keys()
    for path, operations in document["paths"].items():
        methods = {method.upper() for method in operations if method in {"get", "post"}}
        assert methods == served[path] - {"HEAD", "OPTIONS"}, path
    operation_ids = [
        operation["operationId"]
        for operations in document["paths"].values()
        for method, operation in operations.items()
        if method != "parameters"
    ]
    assert len(operation_ids) == len(set(operation_ids))


def test_every_reference_in_the_document_leads_somewhere(
    unchanged: FlaskClient, shared_hsds: Path
) -> None:
    document = get_json(unchanged, "openapi.json")
    for reference in references(document):
        if reference.startswith("#/"):
            target: Any = document
            for step in reference[2:].split("/"):
                target = target[step]
            assert target
        else:
            name = reference.rsplit("/", 1)[-1]
            assert (shared_hsds / "schema" / "compiled" / name).is_file()
    for schema_of_ours in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema_of_ours)


def references(part: Any) -> Iterator[str]:
    """All ``$ref`` in ``part``."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


@pytest.mark.parametrize(
    ("address", "name", "status"),
    [
        ("", "Base", 200),
        ("services", "Page", 200),
        ("services?page=0", "Problem", 400),
        (f"services/{NOBODY}", "Problem", 404),
    ],
)
def test_answers_are_as_the_document_says(
    unchanged: FlaskClient, address: str, name: str, status: int
) -> None:
    schemas = get_json(unchanged, "openapi.json")["components"]["schemas"]
    Draft202012Validator(schemas[name]).validate(get_json(unchanged, address, status))


@pytest.mark.parametrize("name", ["taxonomies", "taxonomy_terms"])
def test_terms_are_as_the_document_says(unchanged: FlaskClient, name: str) -> None:
    document = get_json(unchanged, "openapi.json")
    wanted = {"taxonomies": "Taxonomy", "taxonomy_terms": "TaxonomyTerm"}[name]
    validator = Draft202012Validator(
        {"$ref": f"#/components/schemas/{wanted}", "components": document["components"]},
        format_checker=FORMATS,
    )
    for entry in get_all(unchanged, name):
        validator.validate(entry)
