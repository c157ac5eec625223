"""What a selection shows: to its owner, on paper, and to whoever got its link."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.directory.calendars import CalendarOffer
from app.directory.models import Place
from app.directory.public_holidays import Holidays
from app.directory.publicity import is_public_offer, is_public_place
from app.directory.queries import OfferPage, get_offer_page
from app.directory.selections import list_selected_offers
from app.operations.referring import snapshot_of_page
from app.printouts.snapshot import OfferSnapshot

PUBLISHED = "published"
PROTECTED = "protected"


@dataclass(frozen=True, slots=True)
class SelectionPages:
    """The offers of a selection, and those of them that may not leave the house."""

    shown: tuple[OfferPage, ...]
    """In their order."""
    kept_back: tuple[OfferPage, ...]
    """Not offered at present, sensitive (a list with them would tell something about its reader),
    or protected; on what leaves the house also internal ones."""


def load_all(session: Session, selection_id: str) -> tuple[OfferPage, ...]:
    """All offers of the selection, for its owner."""
    return tuple(get_offer_page(session, one) for one in list_selected_offers(session, selection_id))


def load_printable(session: Session, selection_id: str) -> SelectionPages:
    """What may be printed and handed over: internal offers, too."""
    return _parted(load_all(session, selection_id), is_printable)


def load_public(session: Session, selection_id: str) -> SelectionPages:
    """What may be shared with anybody who has the link."""
    return _parted(load_all(session, selection_id), _is_shareable)


def build_snapshots(pages: Iterable[OfferPage], holidays: Holidays, today: date) -> list[OfferSnapshot]:
    """What the printed list says of each; an address that is not public is told by word of mouth."""
    return [snapshot_of_page(page, holidays, today) for page in pages]


def calendar_offer(page: OfferPage, path: str) -> CalendarOffer:
    """The offer in a feed for anybody; ``path`` leads to a page about it."""
    public = {place.id: _address(place) for place in page.places if is_public_place(place.visibility)}
    return CalendarOffer(
        offer_id=page.offer.id,
        title=page.offer.title,
        provider=page.provider.name,
        path=path,
        timetable=page.timetable,
        updated_at=page.offer.updated_at,
        location=next(iter(public.values()), None),
        locations=public,
    )


def _parted(pages: tuple[OfferPage, ...], may_leave: Callable[[OfferPage], bool]) -> SelectionPages:
    return SelectionPages(
        tuple(page for page in pages if may_leave(page)),
        tuple(page for page in pages if not may_leave(page)),
    )


def is_printable(page: OfferPage) -> bool:
    """Whether it may stand on a printed list: offered at present, neither sensitive nor protected."""
    is_protected = page.offer.visibility == PROTECTED or any(
        place.visibility == PROTECTED for place in page.places
    )
    return page.offer.status == PUBLISHED and not page.offer.is_sensitive and not is_protected


def _is_shareable(page: OfferPage) -> bool:
    return is_public_offer(page.offer.status, page.offer.visibility) and is_printable(page)


def _address(place: Place) -> str:
    street = " ".join(filter(None, (place.street, place.house_number)))
    town = " ".join(filter(None, (place.plz, place.town)))
    return ", ".join(filter(None, (place.name, street, town)))
