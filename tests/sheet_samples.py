"""Invented offers and a case worker for the tests of the printed sheets."""

from __future__ import annotations

from datetime import date

from app.printouts.content import CaseWorkerContact
from app.printouts.snapshot import DaySpan, OfferSnapshot, OfferWords, SessionTime, SingleDate

CASE_WORKER = CaseWorkerContact(
    "Mira Lindner", "0711 555-1234", "mira.lindner@lotsenbuch.example", "Amt, Haus 3, Zimmer 214"
)
FULL = OfferSnapshot(
    taken_on=date(2026, 11, 22),
    kind="language_course",
    title="Integrationskurs für Frauen am Vormittag",
    provider="Sprachwerkstatt Beispiel gGmbH",
    description="Wir lernen zusammen Deutsch. Sie üben sprechen, lesen und schreiben.",
    phrases={"ar": OfferWords(title="دورة اندماج للنساء", description="نتعلم اللغة الألمانية معًا.")},
    place_name="Haus der Begegnung",
    address_lines=("Beispielstraße 12 a", "73728 Esslingen am Neckar"),
    directions="Mit dem Bus 101 bis zum Marktplatz. Der Eingang ist im Hof.",
    latitude=48.74,
    longitude=9.31,
    sessions=tuple(SessionTime(weekday=day, from_minute=540, to_minute=750) for day in range(1, 6)),
    schedule_note="Nicht in den Ferien.",
    next_on=date(2026, 11, 30),
    ends_on=date(2027, 6, 30),
    cost_cents=22900,
    cost_note="Fragen Sie nach einer Befreiung.",
    contact_name="Petra Beispiel",
    contact_role="Kursbüro",
    contact_phone="0711 123456-78",
    contact_email="kurse@sprachwerkstatt.example",
    required_documents=("Ausweis oder Pass", "Stundennachweis"),
    what_to_bring="Heft",
    has_childcare=True,
    languages=("de", "en", "ar"),
    reasons=("distance", "language", "times"),
)
LONGEST = FULL.model_copy(
    update={
        "title": "Veranstaltung mit sehr langem Titel " * 8,
        "provider": "Langer Träger " * 20,
        "description": "Wir lernen zusammen und üben sehr viel. " * 60,
        "directions": "Gehen Sie geradeaus. " * 60,
        "cost_note": "Vielleicht kostet es etwas. " * 60,
        "what_to_bring": "Sachen und noch mehr Sachen, " * 30,
        "required_documents": tuple(f"Papier Nummer {n} mit langem Namen" for n in range(15)),
        "sessions": tuple(
            SessionTime(weekday=1 + n % 7, from_minute=480 + n, to_minute=600 + n, note=f"Gruppe {n}")
            for n in range(14)
        ),
        "closed": tuple(
            DaySpan(first_on=date(2026, 12, day), last_on=date(2026, 12, day + 2))
            for day in range(1, 26, 4)
        ),
        "extra": tuple(
            SingleDate(on=date(2026, 12, day), from_minute=600, to_minute=720)
            for day in range(1, 20, 3)
        ),
    }
)
PROTECTED = OfferSnapshot(
    taken_on=date(2026, 11, 22),
    kind="counselling",
    is_discreet=True,
    is_protected=True,
    sessions=(SessionTime(weekday=2, from_minute=840, to_minute=960),),
    contact_phone="0711 999",
    cost_cents=0,
)
