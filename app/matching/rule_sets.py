"""The rules of the courses that hold here: the file that ships, or the last one somebody loaded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlmodel import Session, col, func, select

from app.audit.service import record_access
from app.core.db import load_rows
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.matching.course_entries import CourseRules
from app.matching.models import RuleSet
from app.matching.rule_changes import RuleChange, compare_rules
from app.matching.rule_checks import RuleProblem, check_rules
from app.matching.rule_files import parse_courses, read_shipped_courses

MAX_BYTES: Final = 200_000
"""The file that ships has about 5,000."""


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """The rules as they hold now."""

    content: str
    digest: str
    seq: int
    """0: as shipped."""


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """A set of rules in the history."""

    id: str
    seq: int
    version: str
    comment: str
    loaded_by: str | None
    loaded_at: datetime | None
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that could be loaded, and what would be different then."""

    content: str
    rules: CourseRules
    problems: tuple[RuleProblem, ...]
    changes: tuple[RuleChange, ...]
    digest_before: str
    """Of the rules it was compared with; see `load_rule_set`."""


_LATEST_DIGEST: Final = select(RuleSet.digest).order_by(col(RuleSet.seq).desc()).limit(1)
"""Asked with each page, and so made once."""


def find_digest(session: Session) -> str | None:
    """The digest of what was loaded last; `None`: the file that ships holds."""
    rows = load_rows(session, _LATEST_DIGEST)
    return rows[0].digest if rows else None


def get_rules_in_force(session: Session) -> RulesInForce:
    """The text of the rules that hold."""
    row = session.exec(select(RuleSet).order_by(col(RuleSet.seq).desc()).limit(1)).first()
    if row is not None:
        return RulesInForce(row.content, row.digest, row.seq)
    shipped = read_shipped_courses()
    return RulesInForce(shipped, digest_of(shipped), 0)


def digest_of(content: str) -> str:
    """The fingerprint of a file; line ends of other systems do not count."""
    return hashlib.sha256(_unified(content).encode()).hexdigest()


def _unified(content: str) -> str:
    return content.replace("\r\n", "\n")


def draft_rule_set(session: Session, content: str, today: date) -> Draft:
    """Check a file and compare it with what holds; raises like `load_rule_set`."""
    content = _unified(content)
    rules = _parse(content)
    before = get_rules_in_force(session)
    _refuse_known_version(session, rules.version, digest_of(content))
    return Draft(
        content,
        rules,
        check_rules(rules, today),
        compare_rules(parse_courses(before.content), rules),
        before.digest,
    )


def load_rule_set(
    session: Session, actor_id: str | None, content: str, comment: str, digest_before: str | None = None
) -> RuleSet:
    """Let these rules hold from now on; the ones before stay in the history.

    ``digest_before``: what the person had before their eyes; raises `ConflictError` when somebody
    loaded another file meanwhile. Loading what holds already changes nothing and gives it back.
    Raises `InvalidInputError` for a file that is too large, or a version that another file has,
    `RuleFileError` for a file that cannot be used and `RuleConflictError` for rules that contradict
    each other.
    """
    content = _unified(content)
    rules, digest = _parse(content), digest_of(content)
    before = get_rules_in_force(session)
    if before.digest == digest and before.seq:
        return session.exec(select(RuleSet).where(RuleSet.seq == before.seq)).one()
    if digest_before is not None and digest_before != before.digest:
        raise ConflictError(_("Somebody loaded other rules meanwhile. Please look again."))
    _refuse_known_version(session, rules.version, digest)
    row = RuleSet(
        seq=before.seq + 1,
        version=rules.version,
        digest=digest,
        content=content,
        comment=comment.strip()[:500],
        loaded_by=actor_id,
    )
    session.add(row)
    session.flush()
    record_access(session, actor_id, "rules.load", "rule_set", row.id)
    return row


def list_rule_sets(session: Session) -> tuple[LoadedRules, ...]:
    """The history, the newest first; the file that ships stands last."""
    rows = session.exec(select(RuleSet).order_by(col(RuleSet.seq).desc())).all()
    newest = rows[0].seq if rows else 0
    shipped = parse_courses(read_shipped_courses())
    loaded = [
        LoadedRules(
            row.id, row.seq, row.version, row.comment, row.loaded_by, row.loaded_at, row.seq == newest
        )
        for row in rows
    ]
    return (*loaded, LoadedRules("", 0, shipped.version, "", None, None, not rows))


def get_content(session: Session, seq: int) -> str:
    """The file with this number, 0 for the one that ships; raises `NotFoundError`."""
    if seq == 0:
        return read_shipped_courses()
    content = session.exec(select(RuleSet.content).where(RuleSet.seq == seq)).first()
    if content is None:
        raise NotFoundError("no such rules")
    return content


def _parse(content: str) -> CourseRules:
    if len(content.encode()) > MAX_BYTES:
        raise InvalidInputError(_("This file is too large for a file with rules."), field="content")
    return parse_courses(content)


def _refuse_known_version(session: Session, version: str, digest: str) -> None:
    """A referral names the version it was decided under: it must lead to one file."""
    shipped = read_shipped_courses()
    is_shipped = parse_courses(shipped).version == version and digest_of(shipped) != digest
    other = select(func.count()).where(RuleSet.version == version, RuleSet.digest != digest)
    if is_shipped or session.exec(other).one():
        message = _(
            "Another file has the version “%(version)s” already. Please give a new one.",
            version=version,
        )
        raise InvalidInputError(message, field="content")
