"""What a sheet says, before it becomes paper."""

from __future__ import annotations

import string
from dataclasses import fields
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.models import Offer, Place, Provider
from app.directory.public_holidays import load_public_holidays
from app.directory.timetable import DayException, Timetable, WeeklyTime
from app.operations.referring import page_address
from app.printouts.bringing import known_things, things_in
from app.printouts.content import CaseWorkerContact, SheetContent, build_sheet
from app.printouts.fitting import ELLIPSIS, cut_sentences, cut_words, split_sentences
from app.printouts.glyphs import REPLACEMENT, printable
from app.printouts.listing import build_listing
from app.printouts.phrases import GERMAN, SHEET_LANGUAGES, find_sheet_language, load_phrase_book
from app.printouts.rows import SheetRow
from app.printouts.snapshot import (
    DaySpan,
    OfferSnapshot,
    SessionTime,
    SingleDate,
    harmless_reasons,
    snapshot_of,
)
from app.printouts.stops import find_stop

TODAY = date(2026, 11, 23)
WORKER = CaseWorkerContact("Mira Lindner", "0711 5550-201")


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", SHEET_LANGUAGES)
def test_every_language_has_every_phrase_with_the_same_gaps(language: str) -> None:
    german, book = load_phrase_book(GERMAN), load_phrase_book(language)
    assert set(book.texts) == set(german.texts)
    for key, text in german.texts.items():
        assert _placeholders(book.texts[key]) == _placeholders(text), key
        assert book.texts[key].strip(), key


def test_only_german_and_the_first_english_phrases_count_as_checked() -> None:
    checked = {tag for tag in SHEET_LANGUAGES if not load_phrase_book(tag).unchecked}
    assert checked == {"de", "de-simple"}
    assert load_phrase_book("en").unchecked == {
        "list_title", "stop", "slip_title", "slip_name", "slip_was_here", "slip_stamp", "slip_cut"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("ar", "ar"), ("prs", "fa"), ("ku", "kmr"), ("ku-Arab", None), ("xx", None), (None, None)],
)
def test_a_language_is_printed_in_its_own_or_the_nearest_catalogue(
    tag: str | None, expected: str | None
) -> None:
    assert find_sheet_language(tag) == expected


def test_a_sheet_has_no_place_for_a_word_about_the_client() -> None:
    names = {field.name for field in fields(SheetContent)}
    assert not [name for name in names if "client" in name or "person" in name]
    assert not {name for name in OfferSnapshot.model_fields if "client" in name}


def test_a_sensitive_offer_has_a_neutral_title_and_no_free_text() -> None:
    snapshot = OfferSnapshot(taken_on=TODAY, kind="health", is_discreet=True)
    sheet = build_sheet(snapshot, "uk", WORKER, TODAY)
    assert sheet.title.text == "Persönlicher Termin"
    assert sheet.provider == ""
    assert "health" not in repr(sheet)


@pytest.mark.parametrize("title", ["", " ", "\x1b", "\u202e\u200b", "\x00\n"])
def test_a_title_with_nothing_to_read_becomes_the_kind_of_offer(title: str) -> None:
    snapshot = OfferSnapshot(taken_on=TODAY, kind="club", title=title)
    sheet = build_sheet(snapshot, "tr", WORKER, TODAY)
    assert sheet.title.text == "Verein"
    assert sheet.other_title is not None
    assert sheet.other_title.text == "Dernek veya kulüp"


def test_reasons_on_paper_are_harmless_and_true() -> None:
    reasons = [
        {"code": "interest", "concept": "addiction_help"},
        {"code": "entitled", "kind": "admission"},
        {"code": "distance", "km": 14.2},
        {"code": "language", "tags": ["de"]},
        {"code": "times", "share": 1.0},
    ]
    assert harmless_reasons(reasons) == ("interest", "times")
    near = [{"code": "distance", "km": 0.8}, {"code": "language", "tags": ["ar", "de"]}]
    assert harmless_reasons(near) == ("distance", "language")


@pytest.mark.parametrize(
    ("item", "keys"),
    [
        ("Pass oder Aufenthaltstitel", ("paper_passport", "paper_residence")),
        ("Passfoto", ("paper_photo",)),
        ("Mutterpass", ()),
        ("Wohnberechtigungsschein", ()),
        ("Sportkleidung, Hallenschuhe", ("thing_sportswear", "thing_shoes")),
        ("Impfausweis der Kinder", ("paper_vaccination",)),
    ],
)
def test_common_papers_are_recognised_by_their_own_word(item: str, keys: tuple[str, ...]) -> None:
    assert known_things(item) == keys


