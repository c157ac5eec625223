"""Upkeep of the directory."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _keep_contact_persons() -> None:
    """A provider's only contact person becomes the first of several."""
    connection = op.get_bind()
    provider = sa.table(
        "provider", sa.column("id"), sa.column("contact_name"), sa.column("contact_role")
    )
    person = sa.table(
        "contact_person",
        *(sa.column(name) for name in ("id", "provider_id", "key", "position", "name", "role")),
        sa.column("is_public", sa.Boolean),
        sa.column("languages", sa.JSON),
        sa.column("hours", sa.JSON),
    )
    known = sa.or_(provider.c.contact_name.is_not(None), provider.c.contact_role.is_not(None))
    for provider_id, name, role in connection.execute(sa.select(provider).where(known)).all():
        connection.execute(
            sa.insert(person).values(
                id=str(uuid.uuid4()),
                provider_id=provider_id,
                key="main",
                position=0,
                name=name or role,
                role=role if name else None,
                is_public=False,
                languages=[],
                hours=[],
            )
        )


def _keep_first_contact_persons() -> None:
    """The way back: only the first of several fits into the provider's row."""
    op.execute(
        "UPDATE provider SET "
        "contact_name = (SELECT p.name FROM contact_person p "
        "WHERE p.provider_id = provider.id AND p.position = 0), "
        "contact_role = (SELECT p.role FROM contact_person p "
        "WHERE p.provider_id = provider.id AND p.position = 0)"
    )


