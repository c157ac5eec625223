"""What a directory that people work with looks like: changes, doubts, favourites. All invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlmodel import Session, select

from app.core.clock import utc_now
from app.core.ids import derived_id
from app.directory import identity
from app.directory.collection_models import Selection
from app.directory.duplicates import find_pairs, put_pairs
from app.directory.editing import change_offer, create_provider
from app.directory.favourites import set_favourite
from app.directory.gaps import GapCreate, log_gap
from app.directory.history import Author
from app.directory.records import record_from
from app.directory.seats import SeatsReport, report_seats
from app.directory.selections import SelectionWords, create_selection
from app.directory.suggesting import suggest_change
from app.directory.upkeep_models import LinkCheck
from app.directory.verification import verify_offers
from app.mail.models import OutboxMail
from app.mail.service import draft_mail, write_mail
from app.operations.demo_accounts import DEMO_ACCOUNTS, DemoAccount
from app.operations.demo_directory import SOURCE

_MIRA, _JONAS, _SAMIRA = DEMO_ACCOUNTS[:3]
_EDITOR: Final = next(account for account in DEMO_ACCOUNTS if account.role == "directory_editor")
_BROKEN_WEBSITE: Final = "https://www.beratungsbus.example"
_GAPS: Final = (
    (_MIRA, GapCreate(text="Schwimmkurs nur für Frauen", kind="club", language="fa", place="Zell")),
    (_JONAS, GapCreate(text="Schwimmkurs für Frauen am Abend", kind="club", place="Berkheim")),
    (_JONAS, GapCreate(text="Psychotherapie auf Dari", kind="health", language="prs")),
    (_SAMIRA, GapCreate(text="B2-Kurs am Wochenende", kind="language_course", level="B2", weekday=6)),
    (_SAMIRA, GapCreate(text="Hausaufgabenhilfe für die Berufsschule", kind="volunteer")),
)


@dataclass(frozen=True, slots=True)
class _Demo:
    session: Session
    today: date

    def offer(self, key: str) -> str:
        """The id of the demo offer with this key."""
        return identity.offer_id(SOURCE, f"demo:{key}")


def load_demo_upkeep(session: Session, today: date) -> bool:
    """Let the demo look worked with, once; whether that was the first time."""
    if session.exec(select(Selection.id).where(Selection.owner_id == _MIRA.id)).first():
        return False
    demo = _Demo(session, today)
    _edit(demo)
    _doubt(demo)
    _enter_by_hand(demo)
    _collect(demo)
    _note_what_failed(demo)
    put_pairs(session, find_pairs(session))
    return True


def _author(account: DemoAccount) -> Author:
    return Author(account.name, account.id)


def _edit(demo: _Demo) -> None:
    """An editor's changes, a call, seats that were told, an entry that nobody confirmed."""
    session, editor = demo.session, _author(_EDITOR)
    boxing = demo.offer("boxring-pliensau:erwachsene")
    change_offer(session, editor, boxing, {"what_to_bring": "Sportkleidung, Handtuch"}, "edit")
    wishes: dict[str, Any] = {
        "what_to_bring": "Sportkleidung, Handtuch und Wasser",
        "description": "Boxtraining für alle Stufen. Handschuhe werden verliehen. Probetraining frei.",
    }
    change_offer(session, editor, boxing, wishes, "edit")
    verify_offers(
        session,
        _author(_MIRA),
        [demo.offer("kindergarten-teckblick:platz")],
        way="phone",
        on=demo.today - timedelta(days=3),
        told_by="Büro",
    )
    seats = SeatsReport(seats_max=12, seats_free=2, told_on=demo.today, told_by="Büro, am Telefon")
    report_seats(session, _author(_MIRA), demo.offer("dojo-hohenkreuz:judo-kinder"), seats)
    forgotten = demo.offer("beratung-mobil-filder:bus-online")
    change_offer(session, Author("Lotsenbuch"), forgotten, {"status": "unconfirmed"}, "freshness")


