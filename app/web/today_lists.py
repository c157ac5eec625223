"""What needs somebody today, as groups of short lines, each with its one action."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final, TypeVar

from flask import url_for
from sqlmodel import Session

from app.accounts.permissions import Actor
from app.cases.appointments import AppointmentLine, list_appointments_of_day
from app.cases.assessments import AssessmentDue, list_assessments_due
from app.cases.deadline_queries import load_warnings_of_day
from app.cases.deadlines import DeadlineWarning
from app.cases.emergencies import count_unreviewed
from app.cases.handover_queries import count_unseen
from app.cases.plan_queries import ReviewDue, list_reviews_due
from app.cases.queries import count_open_cases, load_day_names
from app.cases.substitutions import load_deputised
from app.core.i18n import format_day, format_moment, ngettext
from app.core.i18n import gettext as _
from app.operations.new_offers import NewMatch, find_last_run, list_new_matches
from app.operations.runtime import Runtime
from app.referrals.case_figures import count_due_of_workers
from app.referrals.day_lists import DayLists, SomeOf, list_day
from app.referrals.queries import ReferralLine
from app.referrals.states import PROPOSED
from app.settings import TIMEZONE
from app.web.labels import referrals as referral_words
from app.web.labels.legal import appointment_kind_label, warning_badge, warning_words

LINES: Final = 6
COMING_DAYS: Final = 7
_Found = TypeVar("_Found")
_PAGE_OF: Final = {
    "counselling_ends": "cases.show_case",
    "certificate_expires": "intake.show",
    "consent_ends": "consents.show",
}
"""Where a deadline is dealt with, when that is not the legal card."""


@dataclass(frozen=True, slots=True)
class TodayLine:
    """One thing with its one action."""

    client_id: str | None
    client_name: str
    words: str
    note: str
    address: str
    action: str
    badge: str | None = None
    """How loud: ``danger``, ``warning`` or ``info``; `None`: a plain line."""
    deputy_for: str = ""
    """The colleague whose case it is; empty: one's own."""
    tick_off: str = ""
    """The offer that one can tick off; empty: nothing to tick off."""


@dataclass(frozen=True, slots=True)
class TodayGroup:
    """Lines of one kind."""

    key: str
    title: str
    lines: tuple[TodayLine, ...]
    total: int
    address: str
    """Where all of them stand."""
    empty: tuple[str, str] | None = None
    """What is said kindly when there is nothing; `None`: the group is left out then."""
    remark: str = ""
    """Said in small below the lines."""


@dataclass(frozen=True, slots=True)
class TeamDay:
    """What the team lead sees of the team, in short."""

    open_cases: int
    due: int
    """Follow-ups due of the whole team."""
    busy: int
    """How many case workers have one that is due."""


@dataclass(frozen=True, slots=True)
class Today:
    """The page: what is due, and beside it what comes, runs out and is new."""

    due: tuple[TodayGroup, ...]
    beside: tuple[TodayGroup, ...]
    day: DayLists
    unseen_cases: int
    unreviewed_emergencies: int
    team: TeamDay | None
    """`None` for everybody but the team lead."""


@dataclass(frozen=True, slots=True)
class _People:
    """Whose cases they are."""

    names: Mapping[str, tuple[str, str]]
    """Client → name and case worker."""
    colleagues: Mapping[str, str]
    """Case worker one stands in for → name."""
    all_of: str
    """The group that is shown in full."""

    def name(self, client_id: str) -> str:
        return self.names.get(client_id, ("", ""))[0]

    def deputy_for(self, client_id: str) -> str:
        return self.colleagues.get(self.names.get(client_id, ("", ""))[1], "")


