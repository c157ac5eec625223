"""How long a text may be, said in the language of the page."""

from __future__ import annotations

from wtforms.validators import Length

from app.core.i18n import lazy_gettext as _l


def at_most(count: int) -> Length:
    """A text of up to ``count`` characters."""
    return Length(max=count, message=_l("Please use at most %(max)s characters."))
