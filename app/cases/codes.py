"""The stable codes of a case. Words for people stand in `app.web.labels`."""

from __future__ import annotations

from typing import Final, Literal, get_args

Skill = Literal["overall", "listening", "reading", "speaking", "writing"]
SKILLS: Final[tuple[str, ...]] = get_args(Skill)

Literacy = Literal["none", "other_script", "latin_slow", "latin"]
LITERACIES: Final[tuple[str, ...]] = get_args(Literacy)
"""Reads and writes: not at all, another script only, the Latin one slowly, the Latin one well."""

Schooling = Literal["none", "primary", "lower_secondary", "upper_secondary", "vocational", "university"]
SCHOOLINGS: Final[tuple[str, ...]] = get_args(Schooling)

Recognition = Literal["not_applied", "applied", "partly", "full", "rejected"]
RECOGNITIONS: Final[tuple[str, ...]] = get_args(Recognition)

Relation = Literal[
    "mother", "father", "grandparent", "sibling", "relative", "official", "friend", "other"
]
RELATIONS: Final[tuple[str, ...]] = get_args(Relation)
"""``official``: a guardian appointed by a court, or the youth office."""

PermitKind = Literal[
    "work", "residence_rule", "travel_document", "passport", "fiction", "housing", "other"
]
PERMIT_KINDS: Final[tuple[str, ...]] = get_args(PermitKind)
"""Beside the residence status; ``residence_rule`` ties somebody to a place (§ 12a AufenthG)."""

AppointmentKind = Literal[
    "counselling", "foreigners_office", "benefit_authority", "course", "health", "school", "other"
]
APPOINTMENT_KINDS: Final[tuple[str, ...]] = get_args(AppointmentKind)
AppointmentState = Literal["planned", "kept", "missed", "cancelled"]
APPOINTMENT_STATES: Final[tuple[str, ...]] = get_args(AppointmentState)

ContactChannel = Literal[
    "office", "home_visit", "phone", "video", "message", "email", "letter", "outside"
]
CONTACT_CHANNELS: Final[tuple[str, ...]] = get_args(ContactChannel)

ContactTopic = Literal[
    "language",
    "school",
    "training",
    "work",
    "housing",
    "health",
    "participation",
    "children",
    "residence",
    "benefits",
    "family",
    "debts",
    "forms",
    "crisis",
    "plan",
    "other",
]
CONTACT_TOPICS: Final[tuple[str, ...]] = get_args(ContactTopic)

Interpreting = Literal["none", "colleague", "professional", "volunteer", "family", "phone"]
INTERPRETINGS: Final[tuple[str, ...]] = get_args(Interpreting)

AssessmentQuestion = Literal["health", "work", "contacts", "housing", "alone"]
ASSESSMENT_QUESTIONS: Final[tuple[str, ...]] = get_args(AssessmentQuestion)
"""The soft factors: health, quality of work, social contacts, housing, getting along alone."""

Measure = Literal["level", "certificate", "place", "own_words"]
MEASURES: Final[tuple[str, ...]] = get_args(Measure)

GoalState = Literal["open", "reached", "changed", "given_up"]
GOAL_STATES: Final[tuple[str, ...]] = get_args(GoalState)
GoalReason = Literal[
    "proven",
    "told",
    "seen",
    "referral",
    "other_priority",
    "too_early",
    "too_hard",
    "no_offer",
    "illness",
    "family",
    "residence",
    "moved",
    "no_interest",
    "other",
]
GOAL_REASONS: Final[tuple[str, ...]] = get_args(GoalReason)
"""Why a goal left the open ones; which of them go with which state: `app.cases.plan_rules`."""
StepActor = Literal["client", "case_worker", "other"]
STEP_ACTORS: Final[tuple[str, ...]] = get_args(StepActor)

ExtensionReason = Literal[
    "personal", "late_language", "training_near_end", "residence_unclear", "other"
]
"""Illness, pregnancy or care are ``personal``: the code lies open, the note beside it is encrypted."""
EXTENSION_REASONS: Final[tuple[str, ...]] = get_args(ExtensionReason)

ClosingReason = Literal[
    "goals_reached", "self_reliant", "time_over", "moved", "left_country", "no_contact", "declined",
    "died", "other",
]  # fmt: skip
CLOSING_REASONS: Final[tuple[str, ...]] = get_args(ClosingReason)
Outcome = Literal[
    "b1", "b2", "school_degree", "job", "training_place", "degree_course", "own_flat",
    "recognised_degree", "child_in_daycare", "club_member", "volunteering", "moved", "none",
]  # fmt: skip
OUTCOMES: Final[tuple[str, ...]] = get_args(Outcome)
ReopeningReason = Literal["came_back", "new_need", "closed_by_mistake", "moved_back", "other"]
REOPENING_REASONS: Final[tuple[str, ...]] = get_args(ReopeningReason)

HandoverReason = Literal[
    "new_colleague", "leaving", "leave", "workload", "language", "family_together", "moved", "other"
]
HANDOVER_REASONS: Final[tuple[str, ...]] = get_args(HandoverReason)

DataCategory = Literal[
    "name", "phone", "email", "address", "area", "birth_date", "languages", "german_level", "schooling",
    "work_experience", "family", "residence_status", "entitlement", "plan", "needs", "health",
]  # fmt: skip
DATA_CATEGORIES: Final[tuple[str, ...]] = get_args(DataCategory)
"""What can be passed on. ``area``: the part of town, without the address; ``needs``: childcare,
step-free access; ``health`` is of the special kinds of Art. 9 GDPR and has to be named on its own."""
ConsentPurpose = Literal[
    "referral", "authority", "benefit_authority", "foreigners_office", "school", "health", "volunteer",
    "takeover", "interpreting", "other",
]  # fmt: skip
CONSENT_PURPOSES: Final[tuple[str, ...]] = get_args(ConsentPurpose)
ConsentWay = Literal["signed", "spoken", "electronic"]
CONSENT_WAYS: Final[tuple[str, ...]] = get_args(ConsentWay)
GivenBy = Literal["client", "guardian"]
GIVEN_BY: Final[tuple[str, ...]] = get_args(GivenBy)

NoteKind = Literal["general", "health"]
NOTE_KINDS: Final[tuple[str, ...]] = get_args(NoteKind)
