"""From the form of a case to validated input, and from a stored case into the form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from app.cases.queries import ClientCase
from app.cases.records import ClientUpdate
from app.core.i18n import format_day, format_number
from app.core.i18n import gettext as _
from app.web.forms.cases import ClientForm
from app.web.forms.parsing import (
    parse_day,
    parse_kilometres,
    parse_languages,
    parse_spans,
    split_words,
)
from app.web.forms.problems import put_error, show_problems
from app.web.labels.cases import COMMON_LANGUAGES, DAY_PARTS, spoken_language

DAY_PART_TIMES: Final = {
    "morning": ("08:00", "12:00"),
    "afternoon": ("12:00", "17:00"),
    "evening": ("17:00", "21:00"),
}
_AS_TYPED: Final = (
    "given_name",
    "family_name",
    "sex",
    "phone",
    "german_level",
    "german_level_evidence",
    "accommodation_id",
    "plz",
    "mobility",
    "residence_status",
)
_PARSE_DAY: Final[dict[str, Callable[[str], date | None]]] = {
    "birth_date": parse_day,
    "german_level_on": partial(parse_day, month_is_enough=True),
    "residence_status_expires_on": parse_day,
}
_ANSWERS: Final = {"": None, "yes": True, "no": False}
Data = TypeVar("Data", bound=ClientUpdate)
Value = TypeVar("Value")


def read_client(form: ClientForm, model: type[Data], today: date) -> Data | None:
    """The validated input, or `None` with an error beside each field at fault."""
    reading = _Reading(form)
    values = reading.collect()
    try:
        data = model.model_validate(values, context={"today": today})
    except ValidationError as error:
        show_problems(form, error, reading.field_of)
        return None
    return None if form.errors else data


class _Reading:
    """Collects the values; remembers which field an item of a list came from."""

    def __init__(self, form: ClientForm) -> None:
        self._form = form
        self._sources: dict[str, list[str]] = {"available": [], "goals": [], "entitlements": []}

    def field_of(self, location: tuple[int | str, ...]) -> str:
        """The form field behind a place in the input."""
        name = str(location[0])
        if name in self._sources and len(location) > 1:
            return self._sources[name][int(location[1])]
        return {
            "available": "times",
            "goals": "goal_language",
            "entitlements": "entitlements_known",
        }.get(name, name)

    def collect(self) -> dict[str, Any]:
        """The values as `app.cases.records` takes them."""
        form = self._form
        values: dict[str, Any] = {name: form[name].data or None for name in _AS_TYPED}
        for name in _PARSE_DAY:
            values[name] = self._parsed(name, _PARSE_DAY[name])
        for name in ("needs_childcare", "needs_step_free"):
            values[name] = _ANSWERS.get(form[name].data or "")
        values["max_distance_km"] = self._parsed("max_distance_km", parse_kilometres)
        values["languages"] = self._languages("languages", "other_languages") or None
        values["reads"] = self._reads()
        values["interests"] = split_words(form.interests.data or "")
        values["available"] = self._times() or None
        values["goals"] = self._goals()
        values["entitlements"] = self._entitlements()
        return values

    def _parsed(self, name: str, parse: Callable[[str], Value]) -> Value | None:
        try:
            return parse(self._form[name].data or "")
        except ValueError as error:
            put_error(self._form[name], str(error))
            return None

    def _languages(self, boxes: str, others: str) -> list[str]:
        ticked = list(self._form[boxes].data or ())
        return list(dict.fromkeys([*ticked, *(self._parsed(others, parse_languages) or ())]))

    def _reads(self) -> list[str] | None:
        read = self._languages("reads", "other_reads")
        if self._form.reads_nothing.data:
            if read:
                words = _("Either the client does not read, or reads these languages.")
                put_error(self._form.reads_nothing, words)
            return []
        return read or None

    def _times(self) -> list[dict[str, Any]]:
        """Ticked parts of the day and exact times."""
        spans = []
        for choice in self._form.times.data or ():
            day_text, _dash, part = choice.partition("-")
            if part not in DAY_PART_TIMES or day_text not in set("1234567"):
                continue  # no box of ours
            starts, ends = DAY_PART_TIMES[part]
            spans.append({"weekday": int(day_text), "from": starts, "to": ends})
            self._sources["available"].append("times")
        for day, exact in self._form.day_rows:
            for starts, ends in self._parsed(exact.name, parse_spans) or ():
                spans.append({"weekday": day, "from": starts, "to": ends})
                self._sources["available"].append(exact.name)
        return spans

    def _goals(self) -> list[dict[str, Any]]:
        goals = []
        for area, box, title in self._form.goal_rows:
            level = self._form.language_level.data if area == "language" else None
            if box.data or (title.data or "").strip() or level:
                goals.append({"area": area, "title": title.data or "", "target_level": level or None})
                self._sources["goals"].append(title.name)
        return goals

    def _entitlements(self) -> list[dict[str, Any]] | None:
        known = self._form.entitlements_known.data
        rights = []
        for kind, box, issued, until in self._form.entitlement_rows:
            issued_on = self._parsed(issued.name, parse_day)
            valid_until = self._parsed(until.name, parse_day)
            if box.data or issued_on or valid_until:
                rights.append({"kind": kind, "issued_on": issued_on, "valid_until": valid_until})
                self._sources["entitlements"].append(until.name)
        if known == "none" and rights:
            words = _("Either the client has none, or has the ones below.")
            put_error(self._form.entitlements_known, words)
        if known == "some" and not rights:
            words = _("Please choose which entitlement the client has.")
            put_error(self._form.entitlements_known, words)
        return rights if rights or known == "none" else None


def fill_form(form: ClientForm, case: ClientCase) -> None:
    """Show a stored case in the form."""
    client = case.client
    form.version.data = str(client.version)
    for name in _AS_TYPED:
        form[name].data = getattr(client, name) or ""
    for name in _PARSE_DAY:
        value = getattr(client, name)
        form[name].data = format_day(value) if value else ""
    for name in ("needs_childcare", "needs_step_free"):
        form[name].data = {None: "", True: "yes", False: "no"}[getattr(client, name)]
    if client.max_distance_km is not None:
        form.max_distance_km.data = format_number(client.max_distance_km, 1)
    _fill_languages(form.languages, form.other_languages, client.languages)
    _fill_languages(form.reads, form.other_reads, client.reads)
    form.reads_nothing.data = client.reads == []
    form.interests.data = ", ".join(dict.fromkeys(row.word for row in case.interests))
    _fill_times(form, client.available or [])
    for goal in reversed(case.open_goals):  # of several in one area the first one stands here
        form[f"goal_{goal.area}"].data = True
        form[f"goal_{goal.area}_title"].data = goal.title
        if goal.area == "language":
            form.language_level.data = goal.target_level or ""
    _fill_entitlements(form, case)


def _fill_languages(boxes: Any, others: Any, tags: list[str] | None) -> None:
    boxes.data = [tag for tag in tags or () if tag in COMMON_LANGUAGES]
    others.data = ", ".join(spoken_language(t) for t in tags or () if t not in COMMON_LANGUAGES)


def _fill_times(form: ClientForm, available: list[dict[str, Any]]) -> None:
    """Parts of the day where the times are just these; otherwise the exact times of that day."""
    ticked: list[str] = []
    exact: dict[int, list[str]] = {}
    for span in available:
        times = (span["from"], span["to"])
        part = next((part for part in DAY_PARTS if DAY_PART_TIMES[part] == times), None)
        if part is not None:
            ticked.append(f"{span['weekday']}-{part}")
        else:
            exact.setdefault(span["weekday"], []).append("–".join(times))
    form.times.data = ticked
    for day, spans in exact.items():
        form[f"exact_{day}"].data = ", ".join(spans)


def _fill_entitlements(form: ClientForm, case: ClientCase) -> None:
    if case.entitlements is None:
        form.entitlements_known.data = ""
        return
    form.entitlements_known.data = "some" if case.entitlements else "none"
    for right in case.entitlements:
        form[f"right_{right.kind}"].data = True
        form[f"right_{right.kind}_from"].data = format_day(right.issued_on) if right.issued_on else ""
        form[f"right_{right.kind}_to"].data = format_day(right.valid_until) if right.valid_until else ""
