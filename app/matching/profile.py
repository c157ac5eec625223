"""The profile of the `match` command: a client described in JSON, without being stored.

Every key may be missing. **A missing key is unknown; an empty list is "none".** Unknown keys, unknown
codes and contradictions raise `ProfileError`, whose message is one line that names the key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from app.core.day_times import minute_of
from app.core.errors import LotsenbuchError
from app.directory.codes import (
    EntitlementKind,
    GoalArea,
    Level,
    LevelEvidence,
    Mobility,
    ResidenceStatus,
    Sex,
)
from app.directory.interests import Taxonomy
from app.directory.postal_codes import position_of_plz
from app.matching.types import ClientFacts, EntitlementFact, GoalFact, TimeSpan

OLDEST_AGE_YEARS = 120
MAX_PROFILE_BYTES = 1_000_000
FARTHEST_KM = 20_100
"""No two places on earth lie farther apart."""
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class ProfileError(LotsenbuchError):
    """The profile cannot be used; the message is one line and names the key."""


def _day(value: Any) -> Any:
    """Only ``YYYY-MM-DD``: a number is no day, though pydantic would take it for one."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("not a date of the form YYYY-MM-DD")
    return date.fromisoformat(value)


Day = Annotated[date, BeforeValidator(_day)]
LanguageTag = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$")
]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ProfileTime(_Part):
    """A weekly time at which the client could come, weekdays 1–7 from Monday."""

    weekday: int = Field(ge=1, le=7)
    starts: str = Field(alias="from")
    ends: str = Field(alias="to")

    @model_validator(mode="after")
    def _is_a_span(self) -> ProfileTime:
        for name, clock in (("from", self.starts), ("to", self.ends)):
            if not _CLOCK.fullmatch(clock):
                raise ValueError(f"“{name}” is not a time of the form HH:MM")
        if self.ends <= self.starts:
            raise ValueError("“to” must lie after “from”")
        return self

    def to_span(self) -> TimeSpan:
        """In minutes."""
        return TimeSpan(self.weekday, minute_of(self.starts), minute_of(self.ends))


class ProfileGoal(_Part):
    """An open goal."""

    area: GoalArea
    target_level: Level | None = None


class ProfileEntitlement(_Part):
    """A paper with its dates."""

    kind: EntitlementKind
    issued_on: Day
    valid_until: Day | None = None

    @model_validator(mode="after")
    def _ends_after_issue(self) -> ProfileEntitlement:
        if self.valid_until is not None and self.valid_until < self.issued_on:
            raise ValueError("“valid_until” lies before “issued_on”")
        return self


class Profile(_Part):
    """All keys; see the module text."""

    birth_date: Day | None = None
    sex: Sex | None = None
    languages: list[LanguageTag] | None = Field(default=None, max_length=100)
    reads: list[LanguageTag] | None = Field(default=None, max_length=100)
    german_level: Level | None = None
    german_level_evidence: LevelEvidence | None = None
    goals: list[ProfileGoal] | None = Field(default=None, max_length=100)
    interests: list[Word] | None = Field(default=None, max_length=100)
    plz: Annotated[str, StringConstraints(pattern=r"^\d{5}$")] | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    longitude: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    available: list[ProfileTime] | None = Field(default=None, max_length=1000)
    mobility: Mobility | None = None
    max_distance_km: float | None = Field(default=None, gt=0, le=FARTHEST_KM, allow_inf_nan=False)
    needs_childcare: bool | None = None
    has_children: bool | None = None
    needs_step_free: bool | None = None
    residence_status: ResidenceStatus | None = None
    residence_valid_until: Day | None = None
    entitlements: list[ProfileEntitlement] | None = Field(default=None, max_length=100)