def test_what_nobody_translated_stays_german() -> None:
    lines = things_in(["Ausweis", "Matschhose"], load_phrase_book("tr"))
    assert [(line.text, line.language) for line in lines] == [
        ("• Kimlik", "tr"),
        ("• Matschhose", "de"),
    ]


def test_an_ordinal_does_not_end_a_sentence() -> None:
    assert split_sentences("Eingang im Hof, 1. Stock. Bitte klingeln.") == (
        "Eingang im Hof, 1. Stock.",
        "Bitte klingeln.",
    )


@given(st.text(), st.integers(2, 200))
def test_cut_texts_keep_their_limit(text: str, limit: int) -> None:
    assert len(cut_words(text, limit)) <= limit
    assert sum(len(sentence) for sentence in cut_sentences(text, limit)) <= limit + len(ELLIPSIS)


@given(st.text())
def test_whatever_is_typed_can_be_printed_and_stays_so(text: str) -> None:
    shown, lost = printable(text)
    assert "\x00" not in shown
    assert (REPLACEMENT in shown) == (lost > 0)
    assert printable(shown)[0] == shown


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def row_of(snapshot: OfferSnapshot, key: str, language: str = "de") -> SheetRow:
    return next(row for row in build_sheet(snapshot, language, WORKER, TODAY).rows if row.key == key)


def test_the_sheet_says_rhythms_nights_and_languages_of_single_times() -> None:
    snapshot = OfferSnapshot(
        taken_on=TODAY,
        kind="meeting",
        sessions=(
            SessionTime(weekday=4, from_minute=840, to_minute=960, nth_in_month=1, languages=("ar",)),
            SessionTime(
                weekday=1, from_minute=540, to_minute=600, every_weeks=2, from_on=date(2026, 11, 23)
            ),
            SessionTime(weekday=5, from_minute=1200, to_minute=1440),
            SessionTime(weekday=6, from_minute=0, to_minute=120),
        ),
    )
    row = row_of(snapshot, "when", "fr")
    assert [plain(line.text) for line in row.lines] == [
        "Montag, 09:00–10:00 Uhr, alle 2 Wochen",
        "jeden 1. Donnerstag im Monat, 14:00–16:00 Uhr (Arabisch)",
        "Freitag, 20:00–02:00 Uhr",
    ]
    assert [line.text for line in row.other_lines] == [
        "Lundi, 09:00–10:00, toutes les 2 semaines",
        "le 1er Jeudi du mois, 14:00–16:00 (arabe)",
        "Vendredi, 20:00–02:00",
    ]


@pytest.mark.parametrize(("is_discreet", "uri"), [(False, "page"), (True, "geo:48.74000,9.31000")])
def test_the_code_leads_to_the_public_page_but_never_of_a_discreet_offer(
    is_discreet: bool, uri: str
) -> None:
    snapshot = OfferSnapshot(
        taken_on=TODAY,
        kind="club",
        is_discreet=is_discreet,
        latitude=48.74,
        longitude=9.31,
        page_address="page",
    )
    sheet = build_sheet(snapshot, "uk", CaseWorkerContact("Mira Lindner"), TODAY)
    assert sheet.qr is not None
    assert sheet.qr.uri == uri


@pytest.mark.parametrize(
    ("public_url", "status", "visibility", "sites", "leads_to"),
    [
        ("https://l.example", "published", "public", ("https://o.example", None), "https://l.example/wegweiser/angebote/o"),
        (None, "published", "public", ("https://o.example", "https://p.example"), "https://o.example"),
        (None, "published", "public", (None, "https://p.example"), "https://p.example"),
        ("https://l.example", "published", "internal", (None, "https://p.example"), "https://p.example"),
        ("https://l.example", "published", "protected", ("https://o.example", None), None),
        (None, "published", "public", ("javascript:alert(1)", None), None),
        (None, "published", "public", ("https://o.example/" + "x" * 150, None), None),
        (None, "published", "public", (None, None), None),
    ],
)  # fmt: skip
def test_the_code_leads_to_our_page_else_to_the_provider_s_else_to_the_map(
    public_url: str | None,
    status: str,
    visibility: str,
    sites: tuple[str | None, str | None],
    leads_to: str | None,
) -> None:
    offer = Offer(
        id="o", provider_id="p", source="s", external_id="e", title="t", kind="club",
        status=status, visibility=visibility, website=sites[0],
    )  # fmt: skip
    provider = Provider(id="p", source="s", external_id="e", name="n", kind="club", website=sites[1])
    assert page_address(offer, provider, public_url) == leads_to


