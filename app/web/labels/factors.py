"""Words for the factors behind a score."""

from __future__ import annotations

from typing import Final

from app.core.i18n import lazy_gettext as _l

_FACTORS: Final = {
    "interest": _l("Interests"),
    "goal": _l("Goals"),
    "level": _l("Level of German"),
    "distance": _l("Distance"),
    "times": _l("Times"),
    "languages": _l("Languages spoken there"),
    "next_start": _l("How soon it starts"),
    "freshness": _l("How fresh the entry is"),
    "cost": _l("Cost"),
    "seats": _l("Free seats"),
    "experience": _l("Experience so far"),
}


def factor_label(code: str) -> str:
    """The name of a factor; a code of `app.matching.rule_files.FACTORS`."""
    return str(_FACTORS.get(code, code))
