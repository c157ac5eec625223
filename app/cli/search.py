"""``lotsenbuch search``: the directory searched from the command line."""

from __future__ import annotations

import json
import sys
from datetime import date

import click

from app.cli.options import open_from_environment, today_option
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.operations.runtime import Runtime
from app.search.types import MAX_LIMIT, SearchAnswer, SearchQuery
from app.web.labels.directory import distance_words, offer_kind_label

TITLE_COLUMNS = 56
PROVIDER_COLUMNS = 36


@click.command("search")
@click.argument("words")
@click.option("--limit", type=click.IntRange(1, MAX_LIMIT), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@today_option
def command(words: str, limit: int, as_json: bool, today: date | None) -> None:
    """Search the directory for WORDS; levels, days, languages and places in them are understood."""
    runtime = open_from_environment(today)
    _prepare_index(runtime)
    answer = runtime.search_engine.search(SearchQuery(words, limit=limit, today=runtime.today))
    if as_json:
        click.echo(json.dumps(to_json(answer), ensure_ascii=False, indent=2))
    else:
        _print_readable(answer)


def to_json(answer: SearchAnswer) -> list[dict[str, object]]:
    """The hits as the command prints them; part of the product's scripting interface."""
    return [
        {
            "id": hit.offer_id,
            "external_id": hit.external_id,
            "title": hit.title,
            "provider": hit.provider,
            "kind": hit.kind,
            "score": hit.score,
        }
        for hit in answer.hits
    ]


def _prepare_index(runtime: Runtime) -> None:
    """Bring the index up to date; when it cannot be written, the search works without it."""
    engine = runtime.search_engine
    try:
        if engine.is_usable():
            engine.catch_up()
            return
        with click.progressbar(length=1, label=_("Building the search index"), file=sys.stderr) as bar:

            def show(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            engine.rebuild(show)
    except OSError as error:
        click.echo(f"lotsenbuch: {error}", err=True)


def _print_readable(answer: SearchAnswer) -> None:
    if answer.correction is not None:
        click.echo(_("Showing results for “%(text)s”.", text=answer.correction.text))
    if answer.hits and not answer.is_complete_match:
        click.echo(_("No offer has all words; these have some of them."))
    for hit in answer.hits:
        words = [offer_kind_label(hit.kind)]
        if hit.distance_km is not None:
            words.append(distance_words(hit.distance_km, hit.distance_is_estimate))
        title, provider = hit.title[:TITLE_COLUMNS], hit.provider[:PROVIDER_COLUMNS]
        click.echo(
            f"{hit.score:4.2f}  {title:{TITLE_COLUMNS}}  {provider:{PROVIDER_COLUMNS}}  "
            + ", ".join(words)
        )
    click.echo(ngettext("%(num)d offer found.", "%(num)d offers found.", answer.total))
