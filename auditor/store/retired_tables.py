"""The table of targets that are gone for good, as somebody has confirmed. `store.gone` is all that uses it."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from auditor.store.tables import NUMBER, UtcDateTime


class RetiredTarget(SQLModel, table=True):
    """A target that is known to be gone. Read again later than `last_moment`, it is back, and this counts no more."""

    __tablename__ = "retired_target"
    target: int = Field(sa_type=NUMBER, primary_key=True, foreign_key="target.id")
    last_moment: int = Field(sa_type=NUMBER)  # when it was last read, as its history has it
    at: datetime = Field(sa_type=UtcDateTime)
    by: str
    reason: str