def test_weekdays_are_in_the_language_of_the_sheet_after_sheets_in_other_ones() -> None:
    expected = {"ps": "دونۍ", "uk": "Понеділок", "fr": "Lundi", "ru": "Понедельник", "tr": "Pazartesi"}
    for _ in range(2):
        assert {tag: load_phrase_book(tag).weekday_name(1) for tag in expected} == expected


def test_the_sheet_says_which_days_fall_out_and_which_come_besides_until_they_are_over() -> None:
    snapshot = OfferSnapshot(
        taken_on=date(2026, 11, 2),
        kind="club",
        sessions=(SessionTime(weekday=1, from_minute=540, to_minute=600),),
        closed=(
            DaySpan(first_on=date(2026, 11, 9), last_on=date(2026, 11, 9)),  # over
            DaySpan(first_on=date(2026, 12, 24), last_on=date(2027, 1, 6)),
        ),
        extra=(SingleDate(on=date(2026, 12, 12), from_minute=600, to_minute=840),),
    )
    row = row_of(snapshot, "when", "en")
    assert [line.text for line in row.lines][1:] == [
        "nicht am 24.12.–6.1.",
        "auch am 12.12. 10:00–14:00",
    ]
    assert [line.text for line in row.other_lines][1:] == [
        "not on 24 Dec – 6 Jan",
        "also on 12 Dec 10:00–14:00",
    ]


def test_what_is_kept_of_the_times_is_what_holds_at_the_place_the_client_goes_to() -> None:
    offer = Offer(provider_id="p", source="s", external_id="e", title="Café", kind="meeting")
    provider = Provider(id="p", source="s", external_id="e", name="Haus", kind="initiative")
    here = Place(id="here", provider_id="p", key="haus")
    timetable = Timetable(
        (WeeklyTime(1, 540, 600, place="there"), WeeklyTime(3, 840, 960, place="here", note="Saal")),
        exceptions=(
            DayException("extra", date(2026, 11, 24), date(2026, 11, 24), 600, 660, place="halle"),
            DayException("extra", date(2026, 11, 28), date(2026, 11, 28), 600, 660, place="haus"),
            DayException("closed", date(2026, 11, 25), date(2026, 11, 25)),
        ),
    )
    holidays = load_public_holidays("BW")
    kept = snapshot_of(offer, provider, here, timetable=timetable, holidays=holidays, today=TODAY)
    assert [(time.weekday, time.note) for time in kept.sessions] == [(3, "Saal")]
    assert (kept.next_on, kept.next_from_minute) == (date(2026, 11, 28), 600)
    assert [span.first_on for span in kept.closed] == [date(2026, 11, 25), date(2027, 1, 6)]
    assert [one.on for one in kept.extra] == [date(2026, 11, 28)]
    again = OfferSnapshot.model_validate(kept.model_dump(mode="json"))
    assert again == kept
    assert [plain(line.text) for line in row_of(kept, "next").lines] == [
        "Samstag, 28. November 2026, 10:00 Uhr"
    ]


def test_a_discreet_sheet_keeps_no_note_of_a_time() -> None:
    offer = Offer(
        provider_id="p", source="s", external_id="e", title="T", kind="health", is_sensitive=True
    )
    provider = Provider(id="p", source="s", external_id="e", name="Haus", kind="other")
    timetable = Timetable((WeeklyTime(3, 840, 960, note="Suchtgruppe"),))
    holidays = load_public_holidays("BW")
    kept = snapshot_of(offer, provider, None, timetable=timetable, holidays=holidays, today=TODAY)
    assert "Suchtgruppe" not in kept.model_dump_json()


def test_a_discreet_sheet_names_nobody_to_ask_for_as_a_team_s_name_tells_its_work() -> None:
    told = {"provider_id": "p", "source": "s", "external_id": "e", "title": "T", "kind": "counselling"}
    offer = Offer(contact_name="Team der Frauenberatung", contact_phone="0711 1", **told)
    provider = Provider(id="p", source="s", external_id="e", name="Haus", kind="other")
    holidays = load_public_holidays("BW")

    def kept() -> OfferSnapshot:
        return snapshot_of(
            offer, provider, None, timetable=Timetable(()), holidays=holidays, today=TODAY
        )

    assert kept().contact_name == "Team der Frauenberatung"
    offer.is_sensitive = True
    assert kept().contact_name is None
    assert kept().contact_phone == "0711 1"


