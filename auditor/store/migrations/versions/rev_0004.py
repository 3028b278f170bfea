"""Labels to search by, answers that are given again, exports."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make what was new."""
    op.create_table(
        "idempotent",
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("idempotent_key")),
    )
    op.create_index(op.f("idempotent_made_at_index"), "idempotent", ["made_at"], unique=False)
    op.create_table(
        "target_label",
        sa.Column("target", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["target"], ["target.id"], name=op.f("target_label_target_of_target")),
        sa.PrimaryKeyConstraint("target", "key", name=op.f("target_label_key")),
    )
    op.create_index("target_label_value", "target_label", ["key", "value", "target"], unique=False)
    op.create_table(
        "export",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("content", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["content"], ["blob.id"], name=op.f("export_content_of_blob")),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("export_run_of_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("export_key")),
    )
    op.create_index(op.f("export_content_index"), "export", ["content"], unique=False)
    op.create_index("export_once", "export", ["run", "format", "scope"], unique=True)