def read_profile(content: bytes, today: date) -> Profile:
    """The profile in ``content`` (JSON, UTF-8 with or without BOM); raises `ProfileError`."""
    if len(content) > MAX_PROFILE_BYTES:
        raise ProfileError("the profile is larger than 1 MB")
    try:
        data = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_without_repetition)
        _refuse_null(data, "")
    except UnicodeDecodeError:
        raise ProfileError("the profile is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise ProfileError(f"the profile is not JSON (line {error.lineno})") from None
    except RecursionError:
        raise ProfileError("the profile is not JSON that can be read: nested too deeply") from None
    except ValueError:
        raise ProfileError("the profile holds a number with too many digits") from None
    if not isinstance(data, dict):
        raise ProfileError("the profile must be a JSON object")
    try:
        profile = Profile.model_validate(data)
    except ValidationError as error:
        raise ProfileError(_one_line(error)) from None
    _refuse_contradictions(profile, today)
    return profile


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ProfileError(f"{_shown(key)}: given twice")
        found[key] = value
    return found


def _refuse_null(value: Any, place: str) -> None:
    """JSON's null would be a third word beside "absent" and "none": it is refused."""
    if value is None and place:
        raise ProfileError(f"{place}: null is no value; leave the key out when it is unknown")
    if isinstance(value, dict):
        children: Iterable[tuple[object, Any]] = value.items()
    else:
        children = enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        _refuse_null(child, f"{place}.{_shown(key)}".lstrip("."))


def _shown(key: object) -> str:
    """A key as it may stand in a line of text: short, without control characters."""
    text = re.sub(r"[^\S ]|[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", str(key))
    return text if len(text) <= 60 else f"{text[:60]}…"


def _one_line(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(_shown(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{place}: unknown key"
    message = first["msg"].removeprefix("Value error, ")
    return f"{place}: {_shown_message(message)}"


def _shown_message(message: str) -> str:
    return " ".join(message.split())[:300]


def _refuse_contradictions(profile: Profile, today: date) -> None:
    born = profile.birth_date
    if born is not None and born > today:
        raise ProfileError("birth_date: lies in the future")
    if born is not None and (today - born) > timedelta(days=round(OLDEST_AGE_YEARS * 365.25)):
        raise ProfileError(f"birth_date: more than {OLDEST_AGE_YEARS} years ago")
    if profile.german_level is None and profile.german_level_evidence is not None:
        raise ProfileError("german_level_evidence: given without german_level")
    if profile.residence_status is None and profile.residence_valid_until is not None:
        raise ProfileError("residence_valid_until: given without residence_status")
    if (profile.latitude is None) != (profile.longitude is None):
        given, missing = ("latitude", "longitude")
        if profile.latitude is None:
            given, missing = missing, given
        raise ProfileError(f"{given}: given without {missing}")
    if profile.plz is not None and position_of_plz(profile.plz) is None:
        raise ProfileError(f"plz: {profile.plz} is no known postal code")
    for number, paper in enumerate(profile.entitlements or ()):
        if paper.issued_on > today:
            raise ProfileError(f"entitlements.{number}.issued_on: lies in the future")


def to_facts(profile: Profile, taxonomy: Taxonomy) -> ClientFacts:
    """What matching calculates with. Coordinates are taken rather than the postal code."""
    latitude, longitude, is_precise = profile.latitude, profile.longitude, True
    if latitude is None and profile.plz is not None:
        found = position_of_plz(profile.plz)
        latitude, longitude = found or (None, None)
        is_precise = False
    known, unknown = _resolve(profile.interests or (), taxonomy)
    return ClientFacts(
        birth_date=profile.birth_date,
        sex=profile.sex,
        languages=_tuple(profile.languages),
        reads=_tuple(profile.reads),
        german_level=profile.german_level,
        german_level_evidence=profile.german_level_evidence,
        goals=None
        if profile.goals is None
        else tuple(GoalFact(goal.area, goal.target_level) for goal in profile.goals),
        interests=None if profile.interests is None else known,
        unknown_interests=unknown,
        latitude=latitude,
        longitude=longitude,
        position_is_precise=is_precise and latitude is not None,
        available=None
        if profile.available is None
        else tuple(span.to_span() for span in profile.available),
        mobility=profile.mobility,
        max_distance_km=profile.max_distance_km,
        needs_childcare=profile.needs_childcare,
        has_children=profile.has_children,
        needs_step_free=profile.needs_step_free,
        residence_status=profile.residence_status,
        residence_valid_until=profile.residence_valid_until,
        entitlements=None
        if profile.entitlements is None
        else tuple(
            EntitlementFact(paper.kind, paper.issued_on, paper.valid_until)
            for paper in profile.entitlements
        ),
    )


def _resolve(
    words: list[str] | tuple[str, ...], taxonomy: Taxonomy
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The concepts of the words, each once, and the words that mean none."""
    concepts: dict[str, None] = {}
    unknown: list[str] = []
    for word in words:
        found = taxonomy.resolve(word)
        concepts.update(dict.fromkeys(found))
        if not found:
            unknown.append(word)
    return tuple(concepts), tuple(unknown)


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(dict.fromkeys(values))
