"""The whole case."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


FIRST_LINK = "0" * 64
REFUSAL = "the audit log is append-only"
SEALED_AS_IT_STANDS = (
    "NEW.dropped_at IS NULL AND NEW.first_seq = "
    "(SELECT COALESCE(MAX(last_seq), 0) + 1 FROM audit_segment) AND EXISTS "
    "(SELECT 1 FROM audit_entry WHERE seq = NEW.last_seq AND hash = NEW.closing_hash)"
)
"""What must hold of a year that is sealed: nobody frees entries with a seal of their own making."""


def _lift_the_guard() -> None:
    """Let this migration alone write the hashes into the log."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER IF EXISTS audit_entry_no_{verb}")
    elif op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_entry_append_only ON audit_entry")
        op.execute("DROP FUNCTION audit_entry_refuse()")


def _guard_the_first_way() -> None:
    """As the first migration left it: nothing may ever go."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_entry_no_{verb.lower()} BEFORE {verb} ON audit_entry "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
    elif op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry "
            "FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()"
        )


def _guard() -> None:
    """Nothing changes; entries only go with a whole year that is sealed and marked as dropped.

    A year is sealed as it stands, after the one before. The mark is set once and never taken back, and
    a sealed year is never forgotten.
    """
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    elif op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()


def _guard_sqlite() -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    op.execute(f"CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry {refuse}")
    op.execute(
        "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry WHEN NOT EXISTS "
        "(SELECT 1 FROM audit_segment WHERE dropped_at IS NOT NULL "
        f"AND OLD.seq BETWEEN first_seq AND last_seq) {refuse}"
    )
    # SQLite's REPLACE takes the old row out without asking the triggers on deleting.
    op.execute(
        "CREATE TRIGGER audit_entry_no_replace BEFORE INSERT ON audit_entry WHEN EXISTS "
        f"(SELECT 1 FROM audit_entry WHERE seq = NEW.seq) {refuse}"
    )
    op.execute(
        "CREATE TRIGGER audit_segment_as_it_stands BEFORE INSERT ON audit_segment WHEN "
        f"NOT ({SEALED_AS_IT_STANDS}) {refuse}"
    )
    op.execute(f"CREATE TRIGGER audit_segment_no_delete BEFORE DELETE ON audit_segment {refuse}")
    op.execute(
        "CREATE TRIGGER audit_segment_no_update BEFORE UPDATE ON audit_segment WHEN "
        "OLD.dropped_at IS NOT NULL OR NEW.dropped_at IS NULL OR NEW.year IS NOT OLD.year "
        "OR NEW.first_seq IS NOT OLD.first_seq OR NEW.last_seq IS NOT OLD.last_seq "
        "OR NEW.closing_hash IS NOT OLD.closing_hash OR NEW.sealed_at IS NOT OLD.sealed_at "
        f"{refuse}"
    )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'DELETE' THEN IF EXISTS (SELECT 1 FROM audit_segment WHERE dropped_at IS NOT NULL "
        "AND OLD.seq BETWEEN first_seq AND last_seq) THEN RETURN OLD; END IF; END IF; "
        f"RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()"
    )
    op.execute(
        "CREATE FUNCTION audit_segment_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'INSERT' THEN IF {SEALED_AS_IT_STANDS} THEN RETURN NEW; END IF; "
        "ELSIF TG_OP = 'UPDATE' THEN IF OLD.dropped_at IS NULL AND NEW.dropped_at IS NOT NULL "
        "AND (NEW.year, NEW.first_seq, NEW.last_seq, NEW.closing_hash, NEW.sealed_at) IS NOT "
        "DISTINCT FROM (OLD.year, OLD.first_seq, OLD.last_seq, OLD.closing_hash, OLD.sealed_at) "
        f"THEN RETURN NEW; END IF; END IF; RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_segment_append_only BEFORE INSERT OR UPDATE OR DELETE ON audit_segment "
        "FOR EACH ROW EXECUTE FUNCTION audit_segment_refuse()"
    )
    for name in ("audit_entry", "audit_segment"):
        op.execute(
            f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}_refuse()"
        )


def _unguard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for guard in ("entry_no_update", "entry_no_delete", "entry_no_replace"):
            op.execute(f"DROP TRIGGER audit_{guard}")
        for guard in ("segment_no_update", "segment_no_delete", "segment_as_it_stands"):
            op.execute(f"DROP TRIGGER audit_{guard}")
    elif op.get_bind().dialect.name == "postgresql":
        for name in ("audit_entry", "audit_segment"):
            op.execute(f"DROP TRIGGER {name}_append_only ON {name}")
            op.execute(f"DROP TRIGGER {name}_no_truncate ON {name}")
            op.execute(f"DROP FUNCTION {name}_refuse()")


def _chain_the_log() -> None:
    """Give each entry the hash over itself and the one before (as `app.audit.chain` does).

    They are numbered without gaps, which a sequence of PostgreSQL leaves after a rollback.
    """
    connection = op.get_bind()
    entry = sa.table(
        "audit_entry",
        sa.column("seq", sa.Integer),
        sa.column("at", sa.DateTime(timezone=True)),
        *(sa.column(name) for name in ("actor_id", "action", "subject_type", "subject_id", "hash")),
    )
    previous = FIRST_LINK
    hashes = []
    rows = connection.execute(sa.select(entry).order_by(entry.c.seq)).all()
    for seq, row in enumerate(rows, start=1):
        at = row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC)
        moment = at.astimezone(UTC).isoformat(timespec="microseconds")
        content = [previous, seq, moment, row.actor_id, row.action, row.subject_type]
        text = json.dumps([*content, row.subject_id], ensure_ascii=True, separators=(",", ":"))
        previous = hashlib.sha256(text.encode("ascii")).hexdigest()
        hashes.append({"of": row.seq, "number": seq, "link": previous})
    if hashes:
        change = sa.update(entry).where(entry.c.seq == sa.bindparam("of"))
        values = {"seq": sa.bindparam("number"), "hash": sa.bindparam("link")}
        connection.execute(change.values(values), hashes)


def _begin_histories() -> None:
    """What a case says today becomes the first line of its histories."""
    connection = op.get_bind()
    client = sa.table(
        "client",
        *(sa.column(name) for name in ("id", "german_level", "german_level_evidence")),
        *(sa.column(name) for name in ("residence_status",)),
        sa.column("german_level_on", sa.Date),
        sa.column("residence_status_expires_on", sa.Date),
        sa.column("updated_at", sa.DateTime(timezone=True)),
    )
    level = sa.table(
        "level_entry",
        *(sa.column(name) for name in ("id", "client_id", "skill", "level", "evidence")),
        sa.column("known_on", sa.Date),
        sa.column("recorded_at", sa.DateTime(timezone=True)),
    )
    residence = sa.table(
        "residence_entry",
        *(sa.column(name) for name in ("id", "client_id", "status")),
        sa.column("expires_on", sa.Date),
        sa.column("recorded_at", sa.DateTime(timezone=True)),
    )
    for row in connection.execute(sa.select(client)).all():
        known = {"id": str(uuid.uuid4()), "client_id": row.id, "recorded_at": row.updated_at}
        if row.german_level is not None:
            values = {"skill": "overall", "level": row.german_level, "known_on": row.german_level_on}
            connection.execute(
                sa.insert(level).values(**known, **values, evidence=row.german_level_evidence)
            )
        if row.residence_status is not None:
            connection.execute(
                sa.insert(residence).values(
                    **known, status=row.residence_status, expires_on=row.residence_status_expires_on
                )
            )


def upgrade() -> None:
    _lift_the_guard()
    op.create_table(
        "audit_segment",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("closing_hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("year"),
    )
    op.create_table(
        "case_figure",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("closed_year", sa.Integer(), nullable=False),
        sa.Column("months_counselled", sa.Integer(), nullable=True),
        sa.Column("age_group", sa.String(length=10), nullable=True),
        sa.Column("sex", sa.String(length=10), nullable=True),
        sa.Column("level_before", sa.String(length=4), nullable=True),
        sa.Column("level_after", sa.String(length=4), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "interest_word",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("folded", sa.String(length=120), nullable=False),
        sa.Column("concept", sa.String(length=80), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("folded"),
    )
    op.create_table(
        "handover",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("to_id", sa.String(length=36), nullable=False),
        sa.Column("by_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=36), nullable=True),
        sa.Column("creation_key", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["app_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["to_id"],
            ["app_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creation_key"),
    )
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_by_id"), ["by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_to_id"), ["to_id"], unique=False)

    op.create_table(
        "substitution",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("absent_id", sa.String(length=36), nullable=False),
        sa.Column("deputy_id", sa.String(length=36), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.String(length=36), nullable=True),
        sa.Column("creation_key", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["absent_id"],
            ["app_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["deputy_id"],
            ["app_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creation_key"),
    )
    with op.batch_alter_table("substitution", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_substitution_absent_id"), ["absent_id"], unique=False)
        batch_op.create_index(
            "ix_substitution_deputy", ["deputy_id", "from_on", "until_on"], unique=False
        )

    op.create_table(
        "appointment",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("with_whom", sa.String(length=200), nullable=False),
        sa.Column("bring", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("interpreting", sa.String(length=20), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("creation_key", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["app_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creation_key"),
    )
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appointment_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_appointment_starts_at", ["starts_at"], unique=False)

    op.create_table(
        "case_closing",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("outcomes", sa.JSON(), nullable=False),
        sa.Column("provider_id", sa.String(length=36), nullable=True),
        sa.Column("service_words", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.String(length=36), nullable=True),
        sa.Column("reopened_on", sa.Date(), nullable=True),
        sa.Column("reopened_by", sa.String(length=36), nullable=True),
        sa.Column("reopening_reason", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["provider.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("case_closing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_closing_client_id"), ["client_id"], unique=False)

    op.create_table(
        "case_correction",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=True),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("case_correction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_correction_client_id"), ["client_id"], unique=False)

    op.create_table(
        "case_note",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.String(length=36), nullable=False),
        sa.Column("creation_key", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["app_user.id"],
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creation_key"),
    )
    with op.batch_alter_table("case_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_note_client_id"), ["client_id"], unique=False)

    op.create_table(
        "consent",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("is_release", sa.Boolean(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("given_by", sa.String(length=20), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.Column("revoked_by", sa.String(length=36), nullable=True),
        sa.Column("recorded_by", sa.String(length=36), nullable=True),
        sa.Column("creation_key", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creation_key"),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consent_client_id"), ["client_id"], unique=False)

    op.create_table(
        "contact_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("was_reached", sa.Boolean(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("interpreting", sa.String(length=20), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("author_id", sa.String(length=36), nullable=False),
        sa.Column("creation_key", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["app_user.id"],
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creation_key"),
    )
    with op.batch_alter_table("contact_entry", schema=None) as batch_op:
        batch_op.create_index("ix_contact_entry_client_at", ["client_id", "happened_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_entry_client_id"), ["client_id"], unique=False)

    op.create_table(
        "emergency_access",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["app_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("emergency_access", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_emergency_access_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_emergency_access_user", ["user_id", "until_at"], unique=False)

    op.create_table(
        "handed_over_case",
        sa.Column("handover_id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("from_id", sa.String(length=36), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["from_id"],
            ["app_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["handover_id"],
            ["handover.id"],
        ),
        sa.PrimaryKeyConstraint("handover_id", "client_id"),
    )
    with op.batch_alter_table("handed_over_case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handed_over_case_client_id"), ["client_id"], unique=False)

    op.create_table(
        "integration_plan",
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("signed_language", sa.String(length=20), nullable=True),
        sa.Column("changed_since_signature", sa.Boolean(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("client_id"),
    )
    with op.batch_alter_table("integration_plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_integration_plan_review_on"), ["review_on"], unique=False)

    op.create_table(
        "level_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("skill", sa.String(length=20), nullable=False),
        sa.Column("level", sa.String(length=4), nullable=True),
        sa.Column("evidence", sa.String(length=20), nullable=True),
        sa.Column("known_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("level_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_level_entry_client_id"), ["client_id"], unique=False)

    op.create_table(
        "permit",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("condition", sa.String(length=200), nullable=False),
        sa.Column("creation_key", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creation_key"),
    )
    with op.batch_alter_table("permit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_permit_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_permit_expires_on"), ["expires_on"], unique=False)

    op.create_table(
        "plan_review",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("plan_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_review_client_id"), ["client_id"], unique=False)

    op.create_table(
        "related_person",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=60), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=True),
        sa.Column("may_consent", sa.Boolean(), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["client.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("related_person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_related_person_client_id"), ["client_id"], unique=False)

    op.create_table(
        "residence_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("residence_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_residence_entry_client_id"), ["client_id"], unique=False)

    op.create_table(
        "self_assessment",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=True),
        sa.Column("creation_key", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creation_key"),
    )
    with op.batch_alter_table("self_assessment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_self_assessment_client_id"), ["client_id"], unique=False)

    op.create_table(
        "takeover",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("provider_id", sa.String(length=36), nullable=True),
        sa.Column("from_whom", sa.String(length=200), nullable=False),
        sa.Column("taken_over_on", sa.Date(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("released", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["provider.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("takeover", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_takeover_client_id"), ["client_id"], unique=False)

    op.create_table(
        "goal_step",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("goal_id", sa.String(length=36), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("actor", sa.String(length=20), nullable=False),
        sa.Column("actor_words", sa.String(length=120), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("creation_key", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creation_key"),
    )
    with op.batch_alter_table("goal_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_goal_step_goal_id"), ["goal_id"], unique=False)

    with op.batch_alter_table("app_user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("team", sa.String(length=60), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_app_user_team"), ["team"], unique=False)

    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hash", sa.String(length=64), nullable=False, server_default=""))

    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.add_column(sa.Column("email", sa.String(length=254), nullable=True))
        batch_op.add_column(sa.Column("literacy", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("schooling", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("schooling_years", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("degrees", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("work_experience", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("accessibility_note", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("interpreting_language", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("benefit_authority_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("benefit_reference", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("office_contact", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("informed_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("informed_language", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("agreed_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("agreed_by", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("extension_reason", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("extension_note", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("closed_on", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_client_closed_on"), ["closed_on"], unique=False)
        batch_op.create_foreign_key(
            "fk_client_benefit_authority", "provider", ["benefit_authority_id"], ["id"]
        )

    with op.batch_alter_table("entitlement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("issuer", sa.String(length=120), nullable=True))

    with op.batch_alter_table("goal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state_reason", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("state_note", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("replaced_by", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("due_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("measure", sa.String(length=20), nullable=True))
        batch_op.add_column(
            sa.Column("measure_words", sa.String(length=200), nullable=False, server_default="")
        )

    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sealed", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("consent_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("released", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.alter_column("offer_id", existing_type=sa.VARCHAR(length=36), nullable=True)
        batch_op.drop_index(batch_op.f("ix_referral_client_id"))
        batch_op.drop_index(batch_op.f("ix_referral_state"))
        batch_op.create_index(
            "ix_referral_of_client",
            ["client_id", "state", "follow_up_on", "updated_at", "created_at", "id"],
            unique=False,
        )
        batch_op.create_foreign_key("fk_referral_consent", "consent", ["consent_id"], ["id"])

    with op.batch_alter_table("referral_event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sealed", sa.Text(), nullable=True))
    _chain_the_log()
    _guard()
    _begin_histories()


def downgrade() -> None:
    _unguard()
    op.execute("DELETE FROM referral WHERE offer_id IS NULL")
    op.execute("DELETE FROM referral_event WHERE referral_id NOT IN (SELECT id FROM referral)")
    with op.batch_alter_table("referral_event", schema=None) as batch_op:
        batch_op.drop_column("sealed")

    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_constraint("fk_referral_consent", type_="foreignkey")
        batch_op.drop_index("ix_referral_of_client")
        batch_op.create_index(batch_op.f("ix_referral_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_referral_client_id"), ["client_id"], unique=False)
        batch_op.alter_column("offer_id", existing_type=sa.VARCHAR(length=36), nullable=False)
        batch_op.drop_column("released")
        batch_op.drop_column("consent_id")
        batch_op.drop_column("sealed")

    with op.batch_alter_table("goal", schema=None) as batch_op:
        batch_op.drop_column("measure_words")
        batch_op.drop_column("measure")
        batch_op.drop_column("due_on")
        batch_op.drop_column("replaced_by")
        batch_op.drop_column("state_note")
        batch_op.drop_column("state_reason")

    with op.batch_alter_table("entitlement", schema=None) as batch_op:
        batch_op.drop_column("issuer")

    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.drop_constraint("fk_client_benefit_authority", type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_client_closed_on"))
        batch_op.drop_column("closed_on")
        batch_op.drop_column("extension_note")
        batch_op.drop_column("extension_reason")
        batch_op.drop_column("agreed_by")
        batch_op.drop_column("agreed_on")
        batch_op.drop_column("informed_language")
        batch_op.drop_column("informed_on")
        batch_op.drop_column("office_contact")
        batch_op.drop_column("benefit_reference")
        batch_op.drop_column("benefit_authority_id")
        batch_op.drop_column("interpreting_language")
        batch_op.drop_column("accessibility_note")
        batch_op.drop_column("work_experience")
        batch_op.drop_column("degrees")
        batch_op.drop_column("schooling_years")
        batch_op.drop_column("schooling")
        batch_op.drop_column("literacy")
        batch_op.drop_column("email")

    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_column("hash")

    with op.batch_alter_table("app_user", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_app_user_team"))
        batch_op.drop_column("team")

    with op.batch_alter_table("goal_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_goal_step_goal_id"))

    op.drop_table("goal_step")
    with op.batch_alter_table("takeover", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_takeover_client_id"))

    op.drop_table("takeover")
    with op.batch_alter_table("self_assessment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_self_assessment_client_id"))

    op.drop_table("self_assessment")
    with op.batch_alter_table("residence_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_residence_entry_client_id"))

    op.drop_table("residence_entry")
    with op.batch_alter_table("related_person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_related_person_client_id"))

    op.drop_table("related_person")
    with op.batch_alter_table("plan_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_review_client_id"))

    op.drop_table("plan_review")
    with op.batch_alter_table("permit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_permit_expires_on"))
        batch_op.drop_index(batch_op.f("ix_permit_client_id"))

    op.drop_table("permit")
    with op.batch_alter_table("level_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_level_entry_client_id"))

    op.drop_table("level_entry")
    with op.batch_alter_table("integration_plan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_integration_plan_review_on"))

    op.drop_table("integration_plan")
    with op.batch_alter_table("handed_over_case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handed_over_case_client_id"))

    op.drop_table("handed_over_case")
    with op.batch_alter_table("emergency_access", schema=None) as batch_op:
        batch_op.drop_index("ix_emergency_access_user")
        batch_op.drop_index(batch_op.f("ix_emergency_access_client_id"))

    op.drop_table("emergency_access")
    with op.batch_alter_table("contact_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_entry_client_id"))
        batch_op.drop_index("ix_contact_entry_client_at")

    op.drop_table("contact_entry")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_client_id"))

    op.drop_table("consent")
    with op.batch_alter_table("case_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_note_client_id"))

    op.drop_table("case_note")
    with op.batch_alter_table("case_correction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_correction_client_id"))

    op.drop_table("case_correction")
    with op.batch_alter_table("case_closing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_closing_client_id"))

    op.drop_table("case_closing")
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_index("ix_appointment_starts_at")
        batch_op.drop_index(batch_op.f("ix_appointment_client_id"))

    op.drop_table("appointment")
    with op.batch_alter_table("substitution", schema=None) as batch_op:
        batch_op.drop_index("ix_substitution_deputy")
        batch_op.drop_index(batch_op.f("ix_substitution_absent_id"))

    op.drop_table("substitution")
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handover_to_id"))
        batch_op.drop_index(batch_op.f("ix_handover_by_id"))

    op.drop_table("handover")
    op.drop_table("interest_word")
    op.drop_table("case_figure")
    op.drop_table("audit_segment")
    _guard_the_first_way()
