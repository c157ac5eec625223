"""Countries typed by their names become ISO codes, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from babel import Locale

from app.core.i18n import INTERFACE_LANGUAGES, current_language
from app.core.i18n import gettext as _
from app.core.text import fold
from app.web.forms.parsing import split_words

STATELESS = "XX"
"""What passports and registers write for somebody without a nationality."""
_EVERYDAY_NAMES = {
    "staatenlos": STATELESS,
    "stateless": STATELESS,
    "Palästina": "PS",
    "Palestine": "PS",
    "Turkey": "TR",
    "Türkiye": "TR",
    "Kongo": "CD",
    "Elfenbeinküste": "CI",
    "Burma": "MM",
    "Weißrussland": "BY",
    "USA": "US",
    "England": "GB",
    "Mazedonien": "MK",
}
"""Names that people use and the lists of countries do not have."""


def country_name(code: str) -> str:
    """The name of a country in the interface language; the code itself when there is none."""
    if code == STATELESS:
        return _("stateless")
    return str(Locale(current_language()).territories.get(code, code))


def parse_countries(text: str) -> list[str]:
    """The codes of countries named in German or English, or by their code, each once.

    Raises `ValueError` with words to show.
    """
    codes = []
    for word in split_words(text):
        code = _names().get(fold(word))
        if code is None:
            raise ValueError(_("“%(word)s” is not a country we know.", word=word[:40]))
        codes.append(code)
    return list(dict.fromkeys(codes))


def parse_country(text: str) -> str | None:
    """One country, or none; raises `ValueError` with words to show."""
    codes = parse_countries(text)
    if len(codes) > 1:
        raise ValueError(_("Please name one country."))
    return codes[0] if codes else None


def countries_as_typed(codes: Iterable[str]) -> str:
    """``codes`` as somebody would type them, so that `parse_countries` gives them back."""
    return ", ".join(_as_typed(code) for code in codes)


@cache
def list_country_names(interface_language: str) -> list[str]:
    """The names one may type, sorted, for suggestions."""
    names = Locale(interface_language).territories
    return sorted((str(names[code]) for code in _codes() if code in names), key=fold)


def _as_typed(code: str) -> str:
    name = country_name(code)
    return name if _names().get(fold(name)) == code else code


@cache
def _codes() -> tuple[str, ...]:
    """Two letters, without those for regions and unions, and the places to try things out."""
    no_countries = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
    return tuple(
        code
        for code in map(str, Locale("en").territories)
        if re.fullmatch("[A-Z]{2}", code) and code not in no_countries
    )


@cache
def _names() -> dict[str, str]:
    names = {fold(code): code for code in _codes()}
    for interface in INTERFACE_LANGUAGES:
        words = Locale(interface).territories
        names |= {fold(str(words[code])): code for code in _codes() if code in words}
    return names | {fold(word): code for word, code in _EVERYDAY_NAMES.items()}
