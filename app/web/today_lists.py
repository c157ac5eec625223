"""What needs somebody today, as groups of short lines, each with its one action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

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
from app.cases.queries import load_day_names
from app.cases.substitutions import load_deputised
from app.core.i18n import format_day, format_moment, ngettext
from app.core.i18n import gettext as _
from app.operations.new_offers import NewMatch
from app.operations.runtime import Runtime
from app.referrals.queries import DayLists, ReferralLine, list_day, list_unanswered
from app.settings import TIMEZONE
from app.web.labels import referrals as referral_words
from app.web.labels.legal import appointment_kind_label, warning_badge, warning_words
from app.web.suggestions import matching_basis

LINES: Final = 8
COMING_DAYS: Final = 7


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


@dataclass(frozen=True, slots=True)
class TodayGroup:
    """Lines of one kind."""

    key: str
    title: str
    lines: tuple[TodayLine, ...]
    total: int
    address: str | None = None
    """Where all of them stand, when these are not all."""
    empty: tuple[str, str] | None = None
    """What is said kindly when there is nothing; `None`: the group is left out then."""


@dataclass(frozen=True, slots=True)
class Today:
    """The page: what is due, and beside it what comes, runs out and is new."""

    due: tuple[TodayGroup, ...]
    beside: tuple[TodayGroup, ...]
    day: DayLists
    unseen_cases: int
    unreviewed_emergencies: int


@dataclass(frozen=True, slots=True)
class _People:
    """Whose cases they are."""

    names: Mapping[str, tuple[str, str]]
    """Client → name and case worker."""
    colleagues: Mapping[str, str]
    """Case worker one stands in for → name."""

    def name(self, client_id: str) -> str:
        return self.names.get(client_id, ("", ""))[0]

    def deputy_for(self, client_id: str) -> str:
        return self.colleagues.get(self.names.get(client_id, ("", ""))[1], "")


def load_today(runtime: Runtime, actor: Actor, now: datetime) -> Today:
    """All lists of ``actor``'s day, with one entry in the audit log. Opens its own transactions."""
    today = runtime.today
    basis = matching_basis(runtime)
    with runtime.database.write() as session:  # for the audit entry
        day = list_day(session, actor, today, LINES)
    with runtime.database.read() as session:
        people = _load_people(session, actor)
        new = runtime.new_offers.load(session, actor, basis, today)
        unanswered = list_unanswered(session, actor, today)
        reviews = list_reviews_due(session, actor, today)
        assessments = list_assessments_due(session, actor, today)
        warnings = load_warnings_of_day(session, actor, today)
        begin = datetime.combine(now.astimezone(TIMEZONE).date(), time(), TIMEZONE)
        appointments = list_appointments_of_day(
            session, actor, begin, begin + timedelta(days=COMING_DAYS)
        )
        unseen, unreviewed = count_unseen(session, actor), count_unreviewed(session, actor)
    titles = runtime.offer_cards.load(basis.table.revision, [one.match.offer_id for one in new])
    return Today(
        due=_kept(
            _follow_ups(day.due, unanswered, people, today),
            _unanswered(unanswered, people, today),
            _reviews(reviews, people),
            _assessments(assessments, people),
        ),
        beside=_kept(
            _appointments(appointments, people, today),
            _warnings(warnings, people),
            _new_offers(new, {key: card.title for key, card in titles.items()}, people),
        ),
        day=day,
        unseen_cases=unseen,
        unreviewed_emergencies=unreviewed,
    )


def _load_people(session: Session, actor: Actor) -> _People:
    colleagues = {key: found.name for key, found in load_deputised(session, actor).items()}
    return _People(load_day_names(session, actor), colleagues)


def _kept(*groups: TodayGroup) -> tuple[TodayGroup, ...]:
    return tuple(group for group in groups if group.lines or group.empty)


def _group(
    key: str,
    title: str,
    lines: Iterable[TodayLine],
    address: str | None = None,
    empty: tuple[str, str] | None = None,
) -> TodayGroup:
    every = tuple(lines)
    return TodayGroup(key, title, every[:LINES], len(every), address, empty)


