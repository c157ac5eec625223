"""The stable codes of the directory. Words for people stand in `app.web.labels`.

The order of the tuples is stored nowhere but in memory (column values of the offer table), so a new
code may be added anywhere; a code that is in use is never renamed.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

ProviderKind = Literal[
    "course_provider",
    "welfare_organisation",
    "club",
    "initiative",
    "volunteer",
    "benefit_authority",
    "foreigners_office",
    "integration_commissioner",
    "preliminary_social_work",
    "other",
]
PROVIDER_KINDS: Final[tuple[str, ...]] = get_args(ProviderKind)

OfferKind = Literal[
    "language_course",
    "counselling",
    "club",
    "volunteer",
    "authority",
    "work",
    "education",
    "childcare",
    "health",
    "housing",
    "meeting",
]
OFFER_KINDS: Final[tuple[str, ...]] = get_args(OfferKind)

CourseKind = Literal[
    "integration_general",
    "integration_literacy",
    "integration_second_script",
    "integration_support",
    "integration_intensive",
    "vocational_basic",
    "vocational_special_a2",
    "vocational_special_b1",
    "vocational_subject",
    "vocational_recognition",
    "vocational_job",
    "orientation",
    "state_german",
    "conversation",
    "other",
]
COURSE_KINDS: Final[tuple[str, ...]] = get_args(CourseKind)

Level = Literal["none", "A1", "A2", "B1", "B2", "C1", "C2"]
LEVELS: Final[tuple[str, ...]] = get_args(Level)
"""GER levels, lowest first; the position is the number used for comparison (none = 0, A1 = 1)."""

LevelEvidence = Literal["self", "test", "certificate"]

Sex = Literal["female", "male", "diverse"]
SEXES: Final[tuple[str, ...]] = get_args(Sex)

ResidenceStatus = Literal[
    "23(2)",
    "23(4)",
    "24",
    "25(1)",
    "25(2)",
    "25(3)",
    "25(4a)",
    "25(5)",
    "25a",
    "25b",
    "38a",
    "104c",
    "family",
    "work",
    "settlement",
    "fiction",
    "gestattung",
    "duldung",
    "eu",
    "german",
]
RESIDENCE_STATUSES: Final[tuple[str, ...]] = get_args(ResidenceStatus)

EntitlementKind = Literal["entitlement", "admission", "obligation", "vocational_course"]
ENTITLEMENT_KINDS: Final[tuple[str, ...]] = get_args(EntitlementKind)

Mobility = Literal["walk", "bike", "transit", "car"]
MOBILITIES: Final[tuple[str, ...]] = get_args(Mobility)

GoalArea = Literal[
    "language", "school", "training", "work", "housing", "health", "participation", "children"
]
GOAL_AREAS: Final[tuple[str, ...]] = get_args(GoalArea)

TargetGroup = Literal[
    "women", "men", "parents", "children", "youth", "seniors", "families", "refugees", "lgbt"
]
TARGET_GROUPS: Final[tuple[str, ...]] = get_args(TargetGroup)
"""Whom an offer addresses. Women or men alone count as its `sex`; the other groups inform, rank and are
asked about (`app.matching.target_groups`), what excludes is `sex`, `min_age` and `max_age`."""

OfferStatus = Literal["draft", "published", "paused", "unconfirmed", "withdrawn"]
OFFER_STATUSES: Final[tuple[str, ...]] = get_args(OfferStatus)
"""``unconfirmed``: taken out because nobody confirmed it; one click brings it back."""
Visibility = Literal["public", "internal", "protected"]
VISIBILITIES: Final[tuple[str, ...]] = get_args(Visibility)

GeoPrecision = Literal["exact", "street", "district", "postal_code", "town", "unknown"]
"""How well a position is known. Only `exact` and `street` give a distance without "ca."."""
PRECISE: Final[frozenset[str]] = frozenset({"exact", "street"})

ExceptionKind = Literal["closed", "extra"]
"""Days on which the weekly times do not hold, or on which there is something besides them."""

VerificationWay = Literal["editor", "provider", "phone", "import"]
VERIFICATION_WAYS: Final[tuple[str, ...]] = get_args(VerificationWay)
"""Who said that an entry is right: an editor, the provider by its link, the provider on the phone to
one of us, the list it was imported from."""

EntryType = Literal["provider", "offer"]

Payer = Literal["free", "bamf", "job_centre", "state", "municipality", "participant", "mixed"]

EntryFlag = Literal[
    "place_missing",
    "postal_code_unknown",
    "position_unknown",
    "topic_missing",
    "category_unknown",
    "website_invalid",
]
"""What an editor should complete; an entry with flags is kept and shown."""
