"""Web addresses are looked at politely, and never inside the house."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from app.cli import cli
from app.directory.website_checks import (
    LinkResult,
    count_broken,
    list_addresses,
    list_broken,
    record_check,
)
from app.directory.website_client import Visitor, is_public_address
from app.operations.runtime import Runtime
from app.operations.website_checking import build_visitor, check_websites
from tests.integration.upkeep_samples import club, fill, provider

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class _Site(BaseHTTPRequestHandler):
    """Answers by its path: ``/status/404``, ``/redirect/3``, ``/no-head`` …"""

    seen: list[tuple[str, str, str]]

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        type(self).seen.append((self.command, self.path, self.headers["User-Agent"]))
        _, kind, *rest = self.path.split("?")[0].split("/")
        if kind == "redirect":
            left = int(rest[0])
            self._send(302, f"/redirect/{left - 1}" if left else "/status/200")
        elif kind == "to":
            self._send(301, {"file": "file:///etc/passwd", "inside": "http://10.0.0.1/"}[rest[0]])
        elif kind == "no-head":
            self._send(501 if self.command == "HEAD" else 200)
        elif kind == "hang":
            with suppress(OSError):
                self.connection.recv(1)
        elif kind == "rubbish":
            self.wfile.write(b"this is not HTTP\r\n\r\n")
        elif kind == "endless":
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while True:
                    self.wfile.write(b"x" * 65536)
        else:
            self._send(int(rest[0]) if rest else 200)

    def _send(self, status: int, location: str | None = None) -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Stay quiet."""


@pytest.fixture(autouse=True)
def no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name is looked up outside: all but this machine's are unknown."""
    resolve = socket.getaddrinfo

    def local_only(host: str, *args: Any, **values: Any) -> Any:
        if host not in {"127.0.0.1", "localhost", "10.0.0.1"}:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return resolve(host, *args, **values)

    monkeypatch.setattr(socket, "getaddrinfo", local_only)


@pytest.fixture
def site() -> Iterator[str]:
    _Site.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def visitor(**values: Any) -> Visitor:
    """One that may look at this machine, and does not wait."""
    facts: dict[str, Any] = {
        "may_visit": lambda address: address == "127.0.0.1",
        "host_seconds": 0,
        "timeout_seconds": 0.5,
        "total_seconds": 1,
    }
    return Visitor("test (+https://haus.example)", **(facts | values))


@pytest.mark.parametrize(
    ("path", "outcome", "status"),
    [
        ("/", "ok", 200),
        ("/status/204", "ok", 204),
        ("/status/404", "gone", 404),
        ("/status/410", "gone", 410),
        ("/status/403", "ok", 403),
        ("/status/429", "ok", 429),
        ("/status/500", "failing", 500),
        ("/no-head", "ok", 200),
        ("/redirect/4", "ok", 200),
        ("/redirect/9", "failing", 302),
        ("/to/file", "unreachable", None),
        ("/to/inside", "unreachable", None),
        ("/hang", "unreachable", None),
        ("/rubbish", "unreachable", None),
        ("/endless", "ok", 200),
        ("/straße?q=ü x", "ok", 200),
    ],
    ids=str,
)
def test_answers_are_told_apart(site: str, path: str, outcome: str, status: int | None) -> None:
    address = site + path
    assert visitor().check(address) == LinkResult(address, outcome, status)


@pytest.mark.parametrize(
    "address",
    [
        "http://verein.example/",
        "https://verein.example/",
        "ftp://verein.example/",
        "http://",
        "http://[::1",
        "http://" + "a" * 300 + ".example/",
        "http://verein.example:99999/",
        "http://a..b/",
        "",
    ],
    ids=[
        "unknown",
        "unknown tls",
        "ftp",
        "no host",
        "broken",
        "long",
        "port",
        "empty label",
        "nothing",
    ],
)
def test_what_cannot_be_visited_is_unreachable(address: str) -> None:
    assert visitor().check(address).outcome == "unreachable"


def test_a_closed_port_is_unreachable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert visitor().check(f"http://127.0.0.1:{port}/").outcome == "unreachable"


