"""The tables. Moments are microseconds since 1970 UTC; times are aware UTC; hashes are SHA-256 over canonical JSON.

docs/decisions/0012-history-is-kept-as-intervals.md says why they look like this. A change needs its step in
`migrations`: `python -m tests.store.new_revision TITLE`, or `--again` while the newest step is in no release.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Index, Integer, LargeBinary, TypeDecorator, text
from sqlmodel import Field, SQLModel

# Names that migrations can refer to on both databases.
SQLModel.metadata.naming_convention = {
    "ix": "%(table_name)s_%(column_0_N_name)s_index",
    "uq": "%(table_name)s_%(column_0_N_name)s_unique",
    "fk": "%(table_name)s_%(column_0_N_name)s_of_%(referred_table_name)s",
    "pk": "%(table_name)s_key",
}
NUMBER = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER keys count up by themselves in SQLite


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time. SQLite keeps no zone: what goes in and comes out is UTC on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the time {value} has no zone")
        plain = value.astimezone(UTC)
        return plain.replace(tzinfo=None) if dialect.name == "sqlite" else plain

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _key(**more: Any) -> Any:
    return Field(default=None, primary_key=True, sa_type=NUMBER, **more)


def _time(**more: Any) -> Any:
    return Field(sa_type=UtcDateTime, **more)


def _number(**more: Any) -> Any:
    return Field(sa_type=NUMBER, **more)


class Blob(SQLModel, table=True):
    """Content under its hash, compressed with zstd. `made_at` keeps what was just written from being tidied away."""

    id: int | None = _key()
    sha256: bytes = Field(sa_type=LargeBinary, unique=True)
    size: int  # bytes before compression
    data: bytes = Field(sa_type=LargeBinary)
    made_at: datetime = _time()


class SnapshotRow(SQLModel, table=True):
    """Facts of a target: `parts` is the packed list of blobs that they are put together from (`store.snapshots`)."""

    __tablename__ = "snapshot"
    id: int | None = _key()
    sha256: bytes = Field(sa_type=LargeBinary, unique=True)
    platform: str
    parts: bytes = Field(sa_type=LargeBinary)
    made_at: datetime = _time()


class TargetRow(SQLModel, table=True):
    """A target ever seen. `name` is its own; where two sources clash a run shows it as `source/name`."""

    __tablename__ = "target"
    __table_args__ = (Index("target_identity", "source", "platform", "name", unique=True),)
    id: int | None = _key()
    source: str
    platform: str
    name: str


class RuleRow(SQLModel, table=True):
    """A rule ever judged."""

    __tablename__ = "rule"
    id: int | None = _key()
    rule: str = Field(unique=True)


class Series(SQLModel, table=True):
    """One choice of baselines, tailoring and golden profiles: its runs are points of one history."""

    id: int | None = _key()
    definition: str = Field(unique=True)  # canonical JSON


class RunRow(SQLModel, table=True):
    """One pass over a population. `name` is its public id."""

    __tablename__ = "run"
    __table_args__ = (Index("run_open", "state", "id"), Index("run_series", "series", "id"))
    id: int | None = _key()
    name: str = Field(unique=True)
    series: int | None = _number(default=None, foreign_key="series.id")
    schedule: int | None = _number(default=None, foreign_key="schedule.id")
    requested_by: str = ""
    whole: bool = True  # False: only some targets of its sources were asked for
    state: str  # collecting | judging | rendering | done | failed | cancelled
    request: str  # JSON of what was asked for (`service.request`)
    message: str = ""  # what could not be done, or why there was nothing to do
    created_at: datetime = _time()
    started_at: datetime = _time()
    finished_at: datetime | None = _time(default=None)
    head: int | None = _number(default=None, foreign_key="blob.id", index=True)  # the document without its long lists
    rules: int | None = _number(default=None, foreign_key="blob.id", index=True)  # the document's rules
    population: int = 0
    collected: int = 0
    stale: int = 0
    passed: int = 0
    failed: int = 0
    unknown: int = 0
    notapplicable: int = 0
    notchecked: int = 0
    waived: int = 0


class Shard(SQLModel, table=True):
    """A piece of a run, claimed by one worker at a time: `attempt` is the fencing token of a claim.

    Lease and claim use the database's clock, never a worker's.
    """

    __table_args__ = (Index("shard_open", "state", "run"),)
    run: int = _number(primary_key=True, foreign_key="run.id")
    kind: str = Field(primary_key=True)  # collect | judge | render
    number: int = Field(primary_key=True)
    items: str  # JSON: {"sources": [...]} or {"format": ...}, and what became of earlier claims
    exclusive: str = ""  # no two running shards of one such name, e.g. a vCenter's address
    state: str = "pending"  # pending | running | done | failed
    attempt: int = 0
    worker: str = ""
    lease: datetime | None = _time(default=None)
    sent: datetime | None = _time(default=None)
    not_before: datetime | None = _time(default=None)
    error: str = ""


class RunSource(SQLModel, table=True):
    """What one source gave in a run; written when its collection has ended. `result` is a blob (`service.results`)."""

    __tablename__ = "run_source"
    run: int = _number(primary_key=True, foreign_key="run.id")
    source: str = Field(primary_key=True)
    status: str  # ok | partial | failed
    seconds: float = 0.0
    attempts: int = 1
    result: int = _number(foreign_key="blob.id", index=True)
    finished_at: datetime = _time()


class RunCapture(SQLModel, table=True):
    """A capture of a run. Retention removes these rows and then their blobs."""

    __tablename__ = "run_capture"
    run: int = _number(primary_key=True, foreign_key="run.id")
    source: str = Field(primary_key=True)
    platform: str = Field(primary_key=True)
    target: str = Field(primary_key=True)
    number: int  # order of arrival within its source
    taken_at: datetime = _time()
    capture: int = _number(foreign_key="blob.id", index=True)
    about: int = _number(foreign_key="blob.id", index=True)  # labels, warnings, synthetic


class RunTarget(SQLModel, table=True):
    """What became of a target in a run: exactly one row for each member of the population.

    `moment` is when its snapshot was taken, or when the run began where it was not read.
    """

    __tablename__ = "run_target"
    __table_args__ = (
        Index("run_target_moment", "series", "target", "moment", unique=True),
        Index("run_target_history", "target", "moment"),
        Index(
            "run_target_unread",
            "unread",
            sqlite_where=text("unread IS NOT NULL"),
            postgresql_where=text("unread IS NOT NULL"),
        ),
        Index(
            "run_target_not_read",
            "run",
            "target",
            sqlite_where=text("unread IS NOT NULL"),
            postgresql_where=text("unread IS NOT NULL"),
        ),
    )
    run: int = _number(primary_key=True, foreign_key="run.id")
    target: int = _number(primary_key=True, foreign_key="target.id")
    series: int = _number(foreign_key="series.id")
    moment: int = _number()
    place: int  # in the document's list
    shown: str  # its name in this run
    status: str  # collected | unreachable | stale
    reason: str = ""
    snapshot: int | None = _number(default=None, foreign_key="snapshot.id", index=True)
    about: int = _number(foreign_key="blob.id", index=True)  # the rest of the target's entry in the document
    unread: int | None = _number(default=None, foreign_key="blob.id")  # findings of a target that was not read
    digest: bytes = Field(default=b"", sa_type=LargeBinary)  # of its findings: an equal one changes no interval
    passed: int = 0
    failed: int = 0
    unknown: int = 0
    notapplicable: int = 0
    notchecked: int = 0
    waived: int = 0


class FindingRow(SQLModel, table=True):
    """A verdict from its first moment to its last; `last` is empty while it is still so."""

    __tablename__ = "finding"
    __table_args__ = (
        Index("finding_target", "series", "target", "status"),
        Index("finding_rule", "series", "rule", "target"),
        Index(
            "finding_standing",
            "series",
            "status",
            "severity",
            "rule",
            sqlite_where=text("last IS NULL"),
            postgresql_where=text("last IS NULL"),
        ),
        Index(
            "finding_open",
            "series",
            "target",
            "rule",
            "subject",
            unique=True,
            sqlite_where=text("last IS NULL"),
            postgresql_where=text("last IS NULL"),
        ),
    )
    id: int | None = _key()
    series: int = _number(foreign_key="series.id")
    target: int = _number(foreign_key="target.id")
    rule: int = _number(foreign_key="rule.id")
    subject: str  # "" where there is none
    status: str
    severity: str
    body: int = _number(foreign_key="blob.id", index=True)
    first: int = _number()
    last: int | None = _number(default=None)


class DriftRow(SQLModel, table=True):
    """A difference from a golden profile, from its first moment to its last."""

    __tablename__ = "drift"
    __table_args__ = (
        Index("drift_target", "series", "target", "last"),
        Index(
            "drift_open",
            "series",
            "target",
            "golden",
            "path",
            "change",
            unique=True,
            sqlite_where=text("last IS NULL"),
            postgresql_where=text("last IS NULL"),
        ),
    )
    id: int | None = _key()
    series: int = _number(foreign_key="series.id")
    target: int = _number(foreign_key="target.id")
    golden: str
    path: str
    change: str
    body: int = _number(foreign_key="blob.id", index=True)
    first: int = _number()
    last: int | None = _number(default=None)


class ReportRow(SQLModel, table=True):
    """A report as it was first written: asked for again, it is the same bytes."""

    __tablename__ = "report"
    run: int = _number(primary_key=True, foreign_key="run.id")
    format: str = Field(primary_key=True)
    content: int | None = _number(default=None, foreign_key="blob.id", index=True)
    note: str = ""
    made_at: datetime = _time()


class ScheduleRow(SQLModel, table=True):
    """A schedule. What it says stands in `definition`, checked JSON (`auditor.schedules`)."""

    __tablename__ = "schedule"
    id: int | None = _key()
    name: str = Field(unique=True)
    definition: str
    state: str = "active"  # active | paused | retired
    created_at: datetime = _time()
    changed_at: datetime = _time()
    decided_until: datetime = _time()  # every due time up to here has its slot


class ScheduleSlot(SQLModel, table=True):
    """A due time of a schedule and what came of it. Whoever inserts the row may begin its run."""

    __tablename__ = "schedule_slot"
    schedule: int = _number(primary_key=True, foreign_key="schedule.id")
    due_at: datetime = _time(primary_key=True)
    kind: str = "planned"  # planned | now
    outcome: str = ""  # begun | skipped | missed | nothing | failed
    reason: str = ""
    run: int | None = _number(default=None, foreign_key="run.id")
    decided_at: datetime = _time()


class WaiverRow(SQLModel, table=True):
    """An accepted finding. What it says stands in `definition`, checked JSON (`auditor.waivers`)."""

    __tablename__ = "waiver"
    id: int | None = _key()
    name: str = Field(unique=True)
    rule: str = Field(index=True)
    state: str  # requested | approved | rejected | revoked
    definition: str
    requested_by: str
    approved_by: str = ""
    created_at: datetime = _time()
    changed_at: datetime = _time()


class JournalRow(SQLModel, table=True):
    """Who did what, when: each entry's hash covers the one before it (`store.journal`)."""

    __tablename__ = "journal"
    id: int | None = _key()
    at: datetime = _time()
    actor: str
    action: str
    object: str
    detail: str  # canonical JSON
    previous: bytes = Field(sa_type=LargeBinary, unique=True)  # the chain never forks
    hash: bytes = Field(sa_type=LargeBinary, unique=True)


class WorkerRow(SQLModel, table=True):
    """A worker process that is, or was, alive: for health and metrics only, nothing is decided by it."""

    __tablename__ = "worker"
    name: str = Field(primary_key=True)
    role: str  # collect | judge | render | scheduler
    seen_at: datetime = _time()
    detail: str = ""
