"""Requests against the real application with the demo in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.test import TestResponse

from app.factory import create_app
from app.operations.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD, DEMO_PROVIDER_ACCOUNT
from app.operations.runtime import Runtime
from app.web.runtime import EXTENSION

EMAIL_OF_ROLE = {
    account.role: account.email for account in reversed((*DEMO_ACCOUNTS, DEMO_PROVIDER_ACCOUNT))
}
"""One account of each role; the case worker is the first one, whose case Amira H. is."""

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
SignIn = Callable[[str], FlaskClient]


class _PageCheck(HTMLParser):
    """Collects what every page must have right."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.language = ""
        self.title = ""
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "html":
            self.language = values.get("lang") or ""
        if values.get("id"):
            self.ids.append(values["id"] or "")
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self._in_title = tag == "title" and not self.title

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data


def check_page(response: TestResponse) -> None:
    """Title, one main heading, no heading level left out, no id twice, no word left untranslated."""
    page = _PageCheck()
    page.feed(response.text)
    path = response.request.path
    assert page.title.removesuffix(" · Lotsenbuch").strip(), f"{path}: no title"
    assert page.headings.count(1) == 1, f"{path}: {page.headings.count(1)} main headings"
    for before, after in zip(page.headings, page.headings[1:], strict=False):
        assert after <= before + 1, f"{path}: heading level {before} is followed by {after}"
    doubles = {name for name in page.ids if page.ids.count(name) > 1}
    assert not doubles, f"{path}: ids used twice: {doubles}"
    assert page.language in {"de", "en"}


def token_of(response: TestResponse) -> str:
    """The CSRF token of a page."""
    found = _TOKEN.search(response.text)
    assert found, f"no form in {response.request.path}"
    return found.group(1)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """The templates, each compiled once instead of for each test."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(demo: Runtime, compiled_templates: FileSystemBytecodeCache) -> Iterator[Flask]:
    """The application on a copy of the demo."""
    application = create_app(demo.settings)
    application.testing = True
    application.jinja_env.bytecode_cache = compiled_templates
    # Flask would let errors through in tests; pages must answer as they do for people.
    application.config["PROPAGATE_EXCEPTIONS"] = False
    yield application
    application.extensions[EXTENSION].database.dispose()


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """Gives a browser that is signed in with a role or an e-mail address."""

    def open_session(role_or_email: str) -> FlaskClient:
        browser = app.test_client()
        email = EMAIL_OF_ROLE.get(role_or_email, role_or_email)
        token = token_of(browser.get("/anmelden"))
        answer = browser.post(
            "/anmelden", data={"csrf_token": token, "email": email, "password": DEMO_PASSWORD}
        )
        assert answer.status_code == 302, answer.text
        return browser

    return open_session
