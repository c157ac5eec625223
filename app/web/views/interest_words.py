"""Words for interests that nobody understands yet: the editor says what they mean."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.cases.unknown_words import decide_word, list_unknown_words
from app.core.errors import InvalidInputError
from app.core.i18n import current_language, ngettext
from app.core.i18n import gettext as _
from app.core.paging import build_page
from app.core.text import fold
from app.web.access import current_actor, permission
from app.web.forms.topic_words import find_topics
from app.web.runtime import current_runtime

blueprint = Blueprint("interest_words", __name__, url_prefix="/pflege/interessen")

PER_PAGE = 50
MAX_WORD = 120
Page = str | Response | tuple[str, int]


@blueprint.get("")
@permission("directory:edit")
def waiting() -> str:
    """The words with how often they are used."""
    return _show()


def _show(word: str = "", typed: str = "", problem: str = "") -> str:
    with current_runtime().database.read() as session:
        found = list_unknown_words(session)
    taxonomy = current_runtime().taxonomy
    labels = (taxonomy.label(key, current_language()) for key in taxonomy.concepts)
    return render_template(
        "interest_words/list.html",
        topics=sorted(labels, key=fold),
        page=build_page(found.waiting, request.args.get("seite", 1, type=int), PER_PAGE),
        hidden=found.hidden,
        word=word,
        typed=typed,
        problem=problem,
        page_address=lambda number: url_for(".waiting", seite=number if number > 1 else None),
    )


@blueprint.post("")
@permission("directory:edit")
def decide() -> Page:
    """Say what a word means, or that it means nothing."""
    taxonomy = current_runtime().taxonomy
    word = request.form.get("word", "")[:MAX_WORD]
    typed = request.form.get("topic", "")[:MAX_WORD].strip()
    concept = None
    try:
        if request.form.get("what") != "nothing":
            concept = find_topics(typed, taxonomy, current_language())
        with current_runtime().database.write() as session:
            used = decide_word(session, current_actor(), word, concept, taxonomy)
    except (ValueError, InvalidInputError) as error:
        return _show(word, typed, str(error)), 422
    if concept is None:
        flash(_("“%(word)s” is not asked about any more.", word=word), "success")
    else:
        topic = taxonomy.label(concept, current_language())
        flash(
            ngettext(
                "“%(word)s” means “%(topic)s” from now on: %(num)s case.",
                "“%(word)s” means “%(topic)s” from now on: %(num)s cases.",
                used, word=word, topic=topic,
            ),
            "success",
        )  # fmt: skip
    return redirect(url_for(".waiting"), 303)
