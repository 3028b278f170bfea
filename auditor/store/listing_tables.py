"""Tables that the API needs beside the history: labels to search by, answers that are given again, exports.

`store.listing` and `store.exports` are all that use them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from auditor.store.tables import NUMBER, UtcDateTime

_EMPTY = {"server_default": text("''")}  # of rows that were there before the column


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
    """A report of a run, a period or a moment, or of a part of it, asked for once and kept as it was first made.

    `run` is the last run that it is of. Content is one blob, or stands in parts; where neither is there any more,
    `sha256` and `size` still say what it was.
    """

    __tablename__ = "export"
    __table_args__ = (Index("export_chosen", "run", "format", "scope", "choice_key", unique=True),)
    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    run: int = _number(foreign_key="run.id")
    format: str
    scope: str  # canonical JSON of the labels that its targets had to have; [{}] is everything
    state: str  # waiting | made | failed | cancelled | removed
    content: int | None = _number(default=None, foreign_key="blob.id", index=True)
    sha256: bytes = Field(default=b"", sa_type=LargeBinary)
    size: int = 0
    note: str = ""
    requested_by: str
    created_at: datetime = _time()
    lease: datetime | None = _time(default=None)  # until when whoever makes it is believed to
    finished_at: datetime | None = _time(default=None)
    choice: str | None = None  # canonical JSON of what was chosen of it; None is the whole run
    choice_key: str = Field(default="", index=True, sa_column_kwargs=_EMPTY)  # SHA-256 of `choice`
    progress: str | None = None  # JSON: {stage, done, of}
    earlier: bytes | None = Field(default=None, sa_type=LargeBinary)  # SHA-256 of a making that retention removed
    removed_at: datetime | None = _time(default=None)


class ExportPart(SQLModel, table=True):
    """A part of a report's content; all are of one size but for the last (`store.parts`)."""

    __tablename__ = "export_part"
    export: int = _number(primary_key=True, foreign_key="export.id")
    number: int = Field(primary_key=True)
    content: int = _number(foreign_key="blob.id", index=True)
