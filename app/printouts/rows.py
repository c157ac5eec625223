"""The rows of a sheet: one question each, answered in both languages side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import babel.numbers

from app.core.day_times import clock_time_of
from app.directory.timetable import LAST_IN_MONTH, MINUTES_PER_DAY, WeeklyTime
from app.directory.weekly_groups import WeeklyGroup, group_weekly
from app.printouts.bringing import things_in
from app.printouts.fitting import cut_sentences, cut_words
from app.printouts.phrases import GERMAN, PhraseBook, Words
from app.printouts.snapshot import REASON_PHRASES, DaySpan, OfferSnapshot, SessionTime, SingleDate
from app.printouts.stops import find_stop

MAX_LINE = 80
MAX_NOTE = 300
MAX_SENTENCES = 6
MAX_ITEMS = 6
MAX_LANGUAGES = 6
MAX_EXCEPTIONS = 4
MAX_TIME_LINES = 8
CaseWorkerLines = tuple[str, str | None, tuple[str, ...]]
"""Name, phone, further lines."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A question and its answer. An empty ``other_lines``: the German answer serves both."""

    key: str
    """``where``, ``way``, ``when``, ``next``, ``contact``, ``bring``, ``cost``, ``good_to_know``,
    ``why`` or ``case_worker``."""
    heading: Words
    lines: tuple[Words, ...]
    other_heading: Words | None
    other_lines: tuple[Words, ...]
    notes: tuple[Words, ...] = ()
    """Sentences that only exist in German; the last ones go first when room is short."""

    def other_words(self) -> Iterator[Words]:
        """Everything on the client's side."""
        if self.other_heading is not None:
            yield self.other_heading
        yield from self.other_lines


Speak = Callable[[PhraseBook], list[Words]]


def build_rows(
    snapshot: OfferSnapshot,
    german: PhraseBook,
    other: PhraseBook | None,
    case_worker: CaseWorkerLines,
    issued_on: date,
) -> tuple[SheetRow, ...]:
    """The rows that have something to say, in the order somebody on the way needs them."""
    speakers: list[tuple[str, Speak]] = [
        ("next", lambda book: _next(snapshot, book, issued_on)),
        ("where", lambda book: _where(snapshot, book)),
        ("way", lambda book: _way(snapshot, book)),  # its notes and the map say the rest
        ("when", lambda book: _when(snapshot, book, issued_on)),
        ("contact", lambda book: _contact(snapshot, book)),
        ("bring", lambda book: _bring(snapshot, book)),
        ("cost", lambda book: _cost(snapshot, book)),
        ("good_to_know", lambda book: _good_to_know(snapshot, book)),
        ("why", lambda book: [book.say(REASON_PHRASES[code]) for code in snapshot.reasons]),
        ("case_worker", lambda book: _person(book, *case_worker)),
    ]
    rows = (_row(key, speak, german, other, _notes(snapshot, key)) for key, speak in speakers)
    return tuple(row for row in rows if row.lines or row.notes)


def has_map(snapshot: OfferSnapshot) -> bool:
    """Whether the door's position is known and may stand on paper."""
    return not snapshot.is_protected and None not in (snapshot.latitude, snapshot.longitude)


def _row(
    key: str, speak: Speak, german: PhraseBook, other: PhraseBook | None, notes: tuple[Words, ...]
) -> SheetRow:
    return SheetRow(
        key=key,
        heading=german.say(key),
        lines=tuple(speak(german)),
        other_heading=other.say(key) if other else None,
        other_lines=tuple(speak(other)) if other else (),
        notes=notes,
    )


def _notes(snapshot: OfferSnapshot, key: str) -> tuple[Words, ...]:
    """What the directory says about a row in its own German words."""
    match key:
        case "way" if not snapshot.is_protected:
            texts = [snapshot.directions]
        case "when":
            texts = [*(session.note for session in snapshot.sessions), snapshot.schedule_note]
        case "cost":
            texts = [snapshot.cost_note]
        case _:
            texts = []
    given = dict.fromkeys(" ".join(text.split()) for text in texts if text and text.strip())
    sentences = (sentence for text in given for sentence in cut_sentences(text, MAX_NOTE))
    return tuple(_given(sentence) for sentence in list(sentences)[:MAX_SENTENCES])