def upgrade() -> None:
    op.create_table(
        "directory_gap",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("directory_gap", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_directory_gap_at"), ["at"], unique=False)

    op.create_table(
        "duplicate_candidate",
        sa.Column("entry_type", sa.String(length=20), nullable=False),
        sa.Column("a_id", sa.String(length=36), nullable=False),
        sa.Column("b_id", sa.String(length=36), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("entry_type", "a_id", "b_id"),
    )
    with op.batch_alter_table("duplicate_candidate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duplicate_candidate_b_id"), ["b_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_duplicate_candidate_state"), ["state"], unique=False)

    op.create_table(
        "entry_merge",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("entry_type", sa.String(length=20), nullable=False),
        sa.Column("kept_id", sa.String(length=36), nullable=False),
        sa.Column("merged_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("entry_merge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_merge_kept_id"), ["kept_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_entry_merge_merged_id"), ["merged_id"], unique=False)

    op.create_table(
        "entry_revision",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("entry_type", sa.String(length=20), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("provider_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.String(length=36), nullable=True),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("occasion", sa.String(length=20), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("listed", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("entry_revision", schema=None) as batch_op:
        batch_op.create_index(
            "ix_entry_revision_entry", ["entry_type", "entry_id", "seq"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_entry_revision_provider_id"), ["provider_id"], unique=False
        )

    op.create_table(
        "job_run",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "link_check",
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("url"),
    )
    op.create_table(
        "outbox_mail",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("subject_type", sa.String(length=40), nullable=True),
        sa.Column("subject_id", sa.String(length=36), nullable=True),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("reply_to", sa.String(length=254), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text_body", sa.Text(), nullable=False),
        sa.Column("html_body", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("message_id"),
    )
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outbox_mail_next_attempt_at"), ["next_attempt_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_outbox_mail_purpose"), ["purpose"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_mail_recipient"), ["recipient"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_mail_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_mail_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "signed_link",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("signed_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signed_link_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "change_suggestion",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("entry_type", sa.String(length=20), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("provider_id", sa.String(length=36), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("author_id", sa.String(length=36), nullable=True),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("decisions", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("answer", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("change_suggestion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_change_suggestion_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_change_suggestion_provider_id"), ["provider_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_change_suggestion_state"), ["state"], unique=False)

    op.create_table(
        "contact_person",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=200), nullable=True),
        sa.Column("phone", sa.String(length=60), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider_id", "key", name="uq_contact_person_provider_key"),
    )
    with op.batch_alter_table("contact_person", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contact_person_provider_id"), ["provider_id"], unique=False
        )

    op.create_table(
        "reminder",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider_id", sa.String(length=36), nullable=False),
        sa.Column("round_on", sa.Date(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("mail_id", sa.String(length=36), nullable=True),
        sa.Column("offer_ids", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider_id", "round_on", "stage", name="uq_reminder_stage"),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_provider_id"), ["provider_id"], unique=False)

    op.create_table(
        "selection",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["app_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("selection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_selection_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "favourite_offer",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("offer_id", sa.String(length=36), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "offer_id"),
    )
    with op.batch_alter_table("favourite_offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_favourite_offer_offer_id"), ["offer_id"], unique=False)

    op.create_table(
        "selection_item",
        sa.Column("selection_id", sa.String(length=36), nullable=False),
        sa.Column("offer_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["selection_id"], ["selection.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("selection_id", "offer_id"),
    )
    with op.batch_alter_table("selection_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_selection_item_offer_id"), ["offer_id"], unique=False)

    op.create_table(
        "verification",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("offer_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("verification", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_verification_offer_id"), ["offer_id"], unique=False)

    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("terms", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("exceptions", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("on_public_holidays", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("contacts", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("seats_told_by", sa.String(length=200), nullable=True))
        batch_op.add_column(
            sa.Column("is_imported", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        batch_op.add_column(sa.Column("merged_into_id", sa.String(length=36), nullable=True))
        batch_op.create_foreign_key("fk_offer_merged_into", "offer", ["merged_into_id"], ["id"])

    with op.batch_alter_table("offer_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("languages", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(
            sa.Column("every_weeks", sa.Integer(), nullable=False, server_default=sa.text("1"))
        )
        batch_op.add_column(sa.Column("from_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("nth_in_month", sa.Integer(), nullable=True))

    _keep_contact_persons()
    with op.batch_alter_table("provider", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged_into_id", sa.String(length=36), nullable=True))
        batch_op.create_foreign_key("fk_provider_merged_into", "provider", ["merged_into_id"], ["id"])
        batch_op.drop_column("contact_name")
        batch_op.drop_column("contact_role")


def downgrade() -> None:
    with op.batch_alter_table("provider", schema=None) as batch_op:
        batch_op.add_column(sa.Column("contact_role", sa.VARCHAR(length=200), nullable=True))
        batch_op.add_column(sa.Column("contact_name", sa.VARCHAR(length=200), nullable=True))
        batch_op.drop_constraint("fk_provider_merged_into", type_="foreignkey")
        batch_op.drop_column("merged_into_id")

    _keep_first_contact_persons()

    with op.batch_alter_table("offer_session", schema=None) as batch_op:
        batch_op.drop_column("nth_in_month")
        batch_op.drop_column("from_on")
        batch_op.drop_column("every_weeks")
        batch_op.drop_column("languages")

    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_constraint("fk_offer_merged_into", type_="foreignkey")
        batch_op.drop_column("merged_into_id")
        batch_op.drop_column("is_imported")
        batch_op.drop_column("seats_told_by")
        batch_op.drop_column("contacts")
        batch_op.drop_column("on_public_holidays")
        batch_op.drop_column("exceptions")
        batch_op.drop_column("terms")

    with op.batch_alter_table("verification", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_verification_offer_id"))

    op.drop_table("verification")
    with op.batch_alter_table("selection_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_selection_item_offer_id"))

    op.drop_table("selection_item")
    with op.batch_alter_table("favourite_offer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_favourite_offer_offer_id"))

    op.drop_table("favourite_offer")
    with op.batch_alter_table("selection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_selection_owner_id"))

    op.drop_table("selection")
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reminder_provider_id"))

    op.drop_table("reminder")
    with op.batch_alter_table("contact_person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_person_provider_id"))

    op.drop_table("contact_person")
    with op.batch_alter_table("change_suggestion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_change_suggestion_state"))
        batch_op.drop_index(batch_op.f("ix_change_suggestion_provider_id"))
        batch_op.drop_index(batch_op.f("ix_change_suggestion_entry_id"))

    op.drop_table("change_suggestion")
    with op.batch_alter_table("signed_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signed_link_subject_id"))

    op.drop_table("signed_link")
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_mail_subject_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_mail_state"))
        batch_op.drop_index(batch_op.f("ix_outbox_mail_recipient"))
        batch_op.drop_index(batch_op.f("ix_outbox_mail_purpose"))
        batch_op.drop_index(batch_op.f("ix_outbox_mail_next_attempt_at"))

    op.drop_table("outbox_mail")
    op.drop_table("link_check")
    op.drop_table("job_run")
    with op.batch_alter_table("entry_revision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_revision_provider_id"))
        batch_op.drop_index("ix_entry_revision_entry")

    op.drop_table("entry_revision")
    with op.batch_alter_table("entry_merge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_merge_merged_id"))
        batch_op.drop_index(batch_op.f("ix_entry_merge_kept_id"))

    op.drop_table("entry_merge")
    with op.batch_alter_table("duplicate_candidate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duplicate_candidate_state"))
        batch_op.drop_index(batch_op.f("ix_duplicate_candidate_b_id"))

    op.drop_table("duplicate_candidate")
    with op.batch_alter_table("directory_gap", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_directory_gap_at"))

    op.drop_table("directory_gap")
