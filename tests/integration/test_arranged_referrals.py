"""Consents as they are kept, and arranged referrals that rest on them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session, func, select

from app.accounts.permissions import ROLES, Actor
from app.audit.models import AuditEntry
from app.cases.consent_records import ConsentCreate
from app.cases.consents import (
    find_recipient,
    get_consent_line,
    list_consents,
    record_consent,
    revoke_consent,
)
from app.cases.deadline_queries import load_warnings_of_day
from app.cases.privacy_models import Consent
from app.cases.queries import list_events
from app.core.errors import CaseClosedError, InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.directory.models import Provider
from app.operations.referring import refer_with_sheet
from app.operations.runtime import Runtime
from app.referrals.models import Referral
from app.referrals.opening import list_resting_on
from app.referrals.outcomes import record_outcome
from app.referrals.records import OutcomeReport, ReferralOrder
from app.referrals.sealing import details_of
from app.referrals.service import ConsentMissingError
from tests.conftest import TODAY
from tests.integration.case_samples import add_client, add_offer, add_user
from tests.integration.test_referrals import Scene, basis

FIRST_CALL = ("name", "phone")


def consent_data(**values: Any) -> ConsentCreate:
    told = {
        "data": FIRST_CALL,
        "given_on": TODAY,
        "valid_until": TODAY + timedelta(days=365),
        **values,
    }
    return ConsentCreate.model_validate(told, context={"today": values.get("given_on", TODAY)})


def give(scene: Scene, **values: Any) -> Consent:
    data = consent_data(**{"provider_id": scene.offer.provider_id, **values})
    return record_consent(scene.session, scene.actor, scene.client.id, data, new_id())


def arrange(scene: Scene, released: tuple[str, ...] = FIRST_CALL, **values: Any) -> Referral:
    return scene.refer(mode="arranged", released=released, **values)


@pytest.fixture
def scene(runtime: Runtime) -> Iterator[Scene]:
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(session, actor, birth_date="1990-01-01")
        yield Scene(session, actor, client, add_offer(session, kind="club", title="Chor"))


def test_a_volunteer_never_gets_the_address_whatever_the_consent_says(scene: Scene):
    give(scene, data=("name", "phone", "address"))
    scene.offer.kind = "volunteer"
    scene.session.flush()
    with pytest.raises(InvalidInputError) as error:
        arrange(scene, released=("name", "address"))
    assert error.value.field == "released"
    assert arrange(scene, released=("name",)).released == ["name"]


def test_an_arranged_referral_rests_on_the_consent_that_covers_it(scene: Scene):
    give(scene, data=("name",))
    consent = give(scene, data=("name", "phone", "languages"))
    referral = arrange(scene)
    assert (referral.mode, referral.state) == ("arranged", "agreed")
    assert (referral.consent_id, referral.released) == (consent.id, list(FIRST_CALL))
    assert referral.follow_up_on == date(2026, 11, 26)
    scene.report(referral, "sent")
    assert referral.state == "sent"


def test_without_one_it_is_refused_and_says_what_is_missing(scene: Scene):
    with pytest.raises(ConsentMissingError) as none_given:
        arrange(scene)
    assert none_given.value.coverage.consent is None
    consent = give(scene, data=("name",))
    with pytest.raises(ConsentMissingError) as too_little:
        arrange(scene)
    coverage = too_little.value.coverage
    assert coverage.consent is not None
    assert (coverage.consent.id, coverage.missing) == (consent.id, ("phone",))
    assert scene.session.exec(select(func.count()).select_from(Referral)).one() == 0


def test_asking_without_a_name_needs_none(scene: Scene):
    referral = arrange(scene, released=())
    scene.report(referral, "sent")
    assert (referral.consent_id, referral.released, referral.state) == (None, [], "sent")


def test_what_is_revoked_before_the_contact_stops_it(scene: Scene):
    consent = give(scene)
    referral = arrange(scene)
    revoke_consent(scene.session, scene.actor, scene.client.id, consent.id, TODAY)
    for state in ("sent", "received", "accepted"):
        with pytest.raises(ConsentMissingError):
            scene.report(referral, state)
    assert referral.state == "agreed"
    resting = list_resting_on(scene.session, scene.client.id, [consent.id], scene.actor)
    assert [one.id for one in resting[consent.id]] == [referral.id]
    scene.report(referral, "withdrawn", reason="other")
    assert list_resting_on(scene.session, scene.client.id, [consent.id], scene.actor) == {}


def test_a_new_consent_takes_the_place_of_the_ended_one(scene: Scene):
    first = give(scene)
    referral = arrange(scene)
    revoke_consent(scene.session, scene.actor, scene.client.id, first.id, TODAY)
    second = give(scene)
    scene.report(referral, "sent")
    assert referral.consent_id == second.id


def test_after_the_contact_the_answer_can_be_recorded_whatever_became_of_the_consent(scene: Scene):
    consent = give(scene)
    referral = arrange(scene)
    scene.report(referral, "sent")
    revoke_consent(scene.session, scene.actor, scene.client.id, consent.id, TODAY)
    scene.report(referral, "rejected", reason="full")
    assert referral.state == "rejected"


def test_consent_and_data_of_a_confidential_one_are_sealed_too(scene: Scene):
    scene.offer.is_sensitive = True
    consent = give(scene)
    referral = arrange(scene)
    assert (referral.consent_id, referral.released) == (None, [])
    assert details_of(referral).consent_id == consent.id
    resting = list_resting_on(scene.session, scene.client.id, [consent.id], scene.actor)
    assert [one.id for one in resting[consent.id]] == [referral.id]
    scene.report(referral, "sent")


def test_a_consent_follows_its_provider_through_a_merge(scene: Scene):
    give(scene)
    kept = add_offer(scene.session, kind="club", title="Chor am Fluss")
    merged = scene.session.get_one(Provider, scene.offer.provider_id)
    merged.merged_into_id = kept.provider_id
    scene.session.flush()
    assert arrange(scene, offer_id=kept.id).consent_id is not None


def test_nobody_is_referred_out_of_a_closed_case(scene: Scene):
    scene.client.closed_on = TODAY
    scene.session.flush()
    with pytest.raises(CaseClosedError):
        scene.refer()


def test_nothing_is_handed_over_out_of_a_case_that_was_closed_meanwhile(scene: Scene):
    give(scene)
    referral, asked = arrange(scene), arrange(scene)
    scene.report(asked, "sent")
    scene.client.closed_on = TODAY
    scene.session.flush()
    with pytest.raises(CaseClosedError):
        scene.report(referral, "sent")
    scene.report(referral, "withdrawn", reason="other")
    scene.report(asked, "rejected", reason="full")


def test_the_recipient_lies_encrypted(scene: Scene):
    give(scene)
    give(scene, provider_id=None, recipient="Praxis Holunder")
    rows = scene.session.connection().execute(text("SELECT * FROM consent")).all()
    stored = " ".join(str(value) for row in rows for value in row)
    assert scene.offer.provider_id not in stored
    assert "Holunder" not in stored
    events = str([event.facts for event in list_events(scene.session, scene.client.id)])
    assert scene.offer.provider_id not in events


def test_a_form_sent_twice_records_once(scene: Scene):
    key, data = new_id(), consent_data(recipient="Sportverein")
    first = record_consent(scene.session, scene.actor, scene.client.id, data, key)
    assert record_consent(scene.session, scene.actor, scene.client.id, data, key).id == first.id


def test_the_history_stays_and_says_where_each_stands(scene: Scene):
    give(scene, given_on=TODAY - timedelta(days=400), valid_until=TODAY - timedelta(days=1))
    revoked = give(scene)
    valid = give(scene, provider_id=None, recipient="Praxis Holunder")
    revoke_consent(scene.session, scene.actor, scene.client.id, revoked.id, TODAY)
    again = revoke_consent(
        scene.session, scene.actor, scene.client.id, revoked.id, TODAY - timedelta(days=9)
    )
    assert again.revoked_on == TODAY
    lines = list_consents(scene.session, scene.client.id, scene.actor, TODAY)
    assert [line.standing for line in lines] == ["in_force", "revoked", "expired"]
    assert (lines[0].consent.id, lines[0].recipient) == (valid.id, "Praxis Holunder")
    assert lines[1].recipient == "Sprachhaus am Fluss"
    codes = [event.code for event in list_events(scene.session, scene.client.id)]
    assert (codes.count("consent_given"), codes.count("consent_revoked")) == (3, 1)
    actions = scene.session.exec(select(AuditEntry.action)).all()
    assert {"consent.create", "consent.revoke", "consent.list"} <= set(actions)


def test_it_cannot_be_revoked_before_it_was_given(scene: Scene):
    consent = give(scene)
    with pytest.raises(InvalidInputError):
        revoke_consent(
            scene.session, scene.actor, scene.client.id, consent.id, TODAY - timedelta(days=1)
        )


@pytest.mark.parametrize("role", [role for role in ROLES if role != "team_lead"])
def test_others_neither_see_nor_change_consents(scene: Scene, role: str):
    consent = give(scene)
    other, client_id = add_user(scene.session, role), scene.client.id
    with pytest.raises(NotFoundError):
        list_consents(scene.session, client_id, other, TODAY)
    with pytest.raises(NotFoundError):
        get_consent_line(scene.session, client_id, consent.id, other, TODAY)
    with pytest.raises(NotFoundError):
        record_consent(scene.session, other, client_id, consent_data(recipient="X"), new_id())
    with pytest.raises(NotFoundError):
        revoke_consent(scene.session, other, client_id, consent.id, TODAY)


def test_another_clients_consent_is_not_found(scene: Scene):
    consent = give(scene)
    foreign = add_client(scene.session, scene.actor)
    with pytest.raises(NotFoundError):
        revoke_consent(scene.session, scene.actor, foreign.id, consent.id, TODAY)


def test_the_day_names_what_ends_soon_unless_it_was_renewed(scene: Scene):
    ending = give(scene, valid_until=TODAY + timedelta(days=20))
    give(scene, provider_id=None, recipient="A", valid_until=TODAY + timedelta(days=5))
    give(scene, provider_id=None, recipient="A")
    revoked = give(scene, provider_id=None, recipient="B", valid_until=TODAY + timedelta(days=5))
    revoke_consent(scene.session, scene.actor, scene.client.id, revoked.id, TODAY)
    warnings = load_warnings_of_day(scene.session, scene.actor, TODAY)
    (told,) = (one.deadline for one in warnings[scene.client.id] if one.deadline.code == "consent_ends")
    assert (told.kind, told.on) == (ending.id, ending.valid_until)
    assert load_warnings_of_day(scene.session, add_user(scene.session), TODAY) == {}


def test_a_name_of_the_directory_finds_its_provider(scene: Scene):
    provider_id = scene.offer.provider_id
    assert find_recipient(scene.session, " sprachhaus am fluss ", None) == provider_id
    assert find_recipient(scene.session, "Sprachhaus am Fluss", provider_id) == provider_id
    assert find_recipient(scene.session, "Sprachhaus", None) is None
    assert find_recipient(scene.session, "Doktor Eder", provider_id) is None
    add_offer(scene.session)  # its provider is called just the same
    assert find_recipient(scene.session, "Sprachhaus am Fluss", None) is None


def test_of_two_at_once_a_revocation_wins_or_comes_after(runtime: Runtime):
    """Whatever comes first: no referral stands that rests on what was revoked before it."""
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(session, actor, birth_date="1990-01-01")
        scene = Scene(session, actor, client, add_offer(session, kind="club", title="Chor"))
        consent = give(scene)
    order = ReferralOrder(
        client_id=client.id, offer_id=scene.offer.id, creation_key=new_id(), mode="arranged",
        released=FIRST_CALL,
    )  # fmt: skip
    done: list[str] = []

    def refer() -> None:
        try:
            with runtime.database.write() as session:
                refer_with_sheet(session, actor, order, basis(session), TODAY)
                done.append("referred")
        except ConsentMissingError:
            done.append("refused")

    def revoke() -> None:
        with runtime.database.write() as session:
            revoke_consent(session, actor, client.id, consent.id, TODAY)
            done.append("revoked")

    threads = [threading.Thread(target=refer), threading.Thread(target=revoke)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done in (["referred", "revoked"], ["revoked", "refused"])


DATA = st.lists(st.sampled_from(("name", "phone", "health")), max_size=3, unique=True).map(tuple)
ACTIONS = st.one_of(
    st.tuples(st.just("give"), DATA.filter(bool), st.integers(0, 20), st.booleans()),
    st.tuples(st.just("revoke"), st.integers(0, 5)),
    st.tuples(st.just("arrange"), DATA),
    st.tuples(st.just("contact"), st.integers(0, 5)),
    st.tuples(st.just("wait"), st.integers(1, 12)),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(ACTIONS, min_size=2, max_size=9), is_sensitive=st.booleans())
def test_whatever_comes_after_what_no_data_leave_uncovered(scene: Scene, actions, is_sensitive):
    trial = scene.session.begin_nested()
    scene.offer.is_sensitive = is_sensitive
    world = _World(scene.session, scene.actor, scene)
    try:
        for name, *values in actions:
            getattr(world, name)(*values)
    finally:
        trial.rollback()


class _World:
    """Plays the actions, and keeps its own account of what was allowed when."""

    def __init__(self, session: Session, actor: Actor, scene: Scene) -> None:
        self.session, self.actor, self.scene = session, actor, scene
        self.today = TODAY
        self.given: list[Consent] = []
        self.referrals: list[Referral] = []

    def is_allowed(self, wanted: tuple[str, ...]) -> bool:
        return not wanted or any(
            set(wanted) <= set(one.data)
            and one.valid_until >= self.today
            and one.revoked_on is None
            and (one.is_release or "health" not in wanted)
            for one in self.given
        )

    def give(self, data: tuple[str, ...], days: int, is_release: bool) -> None:
        told = {
            "provider_id": self.scene.offer.provider_id,
            "data": data,
            "is_release": is_release or "health" in data,
            "given_on": self.today,
            "valid_until": self.today + timedelta(days=days),
        }
        data_given = ConsentCreate.model_validate(told, context={"today": self.today})
        self.given.append(
            record_consent(self.session, self.actor, self.scene.client.id, data_given, new_id())
        )

    def revoke(self, number: int) -> None:
        if number < len(self.given):
            key = self.given[number].id
            revoke_consent(self.session, self.actor, self.scene.client.id, key, self.today)

    def arrange(self, released: tuple[str, ...]) -> None:
        order = ReferralOrder(
            client_id=self.scene.client.id, offer_id=self.scene.offer.id, creation_key=new_id(),
            mode="arranged", released=released,
        )  # fmt: skip
        try:
            referral = refer_with_sheet(
                self.session, self.actor, order, basis(self.session), self.today
            )
        except ConsentMissingError:
            assert not self.is_allowed(released)
        else:
            assert self.is_allowed(released)
            self.referrals.append(referral)

    def contact(self, number: int) -> None:
        waiting = [one for one in self.referrals if one.state == "agreed"]
        if number >= len(waiting):
            return
        referral = waiting[number]
        released = tuple(details_of(referral).released)
        report = OutcomeReport.model_validate({"to_state": "sent"}, context={"today": self.today})
        try:
            record_outcome(
                self.session, self.actor, referral.id, report, referral.version, today=self.today
            )
        except ConsentMissingError:
            assert not self.is_allowed(released)
            assert referral.state == "agreed"
        else:
            assert self.is_allowed(released)

    def wait(self, days: int) -> None:
        self.today += timedelta(days=days)
