"""The demo shows a directory that people work with."""

from __future__ import annotations

from sqlmodel import Session, select

from app.directory.collection_models import DirectoryGap, FavouriteOffer, Selection
from app.directory.history import list_revisions
from app.directory.models import Offer
from app.directory.upkeep_models import ChangeSuggestion, DuplicateCandidate, Verification
from app.directory.website_checks import count_broken
from app.mail.service import bounced_recipients
from app.operations.demo_upkeep import load_demo_upkeep
from app.operations.runtime import Runtime
from tests.conftest import TODAY


def _numbers(session: Session) -> dict[str, int]:
    tables = (DirectoryGap, FavouriteOffer, Selection, ChangeSuggestion, DuplicateCandidate)
    return {str(table.__tablename__): len(session.exec(select(table)).all()) for table in tables}


def test_every_list_of_the_editor_has_something_to_show(demo: Runtime) -> None:
    with demo.database.read() as session:
        assert min(_numbers(session).values()) >= 1
        assert count_broken(session) >= 1
        assert bounced_recipients(session)
        states = set(session.exec(select(Offer.status).distinct()))
        assert {"published", "paused", "draft", "unconfirmed"} <= states
        assert session.exec(select(Verification).where(Verification.way == "phone")).first()
        boxing = session.exec(
            select(Offer).where(Offer.external_id == "demo:boxring-pliensau:erwachsene")
        ).one()
        assert [r.occasion for r in list_revisions(session, "offer", boxing.id)] == [
            "edit",
            "edit",
            "import",
        ]


def test_loading_the_demo_again_adds_nothing(demo: Runtime) -> None:
    with demo.database.write() as session:
        before = _numbers(session)
        assert load_demo_upkeep(session, TODAY) is False
        assert _numbers(session) == before
