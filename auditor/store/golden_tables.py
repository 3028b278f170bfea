"""The table of golden profiles that people propose and decide about. `store.golden_versions` is all that uses it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from auditor.store.tables import NUMBER, UtcDateTime

_APPROVED = text("state = 'approved'")


def _time(**more: Any) -> Any:
    return Field(sa_type=UtcDateTime, **more)


class GoldenVersion(SQLModel, table=True):
    """A golden profile as somebody proposed it, and what became of that. Its text never changes, no row is removed.

    Of one name at most one is approved. `replaces` is the version that was approved when it was proposed, and
    `replaced_sha256` what was in use then: that version, a file of a content folder, or nothing ("").
    """

    __tablename__ = "golden_version"
    __table_args__ = (
        Index("golden_version_name", "name", "id"),
        Index("golden_version_state", "state", "id"),
        Index(
            "golden_version_approved",
            "name",
            unique=True,
            sqlite_where=_APPROVED,
            postgresql_where=_APPROVED,
        ),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    name: str
    title: str
    version: str  # as the profile calls it
    platform: str
    labels: str  # JSON: those that its targets must have
    text: str  # YAML, as it was proposed
    sha256: str  # of the text, in hexadecimal
    state: str  # proposed | approved | rejected | withdrawn | retired
    reason: str
    proposed_by: str
    proposed_at: datetime = _time()
    decided_by: str = ""  # who approved, rejected or withdrew it
    decided_at: datetime | None = _time(default=None)
    note: str = ""
    replaces: int | None = Field(default=None, sa_type=NUMBER)  # a number of this table
    replaced_sha256: str = ""
