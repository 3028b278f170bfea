"""Targets of a run in the history: what is written for a night, and what the history says of each run afterwards."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from auditor.domain import Snapshot
from auditor.store import runs, standing
from auditor.store.engine import Store, open_store
from auditor.store.history import Difference, TargetResult, Verdict, record_targets, time_of
from auditor.store.sql import table_of
from auditor.store.tables import Blob, DriftRow, FindingRow, RunTarget, SnapshotRow

NIGHT = datetime(2026, 3, 1, 1, tzinfo=UTC)
Verdicts = Mapping[tuple[str, str | None], str]  # status by rule and subject
STATUSES = st.dictionaries(
    st.tuples(st.sampled_from(["r-one", "r-two"]), st.sampled_from([None, "", "a"])), st.sampled_from(["pass", "fail"])
)
# For each run: the targets that it read at which minute and what it saw, None: not read.
RUNS = st.lists(
    st.dictionaries(st.sampled_from(["one", "two"]), st.tuples(st.integers(0, 6), st.none() | STATUSES), min_size=1),
    max_size=8,
)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store."""
    found = open_store(database_url)
    yield found
    found.close()


class Undone(Exception):
    """Ends a transaction."""


@contextmanager
def undone(store: Store) -> Iterator[Connection]:
    """A transaction of which nothing stays."""
    with suppress(Undone), store.writing() as connection:
        yield connection
        raise Undone


def verdict(rule: str, subject: str | None, status: str, severity: str = "low", **more: Any) -> Verdict:
    """A verdict with a body like that of the pipeline."""
    seen = {"path": f"facts.{rule}", "expected": "1", "actual": status, "source": "here"}
    return Verdict(rule, subject, status, severity, {"observations": [seen], "reason": "", **more})


def result(
    name: str,
    at: datetime,
    verdicts: Sequence[Verdict] = (),
    *,
    read: bool = True,
    facts: Mapping[str, Any] | None = None,
    drift: Sequence[Difference] = (),
) -> TargetResult:
    """A target as a run saw it."""
    snapshot = Snapshot(name, "linux", "s", at, facts or {}, {"kernel": "uname"}) if read else None
    status, reason = ("collected", "") if read else ("unreachable", "no answer")
    return TargetResult("s", "linux", name, name, 0, status, reason, at, {}, snapshot, verdicts, drift)


def run_of(connection: Connection, name: str, results: Sequence[TargetResult]) -> int:
    """A run of these results; its number."""
    run = runs.new_run(connection, name, {}, {})
    record_targets(connection, run, runs.find_run(connection, name).series, results)  # type: ignore[union-attr]
    return run


def sizes(connection: Connection) -> dict[str, int]:
    """Rows of the tables that a night writes to."""
    tables = [table_of(one) for one in (Blob, SnapshotRow, FindingRow, DriftRow, RunTarget)]
    return {one.name: connection.execute(select(func.count()).select_from(one)).scalar_one() for one in tables}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights=RUNS)
def test_each_run_is_told_as_it_was(store: Store, nights: list[dict[str, tuple[int, Verdicts | None]]]) -> None:
    """Runs over some targets, in any order, at equal times, read or not: each is told as it was then."""
    with undone(store) as connection:
        expected = {}
        for number, night in enumerate(nights):
            results, told = [], []
            for name, (minute, seen) in night.items():
                verdicts = [verdict(r, s, status) for (r, s), status in (seen or {("r-one", None): "unknown"}).items()]
                results.append(result(name, NIGHT + timedelta(minutes=minute), verdicts, read=seen is not None))
                told += [(name, v.rule, v.subject, v.status) for v in verdicts]
            expected[run_of(connection, f"r{number}", results)] = told
        for run, told in expected.items():
            seen_then = runs.targets_of_run(connection, run)
            names = {one.target: one.name for one in seen_then}
            found = [(names[k.target], k.rule, k.subject, k.status) for k in runs.findings_of(connection, seen_then)]
            assert sorted(map(repr, found)) == sorted(map(repr, told))


def test_an_unchanged_night_writes_what_became_of_its_targets_and_nothing_else(store: Store) -> None:
    """Equal facts, findings and drift: one row for each target, no blob, no snapshot, no interval."""
    drift = [Difference("golden", "a.b", "changed", {"expected": 1, "actual": 2})]
    verdicts = [verdict("r-one", None, "fail"), verdict("r-two", "eth0", "pass")]
    with store.writing() as connection:
        for night in range(2):
            at = NIGHT + timedelta(days=night)
            results = [result(name, at, verdicts, facts={"kernel": "6.1"}, drift=drift) for name in ("one", "two")]
            before = sizes(connection)
            run_of(connection, f"r{night}", results)
        after = sizes(connection)
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {"run_target": 2}


def test_a_changed_severity_alone_is_kept(store: Store) -> None:
    """A tailoring that only raises a severity leaves the body as it was: the history has the new one all the same."""
    with store.writing() as connection:
        for night, severity in enumerate(["low", "high"]):
            run = run_of(
                connection,
                f"r{night}",
                [result("one", NIGHT + timedelta(days=night), [verdict("r-one", None, "fail", severity)])],
            )
        kept = list(runs.findings_of(connection, runs.targets_of_run(connection, run)))
    assert [one.severity for one in kept] == ["high"]


def test_a_time_that_is_taken_becomes_the_next_free_one(store: Store) -> None:
    """Two runs judge one capture: each has its own moment, right after the other."""
    with store.writing() as connection:
        found = [
            run_of(connection, f"r{n}", [result("one", NIGHT, [verdict("r-one", None, "pass")])]) for n in range(3)
        ]
        moments = [runs.targets_of_run(connection, run)[0].moment for run in found]
    assert [time_of(one) - NIGHT for one in moments] == [timedelta(microseconds=n) for n in range(3)]


def test_failures_of_a_run_are_told_without_their_evidence(store: Store) -> None:
    """Of each run what failed in it, mended and new ones apart; of a target that was not read, nothing."""
    mended, kept = verdict("r-one", None, "fail"), verdict("r-two", "eth0", "fail", "high")
    new = verdict("r-one", None, "pass")
    with store.writing() as connection:
        found = [
            run_of(connection, "r0", [result("one", NIGHT, [mended, kept])]),
            run_of(connection, "r1", [result("one", NIGHT + timedelta(days=1), [new, kept])]),
            run_of(connection, "r2", [result("one", NIGHT + timedelta(days=2), read=False)]),
        ]
        told = [{(o.rule, o.subject, o.severity) for o in standing.failing_of_run(connection, run)} for run in found]
        seen = [runs.targets_of_run(connection, run) for run in found]
        listed = [{(one.rule, one.status) for one in standing.standing_of(connection, one)} for one in seen]
        ever = [
            (one.rule, one.status, one.last is None)
            for one in standing.history_of(connection, seen[0][0].series, seen[0][0].target)
        ]
    assert told == [{("r-one", "", "low"), ("r-two", "eth0", "high")}, {("r-two", "eth0", "high")}, set()]
    assert listed == [{("r-one", "fail"), ("r-two", "fail")}, {("r-one", "pass"), ("r-two", "fail")}, set()]
    assert ever == [("r-one", "fail", False), ("r-one", "pass", True), ("r-two", "fail", True)]