def test_a_server_without_a_good_certificate_is_unreachable(site: str) -> None:
    address = site.replace("http:", "https:")
    assert visitor().check(address).outcome == "unreachable"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.1.2.3", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1",
        "house", "",
    ],
)  # fmt: skip
def test_addresses_inside_the_house_are_refused(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_addresses_of_the_open_internet_are_allowed(address: str) -> None:
    assert is_public_address(address)


@given(st.text(max_size=40))
def test_no_text_breaks_the_check(text: str) -> None:
    is_public_address(text)


def test_without_the_permission_of_a_test_this_machine_is_not_asked(
    site: str, runtime: Runtime
) -> None:
    for host in ("127.0.0.1", "localhost"):
        address = site.replace("127.0.0.1", host) + "/"
        assert build_visitor(runtime).check(address).outcome == "unreachable"
    assert _Site.seen == []


def test_a_host_is_asked_at_most_once_a_second_and_told_who_asks(site: str) -> None:
    waits: list[float] = []
    polite = visitor(host_seconds=1, sleep=waits.append)
    results = list(polite.check_all([f"{site}/{number}" for number in range(4)]))
    assert {result.outcome for result in results} == {"ok"}
    assert len(waits) == 3
    assert all(0 < wait <= number + 1 for number, wait in enumerate(waits))
    assert {agent for *_, agent in _Site.seen} == {"test (+https://haus.example)"}
    assert {method for method, *_ in _Site.seen} == {"HEAD"}


def test_broken_is_what_fails_on_two_days_or_is_gone(runtime: Runtime) -> None:
    fill(
        runtime,
        provider(
            "TSV",
            club("Fußball", 1, website="https://fussball.example/"),
            club("Schach", 1, website="https://schach.example/"),
            club("Weg", 1, website="https://weg.example/", status="withdrawn"),
            website="https://tsv.example/",
        ),
    )

    def look(url: str, outcome: Any, hours: int) -> int:
        with runtime.database.write() as session:
            record_check(session, LinkResult(url, outcome), NOW + timedelta(hours=hours))
            return count_broken(session)

    assert look("https://tsv.example/", "unreachable", 0) == 0
    assert look("https://tsv.example/", "failing", 2) == 0  # the same day
    assert look("https://tsv.example/", "unreachable", 24) == 1
    assert look("https://tsv.example/", "ok", 48) == 0
    assert look("https://tsv.example/", "unreachable", 72) == 0
    assert look("https://fussball.example/", "gone", 0) == 1
    assert look("https://weg.example/", "gone", 0) == 1
    with runtime.database.read() as session:
        (broken,) = list_broken(session)
    assert (broken.entry_type, broken.title) == ("offer", "Fußball")


def test_addresses_take_turns(runtime: Runtime) -> None:
    names = ["a", "b", "c", "d"]
    offers = (club(name, 1, website=f"https://{name}.example/") for name in names)
    fill(runtime, provider("TSV", *offers, club("noch a", 1, website="https://a.example/")))
    with runtime.database.write() as session:
        record_check(session, LinkResult("https://a.example/", "ok"), NOW - timedelta(days=1))
        record_check(session, LinkResult("https://b.example/", "ok"), NOW - timedelta(days=9))
        record_check(session, LinkResult("https://c.example/", "gone"), NOW - timedelta(hours=1))
    with runtime.database.read() as session:
        due = list_addresses(session, NOW)
        everything = list_addresses(session, NOW, everything=True)
        first = list_addresses(session, NOW, limit=1)
    assert due == ["https://d.example/", "https://b.example/", "https://c.example/"]
    assert sorted(everything) == [f"https://{name}.example/" for name in names]
    assert first == ["https://d.example/"]


def test_results_are_kept(runtime: Runtime, site: str) -> None:
    fill(
        runtime,
        provider("TSV", club("A", 1, website=f"{site}/status/404"), website=f"{site}/"),
        provider("Fern", club("B", 1, website="https://fern.example/")),
    )
    told: list[tuple[int, int]] = []
    counts = check_websites(runtime, visitor(), tell=lambda done, total: told.append((done, total)))
    assert counts == {"ok": 1, "gone": 1, "unreachable": 1}
    assert told[-1] == (3, 3)
    with runtime.database.read() as session:
        assert count_broken(session) == 1
    assert check_websites(runtime, visitor()) == {"gone": 1, "unreachable": 1}


def test_the_command_tells_what_it_found(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(runtime, provider("Fern", club("B", 1, website="https://fern.example/")))
    monkeypatch.setenv("LOTSENBUCH_DATA_DIR", str(runtime.settings.data_dir))
    done = CliRunner().invoke(cli, ["websites", "check", "--limit", "5"])
    assert done.exit_code == 0
    assert "looked at 1 addresses: 0 in order, 0 gone, 0 failing, 1 unreachable" in done.output
