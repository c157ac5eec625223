"""The page of a request to a provider: by the link in a mail and in the inbox it is the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import render_template, request

from app.operations.partner_answers import EndedRequest, OpenRequest
from app.web.labels import partner_answers as partner_words
from app.web.labels.consents import list_releases

_WAYS_TO_REACH: Final = frozenset({"phone", "email"})


def show_request(
    found: OpenRequest | EndedRequest,
    answer_address: str,
    *,
    inbox_address: str | None = None,
    is_done: bool = False,
    is_refused: bool = False,
    problems: Mapping[str, str] | None = None,
) -> str:
    """What may be shown of it, with the forms to answer; of one that ended, only how.

    ``inbox_address``: the list that it stands in, for those who are signed in; their forms carry the
    token of the session. ``problems``: a sentence for each field at fault.
    """
    values: dict[str, Any] = {
        "found": found,
        "standing": found.standing,
        "is_done": is_done and found.standing.by_partner,
        "is_refused": is_refused,
        "inbox_address": inbox_address,
        "partner_words": partner_words,
    }
    if isinstance(found, EndedRequest):
        return render_template("partner_answers/ended.html", **values)
    releases = list_releases(
        found.case, found.housemates, found.released, is_by_first_name=found.is_by_first_name
    )
    later = list_releases(found.case, found.housemates, found.later)
    return render_template(
        "partner_answers/show.html",
        can_be_reached=any(one.value for one in later if one.code in _WAYS_TO_REACH),
        answer_address=answer_address,
        releases=[release for release in releases if release.value],
        answers=partner_words.list_answers(found.answers, is_volunteer=found.is_volunteer),
        problems=problems or {},
        typed=request.form,
        **values,
    )
