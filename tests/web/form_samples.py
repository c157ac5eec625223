"""What a browser would send for a form that it was shown."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

from werkzeug.test import TestResponse


class _Fields(HTMLParser):
    """Collects name and value of everything in the forms of a page that a browser would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[list[tuple[str, str]]] = []
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._area: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "form":
            self.forms.append([])
        elif tag == "input" and name and given.get("type") != "submit":
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self._add(name, given.get("value") or ("on" if given.get("type") == "checkbox" else ""))
        elif tag == "select" and name:
            self._select, self._options = name, []
        elif tag == "option" and self._select:
            self._options.append((given.get("value") or "", "selected" in given))
        elif tag == "textarea" and name:
            self._area, self._text = name, ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            chosen = [value for value, is_selected in self._options if is_selected]
            first = [value for value, _ in self._options[:1]]
            for value in (chosen or first)[:1]:
                self._add(self._select, value)
            self._select = None
        elif tag == "textarea" and self._area:
            # A browser leaves out the line end after the opening tag, and sends CR LF.
            text = self._text.removeprefix("\r\n").removeprefix("\n")
            self._add(self._area, text.replace("\r\n", "\n").replace("\n", "\r\n"))
            self._area = None

    def _add(self, name: str, value: str) -> None:
        if self.forms:
            self.forms[-1].append((name, value))


def fields_of(page: TestResponse | str, holding: str = "as_read") -> dict[str, list[str]]:
    """Name → values of the form that has a field called ``holding``."""
    parser = _Fields()
    parser.feed(page if isinstance(page, str) else page.text)
    form = next(form for form in parser.forms if any(name == holding for name, _ in form))
    return {name: [value for n, value in form if n == name] for name, _ in _unique(form)}


def _unique(fields: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    yield from dict(fields).items()
