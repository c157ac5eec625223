"""The network: which kinds of help are thin where, and who works on what (``/netzwerk``)."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, render_template, request

from app.core.i18n import gettext as _
from app.core.i18n import language_name
from app.directory.codes import GOAL_AREAS
from app.reports.network import (
    Partner,
    list_partners,
    list_together,
    load_help,
    load_needs,
    load_place_names,
)
from app.reports.network_figures import MANY_PER_OFFER, NOWHERE, by_language, by_place
from app.reports.network_picture import Line, Node, draw_network
from app.reports.small_cells import FEWEST
from app.web.access import permission
from app.web.labels.cases import goal_area_label
from app.web.labels.directory import provider_kind_label
from app.web.labels.network import cell_words, supply_label
from app.web.runtime import current_runtime

blueprint = Blueprint("network", __name__, url_prefix="/netzwerk")

MOST_DRAWN: Final = 25


@blueprint.get("")
@permission("directory:read")
def show() -> str:
    """Both tables and the picture; ``sprache`` leaves those who speak it."""
    runtime = current_runtime()
    with runtime.database.read() as session:
        needs, offers = load_needs(session), load_help(session)
        names = load_place_names(session)
        partners = list_partners(session, runtime.today)
        together = list_together(session, runtime.today)
    languages = by_language(needs, offers, GOAL_AREAS)
    wanted = request.args.get("sprache")
    tag = wanted if wanted in {row.key for row in languages} else None
    return render_template(
        "network/show.html",
        areas=GOAL_AREAS,
        places=by_place(needs, offers, GOAL_AREAS, tag),
        languages=languages,
        tag=tag,
        names=names,
        nowhere=NOWHERE,
        partners=partners,
        together=together,
        partner_name=_name,
        goal_area_label=goal_area_label,
        provider_kind_label=provider_kind_label,
        cell_words=cell_words,
        supply_label=supply_label,
        language_name=language_name,
        fewest=FEWEST,
        many_per_offer=MANY_PER_OFFER,
        most_drawn=MOST_DRAWN,
    )


@blueprint.get("/bild.svg")
@permission("directory:read")
def picture() -> Response:
    """Who works on what, to look at and to print."""
    runtime = current_runtime()
    with runtime.database.read() as session:
        partners = sorted(list_partners(session, runtime.today)[:MOST_DRAWN], key=_height)
    lines = [
        Line(GOAL_AREAS.index(area), number, count)
        for number, partner in enumerate(partners)
        for area, count in partner.areas
    ]
    drawn = draw_network(
        _("Who works on what in the network"),
        [goal_area_label(area) for area in GOAL_AREAS],
        [Node(_name(one), one.referrals is not None) for one in partners],
        lines,
    )
    return Response(drawn, mimetype="image/svg+xml")


def _height(partner: Partner) -> float:
    """Beside which areas to draw it, so that few lines cross."""
    return sum(GOAL_AREAS.index(area) * count for area, count in partner.areas) / max(
        1, sum(count for _area, count in partner.areas)
    )


def _name(partner: Partner) -> str:
    if partner.provider_id is None:
        return _("Volunteers (%(count)s)", count=partner.people)
    return partner.name
