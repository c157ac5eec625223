"""What the tests of the HSDS API share: a client, and what must appear nowhere."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jsonschema import FormatChecker

from app.directory.records import ProviderRecord, record_from
from app.factory import create_app
from app.settings import load_settings
from tests.conftest import TODAY

NOBODY = "00000000-0000-0000-0000-000000000000"
LISTS = ("services", "organizations", "service_at_locations", "taxonomies", "taxonomy_terms")
SECRET = "VERTRAULICH"


def get_json(client: FlaskClient, address: str, status: int = 200) -> Any:
    """The JSON below ``/hsds/``."""
    answer = client.get(f"/hsds/{address}")
    assert answer.status_code == status, f"{address}: {answer.status_code} {answer.text[:200]}"
    return json.loads(answer.data)


def get_all(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    """All entries of a list, page by page."""
    found: list[dict[str, Any]] = []
    joint = "&" if "?" in address else "?"
    number = 1
    while True:
        page = get_json(client, f"{address}{joint}per_page=100&page={number}")
        found += page["contents"]
        if page["last_page"]:
            assert len(found) == page["total_items"]
            return found
        number += 1


def ids_at(client: FlaskClient, address: str) -> set[str]:
    """The ids of what a list holds."""
    return {one["id"] for one in get_all(client, address)}


def record_with_secrets() -> ProviderRecord:
    """A provider with a public offer; all that is not public bears the secret word."""

    def offer(key: str, **facts: Any) -> dict[str, Any]:
        return {"external_id": key, "kind": "counselling", **facts}

    def place(key: str, **facts: Any) -> dict[str, Any]:
        position = {"latitude": 48.74, "longitude": 9.31, "precision": "exact"}
        return {"key": key, "plz": "73728", "town": "Esslingen", **position, **facts}

    time = {"weekday": 2, "starts": "10:00", "ends": "12:00"}
    hidden = [
        offer(f"{SECRET}:{number}", title=f"{SECRET} {number}", places=["shelter"], **facts)
        for number, facts in enumerate(
            (
                {"visibility": "protected"},
                {"visibility": "internal"},
                {"status": "draft"},
                {"status": "paused"},
                {"status": "withdrawn"},
                {"status": "unconfirmed"},
            )
        )
    ]
    shown = offer(
        "open",
        title="Offene Beratung",
        is_sensitive=True,
        places=["open", "inside", "guarded"],
        sessions=[time | {"place": "guarded"}, time | {"place": "open"}],
        exceptions=[
            {"kind": "closed", "first_on": "2026-12-24", "last_on": "2026-12-26", "place": "inside"}
        ],
        contacts=["known", "unknown"],
        contact_name=f"{SECRET} Name",
        verified_by=f"{SECRET} Person",
        verified_on="2026-11-01",
        seats_max=5,
        seats_booked=2,
        seats_told_on="2026-11-02",
        seats_told_by=f"{SECRET} Person",
        flags=["topic_missing"],
    )
    return record_from(
        {
            "source": "test",
            "external_id": "house",
            "name": "Haus der Beratung",
            "kind": "welfare_organisation",
            "approach_note": f"{SECRET}: nur vormittags anrufen",
            "flags": ["place_missing"],
            "contacts": [
                {"key": "known", "name": "Erika Muster", "is_public": True, "note": SECRET},
                {"key": "unknown", "name": f"{SECRET} Kraft", "phone": f"{SECRET} 1"},
            ],
            "places": [
                place("open", street="Marktplatz"),
                place("inside", street=f"{SECRET}gasse", visibility="internal"),
                place("guarded", street=f"{SECRET}weg", visibility="protected"),
                place("shelter", street=f"{SECRET}hof"),
            ],
            "offers": [shown, *hidden],
        }
    )


def open_app(folder: Path, **settings: str) -> Flask:
    """The application on this data folder."""
    environment = {"LOTSENBUCH_DATA_DIR": str(folder)} | settings
    application = create_app(load_settings(environment).with_today(TODAY))
    application.testing = True
    application.config["PROPAGATE_EXCEPTIONS"] = False
    return application


FORMATS = FormatChecker(["uuid", "email", "date"])


@FORMATS.checks("date-time")
def is_moment(text: object) -> bool:
    """Whether it is a moment with a time zone."""
    try:
        return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
