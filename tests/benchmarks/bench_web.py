"""The client's page over HTTP, with 8 people at once in a closed loop without pauses."""

from __future__ import annotations

import http.client
import os
import re
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from app.operations.demo_accounts import DEMO_CASE_WORKERS, DEMO_PASSWORD
from app.settings import PROJECT_ROOT
from tests.benchmarks.measuring import BenchRow

PEOPLE = 8
SECONDS = 15
COMMAND = str(PROJECT_ROOT / ".venv" / "bin" / "lotsenbuch")


class _Person:
    """A signed-in browser with one connection that stays open."""

    def __init__(self, port: int, email: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookie = ""
        form = self.get("/anmelden")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
        assert token
        fields = {"csrf_token": token.group(1), "email": email, "password": DEMO_PASSWORD}
        self._send("POST", "/anmelden", urlencode(fields))
        self.clients = re.findall(r'href="(/faelle/[0-9a-f-]{36})"', self.get("/faelle"))
        assert self.clients, f"{email} has no cases"

    def get(self, path: str) -> str:
        """The page at ``path``."""
        return self._send("GET", path)

    def _send(self, method: str, path: str, body: str | None = None) -> str:
        headers = {"Cookie": self._cookie}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        assert answer.status in {200, 302}, f"{path}: {answer.status}"
        if cookie := answer.headers.get("Set-Cookie"):
            self._cookie = cookie.split(";")[0]
        return text


def rows() -> Iterator[BenchRow]:
    """Median, 95th percentile and pages per second of the client's page."""
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as port:
        people = [_Person(port, account.email) for account in DEMO_CASE_WORKERS[:PEOPLE]]
        alone = sorted(_visit(people[0], 3))
        durations: list[float] = []
        threads = [
            threading.Thread(target=lambda p=person: durations.extend(_visit(p, SECONDS)))
            for person in people
        ]
        begin = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        elapsed = time.perf_counter() - begin
    note = f"{len(durations)} pages in {elapsed:.0f} s, audited reads, matching and page included"
    yield BenchRow("client page over HTTP, one person: median", statistics.median(alone))
    yield BenchRow(f"client page over HTTP, {PEOPLE} in parallel: median", statistics.median(durations))
    yield BenchRow(
        f"client page over HTTP, {PEOPLE} in parallel: p95",
        statistics.quantiles(durations, n=20)[-1],
        note=note,
    )
    yield BenchRow("client pages a second", len(durations) / elapsed, unit="/s")


def _visit(person: _Person, seconds: float) -> list[float]:
    end = time.perf_counter() + seconds
    found: list[float] = []
    while time.perf_counter() < end:
        begin = time.perf_counter()
        page = person.get(person.clients[len(found) % len(person.clients)])
        found.append((time.perf_counter() - begin) * 1000)
        assert "Passende Angebote" in page
    return found


@contextmanager
def _server(folder: Path) -> Iterator[int]:
    environment = os.environ | {"LOTSENBUCH_DATA_DIR": str(folder), "LOTSENBUCH_MODE": "demo"}
    subprocess.run([COMMAND, "demo", "load"], env=environment, check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = subprocess.Popen(
        [COMMAND, "serve", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server did not start")
