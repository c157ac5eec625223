"""The loop."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "news_opt_out",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("email"),
    )
    op.create_table(
        "registration",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("is_suspected", sa.Boolean(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("creation_key", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("provider_id", sa.String(length=36), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creation_key"),
    )
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registration_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_registration_state"), ["state"], unique=False)

    op.create_table(
        "registration_message",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("registration_id", sa.String(length=36), nullable=False),
        sa.Column("author_id", sa.String(length=36), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("creation_key", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creation_key"),
    )
    with op.batch_alter_table("registration_message", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_registration_message_registration_id"), ["registration_id"], unique=False
        )

    op.create_table(
        "volunteer",
        sa.Column("provider_id", sa.String(length=36), nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("plz", sa.Text(), nullable=True),
        sa.Column("needs_clearance", sa.Boolean(), nullable=False),
        sa.Column("clearance_seen_on", sa.Date(), nullable=True),
        sa.Column("clearance_seen_by", sa.String(length=36), nullable=True),
        sa.Column("clearance_next_on", sa.Date(), nullable=True),
        sa.Column("talk_on", sa.Date(), nullable=True),
        sa.Column("agreement_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("provider_id"),
    )
    op.create_table(
        "offer_pause",
        sa.Column("offer_id", sa.String(length=36), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("offer_id"),
    )
    with op.batch_alter_table("offer_pause", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_pause_until"), ["until"], unique=False)

    op.create_table(
        "round_mail",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("event_on", sa.Date(), nullable=True),
        sa.Column("event_time", sa.String(length=60), nullable=False),
        sa.Column("event_place", sa.String(length=200), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.String(length=36), nullable=True),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("creation_key", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["app_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creation_key"),
    )
    op.create_table(
        "volunteer_hours",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider_id", sa.String(length=36), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("creation_key", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 1 AND 1440", name="ck_volunteer_hours_minutes"),
        sa.ForeignKeyConstraint(["provider_id"], ["volunteer.provider_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creation_key"),
    )
    with op.batch_alter_table("volunteer_hours", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_volunteer_hours_provider_id"), ["provider_id"], unique=False
        )

    op.create_table(
        "client_contribution",
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=True),
        sa.Column("creation_key", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("client_id"),
        sa.UniqueConstraint("creation_key"),
    )
    with op.batch_alter_table("client_contribution", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_client_contribution_client_id"), ["client_id"], unique=False
        )

    with op.batch_alter_table("app_user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("provider_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("closed_on", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_app_user_provider_id"), ["provider_id"], unique=False)
        batch_op.create_foreign_key("fk_app_user_provider", "provider", ["provider_id"], ["id"])

    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_household_id"), ["household_id"], unique=False)

    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seat_held", sa.Boolean(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column("is_sent_at_once", sa.Boolean(), server_default="0", nullable=False)
        )
        batch_op.add_column(sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("bundle_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("preference", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_referral_answered_at"), ["answered_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_referral_bundle_id"), ["bundle_id"], unique=False)

    with op.batch_alter_table("referral_event", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("source", sa.String(length=10), server_default="house", nullable=False)
        )

    with op.batch_alter_table("volunteer_wish", schema=None) as batch_op:
        batch_op.add_column(sa.Column("radius_km", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("volunteer_wish", schema=None) as batch_op:
        batch_op.drop_column("radius_km")

    with op.batch_alter_table("referral_event", schema=None) as batch_op:
        batch_op.drop_column("source")

    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referral_bundle_id"))
        batch_op.drop_index(batch_op.f("ix_referral_answered_at"))
        batch_op.drop_column("preference")
        batch_op.drop_column("bundle_id")
        batch_op.drop_column("answered_at")
        batch_op.drop_column("is_sent_at_once")
        batch_op.drop_column("seat_held")

    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_client_household_id"))

    with op.batch_alter_table("app_user", schema=None) as batch_op:
        batch_op.drop_constraint("fk_app_user_provider", type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_app_user_provider_id"))
        batch_op.drop_column("closed_on")
        batch_op.drop_column("provider_id")

    with op.batch_alter_table("client_contribution", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_client_contribution_client_id"))

    op.drop_table("client_contribution")
    with op.batch_alter_table("volunteer_hours", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_volunteer_hours_provider_id"))

    op.drop_table("volunteer_hours")
    op.drop_table("round_mail")
    with op.batch_alter_table("offer_pause", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offer_pause_until"))

    op.drop_table("offer_pause")
    op.drop_table("volunteer")
    with op.batch_alter_table("registration_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registration_message_registration_id"))

    op.drop_table("registration_message")
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registration_state"))
        batch_op.drop_index(batch_op.f("ix_registration_email"))

    op.drop_table("registration")
    op.drop_table("news_opt_out")
