"""The stop nearest to a door, as far as the way there names one. Pure."""

from __future__ import annotations

import re
from typing import Final

_STOP: Final = re.compile(r"\bHaltestelle\s+([^\W\d_][^,.;:()\n]{1,50})")
_STATION: Final = re.compile(
    r"\b(S\d{1,2}|U\d{1,2})\s+(?:bis\s+)?([^\W\d_][\w.-]*(?:\s(?:Cannstatt|am\s\w+|\([^)\n]{1,30}\)))?)"
)
_LINES: Final = re.compile(
    r"\b((?:Bus|Linie|Stadtbahn|Tram|Straßenbahn|U-Bahn|S-Bahn)\s+[\w/]*\d[\w/]*"
    r"(?:(?:\s*,\s*|\s+und\s+|\s+oder\s+)[SUX]?\d[\w/]*)*|[SU]\d{1,2})"
)
_NOT_A_STATION: Final = frozenset({"und", "oder", "ab", "bis", "von", "nach", "richtung"})


def find_stop(directions: str | None) -> str | None:
    """The stop that ``directions`` (German) name, with its line: ``Blarerplatz (Bus 101)``.

    "Haltestelle …" counts first, then the station after a line of the S-Bahn or U-Bahn; `None` when the
    words name neither: a stop is never guessed.
    """
    for sentence in re.split(r"(?<=[^\d\s])[.;\n](?=\s|$)", directions or ""):
        if stop := _STOP.search(sentence):
            line = [found for found in _LINES.finditer(sentence) if found.end() <= stop.start()]
            name = " ".join(stop[1].split())
            return f"{name} ({line[-1][1]})" if line else name
    station = _STATION.search(directions or "")
    if station is None or station[2].lower() in _NOT_A_STATION:
        return None
    return f"{station[2].rstrip('.-')} ({station[1]})"
