"""The loop."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seat_held", sa.Boolean(), server_default="0", nullable=False))
    # Each page of a case asks who else lives there.
    op.create_index(op.f("ix_client_household_id"), "client", ["household_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_client_household_id"), table_name="client")
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_column("seat_held")
