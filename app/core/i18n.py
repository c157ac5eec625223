"""The language of the interface: English in the code, German (and English) on the screen.

Built on Babel's gettext support, so that the same words serve pages, commands and tests without a
web request. The catalogues stand in ``app/translations`` and are compiled at set-up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, cast

import babel
import babel.dates
import babel.numbers
from babel.support import LazyProxy, NullTranslations, Translations

from app.settings import TIMEZONE

CATALOGUES = Path(__file__).resolve().parents[1] / "translations"
INTERFACE_LANGUAGES = ("de", "en")
_locale: ContextVar[str] = ContextVar("locale", default="de")


def current_language() -> str:
    """The interface language of this request or command (``de`` unless set)."""
    return _locale.get()


def use_language(language: str) -> None:
    """Set the interface language for the rest of this request; unknown ones become German."""
    _locale.set(language if language in INTERFACE_LANGUAGES else "de")


@contextmanager
def language(code: str) -> Iterator[None]:
    """Speak ``code`` inside the block."""
    token = _locale.set(code)
    try:
        yield
    finally:
        _locale.reset(token)


@cache
def _catalogue(code: str) -> NullTranslations:
    return Translations.load(CATALOGUES, [code]) if code != "en" else NullTranslations()


def gettext(message: str, **values: Any) -> str:
    """``message`` in the interface language, ``%(name)s`` filled in."""
    text = str(_catalogue(_locale.get()).gettext(message))
    return text % values if values else text


def ngettext(singular: str, plural: str, num: int, **values: Any) -> str:
    """The form for ``num`` in the interface language; ``%(num)s`` is filled in."""
    text = str(_catalogue(_locale.get()).ngettext(singular, plural, num))
    return text % {"num": num, **values}


def pgettext(context: str, message: str, **values: Any) -> str:
    """Like `gettext`, for words that mean different things (``context`` tells which)."""
    text = str(_catalogue(_locale.get()).pgettext(context, message))
    return text % values if values else text


def lazy_gettext(message: str) -> str:
    """`gettext` that is asked when the text is shown: for module constants and form labels.

    The proxy behaves like a text wherever one is shown; hence the type that forms expect.
    """
    return cast(str, LazyProxy(gettext, message, enable_cache=False))


def format_day(day: date, style: str = "medium") -> str:
    """A day in words; ``style``: ``short`` 05.11.26, ``medium`` 05.11.2026, ``long``, ``full``."""
    return _day(day, style, _locale.get())


@lru_cache(maxsize=10_000)
def _day(day: date, style: str, in_language: str) -> str:
    return babel.dates.format_date(day, style, locale=in_language)


def format_month(day: date) -> str:
    """Month and year, as in "März 2026"."""
    return babel.dates.format_skeleton("yMMMM", day, locale=_locale.get())


def format_moment(moment: datetime) -> str:
    """Day and time in Germany."""
    local = moment.astimezone(TIMEZONE)
    return _minute(local.replace(second=0, microsecond=0, tzinfo=None), _locale.get())


@lru_cache(maxsize=10_000)
def _minute(local: datetime, in_language: str) -> str:
    return babel.dates.format_datetime(local, "short", locale=in_language)


def format_number(value: float, digits: int = 0) -> str:
    """A number with at most ``digits`` decimals and the language's own comma."""
    return _decimal(round(value, digits), _locale.get())


def format_euros(cents: int) -> str:
    """An amount without its currency: whole euros without decimals, others with both."""
    pattern = "#,##0" if cents % 100 == 0 else "#,##0.00"
    return babel.numbers.format_decimal(cents / 100, format=pattern, locale=_locale.get())


@lru_cache(maxsize=10_000)
def _decimal(value: float, in_language: str) -> str:
    return babel.numbers.format_decimal(value, locale=in_language)


def weekday_name(weekday: int, width: Literal["wide", "abbreviated"] = "wide") -> str:
    """The name of a weekday, 1 = Monday; ``width``: ``wide`` or ``abbreviated``."""
    names = babel.dates.get_day_names(width, locale=_locale.get())
    return str(names[weekday - 1])


def language_name(tag: str, in_language: str | None = None) -> str:
    """The name of the language with this BCP 47 tag, in the interface language; the tag if unknown."""
    return _language_name(tag, in_language or _locale.get())


_UNNAMED = {"prs": "Dari"}
"""Names of languages that CLDR does not know by themselves."""


@cache
def _language_name(tag: str, in_language: str) -> str:
    try:
        return babel.Locale.parse(tag, sep="-").get_display_name(in_language) or tag
    except (babel.UnknownLocaleError, ValueError):
        names = babel.Locale.parse(in_language).languages
        return str(names.get(tag.split("-")[0], _UNNAMED.get(tag, tag)))
