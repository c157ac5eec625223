"""Words for what happens to an entry: suggestions, history, duplicates, merges."""

from __future__ import annotations

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.merge_plans import UndoProblem
from app.web.labels.entry_fields import field_label

_ORIGINS = {
    "user": _l("from a colleague"),
    "provider": _l("from the provider"),
    "import": _l("from a list"),
}
_DECISIONS = {"accepted": _l("accepted"), "rejected": _l("rejected")}
_OCCASIONS = {
    "import": _l("taken from a list"),
    "create": _l("entered"),
    "edit": _l("changed"),
    "seats": _l("seats told"),
    "suggestion": _l("suggestion accepted"),
    "restore": _l("earlier state restored"),
    "merge": _l("merged with another entry"),
    "unmerge": _l("merge undone"),
    "freshness": _l("changed because nobody confirmed it"),
}
_WAYS = {
    "editor": _l("confirmed by an editor"),
    "provider": _l("confirmed by the provider"),
    "phone": _l("confirmed on the phone"),
    "import": _l("confirmed by a list"),
}
_PARTS = {
    "name": _l("Name"),
    "title": _l("Title"),
    "address": _l("Address"),
    "phone": _l("Phone"),
    "email": _l("E-mail"),
    "website": _l("Website"),
    "times": _l("Times"),
    "places": _l("Places"),
}


def origin_label(code: str) -> str:
    """Where a suggestion comes from."""
    return str(_ORIGINS.get(code, code))


def decision_label(code: str) -> str:
    """What an editor said to a suggested field."""
    return str(_DECISIONS.get(code, code))


def occasion_label(code: str) -> str:
    """On what occasion an entry was changed."""
    return str(_OCCASIONS.get(code, code))


def way_label(code: str) -> str:
    """How an entry was confirmed."""
    return str(_WAYS.get(code, code))


def similarity_part_label(code: str) -> str:
    """In what two entries are alike."""
    return str(_PARTS.get(code, code))


def undo_problem_words(entry_type: str, problem: UndoProblem) -> str:
    """What is in the way of undoing a merge."""
    what = problem.what
    match problem.code:
        case "undone":
            return _("It has been undone already.")
        case "kept_merged":
            return _(
                "“%(what)s” itself was merged with another entry since; undo that first.", what=what
            )
        case "provider_merged":
            return _("The provider “%(what)s” was merged since; undo that first.", what=what)
        case "offer_merged":
            return _(
                "The offer “%(what)s” was merged with another one since; undo that first.", what=what
            )
        case "field_changed":
            label = field_label(entry_type, what)
            return _("“%(what)s” was changed since.", what=label)
        case "part_changed":
            return _("“%(what)s” came with the merge and was changed since.", what=what)
        case "part_used":
            return _(
                "The offer “%(where)s” uses “%(what)s” by now, which the other entry does not have.",
                where=problem.where,
                what=what,
            )
        case "key_taken":
            return _("The list names “%(what)s” with another provider by now.", what=what)
        case "parent_changed":
            return _("The organisation above it was changed since.")
