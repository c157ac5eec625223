"""Matching stored clients with the demo directory and with the real clubs of Leipzig."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlmodel import Session, select

from app.accounts.permissions import Actor
from app.audit.models import AuditEntry
from app.cases.models import Client
from app.cases.queries import ClientCase, get_client
from app.cli.importing import command
from app.core.errors import NotFoundError
from app.directory.offer_table import OfferTable
from app.directory.public_holidays import NO_HOLIDAYS
from app.directory.table_loading import load_offer_table
from app.matching.ranking import rank
from app.matching.service import (
    build_client_facts,
    check_offer,
    load_rules,
    rank_case,
    rank_offers,
)
from app.matching.types import ClientFacts, MatchFilters
from app.operations.demo_accounts import load_demo_accounts
from app.operations.demo_cases import load_demo_cases
from app.operations.demo_directory import load_demo_directory
from app.operations.runtime import Runtime, open_runtime
from app.settings import load_settings
from tests.conftest import TODAY

RULES = load_rules()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    """An instance with all demo data; the tests only read and audit."""
    folder = tmp_path_factory.mktemp("demo")
    runtime = open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": str(folder)}).with_today(TODAY))
    with runtime.database.write() as session:
        load_demo_accounts(session)
        load_demo_directory(session, TODAY)
        load_demo_cases(session, TODAY, NO_HOLIDAYS)
    return runtime


@pytest.fixture(scope="module")
def table(demo: Runtime) -> OfferTable:
    return demo.offer_table_cache.current()


def amira(session: Session) -> Client:
    return session.exec(select(Client).where(Client.given_name == "Amira")).first()


def amira_case(demo: Runtime) -> ClientCase:
    with demo.database.write() as session:
        client = amira(session)
        return get_client(session, client.id, Actor(client.case_worker_id, "case_worker"))


def test_a_stored_client_finds_offers_of_several_groups(demo, table):
    result = rank_case(amira_case(demo), TODAY, table, RULES, demo.taxonomy, per_group=3)
    assert result.suitable_count >= 10
    assert {"language", "social"} <= {match.serves for match in result.matches}
    best = next(match for match in result.matches if match.serves == "language")
    assert {reason.code for reason in best.reasons} & {"entry_level", "target_level", "goal"}
    assert all(sum(m.serves == group for m in result.matches) <= 3 for group in result.group_counts)


def test_every_offer_is_shown_or_explained(demo, table):
    result = rank_case(amira_case(demo), TODAY, table, RULES, demo.taxonomy, with_exclusions=True)
    assert len(result.matches) + len(result.exclusions) == len(table)
    assert all(exclusion.rules for exclusion in result.exclusions)


def test_matching_knows_no_name_and_no_address(demo):
    facts = build_client_facts(amira_case(demo))
    assert "Amira" not in repr(facts)
    assert facts.german_level == "A2"
    assert facts.interests


def test_the_read_is_audited_and_others_find_nothing(demo, table):
    with demo.database.write() as session:
        client = amira(session)
        own = Actor(client.case_worker_id, "case_worker")
        before = len(session.exec(select(AuditEntry)).all())
        result = rank_offers(
            session,
            own,
            client.id,
            MatchFilters(kinds=("club",)),
            TODAY,
            table,
            RULES,
            demo.taxonomy,
            limit=5,
        )
        assert len(result.matches) <= 5
        assert len(session.exec(select(AuditEntry)).all()) == before + 1
        stranger = Actor("somebody", "case_worker")
        with pytest.raises(NotFoundError):
            rank_offers(session, stranger, client.id, None, TODAY, table, RULES, demo.taxonomy)


def test_one_offer_is_checked_as_it_was_listed(demo, table):
    case = amira_case(demo)
    result = rank_case(case, TODAY, table, RULES, demo.taxonomy, with_exclusions=True)
    shown, hidden = result.matches[0], result.exclusions[0]
    check = check_offer(case, shown.offer_id, TODAY, table, RULES, demo.taxonomy)
    assert (check.match, check.excluded_by, check.rules_version) == (shown, (), RULES.version)
    check = check_offer(case, hidden.offer_id, TODAY, table, RULES, demo.taxonomy)
    assert (check.match, check.excluded_by) == (None, hidden.rules)
    with pytest.raises(NotFoundError):
        check_offer(case, "gone", TODAY, table, RULES, demo.taxonomy)


def test_every_demo_client_finds_something(demo, table):
    with demo.database.write() as session:
        for client in session.exec(select(Client)).all():
            case = get_client(session, client.id, Actor(client.case_worker_id, "case_worker"))
            assert rank_case(case, TODAY, table, RULES, demo.taxonomy, limit=1).matches


def test_an_unknown_interest_is_no_known_lack_of_interests(demo):
    case = amira_case(demo)
    for interest in case.interests:
        interest.concept = None
    facts = build_client_facts(case)
    assert facts.interests is None
    assert facts.unknown_interests == tuple(interest.word for interest in case.interests)


def test_real_clubs_are_found_by_interest(runtime: Runtime, shared_data: Path):
    file = shared_data / "leipzig_vereine.csv"
    environment = {"LOTSENBUCH_DATA_DIR": str(runtime.settings.data_dir)}
    done = CliRunner().invoke(command, ["directory", str(file)], env=environment)
    assert done.exit_code == 0, done.output
    with runtime.database.read() as session:
        table = load_offer_table(session)
    facts = ClientFacts(
        interests=runtime.taxonomy.resolve("Musik")[:1],
        latitude=51.34,
        longitude=12.37,
        languages=("ar",),
        german_level="B1",
        german_level_evidence="certificate",
        mobility="transit",
    )
    result = rank(
        facts, table, RULES, runtime.taxonomy, TODAY + timedelta(days=1), with_exclusions=True
    )
    assert len(result.matches) + len(result.exclusions) == len(table) == 477
    for match in result.matches[:5]:
        assert "interest" in {reason.code for reason in match.reasons}
        assert match.distance_is_estimate
        assert match.verdict == "to_clarify"
    placeless = [m for m in result.matches if m.distance_km is None]
    assert placeless
    assert all("place_unknown" in {q.code for q in m.to_clarify} for m in placeless)