def load_today(runtime: Runtime, actor: Actor, now: datetime, all_of: str = "") -> Today:
    """All lists of ``actor``'s day, with one entry in the audit log. Opens its own transactions.

    Of each group the first `LINES`, but all of the group with the key ``all_of``.
    """
    today = runtime.today
    with runtime.database.write() as session:  # for the audit entry
        day = list_day(session, actor, today, LINES)
    with runtime.database.read() as session:
        people = _load_people(session, actor, all_of)
        new = list_new_matches(session, actor, today)
        matched_at = find_last_run(session)
        reviews = list_reviews_due(session, actor, today)
        assessments = list_assessments_due(session, actor, today)
        warnings = load_warnings_of_day(session, actor, today)
        begin = datetime.combine(now.astimezone(TIMEZONE).date(), time(), TIMEZONE)
        appointments = list_appointments_of_day(
            session, actor, begin, begin + timedelta(days=COMING_DAYS)
        )
        unseen, unreviewed = count_unseen(session, actor), count_unreviewed(session, actor)
        team = _load_team(session, actor, today)
    return Today(
        due=_kept(
            _answers(day.answered, people, today),
            _follow_ups(day.due, people, today),
            _unanswered(day.unanswered, people, today),
            _reviews(reviews, people),
            _assessments(assessments, people),
        ),
        beside=_kept(
            _appointments(appointments, people, today),
            _warnings(warnings, people),
            _new_offers(new, people, matched_at),
        ),
        day=day,
        unseen_cases=unseen,
        unreviewed_emergencies=unreviewed,
        team=team,
    )


def _load_people(session: Session, actor: Actor, all_of: str) -> _People:
    colleagues = {key: found.name for key, found in load_deputised(session, actor).items()}
    return _People(load_day_names(session, actor), colleagues, all_of)


def _load_team(session: Session, actor: Actor, today: date) -> TeamDay | None:
    if not actor.may("team:manage"):
        return None
    due = count_due_of_workers(session, actor, today)
    return TeamDay(count_open_cases(session, actor), sum(due.values()), len(due))


def _kept(*groups: TodayGroup) -> tuple[TodayGroup, ...]:
    return tuple(group for group in groups if group.lines or group.empty)


def _group(
    people: _People,
    key: str,
    title: str,
    found: Sequence[_Found],
    line_of: Callable[[_Found], TodayLine],
    *,
    total: int | None = None,
    address: str | None = None,
    empty: tuple[str, str] | None = None,
) -> TodayGroup:
    """The first of ``found`` as lines; ``total``: how many there are, when these are not all."""
    shown = found if people.all_of == key else found[:LINES]
    lines = tuple(line_of(one) for one in shown)
    every = address or url_for("today.show", alle=key, _anchor=key)
    return TodayGroup(key, title, lines, len(found) if total is None else total, every, empty)


def _referral_line(line: ReferralLine, people: _People, today: date) -> TodayLine:
    parts = [
        line.provider_name,
        line.contact_phone if line.mode == "arranged" and line.state != PROPOSED else "",
        referral_words.referral_state_label(line.state),
        referral_words.overdue_words((today - line.follow_up_on).days)
        if line.follow_up_on and line.follow_up_on <= today
        else _("referred on %(day)s", day=format_day(line.created_at.astimezone(TIMEZONE).date())),
    ]
    return TodayLine(
        client_id=line.client_id,
        client_name=line.client_name,
        words=line.offer_title,
        note=" · ".join(part for part in parts if part),
        address=url_for("referrals.show_referral", referral_id=line.id),
        action=_("Take it up") if line.state == PROPOSED else _("What came of it?"),
        deputy_for=people.deputy_for(line.client_id),
    )


def _answers(found: SomeOf, people: _People, today: date) -> TodayGroup:
    return _group(
        people,
        "antworten",
        _("New answers"),
        found.lines,
        lambda line: replace(_referral_line(line, people, today), action=_("Read the answer")),
        total=found.total,
        address=url_for("referrals.list_referrals", stand="all"),
    )


def _follow_ups(due: SomeOf, people: _People, today: date) -> TodayGroup:
    return _group(
        people,
        "faellig",
        _("Follow-ups due"),
        due.lines,
        lambda line: _referral_line(line, people, today),
        total=due.total,
        address=url_for("referrals.list_referrals", stand="due"),
        empty=(_("Nothing is due today."), _("When a follow-up falls due, it stands here.")),
    )


