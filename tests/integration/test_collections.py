"""Favourites, selections and gaps: what people collect from the directory."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.core.errors import InvalidInputError, NotFoundError
from app.directory.favourites import list_favourites, load_favourites, set_favourite
from app.directory.gaps import (
    GapCreate,
    build_overview,
    close_gap,
    count_gaps,
    list_gaps,
    log_gap,
    reopen_gap,
)
from app.directory.models import Offer
from app.directory.selections import (
    MOST_OFFERS,
    SelectionWords,
    add_offers,
    create_selection,
    delete_selection,
    get_selection,
    list_selected_offers,
    list_selections,
    move_offer,
    remove_offer,
    rename_selection,
)
from app.operations.runtime import Runtime

WORDS = SelectionWords(title="Kindergärten in Zell", note="Bitte vorher anrufen.")


def _two_people(session: Session) -> tuple[str, str]:
    ids = session.exec(select(User.id).order_by(col(User.email)).limit(2)).all()
    return ids[0], ids[1]


def _offers(session: Session, number: int) -> list[str]:
    return list(session.exec(select(Offer.id).order_by(col(Offer.id)).limit(number)))


def test_a_favourite_is_kept_once_and_belongs_to_one_person(demo: Runtime) -> None:
    with demo.database.write() as session:
        mine, other = _two_people(session)
        first, second = _offers(session, 2)
        before = list_favourites(session, mine)
        for offer_id in (first, first, second):
            set_favourite(session, mine, offer_id, is_favourite=True)
            session.flush()
        assert set(list_favourites(session, mine)) == {first, second, *before}
        assert load_favourites(session, other, [first, second]) <= set(list_favourites(session, other))
        for _ in range(2):
            set_favourite(session, mine, first, is_favourite=False)
            session.flush()
        assert load_favourites(session, mine, [first, second]) == {second}
        with pytest.raises(NotFoundError):
            set_favourite(session, mine, "no offer", is_favourite=True)


def test_a_merged_offer_appears_as_the_one_it_was_merged_into(demo: Runtime) -> None:
    with demo.database.write() as session:
        mine, _ = _two_people(session)
        gone, kept = _offers(session, 2)
        set_favourite(session, mine, gone, is_favourite=True)
        selection = create_selection(session, mine, WORDS, [gone, kept])
        session.get_one(Offer, gone).merged_into_id = kept
        session.flush()
        assert kept in list_favourites(session, mine)
        assert list_selected_offers(session, selection.id) == [kept]


def test_a_selection_keeps_its_order(demo: Runtime) -> None:
    with demo.database.write() as session:
        mine, _ = _two_people(session)
        a, b, c = _offers(session, 3)
        chosen = create_selection(session, mine, WORDS, [a, b]).id
        assert add_offers(session, mine, chosen, [b, c, c]) == 1
        move_offer(session, mine, chosen, c, "up")
        move_offer(session, mine, chosen, a, "up")
        assert list_selected_offers(session, chosen) == [a, c, b]
        remove_offer(session, mine, chosen, a)
        remove_offer(session, mine, chosen, "not in it")
        move_offer(session, mine, chosen, b, "down")
        assert list_selected_offers(session, chosen) == [c, b]
        rename_selection(session, mine, chosen, SelectionWords(title="Anders"))
        line = next(line for line in list_selections(session, mine) if line.selection.id == chosen)
        assert (line.selection.title, line.selection.note, line.offers) == ("Anders", "", 2)


def test_a_selection_of_somebody_else_is_not_there(demo: Runtime) -> None:
    with demo.database.write() as session:
        mine, other = _two_people(session)
        chosen = create_selection(session, mine, WORDS).id
        offer_id = _offers(session, 1)[0]
        for attempt in (
            lambda: get_selection(session, other, chosen),
            lambda: rename_selection(session, other, chosen, WORDS),
            lambda: add_offers(session, other, chosen, [offer_id]),
            lambda: remove_offer(session, other, chosen, offer_id),
            lambda: move_offer(session, other, chosen, offer_id, "up"),
            lambda: delete_selection(session, other, chosen),
        ):
            with pytest.raises(NotFoundError):
                attempt()
        delete_selection(session, mine, chosen)
        session.flush()
        with pytest.raises(NotFoundError):
            get_selection(session, mine, chosen)


def test_a_selection_has_a_limit_and_refuses_what_does_not_exist(demo: Runtime) -> None:
    with demo.database.write() as session:
        mine, _ = _two_people(session)
        offers = _offers(session, MOST_OFFERS + 1)
        chosen = create_selection(session, mine, WORDS, offers[:-1]).id
        for wrong in (offers, [*offers[:3], "no offer"]):
            with pytest.raises(InvalidInputError):
                add_offers(session, mine, chosen, wrong)
        assert list_selected_offers(session, chosen) == offers[:-1]


@pytest.mark.parametrize("title", ["", "   ", "x" * 201], ids=["empty", "blank", "too-long"])
def test_a_selection_needs_a_title(title: str) -> None:
    with pytest.raises(ValidationError):
        SelectionWords(title=title)


def test_a_gap_is_noted_once_counted_and_closed(demo: Runtime) -> None:
    gap = GapCreate(text="Schwimmkurs für Frauen", kind="club", language="fa", place="Zell")
    with demo.database.write() as session:
        mine, other = _two_people(session)
        open_before = count_gaps(session, "open")
        first = log_gap(session, mine, gap)
        session.flush()
        assert log_gap(session, mine, gap) == first
        second = log_gap(session, other, gap)
        session.flush()
        assert count_gaps(session, "open") == open_before + 2
        newest = [row for row in list_gaps(session, "open") if row.text == gap.text]
        assert build_overview(newest).counts["place"] == {"Zell": 2}
        close_gap(session, second, "Der Kurs beginnt im Mai.")
        session.flush()
        assert count_gaps(session, "open") == open_before + 1
        reopen_gap(session, second)
        with pytest.raises(NotFoundError):
            close_gap(session, "no gap", "")


@pytest.mark.parametrize(
    "wrong",
    [{"text": "ab"}, {"kind": "nothing"}, {"weekday": 8}, {"language": "Farsi"}, {"name": "x"}],
    ids=lambda w: next(iter(w)),
)
def test_a_gap_takes_codes_only(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        GapCreate.model_validate({"text": "Schwimmkurs"} | wrong)
