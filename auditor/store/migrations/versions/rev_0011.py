"""Look up findings by rule."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make what was new."""
    op.create_index("finding_rule", "finding", ["series", "rule", "target"], unique=False)
