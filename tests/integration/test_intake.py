"""Changing single fields side by side, levels with their history, households, taught words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from app.audit.models import AuditEntry
from app.cases.client_parts import load_values
from app.cases.corrections import get_correction, list_corrections
from app.cases.field_merging import fingerprint
from app.cases.households import (
    add_member,
    find_people,
    join_household,
    leave_household,
    share_entries,
)
from app.cases.levels import list_level_history, record_level
from app.cases.models import CaseEvent, Client, ClientInterest, Household
from app.cases.needs import get_needs
from app.cases.queries import get_client, list_household
from app.cases.rules import LevelFact
from app.cases.service import ClientChange, update_client
from app.cases.status_models import CaseCorrection, LevelEntry, ResidenceEntry
from app.cases.unknown_words import decide_word, list_unknown_words
from app.core.clock import utc_now
from app.core.errors import InvalidInputError, NotFoundError
from app.core.ids import new_id
from app.directory.interests import load_taxonomy
from app.operations.runtime import Runtime
from tests.conftest import TODAY
from tests.integration.case_samples import add_client, add_user, client_changes, client_data


def _change(session: Session, actor, client: Client, as_read=None, **values) -> ClientChange:
    return update_client(
        session,
        actor,
        client.id,
        client_changes(**values),
        as_read,
        taxonomy=load_taxonomy(),
        today=TODAY,
    )


def _as_read(session: Session, client: Client) -> dict[str, str]:
    return {name: fingerprint(value) for name, value in load_values(session, client).items()}


def _corrections(session: Session, client: Client) -> list[tuple[str, object, object]]:
    rows = session.exec(select(CaseCorrection).where(CaseCorrection.client_id == client.id)).all()
    return sorted((r.field, str(r.values["before"]), str(r.values["after"])) for r in rows)


def test_two_people_on_different_fields_both_succeed(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(session, actor, phone="1", plz="73730")
        read = _as_read(session, client)
        assert _change(session, actor, client, read, phone="2", plz="73730").changed == ("phone",)
        second = _change(session, actor, client, read, phone="1", plz="73733")
        assert (second.changed, second.conflicts) == (("plz",), ())
        assert (client.phone, client.plz) == ("2", "73733")
        third = _change(session, actor, client, read, phone="3")
        assert (third.changed, third.conflicts) == ((), ("phone",))
        assert client.phone == "2"
        insisting = read | {"phone": fingerprint("2")}
        assert _change(session, actor, client, insisting, phone="3").changed == ("phone",)


SECTIONS = {
    "person": {"phone": "0711 5", "sex": "female", "email": "a@example.org"},
    "home": {"plz": "73733", "town": "Esslingen", "mobility": "bike"},
    "education": {"degrees": [{"title": "Abitur", "country": "SY"}], "schooling_years": 12},
    "german": {"levels": [{"skill": "reading", "level": "A2", "evidence": "test"}]},
    "interests": {"interests": ["Schach", "Häkeln"], "available": []},
    "residence": {"entitlements": [{"kind": "obligation", "issuer": "Jobcenter"}]},
    "goals": {"goals": [{"area": "work", "title": "Küche"}]},
}


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(order=st.permutations(sorted(SECTIONS)))
def test_whatever_the_order_of_saving_each_part_keeps_the_others(runtime: Runtime, order: list[str]):
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(session, actor)
        read = _as_read(session, client)
        for section in order:
            assert not _change(session, actor, client, read, **SECTIONS[section]).conflicts
        values = load_values(session, client)
    assert values["phone"] == "0711 5"
    assert values["town"] == "Esslingen"
    assert values["degrees"] == [{"title": "Abitur", "country": "SY", "recognition": None}]
    assert values["level_reading"]["level"] == "A2"
    assert values["interests"] == ["Schach", "Häkeln"]
    assert values["entitlements"] == [["obligation", "Jobcenter", None, None]]
    assert values["goals"] == [["work", "Küche", None]]


def test_what_is_typed_in_a_row_is_one_line_of_the_histories(runtime: Runtime):
    with runtime.database.write() as session:
        actor, other = add_user(session), add_user(session, "team_lead")
        client = add_client(session, actor, phone="1", plz="73730")
        for phone in ("12", "123", "1234"):
            _change(session, actor, client, phone=phone)
        _change(session, actor, client, plz="73733")
        _change(session, actor, client, plz="73730")
        assert _corrections(session, client) == [("phone", "1", "1234")]
        changed = select(CaseEvent).where(CaseEvent.code == "client_changed")
        assert [e.facts for e in session.exec(changed)] == [{"fields": ["phone", "plz"]}]
        _change(session, other, client, phone="9")
        assert _corrections(session, client) == [("phone", "1", "1234"), ("phone", "1234", "9")]
        assert len(session.exec(changed).all()) == 2


def test_a_sensitive_change_is_read_one_by_one_and_each_reading_is_noted(runtime: Runtime):
    with runtime.database.write() as session:
        actor, foreign = add_user(session), add_user(session)
        client = add_client(session, actor)
        _change(session, actor, client, accessibility_note="Rollstuhl", phone="1")
        page = list_corrections(session, client.id, frozenset({"phone"}), 1)
        lines = {line.field: line for line in page.items}
        assert (lines["phone"].after, lines["accessibility_note"].after) == ("1", None)
        key = lines["accessibility_note"].id
        assert get_correction(session, actor, client.id, key).after == "Rollstuhl"
        assert get_needs(session, actor, client.id) == "Rollstuhl"
        for who, client_id, correction in ((foreign, client.id, key), (actor, client.id, new_id())):
            with pytest.raises(NotFoundError):
                get_correction(session, who, client_id, correction)
        with pytest.raises(NotFoundError):
            get_needs(session, foreign, client.id)
        session.flush()
        actions = session.exec(select(AuditEntry.action)).all()
    assert actions.count("correction.read") == 1
    assert actions.count("needs.read") == 1


def test_each_skill_has_a_history_and_the_overall_level_reaches_matching(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(session, actor, goals=[{"area": "language", "target_level": "B1"}])
        level = {"skill": "overall", "level": "B1"}
        _change(session, actor, client, levels=[level])
        _change(session, actor, client, levels=[level | {"evidence": "certificate"}])
        _change(session, actor, client, levels=[{"skill": "writing", "level": "A1"}])
        lines = list_level_history(session, client.id)
        assert [(one.entry.skill, one.entry.level, one.entry.evidence) for one in lines] == [
            ("writing", "A1", None),
            ("overall", "B1", "certificate"),
        ]
        assert (client.german_level, client.german_level_evidence) == ("B1", "certificate")
        assert get_client(session, client.id, actor).open_goals == ()
        for row in session.exec(select(LevelEntry)).all():
            row.recorded_at = utc_now() - timedelta(days=1)
        _change(session, actor, client, levels=[{"skill": "writing", "level": "A2"}])
        assert len(list_level_history(session, client.id)) == 3


def test_a_weaker_claim_is_kept_out_until_somebody_insists(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(session, actor, german_level="B1", german_level_evidence="certificate")
        weaker = {"skill": "overall", "level": "A2", "evidence": "self"}
        change = _change(session, actor, client, levels=[weaker])
        assert (change.changed, change.weaker) == ((), ("level_overall",))
        assert client.german_level == "B1"
        _change(session, actor, client, levels=[weaker | {"replaces_proof": True}])
        assert (client.german_level, client.german_level_evidence) == ("A2", "self")
        assert len(list_level_history(session, client.id)) == 2


def test_a_level_from_a_referral_stands_in_the_history(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(session, actor)
        record_level(session, actor, client.id, LevelFact("B1", "certificate", TODAY), TODAY)
        record_level(session, actor, client.id, LevelFact("A2", "self", TODAY), TODAY)
        lines = list_level_history(session, client.id)
    assert [(one.entry.level, one.entry.known_on) for one in lines] == [("B1", TODAY)]


def test_a_level_that_nobody_knows_any_more(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(session, actor, german_level="A1", german_level_evidence="self")
        _change(session, actor, client, levels=[{"skill": "overall"}])
        assert client.german_level is None
        assert client.german_level_evidence is None
        assert [one.entry.level for one in list_level_history(session, client.id)] == [None, "A1"]


def test_a_residence_status_typed_field_by_field_is_one_line(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(session, actor)
        _change(session, actor, client, residence_status="24")
        _change(session, actor, client, residence_status_expires_on="2027-03-04")
        _change(session, actor, client, residence_status="25(2)")
        rows = session.exec(select(ResidenceEntry).order_by(col(ResidenceEntry.recorded_at))).all()
        assert [(r.status, r.expires_on) for r in rows] == [
            ("24", date(2027, 3, 4)),
            ("25(2)", date(2027, 3, 4)),
        ]


def test_several_entitlements_of_one_kind_keep_their_rows(runtime: Runtime):
    first = {"kind": "admission", "issuer": "BAMF", "issued_on": "2025-01-01"}
    second = {"kind": "admission", "issued_on": "2025-06-01"}
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(session, actor, entitlements=[first])
        before = get_client(session, client.id, actor).entitlements or ()
        _change(session, actor, client, entitlements=[first, second])
        after = get_client(session, client.id, actor).entitlements or ()
        assert [e.issuer for e in after] == ["BAMF", None]
        assert before[0].id == after[0].id


def test_what_does_not_exist_is_refused(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        client = add_client(session, actor)
        with pytest.raises(InvalidInputError) as caught:
            _change(session, actor, client, benefit_authority_id=new_id())
        assert caught.value.field == "benefit_authority_id"


def test_a_household_grows_and_shrinks(runtime: Runtime):
    with runtime.database.write() as session:
        actor, colleague = add_user(session), add_user(session)
        mother = add_client(session, actor, given_name="Mutter", plz="73730", phone="0711 1")
        father = add_client(session, actor, given_name="Vater")
        uncle = add_client(session, colleague, given_name="Onkel")
        join_household(session, actor, mother.id, father.id)
        join_household(session, actor, father.id, mother.id)
        child = add_member(
            session, actor, mother.id, client_data(given_name="Kind", birth_date="2019-01-01"),
            new_id(), taxonomy=load_taxonomy(), today=TODAY,
        )  # fmt: skip
        assert child.plz == "73730"
        assert {m.name for m in list_household(session, mother, actor)} == {"Vater H.", "Kind H."}
        with pytest.raises(NotFoundError):
            join_household(session, actor, mother.id, uncle.id)
        uncle.household_id = mother.household_id
        session.flush()
        assert None in {m.name for m in list_household(session, mother, actor)}
        shared = share_entries(session, actor, mother.id, {"home", "phone"})
        assert (shared.changed, shared.untouched) == (2, 1)
        assert (father.plz, father.phone, uncle.phone) == ("73730", "0711 1", None)
        assert ("phone", "None", "0711 1") in _corrections(session, father)
        father.closed_on, mother.phone = TODAY, "0711 2"
        shared = share_entries(session, actor, mother.id, {"phone"})
        assert (shared.changed, shared.untouched, father.phone) == (1, 2, "0711 1")
        father.closed_on = None
        for one in (mother, father, child):
            leave_household(session, actor, one.id)
            leave_household(session, actor, one.id)
        assert len(session.exec(select(Household)).all()) == 1
        leave_household(session, colleague, uncle.id)
        assert session.exec(select(Household)).all() == []


def test_who_moves_leaves_the_old_household(runtime: Runtime):
    with runtime.database.write() as session:
        actor = add_user(session)
        people = [add_client(session, actor, given_name=f"P{n}") for n in range(4)]
        join_household(session, actor, people[0].id, people[1].id)
        join_household(session, actor, people[2].id, people[3].id)
        join_household(session, actor, people[0].id, people[3].id)
        assert people[3].household_id == people[0].household_id != people[2].household_id
        with pytest.raises(InvalidInputError):
            join_household(session, actor, people[0].id, people[0].id)


def test_only_own_people_are_found_for_a_household(runtime: Runtime):
    with runtime.database.write() as session:
        actor, colleague = add_user(session), add_user(session)
        client = add_client(session, actor, given_name="Amira")
        add_client(session, actor, given_name="Jörg", family_name="Müller")
        add_client(session, colleague, given_name="Jörg", family_name="Fremd")
        assert [one.name for one in find_people(session, actor, client.id, "joerg")] == ["Jörg Müller"]
        assert find_people(session, actor, client.id, "amira") == ()
        assert find_people(session, actor, client.id, "  ") == ()
        with pytest.raises(NotFoundError):
            find_people(session, colleague, client.id, "x")


def test_a_taught_word_is_understood_everywhere_from_then_on(runtime: Runtime):
    taxonomy = load_taxonomy()
    with runtime.database.write() as session:
        actor, editor = add_user(session), add_user(session, "directory_editor")
        for word in ("Quietschentenkunde", "quietschentenkunde ", "Quietschentenkunde"):
            add_client(session, actor, interests=[word])
        add_client(session, actor, interests=["Fußball", "Tel 0711 5550", "ich will mit Anna tanzen"])
        words = list_unknown_words(session)
        assert [(w.word, w.count) for w in words.waiting] == [("Quietschentenkunde", 3)]
        assert words.hidden == 1
        events = len(session.exec(select(CaseEvent)).all())
        assert decide_word(session, editor, "Quietschentenkunde", "football", taxonomy) == 3
        concepts = session.exec(
            select(ClientInterest.concept).where(col(ClientInterest.word).like("%ietsch%"))
        ).all()
        assert set(concepts) == {"football"}
        assert len(session.exec(select(CaseEvent)).all()) == events
        late = add_client(session, actor, interests=["QUIETSCHENTENKUNDE"])
        found = get_client(session, late.id, actor).interests
        assert [row.concept for row in found] == ["football"]
        assert list_unknown_words(session).waiting == ()
        assert decide_word(session, editor, "quietschentenkunde", None, taxonomy) == 4
        assert get_client(session, late.id, actor).interests[0].concept is None
        assert list_unknown_words(session).waiting == ()
        for who, word, concept, error in (
            (actor, "x", "football", NotFoundError),
            (editor, "x", "no_such", InvalidInputError),
            (editor, "!!", "football", InvalidInputError),
            (editor, "x" * 500, None, InvalidInputError),
        ):
            with pytest.raises(error):
                decide_word(session, who, word, concept, taxonomy)
