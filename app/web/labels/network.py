"""Words for the figures of the network."""

from __future__ import annotations

from typing import Final

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.i18n import ngettext
from app.reports.network_figures import Cell
from app.reports.small_cells import FEWEST

_SUPPLIES: Final = {
    "few_needs": _l("few needs"),
    "enough": _l("enough"),
    "thin": _l("thin"),
    "nothing": _l("nothing there"),
}


def supply_label(code: str) -> str:
    """How thin a kind of help is."""
    return str(_SUPPLIES[code])


def cell_words(cell: Cell) -> str:
    """People and offers, in a line."""
    people = (
        _("below %(few)s people", few=FEWEST)
        if cell.people is None
        else _("about %(count)s people", count=cell.people)
    )
    offers = ngettext("%(num)s offer", "%(num)s offers", cell.offers)
    return f"{people}, {offers}"
