"""Matching for all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "match_run",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rules_version", sa.String(length=80), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("alive_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_client_id", sa.String(length=36), nullable=False),
        sa.Column("client_count", sa.Integer(), nullable=False),
        sa.Column("found_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "rule_set",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.String(length=None), nullable=False),
        sa.Column("comment", sa.String(length=500), nullable=False),
        sa.Column("loaded_by", sa.String(length=36), nullable=True),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "allocation_round",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rules_version", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("offer_ids", sa.JSON(), nullable=False),
        sa.Column("seats", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("creation_key", sa.String(length=36), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calculated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["app_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creation_key"),
    )
    op.create_table(
        "found_match",
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("offer_id", sa.String(length=36), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("client_id", "offer_id"),
    )
    with op.batch_alter_table("found_match", schema=None) as batch_op:
        batch_op.create_index("ix_found_match_client", ["client_id", "found_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_found_match_client_id"), ["client_id"], unique=False)

    op.create_table(
        "offer_dismissal",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("creation_key", sa.String(length=36), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["app_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creation_key"),
    )
    with op.batch_alter_table("offer_dismissal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_dismissal_client_id"), ["client_id"], unique=False)

    op.create_table(
        "tandem",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("offer_id", sa.String(length=36), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("creation_key", sa.String(length=36), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_reason", sa.String(length=30), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["offer_id"],
            ["offer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["app_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creation_key"),
    )
    with op.batch_alter_table("tandem", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tandem_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tandem_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(
            "uq_tandem_open_client",
            ["client_id"],
            unique=True,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.create_index(
            "uq_tandem_open_slot",
            ["offer_id", "slot"],
            unique=True,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )

    op.create_table(
        "tandem_wish",
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("wanted_sex", sa.String(length=10), nullable=True),
        sa.Column("wished_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("client_id"),
    )
    with op.batch_alter_table("tandem_wish", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tandem_wish_client_id"), ["client_id"], unique=False)

    op.create_table(
        "volunteer_wish",
        sa.Column("offer_id", sa.String(length=36), nullable=False),
        sa.Column("sex", sa.String(length=10), nullable=True),
        sa.Column("wanted_sex", sa.String(length=10), nullable=True),
        sa.Column("max_clients", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=36), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("max_clients BETWEEN 0 AND 20", name="ck_volunteer_wish_max_clients"),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("offer_id"),
    )
    op.create_table(
        "waiting_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("course_kind", sa.String(length=40), nullable=False),
        sa.Column("offer_key", sa.String(length=36), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("date_reason", sa.String(length=30), nullable=True),
        sa.Column("entered_by", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=20), nullable=True),
        sa.Column("placed_in", sa.String(length=36), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["entered_by"],
            ["app_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("waiting_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_waiting_entry_client_id"), ["client_id"], unique=False)
        batch_op.create_index(
            "uq_waiting_entry_open",
            ["client_id", "course_kind", "offer_key"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "allocation_line",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("round_id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("proposed_offer_id", sa.String(length=36), nullable=True),
        sa.Column("listed_offer_id", sa.String(length=36), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("decided_offer_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("referral_id", sa.String(length=36), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["entry_id"], ["waiting_entry.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["round_id"], ["allocation_round.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("round_id", "entry_id"),
    )
    with op.batch_alter_table("allocation_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allocation_line_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_allocation_line_round_id"), ["round_id"], unique=False)

    op.create_table(
        "passed_over",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("offer_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["by"],
            ["app_user.id"],
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["waiting_entry.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["offer_id"],
            ["offer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("passed_over", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passed_over_entry_id"), ["entry_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("passed_over", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_passed_over_entry_id"))

    op.drop_table("passed_over")
    with op.batch_alter_table("allocation_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_allocation_line_round_id"))
        batch_op.drop_index(batch_op.f("ix_allocation_line_client_id"))

    op.drop_table("allocation_line")
    with op.batch_alter_table("waiting_entry", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_waiting_entry_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_waiting_entry_client_id"))

    op.drop_table("waiting_entry")
    op.drop_table("volunteer_wish")
    with op.batch_alter_table("tandem_wish", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tandem_wish_client_id"))

    op.drop_table("tandem_wish")
    with op.batch_alter_table("tandem", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_tandem_open_slot",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.drop_index(
            "uq_tandem_open_client",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_tandem_offer_id"))
        batch_op.drop_index(batch_op.f("ix_tandem_client_id"))

    op.drop_table("tandem")
    with op.batch_alter_table("offer_dismissal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offer_dismissal_client_id"))

    op.drop_table("offer_dismissal")
    with op.batch_alter_table("found_match", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_found_match_client_id"))
        batch_op.drop_index("ix_found_match_client")

    op.drop_table("found_match")
    op.drop_table("allocation_round")
    op.drop_table("rule_set")
    op.drop_table("match_run")
