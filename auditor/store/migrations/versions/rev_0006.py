"""People who were sent to sign in at their provider."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make what was new."""
    op.create_table(
        "sso_state",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("browser", sa.LargeBinary(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("sso_state_key")),
    )
    op.create_index("sso_state_address", "sso_state", ["address", "created_at"], unique=False)
    op.create_index("sso_state_age", "sso_state", ["created_at"], unique=False)
