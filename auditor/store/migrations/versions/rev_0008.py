"""What changed with a run, and its figures as a scope sees them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make what was new."""
    op.create_table(
        "run_change",
        sa.Column("run", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("target", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("waived", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("run_change_run_of_run")),
        sa.ForeignKeyConstraint(["target"], ["target.id"], name=op.f("run_change_target_of_target")),
        sa.PrimaryKeyConstraint("run", "kind", "place", name=op.f("run_change_key")),
    )
    op.create_table(
        "run_figure",
        sa.Column("run", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("made", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("run_figure_run_of_run")),
        sa.PrimaryKeyConstraint("run", "what", "scope", name=op.f("run_figure_key")),
    )
    op.create_index(
        "run_target_not_read",
        "run_target",
        ["run", "target"],
        unique=False,
        sqlite_where=sa.text("unread IS NOT NULL"),
        postgresql_where=sa.text("unread IS NOT NULL"),
    )
