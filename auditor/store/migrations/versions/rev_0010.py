"""Changes that were checked before their window."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make what was new."""
    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("ticket", sa.String(), nullable=False),
        sa.Column("candidate", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("document", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_by", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("result", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["document"], ["blob.id"], name=op.f("change_document_of_blob")),
        sa.ForeignKeyConstraint(["result"], ["blob.id"], name=op.f("change_result_of_blob")),
        sa.PrimaryKeyConstraint("id", name=op.f("change_key")),
        sa.UniqueConstraint("name", name=op.f("change_name_unique")),
    )
    op.create_index(op.f("change_document_index"), "change", ["document"], unique=False)
    op.create_index(op.f("change_result_index"), "change", ["result"], unique=False)
    op.create_index("change_state", "change", ["state", "id"], unique=False)
    op.create_index(op.f("change_ticket_index"), "change", ["ticket"], unique=False)
    op.create_table(
        "change_target",
        sa.Column("change", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("own", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("labels", sa.String(), nullable=False),
        sa.Column("snapshots", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["change"], ["change.id"], name=op.f("change_target_change_of_change")),
        sa.ForeignKeyConstraint(["snapshots"], ["blob.id"], name=op.f("change_target_snapshots_of_blob")),
        sa.PrimaryKeyConstraint("change", "place", name=op.f("change_target_key")),
    )
    op.create_index("change_target_name", "change_target", ["platform", "name"], unique=False)
    op.create_index(op.f("change_target_snapshots_index"), "change_target", ["snapshots"], unique=False)