def _doubt(demo: _Demo) -> None:
    """Suggestions, one of a colleague and one of a provider."""
    suggest_change(
        demo.session,
        _author(_JONAS),
        "offer",
        demo.offer("dojo-hohenkreuz:karate"),
        {"min_age": 12, "contact_phone": "0711 5550-181"},
        "Sie nehmen jetzt ab 12 Jahren auf und haben eine neue Nummer.",
    )
    suggest_change(
        demo.session,
        Author("Freundeskreis Körschtal"),
        "offer",
        demo.offer("freundeskreis-koerschtal:fahrdienst"),
        {},
        "Wir fahren ab Januar nur noch dienstags und donnerstags.",
        origin="provider",
    )


def _enter_by_hand(demo: _Demo) -> None:
    """A draft that waits for an answer, and an entry that somebody made a second time."""
    for provider in (
        {
            "external_id": derived_id("demo", "sewing"),
            "name": "Nähstube Nadelöhr",
            "kind": "initiative",
            "phone": "0711 5557-31",
            "offers": [
                {
                    "external_id": derived_id("demo", "sewing offer"),
                    "title": "Nähen und reden",
                    "kind": "meeting",
                    "status": "draft",
                    "description": "Offene Nähstube für alle. Die Zeiten werden noch geklärt.",
                    "topics": ["sewing"],
                }
            ],
        },
        {
            "external_id": derived_id("demo", "second dojo"),
            "name": "Budogemeinschaft Hohenkreuz e. V.",
            "kind": "club",
            "phone": "0711 5550 180",
            "website": "https://budo-hohenkreuz.example",
            "offers": [
                {
                    "external_id": derived_id("demo", "second dojo offer"),
                    "title": "Judo Kinder",
                    "kind": "club",
                    "status": "draft",
                    "description": "Kindertraining.",
                    "topics": ["martial_arts"],
                }
            ],
        },
    ):
        record = record_from(provider | {"source": "manual", "is_demo": True})
        create_provider(demo.session, _author(_EDITOR), record)


def _collect(demo: _Demo) -> None:
    """Favourites, a selection, and what was looked for in vain."""
    favourites = (
        "kindergarten-teckblick:platz",
        "asylrecht-lotsen:asylberatung",
        "jobpaten-mittlerer-neckar:patenschaft",
    )
    for key in favourites:
        set_favourite(demo.session, _MIRA.id, demo.offer(key), is_favourite=True)
    words = SelectionWords(title="Kinderbetreuung in den Ferien", note="Bitte früh anmelden.")
    keys = (
        "ferienspass-rotkehlchen:fasnet",
        "ferienspass-rotkehlchen:ostern",
        "elternverein-wernau:babysitter",
        "freundeskreis-koerschtal:spielgruppe",
    )
    create_selection(demo.session, _MIRA.id, words, [demo.offer(key) for key in keys])
    for account, gap in _GAPS:
        log_gap(demo.session, account.id, gap)


def _note_what_failed(demo: _Demo) -> None:
    """A mail that came back and a website that is gone."""
    draft = draft_mail(
        key="demo:bounced",
        purpose="reminder",
        recipient="ring@boxring-pliensau.example",
        subject="Stimmen Ihre Angaben noch? Boxring Pliensau",
        text="Guten Tag,\n\nbitte sehen Sie nach, ob Ihre Angaben noch stimmen.",
        subject_type="provider",
        subject_id=identity.provider_id(SOURCE, "demo:boxring-pliensau"),
    )
    mail = demo.session.get_one(OutboxMail, write_mail(demo.session, draft))
    mail.state, mail.bounced_at = "bounced", utc_now()
    mail.last_error = "550 5.1.1 mailbox unavailable"
    demo.session.add(mail)
    demo.session.merge(
        LinkCheck(
            url=_BROKEN_WEBSITE,
            checked_at=utc_now() - timedelta(days=1),
            outcome="gone",
            http_status=404,
            failures=1,
        )
    )