def _next(snapshot: OfferSnapshot, book: PhraseBook, issued_on: date) -> list[Words]:
    if snapshot.next_on is None or snapshot.next_on < issued_on:
        return []
    day = book.day_in_words(snapshot.next_on)
    starts = snapshot.next_from_minute
    if starts is None:  # a sheet of earlier days, or the times are not known
        weekday = snapshot.next_on.isoweekday()
        starts = min((s.from_minute for s in snapshot.sessions if s.weekday == weekday), default=None)
    if starts is None:
        return [_given(day, book.language)]
    return [book.say("at_time", day=day, time=clock_time_of(starts))]


def _where(snapshot: OfferSnapshot, book: PhraseBook) -> list[Words]:
    if snapshot.is_protected:
        return [book.say("way_from_case_worker")]
    lines = [snapshot.place_name, *snapshot.address_lines]
    if not any(line and line.strip() for line in lines):
        return [book.say("where_ask")]
    return [_given(cut_words(line, MAX_LINE)) for line in lines if line and line.strip()]


def _way(snapshot: OfferSnapshot, book: PhraseBook) -> list[Words]:
    stop = None if snapshot.is_protected else find_stop(snapshot.directions)
    return [book.say("stop", stop=stop)] if stop else []


def _when(snapshot: OfferSnapshot, book: PhraseBook, issued_on: date) -> list[Words]:
    lines = _weekly(snapshot.sessions, book)
    if snapshot.by_appointment:
        lines.append(book.say("by_appointment"))
    if not lines:
        lines.append(book.say("times_ask"))
    lines += _exceptions(snapshot, book, issued_on)
    deadline = snapshot.registration_deadline
    if deadline and deadline >= issued_on:
        lines.append(book.say("register_by", day=book.day_in_words(deadline)))
    if (
        snapshot.starts_on
        and snapshot.starts_on >= issued_on
        and snapshot.starts_on != snapshot.next_on
    ):
        lines.append(book.say("starts", day=book.day_in_words(snapshot.starts_on)))
    if snapshot.ends_on and snapshot.ends_on >= issued_on:
        lines.append(book.say("ends", day=book.day_in_words(snapshot.ends_on)))
    return lines


def _weekly(sessions: tuple[SessionTime, ...], book: PhraseBook) -> list[Words]:
    """One line for the days that share the same times; when there are too many, the first ones."""
    times = [
        WeeklyTime(
            one.weekday,
            one.from_minute,
            one.to_minute,
            languages=one.languages,
            every_weeks=one.every_weeks,
            from_on=one.from_on,
            nth_in_month=one.nth_in_month,
        )
        for one in sessions
    ]
    groups = group_weekly(times)
    lines = [_group_words(group, book) for group in groups[:MAX_TIME_LINES]]
    return lines if len(groups) <= MAX_TIME_LINES else [*lines, Words("…", book.language)]


def _group_words(group: WeeklyGroup, book: PhraseBook) -> Words:
    spans = ", ".join(f"{_clock(first)}–{_clock(last)}" for first, last in group.spans)
    times = book.say("times", span=spans)
    days, is_checked = _day_names(list(group.weekdays), book), times.is_checked
    rhythm, after = group.circumstances.rhythm, ""
    if rhythm.nth_in_month is not None:
        which = "last" if rhythm.nth_in_month == LAST_IN_MONTH else str(rhythm.nth_in_month)
        days = book.say(f"nth_{which}", weekday=days).text
    elif rhythm.every_weeks > 1:
        after = book.say(f"every_{rhythm.every_weeks}").text
    tags = group.circumstances.languages
    names = f"({book.join([book.language_name(tag) for tag in tags])})" if tags else ""
    text = book.join([part for part in (days, f"{times.text} {names}".strip(), after) if part])
    return Words(text, book.language, is_checked)


def _clock(minute: int) -> str:
    """The time of the day; beyond midnight that of the next day."""
    return clock_time_of(minute if minute <= MINUTES_PER_DAY else minute - MINUTES_PER_DAY)


