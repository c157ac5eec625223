"""Self-assessments: asked for by a signed link or on paper, answered, read, due again.

The answers say how somebody feels: they are health data, encrypted, and read one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.codes import ASSESSMENT_QUESTIONS
from app.cases.contact_records import AssessmentInput
from app.cases.contact_rules import is_assessment_due
from app.cases.counselling_models import SelfAssessment
from app.cases.models import Client
from app.cases.policy import is_confided_to, is_own_or_deputised, is_visible_to, is_writable_by
from app.cases.queries import fetch_client
from app.core.errors import ConflictError, NotFoundError
from app.core.i18n import gettext as _
from app.links.models import SignedLink
from app.links.service import create_link, find_link, list_links, revoke_links, token_of
from app.settings import TIMEZONE

LINK_PURPOSE: Final = "self_assessment"
HOME_DAYS: Final = 14
"""So long a link that the client takes home opens the questions."""
_REUSED_WHILE_DAYS: Final = 7
Place = Literal["here", "home"]


@dataclass(frozen=True, slots=True)
class AssessmentLine:
    """That the client answered; never what."""

    id: str
    taken_on: date
    way: str
    language: str
    recorded_by_name: str | None


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One question: the answer now, and the one before."""

    question: str
    before: int | None
    now: int | None


@dataclass(frozen=True, slots=True)
class ReadAssessment:
    """Answers that were opened, beside those of the time before."""

    assessment: SelfAssessment
    before_on: date | None
    """`None`: it is the first one."""
    rows: tuple[AnswerRow, ...]


@dataclass(frozen=True, slots=True)
class AssessmentDue:
    """A client who should be asked."""

    client_id: str
    client_name: str
    last_on: date | None
    """`None`: never asked."""


@dataclass(frozen=True, slots=True)
class QuestionLink:
    """A link that opens the questions."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenQuestions:
    """What a link opens."""

    client_id: str
    link_id: str
    is_answered: bool


def list_assessments(session: Session, actor: Actor, client_id: str) -> tuple[AssessmentLine, ...]:
    """When a client whom ``actor`` may see answered, the newest first."""
    client = fetch_client(session, client_id, is_visible_to(actor))
    rows = session.execute(
        columns(
            col(SelfAssessment.id),
            col(SelfAssessment.taken_on),
            col(SelfAssessment.way),
            col(SelfAssessment.language),
            col(User.name),
        )
        .join(User, col(User.id) == SelfAssessment.recorded_by, isouter=True)
        .where(col(SelfAssessment.client_id) == client.id)
        .order_by(col(SelfAssessment.taken_on).desc(), col(SelfAssessment.created_at).desc())
    ).all()
    return tuple(AssessmentLine(*row) for row in rows)


def read_assessment(
    session: Session, actor: Actor, client_id: str, assessment_id: str
) -> ReadAssessment:
    """The answers beside those of the time before, each with an entry in the access log.

    Needs a transaction that writes. Raises `NotFoundError`, also when they are not confided to
    ``actor``.
    """
    client = fetch_client(session, client_id, is_confided_to(actor))
    found = session.exec(
        select(SelfAssessment)
        .where(SelfAssessment.client_id == client.id)
        .order_by(col(SelfAssessment.taken_on), col(SelfAssessment.created_at))
    ).all()
    place = next((i for i, one in enumerate(found) if one.id == assessment_id), None)
    if place is None:
        raise NotFoundError("no such self-assessment")
    one, before = found[place], found[place - 1] if place else None
    for shown in (one, before):
        if shown is not None:
            record_access(session, actor.id, "assessment.read", "self_assessment", shown.id)
    earlier = before.answers if before else {}
    return ReadAssessment(
        assessment=one,
        before_on=before.taken_on if before else None,
        rows=tuple(AnswerRow(q, earlier.get(q), one.answers.get(q)) for q in ASSESSMENT_QUESTIONS),
    )


def start_assessment(
    session: Session, actor: Actor, client_id: str, secret: str, place: Place, now: datetime
) -> QuestionLink:
    """A link to the questions: until midnight for our screen, for two weeks at home.

    A link for home that was made lately and not answered is given again, so that printing twice does
    no harm. Raises `NotFoundError` when ``actor`` may not change the case.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    if place == "home":
        if link := _find_reusable(session, client.id, now):
            return QuestionLink(token_of(secret, link), link.expires_at)
        expires_at = now + timedelta(days=HOME_DAYS)
    else:
        tomorrow = now.astimezone(TIMEZONE).date() + timedelta(days=1)
        expires_at = datetime.combine(tomorrow, time(), TIMEZONE)
    record_access(session, actor.id, "assessment.ask", "client", client.id)
    token = create_link(session, secret, LINK_PURPOSE, client.id, expires_at, actor.id)
    return QuestionLink(token, expires_at)


