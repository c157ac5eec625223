"""The stable codes of matching: rules that exclude, questions to clarify, reasons for a match.

Referrals keep them for good: a code that was in use is never renamed. The words stand in
`app.web.labels.matching`.
"""

from __future__ import annotations

from typing import Final

RULE_CODES: Final[tuple[str, ...]] = (
    "level_below_entry",
    "target_already_reached",
    "age_below_minimum",
    "age_above_maximum",
    "only_for_other_sex",
    "residence_status_not_accepted",
    "entitlement_missing",
    "admission_suspended",
    "deadline_passed",
    "already_started",
    "over",
    "full",
    "times_do_not_fit",
    "time_taken",
    "not_step_free",
    "too_far",
    "set_aside",
)
"""What excludes an offer."""

CLARIFY_CODES: Final[tuple[str, ...]] = (
    "german_level_unknown",
    "level_to_test",
    "certificate_needed",
    "entry_level_unknown",
    "age_unknown",
    "child_age",
    "sex_unknown",
    "sex_ask_provider",
    "residence_status_unknown",
    "entitlement_unknown",
    "course_kind_unknown",
    "course_rule_missing",
    "apply_for_certificate",
    "apply_for_admission",
    "apply_for_entitlement",
    "check_admission",
    "pupil_at_school",
    "access_to_be_checked",
    "integration_course_first",
    "literacy_to_be_checked",
    "second_script_to_be_checked",
    "support_to_be_checked",
    "placement_test_needed",
    "after_integration_course",
    "recognition_needed",
    "only_employed",
    "late_entry_unknown",
    "waiting_list",
    "waiting_list_unknown",
    "seats_unknown",
    "availability_unknown",
    "times_unknown",
    "times_only_partly",
    "time_perhaps_taken",
    "childcare_needed",
    "childcare_need_unknown",
    "step_free_unknown",
    "step_free_need_unknown",
    "languages_unknown",
    "offer_languages_unknown",
    "no_shared_language",
    "place_unknown",
    "position_unknown",
    "reach_unknown",
    "distance_estimated",
    "out_of_date",
    "never_verified",
    "earlier_experience",
)
"""What is unknown, about the client or about the offer, and has to be asked."""

REASON_CODES: Final[tuple[str, ...]] = (
    "interest",
    "goal",
    "entry_level",
    "open_to_all_levels",
    "target_level",
    "distance",
    "times",
    "by_appointment",
    "language",
    "childcare",
    "childcare_at_home",
    "step_free",
    "free",
    "seats",
    "next_start",
    "individual_entry",
    "sex_only",
    "age_fits",
    "residence_status_accepted",
    "entitled",
    "verified",
    "knows_provider",
    "nothing_against",
)
"""Why an offer suits. ``nothing_against`` stands alone, when nothing else can be said."""
