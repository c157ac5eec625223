"""The loop."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("app_user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("provider_id", sa.String(length=36), nullable=True))
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


def downgrade() -> None:
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
        batch_op.drop_column("provider_id")
