"""What a consent allows, and which one covers what is to be handed over. Pure.

Sources: Art. 6(1)(a), 7 and 9(2)(a) GDPR (a consent is bound to its purpose, special kinds of data are
named on their own, it can be revoked at any time), § 203 StGB (who is bound by confidentiality has to
be released from it).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

REFERRAL: Final = "referral"
"""The purpose that an arranged referral needs."""
RELEASE: Final = "release"
"""Named among what is missing: the release from confidentiality."""
NEEDS_RELEASE: Final = frozenset({"health"})
"""Data of Art. 9 GDPR: handed over only with a release from confidentiality (§ 203 StGB) besides."""

USUAL_YEARS: Final = 1
MOST_YEARS: Final = 3
"""As long as counselling lasts: nobody foresees more."""
CHILD_UNTIL: Final = 16
"""Below it the guardian consents. The law names no age for this; German courts ask whether the child
understands what it is about. 16 follows Art. 8(1) GDPR, the only age that data protection law names;
from 16 to 17 the person's own consent counts when they understand it, which the page asks to check."""
ADULT: Final = 18

Standing = Literal["in_force", "expired", "revoked"]
Giver = Literal["client", "either", "guardian"]


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """A consent, as far as the rules need it."""

    id: str
    provider_id: str | None
    """`None`: the recipient is not in the directory."""
    purpose: str
    data: frozenset[str]
    is_release: bool
    given_on: date
    valid_until: date
    revoked_on: date | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether something may be handed over."""

    consent: ConsentFact | None
    """The one that covers it; else the one that comes nearest, if any is in force."""
    missing: tuple[str, ...]
    """Data that it does not name, and `RELEASE`; empty when all is covered."""

    @property
    def is_covered(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


def standing_on(day: date, *, valid_until: date, revoked_on: date | None) -> Standing:
    """Where a consent stands on ``day``: valid through its last day, revoked from that day on."""
    if revoked_on is not None and revoked_on <= day:
        return "revoked"
    return "expired" if valid_until < day else "in_force"


def is_in_force(consent: ConsentFact, day: date) -> bool:
    """Whether the consent can be relied on, on ``day``."""
    standing = standing_on(day, valid_until=consent.valid_until, revoked_on=consent.revoked_on)
    return standing == "in_force" and consent.given_on <= day


def covers(
    consents: Iterable[ConsentFact], provider_id: str, data: Collection[str], day: date
) -> Coverage:
    """Which consent lets ``data`` go to the provider for a referral on ``day``, or what is missing.

    One consent has to cover everything: several are not pieced together, as each was given for
    something of its own. Of those that cover it the one that lasts longest is taken. Where nothing is
    handed over, none is needed.
    """
    if not data:
        return Coverage(None, ())
    usable = [
        consent
        for consent in consents
        if consent.provider_id == provider_id
        and consent.purpose == REFERRAL
        and is_in_force(consent, day)
    ]
    found = [Coverage(consent, _missing(consent, data)) for consent in usable]
    if not found:
        return Coverage(None, _everything(data))
    return min(found, key=_order)


def _missing(consent: ConsentFact, data: Collection[str]) -> tuple[str, ...]:
    lacking = tuple(sorted(set(data) - consent.data))
    return lacking + ((RELEASE,) if NEEDS_RELEASE & set(data) and not consent.is_release else ())


def _everything(data: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(set(data))) + ((RELEASE,) if NEEDS_RELEASE & set(data) else ())


def _order(coverage: Coverage) -> tuple[int, int, str]:
    consent = coverage.consent
    assert consent is not None  # noqa: S101  for the type checker; only those with one are compared
    return len(coverage.missing), -consent.valid_until.toordinal(), consent.id


def giver_on(birth_date: date | None, day: date) -> Giver:
    """Who consents on ``day``; of somebody whose age is unknown, the client or a guardian."""
    if birth_date is None:
        return "either"
    if day < birthday(birth_date, CHILD_UNTIL):
        return "guardian"
    return "either" if day < birthday(birth_date, ADULT) else "client"


def last_day(given_on: date, given_by: str, birth_date: date | None) -> date:
    """The longest that a consent may hold; a guardian's ends with the day before the 18th birthday."""
    latest = years_later(given_on, MOST_YEARS)
    if given_by == "guardian" and birth_date is not None:
        return min(latest, birthday(birth_date, ADULT) - timedelta(days=1))
    return latest


def birthday(birth_date: date, age: int) -> date:
    """The day on which somebody reaches ``age``."""
    return years_later(birth_date, age)


def years_later(day: date, years: int) -> date:
    """The same day some years later; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
