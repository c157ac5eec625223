"""What a running process holds: settings, the open database, and what is made once on demand."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import app.matching.confidential_offers  # noqa: F401  listens for offers that become sensitive
from app.cases.retention import RetentionRules, load_retention_rules
from app.core import clock
from app.core.crypto import use_cipher
from app.core.db import Database
from app.core.secrets import configured_keys, text_cipher
from app.directory.freshness_rules import FreshnessRules, load_freshness_rules
from app.directory.interests import Taxonomy, load_taxonomy
from app.directory.offer_cards import OfferCardCache
from app.directory.public_holidays import PublicHolidays, load_public_holidays
from app.directory.table_loading import OfferTableCache
from app.matching.rule_files import MatchingRules, build_rules, load_rules
from app.matching.rule_sets import find_digest, get_rules_in_force
from app.operations.client_deletion import reapply_deletions
from app.operations.migrations import migrate
from app.operations.reencryption import refuse_foreign_keys
from app.referrals.sealing import has_referrals_to_seal, seal_referrals
from app.search.engine import SearchEngine
from app.settings import Settings


@dataclass(frozen=True)
class Runtime:
    """Shared by the pages and the commands, and by all threads of the process."""

    settings: Settings
    database: Database
    _made: _MadeOnDemand = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_made", _MadeOnDemand())

    @property
    def today(self) -> date:
        """The calendar day in Germany (or the fixed one)."""
        return clock.today(self.settings)

    @property
    def taxonomy(self) -> Taxonomy:
        """The interests and topics that ship with the product."""
        return load_taxonomy()

    @property
    def holidays(self) -> PublicHolidays:
        """The public holidays of the state."""
        return load_public_holidays(self.settings.federal_state)

    @property
    def freshness_rules(self) -> FreshnessRules:
        """How long a confirmation holds, per kind (read once); raises `FreshnessFileError`."""
        return load_freshness_rules(self.settings.freshness_file)

    @property
    def retention_rules(self) -> RetentionRules:
        """How long data about people is kept (read once); raises `RetentionFileError`."""
        return load_retention_rules(self.settings.retention_file)

    @property
    def matching_rules(self) -> MatchingRules:
        """The rules and weights of matching as they hold now, with how long a confirmation holds.

        Asked of the database each time (one look at an index): another process may have loaded rules.
        """
        with self.database.read() as session:
            digest = find_digest(session)
            if digest is None:
                return load_rules(freshness_file=self.settings.freshness_file)
            with self._made.lock:
                if self._made.rules is None or self._made.rules[0] != digest:
                    content = get_rules_in_force(session).content
                    rules = build_rules(content, freshness_file=self.settings.freshness_file)
                    self._made.rules = (digest, rules)
                return self._made.rules[1]

    @property
    def offer_table_cache(self) -> OfferTableCache:
        """The published offers as columns, one cache per process."""
        with self._made.lock:
            if self._made.offer_table_cache is None:
                self._made.offer_table_cache = OfferTableCache(self.database, self.holidays)
            return self._made.offer_table_cache

    @property
    def offer_cards(self) -> OfferCardCache:
        """The cards of offers shown lately, one cache per process."""
        with self._made.lock:
            if self._made.offer_cards is None:
                self._made.offer_cards = OfferCardCache(self.database)
            return self._made.offer_cards

    @property
    def search_engine(self) -> SearchEngine:
        """The search over the published offers, one engine per process."""
        tables = self.offer_table_cache
        with self._made.lock:
            if self._made.search_engine is None:
                self._made.search_engine = SearchEngine(
                    self.settings.index_dir,
                    self.database,
                    tables,
                    self.taxonomy,
                    self.freshness_rules,
                )
            return self._made.search_engine


@dataclass
class _MadeOnDemand:
    lock: threading.Lock = field(default_factory=threading.Lock)
    offer_table_cache: OfferTableCache | None = None
    offer_cards: OfferCardCache | None = None
    search_engine: SearchEngine | None = None
    rules: tuple[str, MatchingRules] | None = None
    """Digest and rules that were loaded last."""


def open_runtime(settings: Settings) -> Runtime:
    """Open the database of ``settings``, with its schema up to date and its keys at hand."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    use_cipher(text_cipher(settings))
    database = Database(settings.database_url)
    _keep_private(database)
    migrate(settings, database.engine)
    refuse_foreign_keys(database, configured_keys(settings))
    _seal_what_lies_open(database)
    reapply_deletions(settings, database)
    load_freshness_rules(settings.freshness_file)  # a mistake in it is told at the start
    load_retention_rules(settings.retention_file)
    return Runtime(settings, database)


def _seal_what_lies_open(database: Database) -> None:
    """Encrypt referrals to sensitive offers that were made before this was the rule."""
    with database.read() as session:
        if not has_referrals_to_seal(session):
            return
    with database.write() as session:
        seal_referrals(session)


def _keep_private(database: Database) -> None:
    """Let nobody else on the machine read the cases: SQLite gives its other files the same mode."""
    file = database.engine.url.database
    if database.engine.dialect.name != "sqlite" or not file or file == ":memory:":
        return
    # A file that is there already is not opened: closing it would drop SQLite's locks in this process.
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))
    if Path(file).stat().st_uid == os.geteuid():
        Path(file).chmod(0o600)
