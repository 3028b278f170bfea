"""What tests of runs share: a store, an estate, a run to its end, and what must be so of every run that has ended."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from auditor.service.begin import begin
from auditor.service.polling import look
from auditor.service.request import Request
from auditor.service.stored import document_of
from auditor.service.sweep import sweep
from auditor.service.worker import Worker
from auditor.store import phases
from auditor.store.engine import Store
from auditor.store.sql import table_of
from auditor.store.tables import FindingRow, RunTarget
from tests.servers.tables import store_with_tables
from tests.simulators import estate

BASELINE = "linux-kernel"


def new_store(url: str) -> Store:
    """A store with its tables."""
    return store_with_tables(url)


def request(inventory: Path, **more: Any) -> Request:
    """A run over all of an inventory, judged by little."""
    return Request.model_validate({"inventory": str(inventory), "baselines": [BASELINE], "retry_after": 0.0} | more)


def begun(store: Store, inventory: Path, **more: Any) -> int:
    """A run that has begun."""
    with store.writing() as connection:
        return begin(connection, request(inventory, **more))


def row(store: Store, run: int) -> Any:
    """The run's row."""
    with store.reading() as connection:
        return phases.run_row(connection, run)


def to_the_end(store: Store, run: int, worker: Worker | None = None, rounds: int = 200) -> Any:
    """Sweep and work in this process until the run is over; its row."""
    worker = worker or Worker(lease=30)
    for _ in range(rounds):
        sweep(store)
        if row(store, run).state not in phases.OPEN:
            return row(store, run)
        look(store, worker)
    raise AssertionError(f"the run did not end: {row(store, run)}")


def assert_whole(store: Store, run: int, names: list[str], lost: Callable[[str], bool] = lambda name: False) -> Any:
    """Every target is exactly once in the run, read unless `lost`, with a reason if not; no finding is double or gone.

    Returns the document.
    """
    ended = row(store, run)
    assert ended.state == "done", ended.message
    document: dict[str, Any] = document_of(store, ended.name)
    targets = Counter(one["name"] for one in document["targets"])
    assert targets == Counter(names)
    status = {one["name"]: one["status"] for one in document["targets"]}
    assert {name for name in names if status[name] != "collected"} == {name for name in names if lost(name)}
    reasons = {one["target"]: one["reason"] for one in document["coverage"]["unreachable"]}
    assert all(reasons.get(name) for name in names if lost(name))
    keys = Counter((one["target"], one["rule"], one["subject"]) for one in document["findings"])
    assert set(keys.values()) == {1}
    rules = {one["rule"] for one in document["findings"]}
    per_target = Counter(one["target"] for one in document["findings"])
    read = {per_target[name] for name in names if not lost(name)}
    assert len(read) <= 1, "equal hosts have equally many findings"
    assert rules
    assert ended.population == len(names)
    assert ended.collected == sum(not lost(name) for name in names)
    with store.reading() as connection:
        table, findings = table_of(RunTarget), table_of(FindingRow)
        rows = connection.scalar(select(func.count()).select_from(table).where(table.c.run == run))
        open_rows = connection.execute(
            select(findings.c.target, findings.c.rule, findings.c.subject, func.count())
            .where(findings.c.last.is_(None))
            .group_by(findings.c.target, findings.c.rule, findings.c.subject)
            .having(func.count() > 1)
        ).all()
    assert rows == len(names)
    assert open_rows == []
    return document


def estate_of(
    folder: Path, count: int, odd: dict[str, str] | None = None, after: float = 0.0
) -> tuple[Path, list[str]]:
    """An inventory of `count` simulated hosts, of which `odd` ones behave so; and their names."""
    names = [f"host-{number:03d}" for number in range(count)]
    usual = f"after={after}" if after else ""
    return estate.write_inventory(folder, {name: (odd or {}).get(name, usual) for name in names}), names
