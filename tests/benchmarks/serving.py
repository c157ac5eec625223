"""The real server on a data folder of its own, and people who use it in closed loops without pauses."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from app.operations.demo_accounts import DEMO_PASSWORD
from app.settings import PROJECT_ROOT

COMMAND = str(PROJECT_ROOT / ".venv" / "bin" / "lotsenbuch")


class Person:
    """A signed-in browser with one connection that stays open."""

    def __init__(self, port: int, email: str, password: str = DEMO_PASSWORD) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookie = ""
        form = self.get("/anmelden")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
        assert token
        fields = {"csrf_token": token.group(1), "email": email, "password": password}
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


def visit(
    person: Person, next_path: Callable[[int], str], seconds: float, expected: str
) -> list[float]:
    """Milliseconds of each page, one after the other; ``next_path`` gets the running number."""
    end = time.perf_counter() + seconds
    found: list[float] = []
    while time.perf_counter() < end:
        begin = time.perf_counter()
        page = person.get(next_path(len(found)))
        found.append((time.perf_counter() - begin) * 1000)
        assert expected in page
    return found


def visit_together(
    people: Sequence[Person],
    path_of: Callable[[Person], Callable[[int], str]],
    seconds: float,
    expected: str,
) -> tuple[list[float], float]:
    """Milliseconds of all pages of all people at once, and how long it took in seconds."""
    durations: list[float] = []
    threads = [
        threading.Thread(
            target=lambda p=person: durations.extend(visit(p, path_of(p), seconds, expected))
        )
        for person in people
    ]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return durations, time.perf_counter() - begin


def run_command(folder: Path, *arguments: str) -> None:
    """Run ``lotsenbuch`` on the data in ``folder``."""
    subprocess.run([COMMAND, *arguments], env=_environment(folder), check=True, capture_output=True)


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {"LOTSENBUCH_DATA_DIR": str(folder), "LOTSENBUCH_MODE": "demo"}


@contextmanager
def serve(folder: Path) -> Iterator[int]:
    """Serve the data in ``folder``; gives the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = subprocess.Popen(
        [COMMAND, "serve", "--port", str(port)],
        env=_environment(folder),
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
