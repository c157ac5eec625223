"""What the pages of an integration plan share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import redirect, url_for
from werkzeug.wrappers import Response

from app.cases.plan_queries import PlanView, load_plan
from app.cases.policy import is_writable_by
from app.cases.queries import CaseHead, fetch_client, get_case_head
from app.cases.rules import sheet_language
from app.core.ids import new_id
from app.printouts.papers.book import PAPER_LANGUAGES
from app.web.access import current_actor
from app.web.labels import cases as case_words
from app.web.labels import matching as match_words
from app.web.labels import plan as plan_words
from app.web.labels import referrals as referral_words
from app.web.runtime import current_runtime

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A case and its plan, as a page needs them."""

    head: CaseHead
    plan: PlanView


def load_page(client_id: str) -> PlanPage:
    """The case and its plan for a page that changes it, with an audit entry.

    Raises `NotFoundError`, and `CaseClosedError` for a case that has to be opened again first.
    """
    with current_runtime().database.write() as session:
        head = get_case_head(session, client_id, current_actor(), action="plan.read")
        fetch_client(session, client_id, is_writable_by(current_actor()), for_update=True)
        return PlanPage(head, load_plan(session, client_id))


def plan_page_words() -> dict[str, Any]:
    """The words that the templates of a plan use."""
    return {
        "case_words": case_words,
        "match_words": match_words,
        "plan_words": plan_words,
        "referral_words": referral_words,
        "taxonomy": current_runtime().taxonomy,
    }


def paper_language_of(head: CaseHead) -> str:
    """The language, beside German, of a paper for this client; ``de`` when German alone will do."""
    client = head.client
    return sheet_language(client.sheet_language, client.reads, client.languages, PAPER_LANGUAGES)


def key_of(form: Any) -> str:
    """The key of a form that creates something; one without a key creates once more."""
    return (form.creation_key.data or "")[:36] or new_id()


def back_to_plan(client_id: str, goal_id: str | None = None) -> Response:
    """To the plan, where the goal stands."""
    anchor = f"ziel-{goal_id}" if goal_id else None
    return redirect(url_for("plan.show", client_id=client_id, _anchor=anchor), 303)
