"""Notifications: channels, subscriptions, outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make what was new."""
    op.create_table(
        "notify_channel",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("notify_channel_key")),
        sa.UniqueConstraint("name", name=op.f("notify_channel_name_unique")),
    )
    op.create_table(
        "notify_subscription",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel"], ["notify_channel.id"], name=op.f("notify_subscription_channel_of_notify_channel")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("notify_subscription_key")),
    )
    op.create_index(op.f("notify_subscription_channel_index"), "notify_subscription", ["channel"], unique=False)
    op.create_table(
        "notify_noticed",
        sa.Column("run", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("notify_noticed_run_of_run")),
        sa.PrimaryKeyConstraint("run", name=op.f("notify_noticed_key")),
    )
    op.create_table(
        "notify_outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subscription", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("delivery", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("interrupted", sa.Boolean(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription"], ["notify_subscription.id"], name=op.f("notify_outbox_subscription_of_notify_subscription")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("notify_outbox_key")),
    )
    op.create_index("notify_outbox_delivery", "notify_outbox", ["delivery"], unique=False)
    op.create_index("notify_outbox_due", "notify_outbox", ["state", "not_before"], unique=False)
    op.create_index("notify_outbox_once", "notify_outbox", ["subscription", "event"], unique=True)
