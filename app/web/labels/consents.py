"""Words for consents, and what of a case would be handed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.cases.codes import DATA_CATEGORIES
from app.cases.consent_rules import RELEASE, Coverage
from app.cases.queries import CaseBasis, client_name
from app.core.i18n import format_day, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.directory.geocoding import find_town_of_plz
from app.directory.models import Accommodation
from app.web.labels.cases import (
    entitlement_label,
    goal_words,
    level_words,
    spoken_words,
    status_words,
)
from app.web.labels.consent_words import data_label, data_words, purpose_label

_WAYS = {"signed": _l("signed form"), "spoken": _l("spoken"), "electronic": _l("electronic")}
_GIVERS = {"client": _l("by the client"), "guardian": _l("by the guardian")}
_STANDINGS = {"in_force": _l("valid"), "expired": _l("expired"), "revoked": _l("revoked")}
_BADGES = {"in_force": "success", "expired": "warning", "revoked": "danger"}
_SCHOOLINGS = {
    "none": _l("never went to school"),
    "primary": _l("primary school"),
    "lower_secondary": _l("lower secondary school"),
    "upper_secondary": _l("upper secondary school"),
    "vocational": _l("vocational training"),
    "university": _l("university"),
}


__all__ = ("data_label", "data_words", "purpose_label")


def way_label(code: str) -> str:
    """How a consent was given."""
    return str(_WAYS[code])


def giver_label(code: str) -> str:
    """Who gave a consent."""
    return str(_GIVERS[code])


def standing_label(code: str) -> str:
    """Whether a consent can be relied on."""
    return str(_STANDINGS[code])


def standing_badge(code: str) -> str:
    """The kind of badge for it."""
    return _BADGES[code]


def missing_words(coverage: Coverage) -> str:
    """Why something may not be handed over, in a sentence."""
    lacking = [code for code in coverage.missing if code != RELEASE]
    if coverage.consent is None:
        return _("There is no valid consent to give this provider: %(data)s.", data=data_words(lacking))
    if not lacking:
        return _("Health details also need the release from confidentiality.")
    words = _(
        "The consent of %(day)s does not name: %(data)s.",
        day=format_day(coverage.consent.given_on),
        data=data_words(lacking),
    )
    if RELEASE in coverage.missing:
        release = _("Health details also need the release from confidentiality.")
        words = f"{words} {release}"
    return words


@dataclass(frozen=True, slots=True)
class Release:
    """A kind of data with what the provider would be told."""

    code: str
    label: str
    value: str
    """Empty: unknown, so there is nothing to tell."""


def list_releases(
    case: CaseBasis,
    housemates: int,
    codes: Sequence[str] = DATA_CATEGORIES,
    *,
    is_by_first_name: bool = False,
) -> list[Release]:
    """What can be handed over of the case, with exactly the words that the provider would get.

    ``housemates``: how many others of the household are clients. ``is_by_first_name``: of the name the
    first one only.
    """
    values: dict[str, Callable[[CaseBasis], str]] = {
        **_VALUES,
        "family": lambda _case: _family(housemates),
    }
    if is_by_first_name:
        values["name"] = lambda case: case.client.given_name
    return [
        Release(code, data_label(code), values[code](case)) for code in DATA_CATEGORIES if code in codes
    ]


def _address(case: CaseBasis) -> str:
    client, housing = case.client, case.accommodation
    found: tuple[str | None, ...] = (client.street, client.house_number, client.plz, client.town)
    if housing is not None and not client.street:
        found = (housing.street, housing.house_number, housing.plz, housing.town)
    street, number, plz, town = found
    lines = (" ".join(filter(None, part)) for part in ((street, number), (plz, town)))
    words = ", ".join(line for line in lines if line)
    return ", ".join(filter(None, (_name_of(housing), words)))


def _area(case: CaseBasis) -> str:
    """Where about somebody lives: no street, and no name of a housing."""
    client, housing = case.client, case.accommodation
    if housing is not None and not client.street:
        return ", ".join(filter(None, (housing.district, housing.town)))
    town = client.town or (find_town_of_plz(client.plz) if client.plz else None)
    return " ".join(filter(None, (client.plz, town)))


def _name_of(housing: Accommodation | None) -> str:
    return housing.name if housing else ""


def _birth_date(case: CaseBasis) -> str:
    return format_day(case.client.birth_date) if case.client.birth_date else ""


def _languages(case: CaseBasis) -> str:
    return spoken_words(case.client.languages) if case.client.languages else ""


def _german(case: CaseBasis) -> str:
    client = case.client
    if client.german_level is None:
        return ""
    return level_words(client.german_level, client.german_level_evidence, client.german_level_on)


def _schooling(case: CaseBasis) -> str:
    parts = [str(_SCHOOLINGS[case.client.schooling])] if case.client.schooling else []
    parts += [str(degree["title"]) for degree in case.client.degrees or () if degree.get("title")]
    return ", ".join(parts)


def _work(case: CaseBasis) -> str:
    jobs = case.client.work_experience or ()
    return ", ".join(_job(job.get("occupation"), job.get("years")) for job in jobs)


def _job(occupation: str | None, years: float | None) -> str:
    named = occupation or _("Work")
    if years is None:
        return named
    lasted = ngettext("%(num)s year", "%(num)s years", round(years))
    return f"{named} ({lasted})"


def _family(count: int) -> str:
    """How many they are: of the others themselves nothing is told, they would have to consent."""
    return (
        ngettext("one more person in the household", "%(num)s more persons in the household", count)
        if count
        else ""
    )


def _status(case: CaseBasis) -> str:
    client = case.client
    if client.residence_status is None:
        return ""
    return status_words(client.residence_status, client.residence_status_expires_on)


def _entitlements(case: CaseBasis) -> str:
    return ", ".join(_right(entry.kind, entry.valid_until) for entry in case.entitlements or ())


def _right(kind: str, valid_until: date | None) -> str:
    words = entitlement_label(kind)
    if valid_until is None:
        return words
    end = _("valid until %(day)s", day=format_day(valid_until))
    return f"{words}, {end}"


def _plan(case: CaseBasis) -> str:
    return "; ".join(goal_words(goal.area, goal.target_level, goal.title) for goal in case.open_goals)


def _needs(case: CaseBasis) -> str:
    client = case.client
    told = (
        (client.needs_childcare, _("needs childcare")),
        (client.needs_step_free, _("needs step-free access")),
    )
    return ", ".join(words for needed, words in told if needed)


def _health(_case: CaseBasis) -> str:
    """Health details stand in notes and are never shown beside other things."""
    return _("what was agreed in the talk; it is written nowhere here")


_VALUES: Final[dict[str, Callable[[CaseBasis], str]]] = {
    "name": lambda case: client_name(case.client),
    "phone": lambda case: case.client.phone or "",
    "email": lambda case: case.client.email or "",
    "address": _address,
    "area": _area,
    "birth_date": _birth_date,
    "languages": _languages,
    "german_level": _german,
    "schooling": _schooling,
    "work_experience": _work,
    "residence_status": _status,
    "entitlement": _entitlements,
    "plan": _plan,
    "needs": _needs,
    "health": _health,
}
