"""The offers that a person wants at hand."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session, col, select

from app.core.errors import NotFoundError
from app.directory.collection_models import FavouriteOffer
from app.directory.models import Offer


def set_favourite(session: Session, user_id: str, offer_id: str, *, is_favourite: bool) -> None:
    """Add or remove; doing it twice is the same as once. Raises `NotFoundError` for no offer."""
    known = session.get(FavouriteOffer, (user_id, offer_id))
    if is_favourite and known is None:
        if session.get(Offer, offer_id) is None:
            raise NotFoundError(f"no offer has the id {offer_id}")
        session.add(FavouriteOffer(user_id=user_id, offer_id=offer_id))
    elif not is_favourite and known is not None:
        session.delete(known)


def list_favourites(session: Session, user_id: str) -> list[str]:
    """Ids of the offers, the newest favourite first; an offer merged into another appears as that."""
    rows = session.exec(
        select(Offer.id, Offer.merged_into_id)
        .join(FavouriteOffer, col(FavouriteOffer.offer_id) == col(Offer.id))
        .where(FavouriteOffer.user_id == user_id)
        .order_by(col(FavouriteOffer.added_at).desc(), col(Offer.title))
    )
    return list(dict.fromkeys(merged_into or offer_id for offer_id, merged_into in rows))


def load_favourites(session: Session, user_id: str, offer_ids: Iterable[str]) -> set[str]:
    """Which of these offers are favourites of this person."""
    statement = select(FavouriteOffer.offer_id).where(
        FavouriteOffer.user_id == user_id, col(FavouriteOffer.offer_id).in_(list(offer_ids))
    )
    return set(session.exec(statement))
