"""What is told of a run again and again, counted once: what changed with it, and its figures as a scope sees them.

`store.outlook` is all that uses them. Everything here can be made again from the history.
"""

from sqlmodel import Field, SQLModel

from auditor.store.tables import NUMBER


class RunChange(SQLModel, table=True):
    """Something that is not as it was when the target was last read before; places go by weight, the worst first."""

    __tablename__ = "run_change"
    run: int = Field(primary_key=True, sa_type=NUMBER, foreign_key="run.id")
    kind: str = Field(primary_key=True)  # store.outlook.changes.KINDS
    place: int = Field(primary_key=True)
    target: int = Field(sa_type=NUMBER, foreign_key="target.id")
    name: str = ""  # a rule, or a golden profile
    part: str = ""  # the subject, or the path
    severity: str = ""
    waived: bool = False


class RunFigure(SQLModel, table=True):
    """Figures of a run for one scope, as JSON; of `changes` the row alone says that they stand in their table."""

    __tablename__ = "run_figure"
    run: int = Field(primary_key=True, sa_type=NUMBER, foreign_key="run.id")
    what: str = Field(primary_key=True)  # changes | counts | figures | turns
    scope: str = Field(primary_key=True)  # store.exports.scope_key
    made: str = ""
