"""The tables in the form of an offer: weekly times, terms, exceptions, places, texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pydantic import ValidationError

from app.core.i18n import gettext as _
from app.directory.records import (
    LANGUAGE_TAG,
    ExceptionRecord,
    OfferRecord,
    PhraseRecord,
    ProviderRecord,
    SessionRecord,
    TermRecord,
)
from app.web.forms.offer import NEW_PLACE, OfferForm
from app.web.forms.parsing import parse_clock, parse_day, parse_languages
from app.web.forms.problems import problem_words, put_error
from app.web.forms.time_rows import MonthlyAcrossMidnightError, rows_of, sessions_of
from app.web.forms.typed_parts import (
    day_as_typed,
    is_empty_row,
    parsed,
    required,
    text_of,
    time_row_as_typed,
    time_row_in,
)
from app.web.labels.cases import COMMON_LANGUAGES

OFFERED_LANGUAGES: Final = tuple(tag for tag in COMMON_LANGUAGES if tag != "de")
"""The languages of the sheets, which the form offers by name."""


def fill_rows(form: OfferForm, record: OfferRecord, provider: ProviderRecord) -> None:
    """Show the tables of ``record``."""
    for row in rows_of(record.sessions):
        form.sessions.append_entry(time_row_as_typed(row))
    for term in record.terms:
        form.terms.append_entry(_span(term) | {"note": term.note or ""})
    for day in record.exceptions:
        own = {name: getattr(day, name) or "" for name in ("kind", "starts", "ends", "place", "note")}
        form.exceptions.append_entry(_span(day) | own)
    keys = dict.fromkeys([*record.places, *(place.key for place in provider.places)])
    for key in keys:
        form.places.append_entry({"key": key, "is_used": key in record.places})
    form.main_place.data = record.places[0] if record.places else ""
    for tag in dict.fromkeys([*OFFERED_LANGUAGES, *record.phrases]):
        phrase = record.phrases.get(tag, PhraseRecord())
        own = {"title": phrase.title or "", "description": phrase.description or ""}
        form.phrases.append_entry({"language": tag, **own})


def _span(part: TermRecord | ExceptionRecord) -> dict[str, str]:
    last_on = "" if part.last_on == part.first_on else day_as_typed(part.last_on)
    return {"first_on": day_as_typed(part.first_on), "last_on": last_on}


def read_rows(
    form: OfferForm, provider: ProviderRecord, languages: frozenset[str], new_place: str | None
) -> dict[str, Any]:
    """The values of all tables; errors stand beside the fields of their rows.

    ``languages``: tags that may be typed as they are; ``new_place``: the key of the address that is
    entered in the same form.
    """
    reading = _RowReading(form, provider, languages, new_place)
    return {
        "sessions": reading.sessions(),
        "terms": reading.terms(),
        "exceptions": reading.exceptions(),
        "places": reading.places(),
        "phrases": reading.phrases(),
    }


class _RowReading:
    def __init__(
        self, form: OfferForm, provider: ProviderRecord, languages: frozenset[str], new: str | None
    ) -> None:
        self._form = form
        self._places = {place.key for place in provider.places}
        self._languages = languages
        self._new_place = new or self._sent_before()

    def _sent_before(self) -> str | None:
        """The key of the new address when the form is sent a second time."""
        key = self._form.new_place.form["key"].data
        return key if key in self._places else None

    def sessions(self) -> tuple[SessionRecord, ...]:
        """The weekly times, one for each weekday."""
        sessions: list[SessionRecord] = []
        for row in self._form.sessions.rows:
            if is_empty_row(row, "rhythm", "place"):
                continue
            typed = time_row_in(row, self._languages)
            place = self._place(row["place"])
            self._check_length(row["note"], text_of(row["note"]))
            if typed is None or row["note"].errors:
                continue
            try:
                times = sessions_of(typed)
            except MonthlyAcrossMidnightError:
                put_error(row["ends"], _("Once a month it can only last until 24:00."))
            except (ValidationError, OverflowError):
                put_error(row["ends"], _("It must end after it starts."))
            else:
                sessions += [time.model_copy(update={"place": place}) for time in times]
        return tuple(sessions)

    def terms(self) -> tuple[TermRecord, ...]:
        """The terms."""
        return self._dated(self._form.terms, TermRecord, lambda _row: {})

    def exceptions(self) -> tuple[ExceptionRecord, ...]:
        """Closed days and further dates."""
        rows = self._form.exceptions
        return self._dated(rows, ExceptionRecord, self._exception_values, "kind", "place")

    def _exception_values(self, row: Any) -> dict[str, Any]:
        place = self._place(row["place"])
        if row["kind"].data != "extra":
            if text_of(row["starts"]) or text_of(row["ends"]):
                put_error(row["starts"], _("It is closed on whole days; please leave the times empty."))
            return {"kind": "closed", "place": place}
        starts, ends = (required(row[name], parse_clock) for name in ("starts", "ends"))
        if starts and ends and ends <= starts:
            put_error(row["ends"], _("It must end after it starts."))
        return {"kind": "extra", "place": place, "starts": starts, "ends": ends}

    def _dated(
        self, rows: Any, model: Any, values_of: Callable[[Any], dict[str, Any]], *ignored: str
    ) -> tuple[Any, ...]:
        """Rows with a first and a last day; a last day that is left empty is the first."""
        records = []
        for row in rows.rows:
            if is_empty_row(row, *ignored):
                continue
            first_on = required(row["first_on"], parse_day)
            last_on = parsed(row["last_on"], parse_day) or first_on
            if first_on and last_on and last_on < first_on:
                put_error(row["last_on"], _("The last day lies before the first."))
            note = text_of(row["note"])
            self._check_length(row["note"], note)
            values = {"first_on": first_on, "last_on": last_on, "note": note} | values_of(row)
            if not any(field.errors for field in row):
                records.append(model.model_validate(values))
        return tuple(records)

    def places(self) -> tuple[str, ...]:
        """The keys of the places that are ticked, the main one first."""
        chosen = [
            row["key"].data
            for row in self._form.places.rows
            if row["is_used"].data and row["key"].data in self._places
        ]
        if self._new_place:
            chosen.append(self._new_place)
        main = self._form.main_place.data
        main = self._new_place if main == NEW_PLACE else main
        if main in chosen:
            chosen = [main, *(key for key in chosen if key != main)]
        return tuple(dict.fromkeys(chosen))

    def phrases(self) -> dict[str, PhraseRecord]:
        """Language → texts."""
        phrases: dict[str, PhraseRecord] = {}
        for row in self._form.phrases.rows:
            title, description = text_of(row["title"]), text_of(row["description"])
            tag = self._language(row["language"])
            if not title and not description:
                if tag and tag not in OFFERED_LANGUAGES and tag not in self._languages:
                    put_error(row["title"], _("Please fill this in."))
                continue
            if tag is None:
                if not row["language"].errors:
                    put_error(row["language"], _("Please name the language."))
                continue
            if tag in phrases:
                put_error(row["language"], _("This language stands there twice."))
            try:
                phrases[tag] = PhraseRecord(title=title, description=description)
            except ValidationError as error:
                for problem in error.errors():
                    words = problem_words(problem["type"], problem.get("ctx", {}))
                    put_error(row[str(problem["loc"][0])], words)
        return phrases

    def _language(self, field: Any) -> str | None:
        typed = text_of(field)
        if typed and LANGUAGE_TAG.fullmatch(typed) and typed in {*OFFERED_LANGUAGES, *self._languages}:
            return typed
        tags = parsed(field, parse_languages) or []
        if len(tags) > 1:
            put_error(field, _("Please name one language in each row."))
        return tags[0] if len(tags) == 1 else None

    def _place(self, field: Any) -> str | None:
        key = field.data or None
        if key == NEW_PLACE:
            if self._new_place is None:
                put_error(field, _("Please enter the new address under “Where”."))
            return self._new_place
        if key is not None and key not in self._places:
            put_error(field, _("Please choose one of the values offered."))
            return None
        return key

    def _check_length(self, field: Any, text: str | None) -> None:
        if text and len(text) > MAX_NOTE:
            put_error(field, _("Please use at most %(max)s characters.", max=MAX_NOTE))


MAX_NOTE: Final = 200
"""As `app.directory.records.ShortText`."""