def _unanswered(found: SomeOf, people: _People, today: date) -> TodayGroup:
    return _group(
        people,
        "ohne-antwort",
        _("Referrals without an answer"),
        found.lines,
        lambda line: _referral_line(line, people, today),
        total=found.total,
        address=url_for("referrals.list_referrals", stand="unanswered"),
    )


def _reviews(found: Sequence[ReviewDue], people: _People) -> TodayGroup:
    return _group(
        people,
        "plaene",
        _("Plans to look at again"),
        found,
        lambda one: TodayLine(
            one.client_id,
            one.client_name,
            _("Review of the plan"),
            _("planned for %(day)s", day=format_day(one.review_on)),
            url_for("plan.show", client_id=one.client_id),
            _("To the plan"),
            deputy_for=people.deputy_for(one.client_id),
        ),
    )


def _assessments(found: Sequence[AssessmentDue], people: _People) -> TodayGroup:
    return _group(
        people,
        "selbsteinschaetzung",
        _("Self-assessments due"),
        found,
        lambda one: TodayLine(
            one.client_id,
            one.client_name,
            _("Ask how things are"),
            _("last asked on %(day)s", day=format_day(one.last_on))
            if one.last_on
            else _("not asked yet"),
            url_for("assessments.show", client_id=one.client_id),
            _("Ask"),
            deputy_for=people.deputy_for(one.client_id),
        ),
    )


def _appointments(found: Sequence[AppointmentLine], people: _People, today: date) -> TodayGroup:
    return _group(
        people,
        "termine",
        _("Appointments in the next seven days"),
        found,
        lambda one: TodayLine(
            one.client_id,
            one.client_name,
            appointment_kind_label(one.kind),
            " · ".join(filter(None, [format_moment(one.starts_at), one.place, one.with_whom])),
            url_for("legal.show", client_id=one.client_id, _anchor="termine"),
            _("Open"),
            badge="info" if one.starts_at.astimezone(TIMEZONE).date() == today else None,
            deputy_for=people.deputy_for(one.client_id),
        ),
        empty=(_("No appointment in the next seven days."), ""),
    )


def _warnings(found: Mapping[str, tuple[DeadlineWarning, ...]], people: _People) -> TodayGroup:
    pairs = sorted(
        ((client_id, warning) for client_id, several in found.items() for warning in several),
        key=lambda pair: (pair[1].days_left < 0, abs(pair[1].days_left), pair[0]),
    )

    def line_of(pair: tuple[str, DeadlineWarning]) -> TodayLine:
        client_id, warning = pair
        return TodayLine(
            client_id,
            people.name(client_id),
            warning_words(warning),
            "",
            url_for(_PAGE_OF.get(warning.deadline.code, "legal.show"), client_id=client_id),
            _("Open"),
            badge=warning_badge(warning),
            deputy_for=people.deputy_for(client_id),
        )

    return _group(people, "laeuft-ab", _("Runs out"), pairs, line_of)


def _new_offers(found: Sequence[NewMatch], people: _People, matched_at: datetime | None) -> TodayGroup:
    if matched_at is None:
        state = _("They are looked for every night; the first run is still to come.")
    else:
        state = _("Looked for on %(moment)s.", moment=format_moment(matched_at))
    group = _group(
        people,
        "neu",
        _("New suitable offers"),
        found,
        lambda one: TodayLine(
            one.client_id,
            one.client_name,
            one.title,
            _new_words(one),
            url_for("referrals.refer", client_id=one.client_id, offer_id=one.offer_id),
            _("Refer"),
            deputy_for=people.deputy_for(one.client_id),
            tick_off=one.offer_id,
        ),
        empty=(_("Nothing new at the moment."), state),
    )
    return replace(group, remark=state if found else "")


def _new_words(one: NewMatch) -> str:
    if one.kind == "better":
        return _("suits better than before, since %(day)s", day=format_day(one.found_on))
    return _("new since %(day)s", day=format_day(one.found_on))


def unseen_words(count: int) -> str:
    """How many cases came that nobody looked at yet."""
    return ngettext(
        "%(num)s case was handed over to you", "%(num)s cases were handed over to you", count
    )