def _exceptions(snapshot: OfferSnapshot, book: PhraseBook, issued_on: date) -> list[Words]:
    """When it falls out, and when it takes place besides; what is over is left out."""
    closed = [_span_of_days(span, book) for span in snapshot.closed if span.last_on >= issued_on]
    extra = [_single_date(one, book) for one in snapshot.extra if one.on >= issued_on]
    lines = []
    for key, days in (("not_on", closed), ("also_on", extra)):
        if days:
            more = [" …"] if len(days) > MAX_EXCEPTIONS else []
            lines.append(book.say(key, days="".join([book.join(days[:MAX_EXCEPTIONS]), *more])))
    return lines


def _single_date(one: SingleDate, book: PhraseBook) -> str:
    span = f"{_clock(one.from_minute)}–{_clock(one.to_minute)}"
    return f"{book.short_day(one.on)} {book.left_to_right(span)}"


def _span_of_days(span: DaySpan, book: PhraseBook) -> str:
    if span.first_on == span.last_on:
        return book.short_day(span.first_on)
    dash = "–" if book.locale == GERMAN else " – "
    return f"{book.short_day(span.first_on)}{dash}{book.short_day(span.last_on)}"


def _day_names(weekdays: list[int], book: PhraseBook) -> str:
    """``Montag, Mittwoch`` or, for three and more in a row, ``Montag – Freitag``."""
    first, last = weekdays[0], weekdays[-1]
    if len(weekdays) > 2 and last - first == len(weekdays) - 1:
        return f"{book.weekday_name(first)} – {book.weekday_name(last)}"
    return book.join([book.weekday_name(weekday) for weekday in weekdays])


def _contact(snapshot: OfferSnapshot, book: PhraseBook) -> list[Words]:
    further = [snapshot.contact_role if book.language[:2] == GERMAN else None, snapshot.contact_email]
    return _person(
        book,
        snapshot.contact_name or "",
        snapshot.contact_phone,
        tuple(line for line in further if line),
    )


def _person(book: PhraseBook, name: str, phone: str | None, further: tuple[str, ...]) -> list[Words]:
    lines = [_given(cut_words(name, MAX_LINE))] if name.strip() else []
    if phone and phone.strip():
        lines.append(book.say("phone", phone=phone.strip()))
    return lines + [_given(cut_words(line, MAX_LINE)) for line in further]


def _bring(snapshot: OfferSnapshot, book: PhraseBook) -> list[Words]:
    """In German as the office calls it; in other languages the common papers and things."""
    items = [cut_words(item, MAX_LINE) for item in snapshot.required_documents if item.strip()]
    if len(items) > MAX_ITEMS:
        items = [*items[: MAX_ITEMS - 1], f"{items[MAX_ITEMS - 1]} …"]
    if snapshot.what_to_bring and snapshot.what_to_bring.strip():
        items.append(cut_words(snapshot.what_to_bring, MAX_NOTE))
    if book.language[:2] == GERMAN:
        return [_given(f"• {item}") for item in items]
    return things_in(items, book)


def _cost(snapshot: OfferSnapshot, book: PhraseBook) -> list[Words]:
    lines: list[Words] = []
    if snapshot.cost_cents == 0 or (snapshot.cost_cents is None and snapshot.payer == "free"):
        lines.append(book.say("free"))
    elif snapshot.cost_cents is not None:
        lines.append(_given(_euros(snapshot.cost_cents)))
    else:
        lines.append(book.say("cost_ask"))
    return lines


def _good_to_know(snapshot: OfferSnapshot, book: PhraseBook) -> list[Words]:
    lines = [book.say("childcare")] if snapshot.has_childcare else []
    tags = snapshot.languages[:MAX_LANGUAGES]
    if tags and set(tags) != {GERMAN}:
        names = book.join([book.language_name(tag) for tag in tags])
        more = " …" if len(snapshot.languages) > MAX_LANGUAGES else ""
        lines.append(book.say("languages", languages=names + more))
    return lines


def _given(text: str, language: str = GERMAN) -> Words:
    return Words(" ".join(text.split()), language)


def _euros(cents: int) -> str:
    """As the till shows it: ``25 €`` or ``25,50 €``."""
    pattern = "#,##0 ¤" if cents % 100 == 0 else "#,##0.00 ¤"
    return babel.numbers.format_currency(
        cents / 100, "EUR", pattern, locale=GERMAN, currency_digits=False
    )
