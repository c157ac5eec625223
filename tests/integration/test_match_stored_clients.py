"""Matching stored clients with the demo directory and with the real clubs of Leipzig."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlmodel import Session, select

from app.accounts.permissions import Actor
from app.cases.models import Client
from app.cases.queries import ClientCase, get_client, load_cases
from app.cli.importing import command
from app.core.errors import NotFoundError
from app.directory.codes import OFFER_KINDS
from app.directory.offer_table import OfferTable
from app.directory.public_holidays import NO_HOLIDAYS
from app.directory.table_loading import load_offer_table
from app.matching.ranking import rank
from app.matching.rule_files import load_rules
from app.matching.service import build_client_facts
from app.matching.types import ClientFacts, MatchFilters
from app.operations.client_facts import facts_of, load_client_facts
from app.operations.demo_accounts import load_demo_accounts
from app.operations.demo_cases import load_demo_cases
from app.operations.demo_directory import load_demo_directory
from app.operations.referring import MatchingBasis
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


@pytest.fixture(scope="module")
def basis(demo: Runtime, table: OfferTable) -> MatchingBasis:
    return MatchingBasis(table, RULES, demo.taxonomy)


def amira_facts(demo: Runtime) -> ClientFacts:
    with demo.database.read() as session:
        return facts_of(session, amira_case(demo))


def amira(session: Session) -> Client:
    return session.exec(select(Client).where(Client.given_name == "Amira")).first()


def amira_case(demo: Runtime) -> ClientCase:
    with demo.database.write() as session:
        client = amira(session)
        return get_client(session, client.id, Actor(client.case_worker_id, "case_worker"))


def test_a_stored_client_finds_offers_of_several_groups(demo, basis):
    result = basis.rank(amira_facts(demo), TODAY, per_group=3)
    assert result.suitable_count >= 10
    assert {"language", "social"} <= {match.serves for match in result.matches}
    best = next(match for match in result.matches if match.serves == "language")
    assert {reason.code for reason in best.reasons} & {"entry_level", "target_level", "goal"}
    assert all(sum(m.serves == group for m in result.matches) <= 3 for group in result.group_counts)


def test_every_offer_is_shown_or_explained(demo, basis):
    result = basis.rank(amira_facts(demo), TODAY, with_exclusions=True)
    assert len(result.matches) + len(result.exclusions) == len(basis.table)
    assert all(exclusion.rules for exclusion in result.exclusions)


def test_matching_knows_no_name_and_no_address(demo):
    facts = amira_facts(demo)
    assert "Amira" not in repr(facts)
    assert facts.german_level == "A2"
    assert facts.interests


def test_filters_narrow_what_is_listed(demo, basis):
    result = basis.rank(amira_facts(demo), TODAY, filters=MatchFilters(kinds=("club",)), limit=5)
    assert 0 < len(result.matches) <= 5
    assert {OFFER_KINDS[basis.table.kind[match.row]] for match in result.matches} == {"club"}


def test_one_offer_is_checked_as_it_was_listed(demo, basis):
    facts = amira_facts(demo)
    result = basis.rank(facts, TODAY, with_exclusions=True)
    shown, hidden = result.matches[0], result.exclusions[0]
    check = basis.check(facts, TODAY, shown.offer_id)
    assert (check.match, check.excluded_by, check.rules_version) == (shown, (), RULES.version)
    check = basis.check(facts, TODAY, hidden.offer_id)
    assert (check.match, check.excluded_by) == (None, hidden.rules)
    with pytest.raises(NotFoundError):
        basis.check(facts, TODAY, "gone")


def test_every_demo_client_finds_something(demo, basis):
    with demo.database.read() as session:
        facts = load_client_facts(session, load_cases(session))
    assert len(facts) > 90
    assert all(basis.rank(one, TODAY, limit=1).matches for one in facts.values())


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
