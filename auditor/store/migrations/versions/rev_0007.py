"""Reports of what somebody chose, with progress, in parts."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make what was new."""
    op.create_table(
        "export_part",
        sa.Column("export", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["content"], ["blob.id"], name=op.f("export_part_content_of_blob")),
        sa.ForeignKeyConstraint(["export"], ["export.id"], name=op.f("export_part_export_of_export")),
        sa.PrimaryKeyConstraint("export", "number", name=op.f("export_part_key")),
    )
    op.create_index(op.f("export_part_content_index"), "export_part", ["content"], unique=False)
    op.add_column("export", sa.Column("choice", sa.String(), nullable=True))
    op.add_column("export", sa.Column("choice_key", sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column("export", sa.Column("progress", sa.String(), nullable=True))
    op.add_column("export", sa.Column("earlier", sa.LargeBinary(), nullable=True))
    op.add_column("export", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index(op.f("export_once"), table_name="export")
    op.create_index(op.f("export_choice_key_index"), "export", ["choice_key"], unique=False)
    op.create_index("export_chosen", "export", ["run", "format", "scope", "choice_key"], unique=True)
