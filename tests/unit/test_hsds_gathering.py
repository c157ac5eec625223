"""Services that come alone are taken in under their organisation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.directory.hsds import find_left_out, gather_organizations, read_organization
from app.directory.hsds.json_values import objects_in

HOUSE: dict[str, Any] = {"id": "h", "name": "Haus", "description": ""}


def service(own_id: str, **more: Any) -> dict[str, Any]:
    """A service of the house."""
    return {"id": own_id, "name": own_id, "status": "active", "organization": HOUSE, **more}


def test_services_of_one_organisation_come_under_it_once() -> None:
    other = service("c", organization={**HOUSE, "id": "o"})
    first, second = gather_organizations([service("a"), other, service("b")])
    assert [offer.external_id for offer in read_organization(first).offers] == ["a", "b"]
    assert [offer.external_id for offer in read_organization(second).offers] == ["c"]
    assert find_left_out(first) == "others"


def test_a_service_at_several_locations_is_one() -> None:
    entries = [
        {
            "id": f"at {key}",
            "location": {"id": key, "location_type": "physical"},
            "service": service("a"),
        }
        for key in ("x", "y")
    ]
    (organization,) = gather_organizations(entries)
    (offer,) = read_organization(organization).offers
    assert offer.places == ("x", "y")


def test_whole_organisations_stay_as_they_are() -> None:
    entries = [HOUSE, None, 5, {"id": "s", "name": "without organisation", "status": "active"}]
    assert gather_organizations(entries) == entries
    assert find_left_out(HOUSE) is None


@pytest.mark.parametrize(
    "name", ["service_full", "service_at_location_full", "service_list", "service_at_location_list"]
)
def test_the_services_among_the_examples_of_the_specification_are_read(
    shared_hsds: Path, name: str
) -> None:
    content = json.loads((shared_hsds / "examples" / f"{name}.json").read_text("utf-8"))
    (organization,) = gather_organizations(objects_in(content, "contents") or [content])
    record = read_organization(organization)
    assert record.name == "Example Organization Inc."
    (offer,) = record.offers
    assert offer.title == "Community Counselling"
    assert "Suitable for people" in offer.description
    if name.endswith("full"):
        assert [time.weekday for time in offer.sessions[:2]] == [4, 5]
        assert offer.contact_name == "Ann Persona"
        assert len(offer.places) == 1
