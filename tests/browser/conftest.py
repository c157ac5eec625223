"""A real Chromium against the real server."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as BrowserError
from sqlmodel import col, select

from app.mail.models import OutboxMail
from app.operations.demo_accounts import DEMO_PASSWORD
from app.operations.runtime import open_runtime
from app.settings import PROJECT_ROOT, load_settings
from tests.conftest import TODAY

WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
_AXE = PROJECT_ROOT / "node_modules" / "axe-core" / "axe.min.js"
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def served_folder(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the server: a copy of the demo's."""
    folder = tmp_path_factory.mktemp("served") / "data"
    shutil.copytree(demo_folder, folder)
    return folder


@pytest.fixture(scope="session")
def newest_mail(served_folder: Path) -> Callable[[str], str]:
    """The text of the newest mail of a purpose, as it comes into the mailbox of its recipient."""

    def read(purpose: str) -> str:
        runtime = open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": str(served_folder)}))
        with runtime.database.read() as session:
            newest = col(OutboxMail.created_at).desc()
            found = session.exec(
                select(OutboxMail).where(OutboxMail.purpose == purpose).order_by(newest)
            ).first()
        runtime.database.dispose()
        assert found is not None, f"no mail for {purpose}"
        return found.text_body

    return read


@pytest.fixture(scope="session")
def address(served_folder: Path) -> Iterator[str]:
    """The address of a server of our own, on a copy of the demo."""
    folder = served_folder
    port = _free_port()
    environment = os.environ | {
        "LOTSENBUCH_DATA_DIR": str(folder),
        "LOTSENBUCH_TODAY": TODAY.isoformat(),
        "LOTSENBUCH_MODE": "demo",
    }
    command = [str(PROJECT_ROOT / ".venv" / "bin" / "lotsenbuch"), "serve", "--port", str(port)]
    log = folder.parent / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    url = f"http://localhost:{port}"
    try:
        _wait_for(url, server, log)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"the server ended: {log.read_text()}")
        try:
            with urlopen(f"{url}/health", timeout=2):  # noqa: S310  our own address
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the server did not answer: {log.read_text()}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    executable = shutil.which("chromium")
    assert executable, "Chromium is missing; run “make test”, which installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_FLAGS)
        yield browser
        browser.close()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, address: str) -> Iterator[OpenPage]:
    """Opens a fresh browser window, signed in when an address is given; fails on third parties."""
    contexts: list[BrowserContext] = []
    foreign: list[str] = []

    def note_foreign(url: str) -> None:
        # The browser's own viewer for PDFs loads from chrome:// addresses; that is not the network.
        if url.startswith(("http:", "https:", "ws:", "wss:")) and not url.startswith(address):
            foreign.append(url)

    def open_window(
        email: str | None = None, size: dict[str, int] = WIDE, javascript: bool = True
    ) -> Page:
        context = chromium.new_context(
            base_url=address, viewport=size, locale="de-DE", java_script_enabled=javascript
        )
        contexts.append(context)
        context.on("request", lambda request: note_foreign(request.url))
        page = context.new_page()
        page.set_default_timeout(15_000)
        if email:
            page.goto("/anmelden")
            page.get_by_label("E-Mail-Adresse").fill(email)
            page.get_by_label("Passwort").fill(DEMO_PASSWORD)
            page.get_by_role("button", name="Anmelden").click()
            page.wait_for_url(lambda url: "/anmelden" not in url)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert foreign == [], f"requests to others: {foreign}"


_SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_AXE_RUN = """async () => await axe.run(document, {runOnly:
    ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"""


def _examine(page: Page) -> tuple[dict[str, Any], int]:
    """What axe-core finds, and by how many pixels the page is wider than the window.

    Asked of the page that stays: a click returns before the next page is there, and what is asked
    of the page just being left loses the document under its feet.
    """
    deadline = time.monotonic() + 15
    while True:
        page.wait_for_load_state("load")
        try:
            page.evaluate(_AXE.read_text(encoding="utf-8"))
            return page.evaluate(_AXE_RUN), page.evaluate(_SIDEWAYS)
        except BrowserError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def check_accessibility(page: Page) -> None:
    """No violation found by axe-core, and nothing sticks out of the window."""
    result, overflow = _examine(page)
    violations = [
        {
            "rule": violation["id"],
            "help": violation["help"],
            "where": [node["html"][:200] for node in violation["nodes"]][:3],
        }
        for violation in result["violations"]
    ]
    assert violations == [], json.dumps(violations, indent=1, ensure_ascii=False)
    assert result["passes"], "axe looked at nothing"
    assert overflow <= 0, f"{page.url}: the page is {overflow} px wider than the window"
