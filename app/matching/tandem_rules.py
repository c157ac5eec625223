"""Volunteers and clients who suit each other: who may meet at all, and how well for each side; pure.

One client beside all volunteers, as columns. The rules that hold for every offer (age, reach, step-free
access …) hold here, too; languages, hours and places have stricter rules of their own, and what both
sides wish comes on top. As everywhere, unknown never excludes: it is a question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final, Literal, get_args

import numpy as np

from app.directory.offer_table import BoolColumn, Float32Column, Int8Column
from app.matching.comparison import ENOUGH_GERMAN, Comparison
from app.matching.course_rules import NO, UNKNOWN, YES
from app.matching.eligibility import Eligibility, decide_all, decide_distance, decide_language
from app.matching.questions import explain_exclusion, list_questions
from app.matching.scoring import APPOINTMENT_TIMES, distance, languages
from app.matching.tandem_matching import Pair
from app.matching.types import ClientFacts, Reason

TandemEnd = Literal[
    "reached", "client_stopped", "volunteer_stopped", "not_fitting", "moved", "case_closed", "mistake"
]
TANDEM_ENDS: Final[tuple[TandemEnd, ...]] = get_args(TandemEnd)
NEVER_AGAIN: Final = frozenset({"not_fitting"})
"""After such an end the two are not proposed to each other again."""
MAX_CLIENTS: Final = 20
"""More than so many at once no volunteer meets."""

MEETING_MINUTES: Final = 45
"""So much time in common is enough to meet."""
GOOD_MINUTES: Final = 120
"""From here on more time in common makes nothing better."""
NEUTRAL: Final = 0.5
CLIENT_WEIGHTS: Final = {"topics": 0.4, "hours": 0.25, "languages": 0.2, "distance": 0.15}
VOLUNTEER_WEIGHTS: Final = {"topics": 0.4, "hours": 0.3, "languages": 0.3}
FULL_GERMAN: Final = 4
"""From B2 on talking German is easy."""
GENERAL_RULES_REPLACED: Final = ("times", "language", "seats", "distance")


@dataclass(frozen=True, slots=True)
class Seeker:
    """A client who would like to meet a volunteer."""

    client_id: str
    wished_on: date
    facts: ClientFacts
    """The topics wished for in the tandem stand in for the interests, if there are any."""
    wanted_sex: str | None = None
    """Of the volunteer; `None`: does not matter."""
    parted: frozenset[str] = frozenset()
    """Volunteers (offers) with whom it did not work."""


@dataclass(frozen=True, slots=True)
class Volunteer:
    """A volunteer; the rest stands in the row of the offer table."""

    offer_id: str
    sex: str | None = None
    wanted_sex: str | None = None
    """Of the client; `None`: does not matter."""
    max_clients: int = 1
    current: int = 0
    """With how many they meet now."""
    radius_km: int | None = None
    """How far they go to meet somebody; `None`: not told."""

    @property
    def free(self) -> int:
        """Places left."""
        return max(0, self.max_clients - self.current)


def decide_sex_wish(wanted: str | None, sex: str | None) -> int:
    """Whether a wish for one sex is met; a question when the other is diverse, or nobody knows."""
    if wanted is None or wanted == sex:
        return YES
    return UNKNOWN if sex is None or "diverse" in (sex, wanted) else NO


class Assessment:
    """One client beside all volunteers; ``volunteers`` stand in the order of the table's rows."""

    def __init__(self, seeker: Seeker, volunteers: Sequence[Volunteer], c: Comparison) -> None:
        self.seeker = seeker
        self.volunteers = volunteers
        self.comparison = c

    # --- who may meet ---------------------------------------------------------------------------

    @cached_property
    def answers(self) -> dict[str, Int8Column]:
        """Of the rules that are about tandems alone."""
        facts, wanted = self.seeker.facts, self.seeker.wanted_sex
        parted = self.seeker.parted
        return {
            "client_wish": _int8(decide_sex_wish(wanted, one.sex) for one in self.volunteers),
            "volunteer_wish": _int8(
                decide_sex_wish(one.wanted_sex, facts.sex) for one in self.volunteers
            ),
            "talk": self._decide_talk(),
            "hours": self._decide_hours(),
            "way": self._decide_way(),
            "parted": _int8(NO if one.offer_id in parted else YES for one in self.volunteers),
        }

    def _decide_talk(self) -> Int8Column:
        """A language in common. German is one from the level that the volunteer names, otherwise A2."""
        c = self.comparison
        answers = np.full(len(c.table), NO, dtype=np.int8)
        answers[c.table.languages.is_empty] = UNKNOWN
        if c.facts.languages is None:
            answers[:] = UNKNOWN
        elif c.level == UNKNOWN:
            answers[c.offers.speaks("de")] = UNKNOWN
        answers[decide_language(c) == YES] = YES
        return answers

    def _decide_way(self) -> Int8Column:
        """One of the two can come to the other: the client by their reach, the volunteer by theirs."""
        c = self.comparison
        radius = np.array([one.radius_km or 0 for one in self.volunteers], dtype=np.float32)
        comes = c.distance_km <= radius if c.has_position else np.zeros(len(radius), dtype=np.bool_)
        return np.where(comes, np.int8(YES), decide_distance(c))

    def _decide_hours(self) -> Int8Column:
        """At least one meeting's time in common; a shorter time is a question, none at all a no.

        By appointment it is always possible.
        """
        minutes = self.minutes
        answers = np.where(minutes >= MEETING_MINUTES, YES, np.where(minutes == 0, NO, UNKNOWN))
        answers[self.comparison.table.by_appointment == YES] = YES
        return answers.astype(np.int8)

    @cached_property
    def _general(self) -> Eligibility:
        """The rules for every offer, less those that tandems have of their own."""
        found = decide_all(self.comparison)
        answers = {n: a for n, a in found.answers.items() if n not in GENERAL_RULES_REPLACED}
        return Eligibility(answers, found.is_excluded, found.is_unclear)

    @cached_property
    def is_excluded(self) -> BoolColumn:
        """Some rule says no; full ones are not excluded."""
        return self._any(NO)

    @cached_property
    def is_unclear(self) -> BoolColumn:
        """Some rule says unknown."""
        return self._any(UNKNOWN)

    def _any(self, answer: int) -> BoolColumn:
        columns = [*self._general.answers.values(), *self.answers.values()]
        return np.asarray(np.any([column == answer for column in columns], axis=0), dtype=np.bool_)

    # --- how well -------------------------------------------------------------------------------

    @cached_property
    def for_client(self) -> Float32Column:
        """Between 0 and 1, in hundredths: smaller differences say nothing.

        .4 topics (mean over the wished topics of the closest one of the volunteer) + .25 hours (minutes
        in common of 120, by appointment at least .8) + .2 languages (an own one 1, German .7) + .15
        distance (`scoring.distance`). What is unknown counts half.
        """
        parts = {
            "topics": self._topics_for_client(),
            "hours": self._by_appointment(self.minutes / np.float32(GOOD_MINUTES)),
            "languages": languages(self.comparison),
            "distance": distance(self.comparison),
        }
        return _weigh(parts, CLIENT_WEIGHTS, 2)

    @cached_property
    def for_volunteer(self) -> Float32Column:
        """Between 0 and 1, in tenths: of two who suit about as well, the one who waits longer.

        .4 topics (mean over the volunteer's topics of their value for the client) + .3 hours (share of
        the volunteer's hours for which the client is free, by appointment at least .8) + .3 languages
        (an own language of the client 1, else German: A2 .5, B1 .75, from B2 on 1). What is unknown
        counts half.
        """
        parts = {
            "topics": self._topics_for_volunteer(),
            "hours": self._by_appointment(self.comparison.share_of_times),
            "languages": self._ease_of_talking(),
        }
        return _weigh(parts, VOLUNTEER_WEIGHTS, 1)

    @cached_property
    def minutes(self) -> Float32Column:
        """Weekly minutes in common; NaN: unknown on one side."""
        c = self.comparison
        minutes = np.full(len(c.table), np.nan, dtype=np.float32)
        if c.facts.available is not None:
            minutes[c.offers.hours.rows] = c.free_hours.minutes
        return minutes

    def _by_appointment(self, values: Float32Column) -> Float32Column:
        by_appointment = self.comparison.table.by_appointment == YES
        return np.where(by_appointment, np.fmax(values, np.float32(APPOINTMENT_TIMES)), values)

    def _topics_for_client(self) -> Float32Column:
        c = self.comparison
        wished = c.facts.interests or ()
        best = c.offers.topic_sets.best
        found = [best(c.offers.closeness(one, c.value_of_topic), np.nan) for one in wished]
        return np.mean(found, axis=0) if found else np.full(len(c.table), np.nan, dtype=np.float32)

    def _topics_for_volunteer(self) -> Float32Column:
        c, sets = self.comparison, self.comparison.offers.topic_sets
        mean = np.full(sets.count, np.nan, dtype=np.float32)
        if len(sets.words) and c.facts.interests:
            sizes = np.diff(np.append(sets.starts, len(sets.words)))
            mean[sets.nonempty] = np.add.reduceat(c.topic_values[sets.words], sets.starts) / sizes
        return mean[sets.inverse]

    def _ease_of_talking(self) -> Float32Column:
        c = self.comparison
        german = np.nan if c.level == UNKNOWN else min(1.0, c.level / FULL_GERMAN)
        if c.level != UNKNOWN and c.level < ENOUGH_GERMAN:
            german = 0.0
        ease = np.where(c.offers.speaks("de"), np.float32(german), np.float32(0))
        ease[c.table.languages.is_empty] = np.nan
        ease[c.shares_own_language] = 1
        return ease

    # --- in words' codes ------------------------------------------------------------------------

    def list_pairs(self) -> list[Pair]:
        """With whom a tandem is possible (full ones, too), in the order of the rows."""
        rows = np.flatnonzero(~self.is_excluded).tolist()
        return [
            Pair(
                self.seeker.client_id,
                self.volunteers[row].offer_id,
                float(self.for_client[row]),
                float(self.for_volunteer[row]),
            )
            for row in rows
        ]

    def reasons_for_client(self, row: int) -> tuple[Reason, ...]:
        """What the client gets: topics, hours, language, distance, a wish that is met."""
        c, told = self.comparison, []
        if topics := self._topics_in_common(row):
            told.append(Reason("topics", {"concepts": topics}))
        told += self._hours_reason(row)
        tags = self._tags_in_common(row)
        if own := [tag for tag in tags if tag.split("-")[0] != "de"]:
            told.append(Reason("own_language", {"tags": own}))
        elif tags:
            told.append(Reason("german"))
        if not np.isnan(c.distance_km[row]):
            is_estimate = not (c.facts.position_is_precise and self._is_precise(row))
            told.append(
                Reason("distance", {"km": round(float(c.distance_km[row]), 1), "estimate": is_estimate})
            )
        if self.seeker.wanted_sex and self.answers["client_wish"][row] == YES:
            told.append(Reason("wanted_sex", {"sex": self.seeker.wanted_sex}))
        return tuple(told)

    def reasons_for_volunteer(self, row: int) -> tuple[Reason, ...]:
        """What the volunteer gets: somebody for their topics and hours to whom they can talk."""
        c, told = self.comparison, []
        if topics := self._topics_in_common(row):
            offered = len(c.offers.topic_sets.words_of(row))
            told.append(Reason("their_topics", {"count": len(topics), "of": offered}))
        share = float(c.share_of_times[row])
        if share > 0:
            told.append(Reason("their_hours", {"share": round(share, 2)}))
        if any(tag.split("-")[0] != "de" for tag in self._tags_in_common(row)):
            told.append(Reason("talk_own"))
        elif c.offers.speaks("de")[row] and c.level >= ENOUGH_GERMAN:
            told.append(Reason("talk_german", {"level": c.facts.german_level}))
        wanted = self.volunteers[row].wanted_sex
        if wanted and self.answers["volunteer_wish"][row] == YES:
            told.append(Reason("wanted_sex", {"sex": wanted}))
        return tuple(told)

    def list_questions(self, row: int) -> tuple[Reason, ...]:
        """What is to be clarified before the two meet."""
        own = tuple(
            _question(name, self) for name, column in self.answers.items() if column[row] == UNKNOWN
        )
        return own + list_questions(self.comparison, self._general, row)

    def list_obstacles(self, row: int) -> tuple[Reason, ...]:
        """Every rule that excludes the pair."""
        own = tuple(Reason(f"no_{name}") for name, column in self.answers.items() if column[row] == NO)
        return own + explain_exclusion(self.comparison, self._general, row)

    def _topics_in_common(self, row: int) -> list[str]:
        c = self.comparison
        offered = c.offers.topic_sets.words_of(row)
        return [one for one in offered if c.topic_values[c.table.topics.index[one]] > 0]

    def _hours_reason(self, row: int) -> list[Reason]:
        minutes = float(self.minutes[row])
        if minutes >= MEETING_MINUTES:
            return [Reason("hours", {"minutes": int(minutes)})]
        if self.comparison.table.by_appointment[row] == YES:
            return [Reason("by_appointment")]
        return []

    def _tags_in_common(self, row: int) -> list[str]:
        c = self.comparison
        words = c.offers.language_sets.words_of(row)
        return [tag for tag in words if tag.split("-")[0].lower() in c.language_tags]

    def _is_precise(self, row: int) -> bool:
        place = self.comparison.nearest_place(row)
        return place is not None and bool(self.comparison.table.place_precise[place])


def _question(name: str, one: Assessment) -> Reason:
    facts: dict[str, Any] = {}
    if name == "hours":
        facts["is_client"] = one.seeker.facts.available is None
    elif name == "talk":
        facts["is_client"] = one.seeker.facts.languages is None or one.comparison.level == UNKNOWN
    elif name == "volunteer_wish":
        facts["is_known"] = one.seeker.facts.sex is not None
    return Reason(f"ask_{name}", facts)


def _int8(values: Any) -> Int8Column:
    return np.array(list(values), dtype=np.int8)


def _weigh(
    parts: Mapping[str, Float32Column], weights: Mapping[str, float], digits: int
) -> Float32Column:
    total = sum(
        np.nan_to_num(np.clip(part, 0, 1), nan=NEUTRAL) * np.float32(weights[name])
        for name, part in parts.items()
    )
    return np.asarray(np.round(total, digits), dtype=np.float32)