def find_home_link(session: Session, client_id: str, secret: str, now: datetime) -> QuestionLink | None:
    """The link made for home that is still unanswered. The caller has checked who asks."""
    link = _find_reusable(session, client_id, now)
    return QuestionLink(token_of(secret, link), link.expires_at) if link else None


def find_questions(session: Session, secret: str, token: str, now: datetime) -> OpenQuestions | None:
    """What the link opens, or `None`: forged, expired, revoked, or the case is closed by now."""
    link = find_link(session, secret, token, LINK_PURPOSE, now)
    if link is None:
        return None
    client = session.get(Client, link.subject_id)
    if client is None or client.closed_on is not None:
        return None
    return OpenQuestions(client.id, link.id, _find_created(session, client.id, link.id) is not None)


def answer_questions(
    session: Session, questions: OpenQuestions, data: AssessmentInput, now: datetime
) -> None:
    """Keep what the client answered by the link. Answered again, the first answers stay."""
    if _find_created(session, questions.client_id, questions.link_id) is not None:
        return
    assessment = SelfAssessment(
        client_id=questions.client_id,
        taken_on=data.taken_on,
        language=data.language,
        way="screen",
        answers=dict(data.answers),
        creation_key=questions.link_id,
        created_at=now,
    )
    if _add(session, assessment):
        record_access(session, None, "assessment.create", "self_assessment", assessment.id)


def record_paper(
    session: Session,
    actor: Actor,
    client_id: str,
    data: AssessmentInput,
    creation_key: str,
    now: datetime,
) -> None:
    """Type in what the client ticked on paper; links that are still open are closed.

    The same ``creation_key`` twice records once. Raises `NotFoundError`.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    if _find_created(session, client.id, creation_key) is not None:
        return
    assessment = SelfAssessment(
        client_id=client.id,
        taken_on=data.taken_on,
        language=data.language,
        way="paper",
        answers=dict(data.answers),
        recorded_by=actor.id,
        creation_key=creation_key,
        created_at=now,
    )
    if not _add(session, assessment):
        raise ConflictError(_("This form was already used. Please open a new one."))
    revoke_links(session, LINK_PURPOSE, client.id)
    record_access(session, actor.id, "assessment.create", "self_assessment", assessment.id)


def list_assessments_due(session: Session, actor: Actor, today: date) -> tuple[AssessmentDue, ...]:
    """Open cases of ``actor``'s day whose client should be asked, the longest ago (or never) first."""
    last = (
        select(col(SelfAssessment.client_id), func.max(SelfAssessment.taken_on).label("on"))
        .group_by(col(SelfAssessment.client_id))
        .subquery()
    )
    rows = session.execute(
        columns(
            col(Client.id),
            col(Client.given_name),
            col(Client.family_name),
            col(Client.counselling_started_on),
            col(Client.birth_date),
            last.c.on,
        )
        .join(last, last.c.client_id == Client.id, isouter=True)
        .where(is_own_or_deputised(actor), col(Client.closed_on).is_(None))
    ).all()
    due = [
        AssessmentDue(client_id, f"{given} {family}".strip(), last_on)
        for client_id, given, family, started_on, birth_date, last_on in rows
        if is_assessment_due(last_on, started_on, birth_date, today)
    ]
    return tuple(sorted(due, key=lambda one: (one.last_on or date.min, one.client_name)))


def _add(session: Session, assessment: SelfAssessment) -> bool:
    """Whether it was added; not, when the same form was quicker."""
    try:
        with session.begin_nested():
            session.add(assessment)
            session.flush()
    except IntegrityError:
        return False
    return True


def _find_created(session: Session, client_id: str, creation_key: str) -> str | None:
    return session.exec(
        select(SelfAssessment.id).where(
            SelfAssessment.client_id == client_id, SelfAssessment.creation_key == creation_key
        )
    ).first()


def _find_reusable(session: Session, client_id: str, now: datetime) -> SignedLink | None:
    least = now + timedelta(days=_REUSED_WHILE_DAYS)
    return next(
        (
            link
            for link in list_links(session, LINK_PURPOSE, client_id)
            if link.revoked_at is None
            and link.expires_at > least
            and _find_created(session, client_id, link.id) is None
        ),
        None,
    )
