"""Positions are found offline, and from a geocoder only for what is public."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.directory.geocoding import (
    Geocoder,
    PublicAddress,
    build_geocoder,
    locate,
    position_of_plz,
)
from app.directory.records import PlaceRecord
from app.settings import SettingsError, load_settings

HOUSE = {"lat": "48.7251", "lon": "9.3622", "display_name": "x", "class": "building", "type": "house"}
ROAD = HOUSE | {"class": "highway", "type": "residential"}
TOWN = HOUSE | {"class": "boundary", "type": "administrative"}
FAR = HOUSE | {"lat": "53.5", "lon": "10.0"}


@dataclass
class FakeNominatim:
    """A server on this machine that stands for the outside world."""

    status: int = 200
    body: Any = field(default_factory=lambda: [HOUSE])
    delay_seconds: float = 0.0
    questions: list[dict[str, list[str]]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    url: str = ""

    def geocoder(self, **options: float) -> Geocoder:
        """A geocoder that asks this server."""
        return Geocoder(self.url, **({"min_delay_seconds": 0.0, "timeout_seconds": 2.0} | options))


@pytest.fixture
def nominatim() -> Iterator[FakeNominatim]:
    fake = FakeNominatim()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            fake.paths.append(parts.path)
            fake.questions.append(parse_qs(parts.query))
            time.sleep(fake.delay_seconds)
            body = fake.body if isinstance(fake.body, bytes) else json.dumps(fake.body).encode()
            with suppress(ConnectionError):  # one that did not want to wait has left
                self.send_response(fake.status)
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Keep the test output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield fake
    server.shutdown()
    server.server_close()


def place(**facts: Any) -> PlaceRecord:
    """A public place in Zell without coordinates."""
    address = {
        "street": "Bachstraße",
        "house_number": "7",
        "plz": "73730",
        "town": "Esslingen am Neckar",
        "district": "Zell",
    }
    return PlaceRecord.model_validate({"key": "main"} | address | facts)


def address() -> PublicAddress:
    found = PublicAddress.of(place())
    assert found is not None
    return found


def test_without_a_geocoder_the_district_is_taken_then_the_postal_code_then_the_town() -> None:
    located = locate(place())
    assert (located.precision, located.latitude) == ("district", 48.726)
    located = locate(place(district=None))
    assert located.precision == "postal_code"
    assert (located.latitude, located.longitude) == position_of_plz("73730")
    located = locate(place(district="Gibtsnicht", plz=None))
    assert (located.precision, located.latitude) == ("town", 48.741)


def test_a_place_that_nobody_knows_stays_without_a_position() -> None:
    unknown = place(district=None, plz="00000", town="Nirgendwo")
    assert locate(unknown) == unknown
    assert locate(PlaceRecord(key="empty")) == PlaceRecord(key="empty")


def test_a_known_position_is_kept(nominatim: FakeNominatim) -> None:
    known = place(latitude=48.0, longitude=9.0, precision="town")
    assert locate(known, nominatim.geocoder()) is known
    assert nominatim.questions == []


@pytest.mark.parametrize(("answer", "precision"), [(HOUSE, "exact"), (ROAD, "street")])
def test_the_geocoder_finds_house_or_street(
    nominatim: FakeNominatim, answer: dict[str, str], precision: str
) -> None:
    nominatim.body = [answer]
    located = locate(place(), nominatim.geocoder())
    assert (located.latitude, located.longitude) == (48.7251, 9.3622)
    assert located.precision == precision
    assert PlaceRecord.model_validate(located.model_dump()) == located
    assert nominatim.questions[0]["street"] == ["7 Bachstraße"]
    assert nominatim.questions[0]["postalcode"] == ["73730"]
    assert nominatim.questions[0]["countrycodes"] == ["de"]


def test_a_path_in_front_of_the_service_is_kept(nominatim: FakeNominatim) -> None:
    nominatim.url += "/geo/"
    assert nominatim.geocoder().find_position(address()) is not None
    assert nominatim.paths == ["/geo/search"]


@pytest.mark.parametrize(
    "answer",
    [
        [],
        [TOWN],
        [FAR],
        [HOUSE | {"lat": "north"}],
        [{"display_name": "x"}],
        ["nonsense"],
        {"error": "no"},
        b"<html>",
        b"",
    ],
)
def test_an_answer_of_no_use_leaves_the_offline_position(nominatim: FakeNominatim, answer: Any) -> None:
    nominatim.body = answer
    assert nominatim.geocoder().find_position(address()) is None
    assert locate(place(), nominatim.geocoder()).precision == "district"


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_an_error_is_logged_without_the_address(
    nominatim: FakeNominatim, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    nominatim.status = status
    with caplog.at_level(logging.INFO):
        assert nominatim.geocoder().find_position(address()) is None
    assert "the geocoder gave no usable answer" in caplog.text
    assert "Bach" not in caplog.text
    assert "73730" not in caplog.text


def test_a_slow_server_is_not_waited_for(
    nominatim: FakeNominatim, caplog: pytest.LogCaptureFixture
) -> None:
    nominatim.delay_seconds = 1.0
    geocoder = nominatim.geocoder(timeout_seconds=0.1)
    with caplog.at_level(logging.INFO):
        assert geocoder.find_position(address()) is None
    assert "Bach" not in caplog.text


def test_a_server_that_is_not_there_is_no_error() -> None:
    geocoder = Geocoder("http://127.0.0.1:9", min_delay_seconds=0.0, timeout_seconds=0.5)
    assert locate(place(), geocoder).precision == "district"


@pytest.mark.parametrize("visibility", ["internal", "protected"])
def test_no_request_leaves_for_a_place_that_is_not_public(
    nominatim: FakeNominatim, visibility: str
) -> None:
    located = locate(place(visibility=visibility), nominatim.geocoder())
    assert located.precision == "district"
    assert nominatim.questions == []


@pytest.mark.parametrize(
    "facts", [{"street": None}, {"plz": None, "town": None}, {"visibility": "internal"}]
)
def test_what_is_not_a_public_address_does_not_become_one(facts: dict[str, Any]) -> None:
    assert PublicAddress.of(place(**facts)) is None


def test_requests_keep_their_distance(
    nominatim: FakeNominatim, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("geopy.extra.rate_limiter.default_timer", lambda: now[0])
    monkeypatch.setattr(
        "geopy.extra.rate_limiter.sleep", lambda seconds: now.__setitem__(0, now[0] + seconds)
    )
    geocoder = nominatim.geocoder(min_delay_seconds=1.0)
    for _ in range(3):
        geocoder.find_position(address())
    assert now[0] == pytest.approx(2.0)
    assert len(nominatim.questions) == 3


def test_the_geocoder_is_off_unless_a_server_is_named() -> None:
    assert build_geocoder(load_settings({})) is None
    settings = load_settings({"LOTSENBUCH_GEOCODER_URL": "https://geo.example/nominatim"})
    assert isinstance(build_geocoder(settings), Geocoder)


@pytest.mark.parametrize("url", ["geo.example", "ftp://geo.example", "http://", "file:///etc/passwd"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="LOTSENBUCH_GEOCODER_URL"):
        Geocoder(url)


@pytest.mark.parametrize("plz", ["00000", "", "abc", "7373", "737300", "７３７３０", "' OR 1=1"])
def test_a_postal_code_that_does_not_exist_has_no_position(plz: str) -> None:
    assert position_of_plz(plz) is None
