"""The tables of changes: what was foretold before a window, who agreed, and what came of it. Only `store.changes` uses
them. No row is removed: a change is part of what an auditor asks for.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from auditor.store.tables import NUMBER, UtcDateTime


def _time(**more: Any) -> Any:
    return Field(sa_type=UtcDateTime, **more)


def _blob(**more: Any) -> Any:
    return Field(sa_type=NUMBER, foreign_key="blob.id", index=True, **more)


class ChangeRow(SQLModel, table=True):
    """A change as it was checked, once. What was foretold never changes; decision and result are added."""

    __tablename__ = "change"
    __table_args__ = (Index("change_state", "state", "id"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    name: str = Field(unique=True)  # as people know it
    made_at: datetime = _time()
    made_by: str
    ticket: str = Field(default="", index=True)
    candidate: str  # its name
    sha256: str  # of the candidate, in hexadecimal
    document: int = _blob()  # the check (`changes.check`), canonical JSON
    request: str  # JSON: what it was judged by, so that it is judged so again
    state: str  # checked | approved | rejected | withdrawn
    decided_by: str = ""
    decided_at: datetime | None = _time(default=None)
    note: str = ""
    verified_at: datetime | None = _time(default=None)  # the last time
    verified_by: str = ""
    verdict: str = ""  # kept | missed | strayed | unread; "" before the first time
    result: int | None = _blob(default=None)  # the last verification, canonical JSON


class ChangeTarget(SQLModel, table=True):
    """One target of a change, with its facts before and as foretold."""

    __tablename__ = "change_target"
    __table_args__ = (Index("change_target_name", "platform", "name"),)
    change: int = Field(sa_type=NUMBER, primary_key=True, foreign_key="change.id")
    place: int = Field(primary_key=True)
    name: str  # as the check shows it
    own: str  # as its source knows it
    platform: str
    source: str
    labels: str  # JSON: who may see it
    snapshots: int = _blob()  # {before, predicted}, canonical JSON
