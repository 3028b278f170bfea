"""Nights that are written as they are told, for pages that lay runs beside each other."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import orjson
from sqlalchemy import Connection, insert

from auditor.domain import Snapshot
from auditor.service import outlook
from auditor.service.saving import no_fence
from auditor.store import blobs, runs
from auditor.store.engine import Store
from auditor.store.history import TargetResult, Verdict, record_targets
from auditor.store.sql import table_of
from auditor.store.tables import RunSource, ScheduleRow, ScheduleSlot
from tests.api.rows import NIGHTLY, add

FIRST = datetime(2026, 11, 1, 2, tzinfo=UTC)
COUNTED = {"pass": "passed", "fail": "failed"}
RULES = {"r-high": "high", "r-low": "low"}
Host = tuple[str, Mapping[str, str] | None]  # site; status by rule, None: not read


def schedule(store: Store) -> int:
    """A schedule called nightly; its number."""
    planned = {"definition": orjson.dumps(NIGHTLY).decode(), "created_at": FIRST, "changed_at": FIRST}
    with store.writing() as connection:
        return add(connection, ScheduleRow, name="nightly", state="active", decided_until=FIRST, **planned)


def skipped(store: Store, number: int, night: int, reason: str) -> None:
    """A due time of the schedule without a run."""
    due = FIRST + timedelta(days=night)
    row = {"schedule": number, "due_at": due, "kind": "planned", "outcome": "skipped", "reason": reason}
    with store.writing() as connection:
        connection.execute(insert(table_of(ScheduleSlot)).values(**row, decided_at=due))


def night(store: Store, number: int, hosts: Mapping[str, Host], scheduled: int | None = None) -> str:
    """A run that has ended; its name."""
    at = FIRST + timedelta(days=number)
    name = f"{at:%Y%m%d-%H%M%S}-{number:04x}"
    with store.writing() as connection:
        request = {"inventory": "/secret/place/inventory.yaml", "formats": ["json"]}
        run = runs.new_run(connection, name, {"baselines": "all"}, request, schedule=scheduled, started_at=at)
        results = [_result(place, who, *hosts[who], at) for place, who in enumerate(hosts)]
        record_targets(connection, run, runs.series_of(connection, run), results)
        runs.add_counts(connection, run)
        rules = {rule: {"title": f"Title of {rule}", "fix": "Mend it", "references": {}} for rule in RULES}
        head = {"coverage": {"excluded": [{"target": "left-out", "reason": "lab"}]}}
        read = sum(one.judged for one in results)
        done = {"state": "done", "population": len(results), "collected": read, "finished_at": at + timedelta(hours=1)}
        kept = {"head": blobs.put_json(connection, head), "rules": blobs.put_json(connection, rules)}
        runs.change_run(connection, run, **done, **kept)
        for source in {one.source for one in results}:
            _source(connection, run, source, [one for one in results if one.source == source and not one.judged])
    outlook.remember(store, run, no_fence)
    return name


def _result(place: int, name: str, site: str, statuses: Mapping[str, str] | None, at: datetime) -> TargetResult:
    read = statuses is not None
    said = statuses if statuses is not None else dict.fromkeys(RULES, "unknown")
    verdicts = [
        Verdict(
            rule,
            None,
            status,
            RULES[rule],
            {"reason": f"why {site}" if status == "unknown" else None, "observations": []},
        )
        for rule, status in said.items()
    ]
    counts: dict[str, int] = {}
    for status in said.values():
        counts[COUNTED.get(status, status)] = counts.get(COUNTED.get(status, status), 0) + 1
    about = {"version": "", "labels": {"site": site}, "gaps": [], "synthetic": False, "part_of": None}
    snapshot = Snapshot(name, "linux", f"at-{name}", at, {}) if read else None
    status, reason = ("collected", "") if read else ("unreachable", f"nobody answers at {site}")
    own = (f"at-{name}", "linux", name)
    return TargetResult(*own, name, place, status, reason, at, about, snapshot, verdicts, [], counts)


def _source(connection: Connection, run: int, source: str, lost: list[TargetResult]) -> None:
    failures = [{"target": one.name, "platform": "linux", "reason": one.reason, "kind": "lost"} for one in lost]
    about = {"name": source, "kind": "linux", "warnings": []}
    result = blobs.put_json(connection, {"source": about, "failures": failures, "again": False})
    row = {"run": run, "source": source, "status": "partial" if lost else "ok", "seconds": 1.0, "attempts": 1}
    connection.execute(insert(table_of(RunSource)).values(**row, result=result, finished_at=FIRST))
