"""Rows of a store that tests of figures look at."""

from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, insert

from auditor.store.blobs import put_json
from auditor.store.engine import Store, now
from auditor.store.sql import table_of
from auditor.store.tables import (
    Blob,
    FindingRow,
    RuleRow,
    RunRow,
    RunSource,
    ScheduleRow,
    Series,
    Shard,
    TargetRow,
    WorkerRow,
)
from tests.servers.tables import store_with_tables

NIGHTLY = {"name": "nightly", "cron": "0 2 * * *", "zone": "Europe/Paris", "work": {"inventory": "inventory.yaml"}}


def made(url: str) -> Store:
    """An empty store with its tables."""
    return store_with_tables(url)


def add(connection: Connection, model: Any, **columns: Any) -> int:
    """Insert a row; its number where it has one."""
    table = table_of(model)
    statement = insert(table).values(columns)
    if "id" in table.c:
        return int(connection.execute(statement.returning(table.c.id)).scalar_one())
    connection.execute(statement)
    return 0


def add_run(connection: Connection, name: str, state: str, began: datetime, ended: datetime | None, **more: Any) -> int:
    """Insert a run."""
    columns = {"created_at": began, "started_at": began, "finished_at": ended, "request": "{}", "requested_by": "test"}
    counts = dict.fromkeys(
        ("population", "collected", "stale", "passed", "failed", "unknown", "notapplicable", "notchecked", "waived"), 0
    )
    return add(connection, RunRow, name=name, state=state, message="", **columns, **counts | more)


def fill(store: Store) -> datetime:
    """A night that ended, one that goes on, schedules in time and late, findings; the database's time."""
    with store.writing() as connection:
        at = now(connection)
        long_ago = at - timedelta(days=3)
        planned = {"definition": orjson.dumps(NIGHTLY).decode(), "created_at": long_ago, "changed_at": long_ago}
        nightly = add(connection, ScheduleRow, name="nightly", state="active", decided_until=at, **planned)
        add(connection, ScheduleRow, name="forgotten", state="active", decided_until=long_ago, **planned)
        add(connection, ScheduleRow, name="sleeping", state="paused", decided_until=long_ago, **planned)
        hour = timedelta(hours=1)
        add_run(connection, "r0", "failed", at - 30 * hour, at - 29 * hour, schedule=nightly)
        numbers = {"population": 10, "collected": 8, "stale": 1, "passed": 60, "failed": 30, "unknown": 10, "waived": 3}
        done = add_run(connection, "r1", "done", at - 6 * hour, at - 5.5 * hour, schedule=nightly, **numbers)
        going = add_run(connection, "r2", "judging", at - hour, None)
        blob = add(connection, Blob, sha256=b"0" * 32, size=1, data=b"1", made_at=at)
        for name, kinds in (("esx-1", ()), ("esx-2", ()), ("esx-3", ("timeout",)), ("vc", ("lost", "timeout"))):
            result = put_json(connection, {"failures": [{"kind": kind} for kind in kinds]})
            ended = {"seconds": 1.0, "attempts": 1, "result": result, "finished_at": at}
            add(connection, RunSource, run=done, source=name, status="failed" if kinds else "ok", **ended)
        shard = {"items": "[]", "exclusive": "", "attempt": 0, "worker": "", "error": ""}
        add(connection, Shard, run=going, kind="collect", number=1, state="done", **shard)
        add(connection, Shard, run=going, kind="judge", number=1, state="pending", **shard)
        later = at + hour
        add(connection, Shard, run=going, kind="judge", number=2, state="pending", not_before=later, **shard)
        add(connection, Shard, run=going, kind="judge", number=3, state="running", lease=later, **shard)
        add(connection, Shard, run=going, kind="judge", number=4, state="running", lease=at - hour, **shard)
        add(connection, Shard, run=done, kind="render", number=1, state="pending", **shard)  # of a run that ended
        series = add(connection, Series, definition="{}")
        target = add(connection, TargetRow, source="s", platform="esxi", name="esx-secret-name")
        rule = add(connection, RuleRow, rule="a-rule")
        verdict = {"series": series, "target": target, "rule": rule, "severity": "high", "body": blob, "first": 1}
        add(connection, FindingRow, subject="", status="fail", last=None, **verdict)
        add(connection, FindingRow, subject="a", status="fail", last=None, **verdict)
        add(connection, FindingRow, subject="b", status="fail", last=2, **verdict)
        return at


def see(store: Store, name: str, role: str, ago: float = 0.0) -> None:
    """A trace of a worker, left `ago` seconds before now."""
    with store.writing() as connection:
        seen = now(connection) - timedelta(seconds=ago)
        add(connection, WorkerRow, name=name, role=role, seen_at=seen, detail="")
