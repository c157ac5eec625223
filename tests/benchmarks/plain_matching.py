"""The rules of matching once more, as a plain Python loop with geopy's geodesic.

Written independently of the columns, offer by offer: the benchmarks measure against it, and a test
holds the fast rules to the same answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from geopy.distance import geodesic

from app.directory.codes import LEVELS
from app.directory.freshness import freshness_of
from app.directory.table_loading import OfferRow
from app.matching.course_entries import CourseEntry
from app.matching.course_rules import decide_course_access, decide_course_group
from app.matching.rule_files import MatchingRules
from app.matching.types import ClientFacts

Answer = bool | None
PROVEN = ("test", "certificate")
MARGIN_KM = 2.5


def plain_answers(
    facts: ClientFacts, offer: OfferRow, rules: MatchingRules, today: date
) -> dict[str, Answer]:
    """The answer of every rule (`True`, `False`, `None` for unknown) for one offer."""
    entry_on = offer.starts_on if offer.starts_on and offer.starts_on > today else today
    course = rules.courses.find_course(offer.course_kind, entry_on) if offer.course_kind else None
    entry = offer.entry_level or (course.entry_level if course else None)
    target = offer.target_level or (course.target_level if course else None)
    is_course = offer.kind == "language_course"
    proof = bool(course and course.proven)
    return {
        "entry_level": _entry_level(facts, entry, is_course, proof),
        "target_level": _target_level(facts, target) if is_course else True,
        "age": _age(facts, offer, entry_on, _youngest(offer, course)),
        "sex": _sex(facts, offer),
        "target_group": _target_group(facts, offer, entry_on),
        "residence_status": _residence(facts, offer, entry_on),
        "entitlement": _entitlement(facts, offer, entry_on, rules),
        "course_access": _course(facts, offer, entry_on, rules),
        "course_group": _group(facts, offer, entry_on, rules),
        "deadline": _deadline(offer, today),
        "dates": _dates(offer, today),
        "seats": _seats(offer),
        "times": _times(facts, offer, entry_on),
        "booking": _booking(facts, offer, entry_on, today),
        "childcare": _childcare(facts, offer),
        "step_free": _step_free(facts, offer),
        "language": _language(facts, offer),
        "distance": _distance(facts, offer, rules),
        "freshness": _freshness(offer, today, rules),
        "experience": _experience(facts, offer),
        "dismissal": offer.offer_id not in {offer_id for offer_id, _ in facts.dismissed},
    }


def _level(code: str | None) -> int | None:
    return None if code is None else LEVELS.index(code)


def _entry_level(facts: ClientFacts, entry: str | None, is_course: bool, proof: bool) -> Answer:
    needed, level = _level(entry), _level(facts.german_level)
    if needed is None:
        return None if is_course else True
    if needed == 0:
        return True
    if level is None:
        return None
    if facts.german_level_evidence in PROVEN:
        return level >= needed
    return True if level >= needed and not proof else None


def _target_level(facts: ClientFacts, target: str | None) -> Answer:
    reached, level = _level(target), _level(facts.german_level)
    if not reached:
        return True
    if level is None:
        return None
    if level < reached:
        return True
    return False if facts.german_level_evidence in PROVEN else None


def _youngest(offer: OfferRow, course: CourseEntry | None) -> int | None:
    if offer.kind == "work":
        return 15
    return course.youngest_age if course else None


def _age(facts: ClientFacts, offer: OfferRow, on: date, youngest: int | None) -> Answer:
    names_ages = bool(offer.min_age) or offer.max_age is not None
    least = offer.min_age if offer.min_age is not None else youngest or 0
    if facts.birth_date is None:
        return None if names_ages else True
    born = facts.birth_date
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    fits = age >= least and (offer.max_age is None or age <= offer.max_age)
    return None if offer.kind == "childcare" and not fits and age >= 14 else fits


def _sex(facts: ClientFacts, offer: OfferRow) -> Answer:
    meant = offer.sex
    addressed = {"women", "men", "families"} & set(offer.target_groups)
    if meant is None and len(addressed) == 1:
        meant = {"women": "female", "men": "male"}.get(addressed.pop())
    if meant is None or meant == facts.sex:
        return True
    return None if facts.sex in (None, "diverse") else False


def _target_group(facts: ClientFacts, offer: OfferRow, on: date) -> Answer:
    groups = set(offer.target_groups)
    if "lgbt" in groups:
        return True if "lgbt" in (facts.interests or ()) else None
    own = {"female": {"women"}, "male": {"men"}}.get(facts.sex or "", set())
    if groups & {"women", "men"} and ("families" not in groups or groups & own):
        return True
    if not groups - {"women", "men"}:
        return True
    born = facts.birth_date
    age = None
    if born is not None:
        age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    limited = bool(offer.min_age) or offer.max_age is not None
    if groups & {"children", "youth", "seniors"} and limited:
        return True
    goals = {goal.area for goal in facts.goals or ()}
    has_children = facts.needs_childcare or facts.has_children or "children" in goals
    of_them = {
        "refugees": facts.residence_status not in (None, "german", "eu", "38a", "work"),
        "parents": has_children and (age is None or age >= 14),
        "families": has_children and (age is None or age >= 14),
        "children": age is not None and age < 14,
        "youth": age is not None and 12 <= age < 27,
        "seniors": age is not None and age >= 60,
    }
    return True if any(of_them[group] for group in groups & set(of_them)) else None


def _residence(facts: ClientFacts, offer: OfferRow, on: date) -> Answer:
    if not offer.residence_statuses:
        return True
    if facts.residence_valid_until and facts.residence_valid_until < on:
        return None
    return (
        None if facts.residence_status is None else facts.residence_status in offer.residence_statuses
    )


def _entitlement(facts: ClientFacts, offer: OfferRow, on: date, rules: MatchingRules) -> Answer:
    if not offer.entitlement_kinds:
        return True
    if facts.entitlements is None:
        return None
    if any(
        paper.kind in offer.entitlement_kinds and (paper.valid_until is None or on <= paper.valid_until)
        for paper in facts.entitlements
    ):
        return True
    can_apply = bool(set(offer.entitlement_kinds) - {"obligation"})
    return None if can_apply and _course(facts, offer, on, rules) is None else False


def _course(facts: ClientFacts, offer: OfferRow, on: date, rules: MatchingRules) -> Answer:
    if offer.kind != "language_course":
        return True
    if offer.course_kind is None:
        return None
    return _answer(decide_course_access(offer.course_kind, on, facts, rules.courses).answer)


def _group(facts: ClientFacts, offer: OfferRow, on: date, rules: MatchingRules) -> Answer:
    if offer.course_kind is None:
        return True
    return _answer(decide_course_group(offer.course_kind, on, facts, rules.courses).answer)


def _answer(number: int) -> Answer:
    return {1: True, 0: False, -1: None}[number]


def _deadline(offer: OfferRow, today: date) -> Answer:
    deadline = offer.registration_deadline
    return deadline is None or deadline >= today or offer.individual_entry is True


def _dates(offer: OfferRow, today: date) -> Answer:
    if offer.ends_on and offer.ends_on < today:
        return False
    has_begun = bool(offer.starts_on and offer.starts_on < today)
    if has_begun and offer.individual_entry is False:
        return False
    if offer.ends_on and offer.sessions and not offer.by_appointment:
        first = offer.starts_on if offer.starts_on and not has_begun else today
        week = [first + timedelta(days=ahead) for ahead in range(7)]
        weekdays = {day for day, _, _ in offer.sessions}
        if not any(day.isoweekday() in weekdays for day in week if day <= offer.ends_on):
            return False
    return offer.individual_entry if has_begun else True


def _seats(offer: OfferRow) -> Answer:
    if offer.seats_max is None or offer.seats_booked is None:
        counted = offer.kind in {"language_course", "education", "childcare"}
        counted = counted and not offer.by_appointment
        if offer.individual_entry and offer.seats_max is None and offer.kind != "childcare":
            counted = False
        return None if counted and offer.course_kind != "conversation" else True
    if offer.seats_booked < offer.seats_max:
        return True
    return False if offer.has_waiting_list is False else None


def _is_for_their_child(facts: ClientFacts, offer: OfferRow, on: date) -> bool:
    if offer.kind != "childcare" or facts.birth_date is None:
        return offer.kind == "childcare"
    born = facts.birth_date
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day)) >= 14


def _times(facts: ClientFacts, offer: OfferRow, entry_on: date) -> Answer:
    if offer.by_appointment or (offer.sessions and _is_for_their_child(facts, offer, entry_on)):
        return True
    if facts.available is None or not offer.sessions:
        return None
    shares = [
        _free_minutes(facts, day, starts, ends) / (ends - starts)
        for day, starts, ends in offer.sessions
    ]
    if not any(shares):
        return False
    if _is_attended_whole(offer):
        return True if all(share == 1 for share in shares) else None
    stays = offer.kind in {"language_course", "education", "work", "club", "meeting", "volunteer"}
    comes_and_goes = not stays and (offer.starts_on is None or offer.kind == "childcare")
    return True if 1 in shares or comes_and_goes else None


def _is_attended_whole(offer: OfferRow) -> bool:
    if offer.kind == "language_course":
        return offer.course_kind != "conversation"
    return offer.kind in {"education", "work"} and offer.starts_on is not None


def _free_minutes(facts: ClientFacts, day: int, starts: int, ends: int) -> int:
    free, reached = 0, starts
    spans = sorted((s.from_minute, s.to_minute) for s in facts.available or () if s.weekday == day)
    for first, last in spans:
        begin, end = max(first, reached), min(last, ends)
        if end > begin:
            free, reached = free + end - begin, end
    return free


def _childcare(facts: ClientFacts, offer: OfferRow) -> Answer:
    kinds = {"language_course", "education", "work", "club", "meeting", "volunteer"}
    if facts.needs_childcare is False or offer.kind not in kinds or offer.by_appointment:
        return True
    if offer.has_childcare:
        return True
    free = {
        (span.weekday, minute)
        for span in facts.household_free or ()
        for minute in range(span.from_minute, span.to_minute)
    }
    needed = {(day, minute) for day, first, last in offer.sessions for minute in range(first, last)}
    return True if needed and needed <= free else None


def _experience(facts: ClientFacts, offer: OfferRow) -> Answer:
    own = [one for one in facts.experiences if one.offer_id == offer.offer_id]
    against = {
        "level_too_low",
        "level_too_high",
        "times",
        "too_far",
        "childcare",
        "cost",
        "no_interest",
    }
    return None if own and own[-1].reason in against else True


def _booking(facts: ClientFacts, offer: OfferRow, entry_on: date, today: date) -> Answer:
    if offer.by_appointment or not offer.sessions or _is_for_their_child(facts, offer, entry_on):
        return True
    certain, perhaps = [], []
    for day, first, last in offer.sessions:
        clashes = [
            booked
            for booked in facts.booked
            if booked.offer_id != offer.offer_id
            and booked.span.weekday == day
            and booked.span.from_minute < last
            and first < booked.span.to_minute
            and (booked.last_on is None or entry_on <= booked.last_on)
            and not (booked.first_on and offer.ends_on and offer.ends_on < booked.first_on)
        ]
        perhaps.append(bool(clashes))
        certain.append(
            any(
                booked.is_binding
                and (booked.first_on is None or booked.first_on <= entry_on)
                and entry_on <= (booked.last_on or today)
                for booked in clashes
            )
        )
    enough = any if _is_attended_whole(offer) else all
    return False if enough(certain) else None if enough(perhaps) else True


def _step_free(facts: ClientFacts, offer: OfferRow) -> Answer:
    known = [place.step_free for place in offer.places]
    step_free = True if True in known else (None if None in known or not known else False)
    if facts.needs_step_free is None:
        return step_free or None
    return step_free if facts.needs_step_free else True


def _language(facts: ClientFacts, offer: OfferRow) -> Answer:
    there = {tag.split("-")[0] for tag in (*offer.instruction_languages, *offer.onsite_languages)}
    if offer.kind == "language_course" or offer.entry_level not in (None, "none"):
        return True
    level = _level(facts.german_level)
    if offer.entry_level == "none" and (not there or ("de" in there and level is not None and level)):
        return True
    spoken = {tag.split("-")[0] for tag in facts.languages or ()}
    if level is not None:
        spoken = spoken | {"de"} if level >= LEVELS.index("A2") else spoken - {"de"}
    return True if spoken & there else None


def _distances(facts: ClientFacts, offer: OfferRow) -> Iterator[tuple[float | None, bool]]:
    """Distance to each place in km and whether it is exact."""
    for place in offer.places:
        if place.latitude is None or facts.latitude is None:
            yield None, False
        else:
            here, there = (facts.latitude, facts.longitude), (place.latitude, place.longitude)
            is_exact = facts.position_is_precise and place.precision in {"exact", "street"}
            yield float(geodesic(here, there).km), is_exact


def _freshness(offer: OfferRow, today: date, rules: MatchingRules) -> Answer:
    if offer.verified_on is None:
        return None
    found = freshness_of(
        offer.kind, offer.course_kind, offer.verified_on, date.min, today, rules.freshness
    )
    return True if found.state in ("fresh", "due") else None


def _distance(facts: ClientFacts, offer: OfferRow, rules: MatchingRules) -> Answer:
    found = list(_distances(facts, offer))
    known = [(km, is_exact) for km, is_exact in found if km is not None]
    limit = facts.max_distance_km
    if limit is None and facts.mobility is not None:
        limit = float(getattr(rules.weights.reach_km, facts.mobility))
    if any(km <= (3.0 if limit is None else limit) for km, _ in known):
        return True
    if limit is None or not known or len(known) < len(found):
        return None
    return False if all(km - (0 if exact else MARGIN_KM) > limit for km, exact in known) else None
