"""From the forms of the intake to validated input.

What cannot be used is said beside its field and left out: the rest of the part is saved all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from app.cases.codes import SKILLS
from app.cases.records import ClientUpdate
from app.core.i18n import gettext as _
from app.web.forms.countries import parse_countries, parse_country
from app.web.forms.intake import NeedsForm, SectionForm
from app.web.forms.parsing import (
    parse_count,
    parse_day,
    parse_kilometres,
    parse_languages,
    parse_spans,
    split_words,
)
from app.web.forms.problems import problem_words, put_error

DAY_PART_TIMES: Final = {
    "morning": ("08:00", "12:00"),
    "afternoon": ("12:00", "17:00"),
    "evening": ("17:00", "21:00"),
}
MAX_PROBLEMS_PASSES: Final = 4
_ANSWERS: Final = {"": None, "yes": True, "no": False}
_parse_month = partial(parse_day, month_is_enough=True)
Value = TypeVar("Value")


@dataclass
class Reading:
    """The values of a form as they are collected, and which field each of them came from."""

    form: Any
    """A `SectionForm`; which fields it has depends on the section."""
    stored: Mapping[str, Any]
    """What the case says now (`app.cases.client_parts.load_values`)."""
    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, Any] = field(default_factory=dict)
    """Value → its field, or a list with the field of each item."""
    bad: set[str] = field(default_factory=set)
    """Values of which something could not even be read."""

    def take(self, *names: str) -> None:
        """Texts and choices as they are; an empty one is unknown."""
        for name in names:
            self.put(name, (self.form[name].data or "").strip() or None, self.form[name])

    def parse(self, name: str, parse: Callable[[str], Value], of: str | None = None) -> Value | None:
        """What ``parse`` makes of the field ``name``; what it refuses spoils the value ``of``."""
        return self.parse_field(self.form[name], parse, of or name)

    def parse_field(self, one: Any, parse: Callable[[str], Value], of: str) -> Value | None:
        """The same for a field of a row."""
        try:
            return parse(one.data or "")
        except ValueError as error:
            put_error(one, str(error))
            self.bad.add(of)
            return None

    def put(self, name: str, value: Any, source: Any) -> None:
        """Keep a value."""
        self.values[name], self.sources[name] = value, source

    def refuse(self, name: str, one: Any, words: str) -> None:
        """Say ``words`` beside a field and leave the value ``name`` out."""
        put_error(one, words)
        self.bad.add(name)


@dataclass(frozen=True, slots=True)
class SectionInput:
    """What a form tells."""

    data: ClientUpdate
    sources: dict[str, Any]


def read_section(code: str, form: SectionForm, stored: Mapping[str, Any], today: date) -> SectionInput:
    """The usable values of the form of the section ``code``; errors stand beside the fields."""
    reading = Reading(form, stored)
    _READERS[code](reading)
    values = {name: value for name, value in reading.values.items() if name not in reading.bad}
    for _pass in range(MAX_PROBLEMS_PASSES):
        try:
            data = ClientUpdate.model_validate(values, context={"today": today})
        except ValidationError as error:
            _leave_out(reading, values, error)
        else:
            return SectionInput(data, reading.sources)
    return SectionInput(ClientUpdate(), reading.sources)


def read_needs(form: NeedsForm) -> ClientUpdate | None:
    """What is needed in detail, or `None` with an error beside the field."""
    try:
        return ClientUpdate(accessibility_note=form.accessibility_note.data)
    except ValidationError as error:
        problem = error.errors()[0]
        put_error(form.accessibility_note, problem_words(problem["type"], problem.get("ctx", {})))
        return None


def _leave_out(reading: Reading, values: dict[str, Any], error: ValidationError) -> None:
    """Say what is wrong; of the levels only the one at fault goes."""
    at_fault: set[int] = set()
    for problem in error.errors():
        location = problem["loc"]
        name = str(location[0])
        source = reading.sources[name]
        if isinstance(source, list):
            number = int(location[1]) if len(location) > 1 else 0
            source = source[min(number, len(source) - 1)]
            if name == "levels":
                at_fault.add(number)
        if not source.errors:
            put_error(source, problem_words(problem["type"], problem.get("ctx", {})))
        if name != "levels":
            values.pop(name, None)
    if at_fault:
        kept = [n for n in range(len(values["levels"])) if n not in at_fault]
        reading.sources["levels"] = [reading.sources["levels"][n] for n in kept]
        values["levels"] = [values["levels"][n] for n in kept]


def _person(r: Reading) -> None:
    r.take("given_name", "family_name", "sex", "phone", "email")
    r.put("birth_date", r.parse("birth_date", parse_day), r.form.birth_date)
    codes = r.parse("nationalities", parse_countries)
    r.put("nationalities", codes or None, r.form.nationalities)
    if not (r.values["given_name"] or r.values["family_name"]):
        r.refuse("given_name", r.form.given_name, _("Please give a first or a last name."))
        r.bad.add("family_name")


def _languages(r: Reading) -> None:
    r.put("languages", _chosen(r, "languages", "other_languages") or None, r.form.other_languages)
    read = _chosen(r, "reads", "other_reads")
    r.put("reads", read or None, r.form.other_reads)
    if r.form.reads_nothing.data:
        r.values["reads"] = []
        if read:
            words = _("Either the client does not read, or reads these languages.")
            r.refuse("reads", r.form.reads_nothing, words)
    r.take("literacy", "interpreting_language", "sheet_language")


def _chosen(r: Reading, boxes: str, others: str) -> list[str]:
    """Ticked and typed languages; those that stand there already keep their order."""
    known = [str(tag) for tag in r.stored.get(boxes) or ()]
    typed = r.parse(others, partial(parse_languages, also=known), of=boxes) or []
    told = list(dict.fromkeys([*(r.form[boxes].data or ()), *typed]))
    return [tag for tag in known if tag in told] + [tag for tag in told if tag not in known]


def _home(r: Reading) -> None:
    r.take("accommodation_id", "street", "house_number", "plz", "town", "mobility")
    km = r.parse("max_distance_km", parse_kilometres)
    r.put("max_distance_km", km, r.form.max_distance_km)


def _family(r: Reading) -> None:
    answer = _ANSWERS.get(r.form.needs_childcare.data or "")
    r.put("needs_childcare", answer, r.form.needs_childcare)


def _education(r: Reading) -> None:
    r.take("schooling")
    r.put("schooling_years", r.parse("schooling_years", parse_count), r.form.schooling_years)
    degrees, sources = [], []
    for row in r.form.degrees.entries:
        country = r.parse_field(row.form.country, parse_country, "degrees")
        values = {
            "title": (row.form.title.data or "").strip(),
            "country": country,
            "recognition": row.form.recognition.data or None,
        }
        if any(values.values()) or row.form.country.data:
            degrees.append(values)
            sources.append(row.form.title)
    _put_rows(r, "degrees", degrees, sources, r.form.degrees_none)
    works, sources = [], []
    for row in r.form.work_experience.entries:
        values = {
            "occupation": (row.form.occupation.data or "").strip(),
            "years": r.parse_field(row.form.years, parse_years, "work_experience"),
            "country": r.parse_field(row.form.country, parse_country, "work_experience"),
        }
        if values["occupation"] or row.form.years.data or row.form.country.data:
            works.append(values)
            sources.append(row.form.occupation)
    _put_rows(r, "work_experience", works, sources, r.form.work_none)


def parse_years(text: str) -> float | None:
    """A number of years such as "2", "1,5" or "3 Jahre"; `None` when empty."""
    typed = text.strip().lower()
    for ending in ("jahre", "jahr", "years", "year"):
        typed = typed.removesuffix(ending).strip()
    if not typed:
        return None
    whole, _comma, part = typed.replace(",", ".").partition(".")
    if not (f"{whole}{part}".isascii() and f"{whole}{part}".isdigit() and len(typed) <= len("99,99")):
        raise ValueError(_("Please write a number of years, for example 2 or 1,5."))
    return float(f"{whole or 0}.{part or 0}")


def _put_rows(r: Reading, name: str, rows: list[dict[str, Any]], sources: list[Any], none: Any) -> None:
    """The rows; nothing there and "none" ticked is an empty list, otherwise unknown."""
    if none.data and rows:
        r.refuse(name, none, _("Either there are none, or there are those above."))
    r.put(name, rows if rows or none.data else None, sources or [none])


def _german(r: Reading) -> None:
    levels, sources = [], []
    for skill in SKILLS:
        name = f"level_{skill}"
        told = {
            "skill": skill,
            "level": r.form[name].data or None,
            "evidence": r.form[f"evidence_{skill}"].data or None,
            "known_on": r.parse(f"known_{skill}", _parse_month, of=name),
            "expires_on": r.parse(f"expires_{skill}", parse_day, of=name),
            "replaces_proof": bool(r.form[f"proof_{skill}"].data),
        }
        if name not in r.bad:
            levels.append(told)
            sources.append(r.form[name])
    r.put("levels", levels, sources)


def _interests(r: Reading) -> None:
    r.put("interests", split_words(r.form.interests.data or ""), r.form.interests)
    spans, sources = [], []
    for choice in r.form.times.data or ():
        day_text, _dash, part = choice.partition("-")
        if part not in DAY_PART_TIMES or day_text not in set("1234567"):
            continue  # no box of ours
        starts, ends = DAY_PART_TIMES[part]
        spans.append({"weekday": int(day_text), "from": starts, "to": ends})
        sources.append(r.form.times)
    for day, exact in r.form.day_rows:
        for starts, ends in r.parse(exact.name, parse_spans, of="available") or ():
            spans.append({"weekday": day, "from": starts, "to": ends})
            sources.append(exact)
    order = sorted(range(len(spans)), key=lambda n: (spans[n]["weekday"], spans[n]["from"]))
    r.put("available", [spans[n] for n in order] or None, [sources[n] for n in order] or [r.form.times])


def _residence(r: Reading) -> None:
    r.take("residence_status", "office_contact", "benefit_authority_id", "benefit_reference")
    until = r.parse("residence_status_expires_on", parse_day)
    r.put("residence_status_expires_on", until, r.form.residence_status_expires_on)
    rights, sources = [], []
    for row in r.form.entitlements.entries:
        typed = row.form
        values = {
            "kind": typed.kind.data or None,
            "issuer": (typed.issuer.data or "").strip() or None,
            "issued_on": r.parse_field(typed.issued_on, parse_day, "entitlements"),
            "valid_until": r.parse_field(typed.valid_until, parse_day, "entitlements"),
        }
        if any(values.values()) or typed.issued_on.data or typed.valid_until.data:
            rights.append(values)
            sources.append(typed.kind)
            if values["kind"] is None:
                r.refuse("entitlements", typed.kind, _("Please choose the kind of entitlement."))
    _put_rows(r, "entitlements", rights, sources, r.form.entitlements_none)


def _barriers(r: Reading) -> None:
    answer = _ANSWERS.get(r.form.needs_step_free.data or "")
    r.put("needs_step_free", answer, r.form.needs_step_free)


def _goals(r: Reading) -> None:
    """What is told; a goal that stands in the plan is given up there, not here."""
    planned = {goal[0]: goal for goal in r.stored.get("goals") or ()}
    goals, sources = [], []
    for area, box, title in r.form.goal_rows:
        level = r.form.language_level.data if area == "language" else None
        words = (title.data or "").strip()
        if box.data or words or level:
            goals.append({"area": area, "title": words, "target_level": level or None})
            sources.append(title)
        elif area in planned:
            put_error(box, _("This goal stands in the plan; it can be given up there."))
            goals.append(dict(zip(("area", "title", "target_level"), planned[area], strict=True)))
            sources.append(title)
    r.put("goals", goals, sources or [r.form.goal_language])


_READERS: Final[dict[str, Callable[[Reading], None]]] = {
    "person": _person,
    "languages": _languages,
    "home": _home,
    "family": _family,
    "education": _education,
    "german": _german,
    "interests": _interests,
    "residence": _residence,
    "barriers": _barriers,
    "goals": _goals,
}
