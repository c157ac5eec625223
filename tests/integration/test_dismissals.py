"""Offers set aside for a client: once, undone, followed through merges, and readable to few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlmodel import Session, col, select

from app.accounts.permissions import Actor
from app.audit.models import AuditEntry
from app.cases.models import CaseEvent, Client
from app.core.clock import utc_now
from app.core.errors import CaseClosedError, ConflictError, NotFoundError
from app.core.ids import new_id
from app.directory.models import Offer
from app.directory.upkeep_models import ChangeSuggestion
from app.matching.dismissals import (
    CLIENT_REASONS,
    OFFER_REASONS,
    DismissalInput,
    dismiss_offer,
    list_dismissals,
    load_dismissals,
    read_dismissal_note,
    take_back_dismissal,
)
from app.matching.models import OfferDismissal
from app.operations.case_texts import delete_texts, has_texts
from app.operations.runtime import Runtime
from tests.conftest import TODAY
from tests.integration.case_samples import add_client, add_offer, add_user

NOTE = "Kornblume"


@dataclass
class Desk:
    """A case worker with a client, a colleague, and an offer."""

    session: Session
    actor: Actor
    colleague: Actor
    client: Client
    offer: Offer

    def dismiss(self, offer: Offer | None = None, key: str = "", **values: Any) -> str:
        told = {"offer_id": (offer or self.offer).id, "reason": "too_far", **values}
        report = told.pop("report", "")
        data = DismissalInput.model_validate(told)
        return dismiss_offer(
            self.session, self.actor, self.client.id, data, key or new_id(), report=report
        )

    def merge_into(self, kept: Offer) -> None:
        self.offer.merged_into_id, self.offer.status = kept.id, "withdrawn"
        self.session.add(self.offer)
        self.session.flush()

    def told(self) -> list[str]:
        return list(self.session.exec(select(ChangeSuggestion.note)).all())


@pytest.fixture
def desk(runtime: Runtime) -> Iterator[Desk]:
    with runtime.database.write() as session:
        actor = add_user(session)
        actor = Actor(actor.id, actor.role, actor.name, TODAY)
        client = add_client(session, actor)
        yield Desk(session, actor, add_user(session, name="Karl Kollege"), client, add_offer(session))


def test_what_is_set_aside_is_kept_with_an_event_and_an_audit_entry_that_name_no_offer(desk: Desk):
    made = desk.dismiss(note=NOTE)
    assert load_dismissals(desk.session, [desk.client.id]) == {
        desk.client.id: ((desk.offer.id, "too_far"),)
    }
    event = desk.session.exec(select(CaseEvent).where(CaseEvent.code == "offer_set_aside")).one()
    assert event.facts == {}
    entry = desk.session.exec(select(AuditEntry).where(AuditEntry.action == "dismissal.create")).one()
    assert (entry.subject_type, entry.subject_id) == ("offer_dismissal", made)


def test_a_second_click_and_a_second_form_set_aside_once(desk: Desk):
    first = desk.dismiss(key="one")
    assert desk.dismiss(key="one") == first
    assert desk.dismiss(key="two", reason="other") == first
    assert len(list_dismissals(desk.session, desk.actor, desk.client.id)) == 1


def test_the_form_of_one_case_does_not_work_in_another(desk: Desk):
    desk.dismiss(key="one")
    other = add_client(desk.session, desk.actor, given_name="Zweite")
    data = DismissalInput(offer_id=desk.offer.id, reason="other")
    with pytest.raises(ConflictError):
        dismiss_offer(desk.session, desk.actor, other.id, data, "one")


def test_taken_back_it_is_gone_and_nothing_happens_twice(desk: Desk):
    made = desk.dismiss()
    take_back_dismissal(desk.session, desk.actor, desk.client.id, made)
    take_back_dismissal(desk.session, desk.actor, desk.client.id, made)
    assert load_dismissals(desk.session, [desk.client.id]) == {}
    events = desk.session.exec(select(CaseEvent).where(CaseEvent.code == "offer_taken_up_again")).all()
    assert len(events) == 1


def test_a_merged_offer_stays_set_aside_as_the_kept_one_and_both_come_back_together(desk: Desk):
    kept = add_offer(desk.session, title="Derselbe Kurs")
    desk.dismiss()
    desk.dismiss(kept)
    desk.merge_into(kept)
    found = list_dismissals(desk.session, desk.actor, desk.client.id)
    assert {one.offer_id for one in found} == {kept.id}
    assert {pair[0] for pair in load_dismissals(desk.session, [desk.client.id])[desk.client.id]} == {
        kept.id
    }
    take_back_dismissal(desk.session, desk.actor, desk.client.id, found[0].id)
    assert list_dismissals(desk.session, desk.actor, desk.client.id) == ()


def test_setting_a_merged_offer_aside_means_the_kept_one(desk: Desk):
    kept = add_offer(desk.session, title="Derselbe Kurs")
    desk.merge_into(kept)
    desk.dismiss()
    assert list_dismissals(desk.session, desk.actor, desk.client.id)[0].offer_id == kept.id


@pytest.mark.parametrize("reason", CLIENT_REASONS)
def test_a_reason_about_the_client_is_told_to_nobody(desk: Desk, reason: str):
    desk.dismiss(reason=reason, report="Etwas über das Angebot")
    assert desk.told() == []


@pytest.mark.parametrize("reason", OFFER_REASONS)
def test_a_reason_about_the_offer_is_told_without_the_note_and_the_client(desk: Desk, reason: str):
    desk.dismiss(reason=reason, note=NOTE, report="Das Angebot ist ausgebucht.")
    row = desk.session.exec(select(ChangeSuggestion)).one()
    assert (row.entry_id, row.note, row.author_id) == (
        desk.offer.id,
        "Das Angebot ist ausgebucht.",
        desk.actor.id,
    )
    assert desk.client.id not in row.model_dump_json()
    assert NOTE not in row.model_dump_json()


def test_about_a_sensitive_offer_nobody_is_told(desk: Desk):
    hidden = add_offer(desk.session, kind="counselling", title="Suchtberatung", is_sensitive=True)
    desk.dismiss(hidden, reason="ended", report="Das Angebot findet nicht mehr statt.")
    assert desk.told() == []


def test_the_database_holds_neither_offer_nor_reason_nor_note(desk: Desk):
    desk.dismiss(note=NOTE, reason="family")
    stored = str(desk.session.execute(text("SELECT * FROM offer_dismissal")).all())
    assert desk.client.id in stored
    for telling in (desk.offer.id, "family", NOTE):
        assert telling not in stored


def test_a_foreign_case_is_not_found_and_a_closed_one_is_not_changed(desk: Desk):
    made = desk.dismiss(note=NOTE)
    data = DismissalInput(offer_id=desk.offer.id, reason="other")
    with pytest.raises(NotFoundError):
        dismiss_offer(desk.session, desk.colleague, desk.client.id, data, new_id())
    with pytest.raises(NotFoundError):
        take_back_dismissal(desk.session, desk.colleague, desk.client.id, made)
    with pytest.raises(NotFoundError):
        read_dismissal_note(desk.session, desk.colleague, desk.client.id, made)
    with pytest.raises(NotFoundError):
        list_dismissals(desk.session, desk.colleague, desk.client.id)
    other = add_client(desk.session, desk.actor, given_name="Zweite")
    with pytest.raises(NotFoundError):
        read_dismissal_note(desk.session, desk.actor, other.id, made)
    desk.client.closed_on = TODAY
    desk.session.flush()
    with pytest.raises(CaseClosedError):
        desk.dismiss()
    with pytest.raises(CaseClosedError):
        take_back_dismissal(desk.session, desk.actor, desk.client.id, made)


def test_reading_the_note_is_audited(desk: Desk):
    made = desk.dismiss(note=NOTE)
    assert read_dismissal_note(desk.session, desk.actor, desk.client.id, made) == NOTE
    read = select(AuditEntry).where(
        AuditEntry.action == "note.read", col(AuditEntry.subject_id) == made
    )
    assert desk.session.exec(read).one().actor_id == desk.actor.id


def test_an_unknown_offer_cannot_be_set_aside(desk: Desk):
    with pytest.raises(NotFoundError):
        desk.dismiss(offer_id="nothing")


@pytest.mark.parametrize(
    "values",
    [{"reason": "x"}, {"reason": None}, {"note": "a" * 1001}, {"offer_id": ""}, {"more": 1}],
    ids=["unknown reason", "no reason", "long note", "no offer", "unknown field"],
)
def test_bad_input_is_refused(desk: Desk, values: dict[str, Any]):
    with pytest.raises(ValidationError):
        desk.dismiss(**values)


def test_it_goes_with_the_confidential_texts_of_a_closed_case(desk: Desk):
    desk.dismiss(note=NOTE)
    desk.client.closed_on = utc_now().date()
    desk.session.flush()
    assert has_texts(desk.session, desk.client.id)
    delete_texts(desk.session, desk.client.id)
    desk.session.expire_all()
    assert desk.session.exec(select(OfferDismissal)).all() == []