@pytest.mark.parametrize(
    ("minute", "next_on"),
    [(None, TODAY), (539, TODAY), (540, date(2026, 11, 30)), (1200, date(2026, 11, 30))],
    ids=["not_looked_at", "before", "just_begun", "evening"],
)
def test_what_has_begun_today_is_not_the_next_date(minute: int | None, next_on: date) -> None:
    told = {"provider_id": "p", "source": "s", "external_id": "e", "title": "T", "kind": "meeting"}
    provider = Provider(id="p", source="s", external_id="e", name="Haus", kind="other")
    kept = snapshot_of(
        Offer(**told),
        provider,
        None,
        timetable=Timetable((WeeklyTime(1, 540, 600),)),
        holidays=load_public_holidays("BW"),
        today=TODAY,
        minute=minute,
    )
    assert (kept.next_on, kept.next_from_minute) == (next_on, 540)


def test_the_last_day_to_register_stands_on_the_sheet_until_it_is_over() -> None:
    deadline = date(2026, 12, 18)
    told = {"taken_on": TODAY, "kind": "language_course", "registration_deadline": deadline}
    lines = [line.text for line in row_of(OfferSnapshot(**told), "when", "en").other_lines]
    assert any("Register by" in line and "18" in line for line in lines)
    over = OfferSnapshot(**told | {"registration_deadline": TODAY - timedelta(days=1)})
    assert not any("Register" in line.text for line in row_of(over, "when", "en").other_lines)


@pytest.mark.parametrize(
    ("directions", "stop"),
    [
        (
            "Bus 101 und 118, Haltestelle Kleiner Markt. Eingang im Hof.",
            "Kleiner Markt (Bus 101 und 118)",
        ),
        ("S1 Oberesslingen, 4 Minuten; Bus 103, Haltestelle Kreuzstraße.", "Kreuzstraße (Bus 103)"),
        ("S1 bis Bad Cannstatt, 5 Minuten zu Fuß.", "Bad Cannstatt (S1)"),
        ("Stadtbahn U7/U8, Haltestelle Kreuzbrunnen, 3 Minuten.", "Kreuzbrunnen (Stadtbahn U7/U8)"),
        ("Haltestelle Rathaus", "Rathaus"),
        ("U7 und U8 fahren dorthin.", None),
        ("Vom Bahnhof 8 Minuten zu Fuß.", None),
        ("Die Haltestelle 12 ist gesperrt", None),
        ("", None),
        (None, None),
    ],
)
def test_a_stop_is_named_when_the_way_names_one_and_never_guessed(
    directions: str | None, stop: str | None
) -> None:
    assert find_stop(directions) == stop


@given(st.text(max_size=300))
def test_no_way_is_too_odd_to_look_for_a_stop(text: str) -> None:
    stop = find_stop(text)
    assert stop is None or stop.split(" (")[0] in " ".join(text.split())


def test_a_stop_is_told_in_both_languages_but_not_of_a_protected_place() -> None:
    snapshot = OfferSnapshot(
        taken_on=TODAY, kind="club", title="Chor", directions="Bus 101, Haltestelle Blarerplatz."
    )
    way = row_of(snapshot, "way", "uk")
    assert way.lines[0].text == "Haltestelle: Blarerplatz (Bus 101)"
    assert way.other_lines[0].text == "Зупинка: Blarerplatz (Bus 101)"
    protected = snapshot.model_copy(update={"is_protected": True})
    assert "way" not in {row.key for row in build_sheet(protected, "uk", WORKER, TODAY).rows}


def test_a_list_for_a_client_is_named_in_both_languages_and_says_whom_to_ask() -> None:
    snapshot = OfferSnapshot(taken_on=TODAY, kind="club", title="Chor")
    listing = build_listing(None, "", [snapshot], "uk", TODAY, WORKER)
    assert listing.other_title is not None
    assert not listing.other_title.is_checked
    assert listing.case_worker is not None
    named = build_listing("Für den Infotag", "", [snapshot], "uk", TODAY)
    assert (named.title.text, named.other_title, named.case_worker) == ("Für den Infotag", None, None)
