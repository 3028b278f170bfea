"""Tables that the API needs beside the history: labels to search by, answers that are given again, exports.

`store.listing` and `store.exports` are all that use them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel

from auditor.store.tables import NUMBER, UtcDateTime


def _number(**more: Any) -> Any:
    return Field(sa_type=NUMBER, **more)


def _time(**more: Any) -> Any:
    return Field(sa_type=UtcDateTime, **more)


class TargetLabel(SQLModel, table=True):
    """A label of a target, as it was seen last: who may see the target is decided by these, its past included."""

    __tablename__ = "target_label"
    __table_args__ = (Index("target_label_value", "key", "value", "target"),)
    target: int = _number(primary_key=True, foreign_key="target.id")
    key: str = Field(primary_key=True)
    value: str


class IdempotentRow(SQLModel, table=True):
    """The answer to a POST with an Idempotency-Key: who sends the same again gets it again."""

    __tablename__ = "idempotent"
    actor: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request: bytes = Field(sa_type=LargeBinary)  # SHA-256 over method, path and body
    status: int
    answer: str  # JSON
    made_at: datetime = _time(index=True)


class ExportRow(SQLModel, table=True):
    """A report of a run, or of the part of it within a scope, asked for once and kept as it was first made."""

    __tablename__ = "export"
    __table_args__ = (Index("export_once", "run", "format", "scope", unique=True),)
    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    run: int = _number(foreign_key="run.id")
    format: str
    scope: str  # canonical JSON of the labels that its targets had to have; [{}] is everything
    state: str  # waiting | made | failed
    content: int | None = _number(default=None, foreign_key="blob.id", index=True)
    sha256: bytes = Field(default=b"", sa_type=LargeBinary)
    size: int = 0
    note: str = ""
    requested_by: str
    created_at: datetime = _time()
    lease: datetime | None = _time(default=None)  # until when whoever makes it is believed to
    finished_at: datetime | None = _time(default=None)