def _referral_line(line: ReferralLine, people: _People, today: date) -> TodayLine:
    parts = [
        line.provider_name,
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
        action=_("What came of it?"),
        deputy_for=people.deputy_for(line.client_id),
    )


def _follow_ups(
    due: Iterable[ReferralLine], unanswered: Iterable[ReferralLine], people: _People, today: date
) -> TodayGroup:
    elsewhere = {line.id for line in unanswered}
    return _group(
        "faellig",
        _("Follow-ups due"),
        (_referral_line(line, people, today) for line in due if line.id not in elsewhere),
        url_for("referrals.list_referrals", stand="due"),
        (_("Nothing is due today."), _("When a follow-up falls due, it stands here.")),
    )


def _unanswered(found: Iterable[ReferralLine], people: _People, today: date) -> TodayGroup:
    return _group(
        "ohne-antwort",
        _("Referrals without an answer"),
        (_referral_line(line, people, today) for line in found),
        url_for("referrals.list_referrals", stand="unanswered"),
    )


def _reviews(found: Iterable[ReviewDue], people: _People) -> TodayGroup:
    return _group(
        "plaene",
        _("Plans to look at again"),
        (
            TodayLine(
                one.client_id,
                one.client_name,
                _("Review of the plan"),
                _("planned for %(day)s", day=format_day(one.review_on)),
                url_for("plan.show", client_id=one.client_id),
                _("To the plan"),
                deputy_for=people.deputy_for(one.client_id),
            )
            for one in found
        ),
    )


def _assessments(found: Iterable[AssessmentDue], people: _People) -> TodayGroup:
    return _group(
        "selbsteinschaetzung",
        _("Self-assessments due"),
        (
            TodayLine(
                one.client_id,
                one.client_name,
                _("Ask how things are"),
                _("last asked on %(day)s", day=format_day(one.last_on))
                if one.last_on
                else _("not asked yet"),
                url_for("assessments.show", client_id=one.client_id),
                _("Ask"),
                deputy_for=people.deputy_for(one.client_id),
            )
            for one in found
        ),
    )


def _appointments(found: Iterable[AppointmentLine], people: _People, today: date) -> TodayGroup:
    return _group(
        "termine",
        _("Appointments in the next seven days"),
        (
            TodayLine(
                one.client_id,
                one.client_name,
                appointment_kind_label(one.kind),
                " · ".join(filter(None, [format_moment(one.starts_at), one.place])),
                url_for("legal.show", client_id=one.client_id),
                _("Open"),
                badge="info" if one.starts_at.astimezone(TIMEZONE).date() == today else None,
                deputy_for=people.deputy_for(one.client_id),
            )
            for one in found
        ),
        empty=(_("No appointment in the next seven days."), ""),
    )


def _warnings(found: Mapping[str, tuple[DeadlineWarning, ...]], people: _People) -> TodayGroup:
    pairs = sorted(
        ((client_id, warning) for client_id, several in found.items() for warning in several),
        key=lambda pair: (pair[1].days_left < 0, pair[1].days_left, pair[0]),
    )
    return _group(
        "laeuft-ab",
        _("Runs out"),
        (
            TodayLine(
                client_id,
                people.name(client_id),
                warning_words(warning),
                "",
                url_for("legal.show", client_id=client_id),
                _("Open"),
                badge=warning_badge(warning),
                deputy_for=people.deputy_for(client_id),
            )
            for client_id, warning in pairs
        ),
        url_for("caseload.list_cases"),
    )


def _new_offers(found: Iterable[NewMatch], titles: Mapping[str, str], people: _People) -> TodayGroup:
    return _group(
        "neu",
        _("New suitable offers of the last week"),
        (
            TodayLine(
                one.client_id,
                one.client_name,
                titles[one.match.offer_id],
                _("from %(day)s", day=format_day(one.match.next_on)) if one.match.next_on else "",
                url_for("referrals.refer", client_id=one.client_id, offer_id=one.match.offer_id),
                _("Refer"),
                deputy_for=people.deputy_for(one.client_id),
            )
            for one in found
            if one.match.offer_id in titles
        ),
    )


def unseen_words(count: int) -> str:
    """How many cases came that nobody looked at yet."""
    return ngettext(
        "%(num)s case was handed over to you", "%(num)s cases were handed over to you", count
    )
