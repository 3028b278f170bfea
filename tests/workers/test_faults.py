"""One case of each fault, with real workers: after each, every target is once in the run and the run is over.

`./dev bench faults` does this at random moments, twenty times, with three hundred targets.
"""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from auditor.store.engine import now
from auditor.store.sql import table_of
from auditor.store.tables import RunCapture, RunSource, Shard, WorkerRow
from tests.conftest import program, require
from tests.servers.postgres import Postgres
from tests.servers.redis_server import RedisServer
from tests.service.nights import assert_whole, begun, estate_of, row
from tests.simulators import estate
from tests.workers.deployment import Deployment, kill, kill_a_child, send, stopped, tree

HOSTS = 40
DICE = random.Random(5)


@pytest.fixture
def service(database_url: str, redis_server: RedisServer, simulated: Path, tmp_path: Path) -> Iterator[Deployment]:
    """A scheduler with a broker, on either database; workers are the test's."""
    with Deployment(tmp_path, database_url, redis_server.url) as found:
        found.scheduler()
        yield found


@pytest.fixture
def on_postgres(postgres_url: str, redis_server: RedisServer, simulated: Path, tmp_path: Path) -> Iterator[Deployment]:
    """The same on PostgreSQL alone."""
    with Deployment(tmp_path, postgres_url, redis_server.url) as found:
        found.scheduler()
        yield found


def in_the_middle(service: Deployment, some: int = 5) -> None:
    """Wait until some hosts have been asked."""
    service.wait(lambda: service.contacts() >= some, "in the middle")


def test_a_worker_tree_is_killed(service: Deployment, tmp_path: Path) -> None:
    """kill -9 of a worker with its children: another one reads what was not read, when the lease has ended."""
    inventory, names = estate_of(tmp_path, HOSTS, after=0.5)
    run = begun(service.store, inventory)
    first = service.worker()
    in_the_middle(service)
    kill(first)
    service.worker()
    service.wait_over(run)
    assert_whole(service.store, run, names)
    assert max(Counter(estate.contacts(tmp_path)).values()) <= 2


def test_one_child_is_killed(on_postgres: Deployment, tmp_path: Path) -> None:
    """kill -9 of one child: its parent starts another, and its shard is gone on with."""
    inventory, names = estate_of(tmp_path, HOSTS, after=0.5)
    run = begun(on_postgres.store, inventory)
    worker = on_postgres.worker()
    in_the_middle(on_postgres)
    kill_a_child(worker, DICE)
    on_postgres.wait_over(run)
    assert worker.poll() is None
    assert_whole(on_postgres.store, run, names)


def test_redis_is_killed_and_loses_everything(
    on_postgres: Deployment, redis_server: RedisServer, tmp_path: Path
) -> None:
    """Every message is gone: the sweep tells of the shards again."""
    inventory, names = estate_of(tmp_path, 3 * HOSTS, after=0.5)
    run = begun(on_postgres.store, inventory)
    on_postgres.worker(concurrency=1)
    in_the_middle(on_postgres)
    redis_server.kill()
    redis_server.wipe()
    time.sleep(2)
    redis_server.start()
    on_postgres.wait_over(run)
    assert_whole(on_postgres.store, run, names)


def test_postgres_is_killed_and_comes_back(redis_server: RedisServer, simulated: Path, tmp_path: Path) -> None:
    """The database goes away in the middle: results wait for it, sweeps go on, nothing is double."""
    with Postgres() as server, Deployment(tmp_path, server.new_database(), redis_server.url) as service:
        inventory, names = estate_of(tmp_path, HOSTS, after=0.5)
        run = begun(service.store, inventory)
        service.scheduler()
        service.worker()
        in_the_middle(service)
        server.kill()
        time.sleep(1)
        server.start()
        service.wait_over(run)
        assert_whole(service.store, run, names)


def test_a_worker_begins_before_its_database(redis_server: RedisServer, simulated: Path, tmp_path: Path) -> None:
    """After a loss of power anything may be up first: workers and schedulers wait for PostgreSQL."""
    with Postgres() as server, Deployment(tmp_path, server.new_database(), redis_server.url) as service:
        inventory, names = estate_of(tmp_path, 5)
        run = begun(service.store, inventory)
        server.kill()
        service.scheduler()
        service.worker()
        service.wait(lambda: service.logs().count("waiting for the database") >= 2, "waiting")
        server.start()
        service.wait_over(run)
        assert_whole(service.store, run, names)


def _rows(service: Deployment, run: int) -> list[Any]:
    """What the run's sources gave, as it stands."""
    found: list[Any] = []
    with service.store.reading() as connection:
        for table in (table_of(RunSource), table_of(RunCapture), table_of(Shard)):
            found += connection.execute(select(table).where(table.c.run == run).order_by(*table.primary_key)).all()
    return found


def test_a_worker_stands_still_is_overtaken_and_wakes(on_postgres: Deployment, tmp_path: Path) -> None:
    """SIGSTOP past its lease, another one does its work, SIGCONT: its late write is refused, nothing has changed."""
    inventory, names = estate_of(tmp_path, 10, after=2.0)
    run = begun(on_postgres.store, inventory)
    first = on_postgres.worker(concurrency=1)
    in_the_middle(on_postgres, len(names))
    with stopped(first):
        on_postgres.worker()
        on_postgres.wait_over(run)
        before = _rows(on_postgres, run)
    on_postgres.wait(
        lambda: "outcome='lost'" in on_postgres.logs(500) or '"outcome": "lost"' in on_postgres.logs(500), "refused"
    )
    assert _rows(on_postgres, run) == before
    assert_whole(on_postgres.store, run, names)
    assert set(Counter(estate.contacts(tmp_path)).values()) == {2}


def test_two_schedulers_do_no_harm(on_postgres: Deployment, tmp_path: Path) -> None:
    """Three schedulers tell and sweep: each host is asked once."""
    on_postgres.scheduler()
    on_postgres.scheduler()
    inventory, names = estate_of(tmp_path, HOSTS, after=0.1)
    on_postgres.worker()
    run = begun(on_postgres.store, inventory, formats=["csv"])
    on_postgres.wait_over(run)
    assert_whole(on_postgres.store, run, names)
    assert sorted(estate.contacts(tmp_path)) == names


CLOCK = """
import datetime, time, os
_by = float(os.environ["TEST_CLOCK_STEP"])
_time, _ns = time.time, time.time_ns
_begin = time.monotonic()
def _step(): return _by if time.monotonic() - _begin > 2 else 0.0
time.time = lambda: _time() + _step()
time.time_ns = lambda: _ns() + int(_step() * 1e9)
class _Stepped(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + datetime.timedelta(seconds=_step())
    @classmethod
    def utcnow(cls):
        return super().utcnow() + datetime.timedelta(seconds=_step())
datetime.datetime = _Stepped
"""


@pytest.mark.parametrize("step", [-6 * 3600, 6 * 3600])
def test_the_clock_of_a_worker_is_set(on_postgres: Deployment, tmp_path: Path, step: int) -> None:
    """Two seconds after its begin a worker's wall clock jumps by hours: no lease of its own or others changes."""
    folder = tmp_path / "clock"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(CLOCK)
    path = f"{folder}:{on_postgres.environment['PYTHONPATH']}"
    inventory, names = estate_of(tmp_path, HOSTS, after=1.5)
    run = begun(on_postgres.store, inventory)
    on_postgres.worker(more={"PYTHONPATH": path, "TEST_CLOCK_STEP": str(step)})
    on_postgres.worker()
    on_postgres.wait_over(run)
    assert_whole(on_postgres.store, run, names)
    assert sorted(estate.contacts(tmp_path)) == names
    with on_postgres.store.reading() as connection:
        table = table_of(WorkerRow)
        assert connection.scalar(select(func.count()).select_from(table).where(table.c.seen_at > now(connection))) == 0


def test_sources_that_kill_or_hold_their_reader_are_named(on_postgres: Deployment, tmp_path: Path) -> None:
    """One host kills whoever reads it, one cannot be cut off: both are in the report with that, all others are read."""
    odd = {"host-003": "kills", "host-007": "stuck"}
    inventory, names = estate_of(tmp_path, 10, odd)
    inventory.write_text(inventory.read_text().replace("deadline: 20s", "deadline: 1s"))
    run = begun(on_postgres.store, inventory)
    on_postgres.worker()
    on_postgres.wait_over(run)
    document = assert_whole(on_postgres.store, run, names, lambda name: name in odd)
    reasons = {one["target"]: one["reason"] for one in document["coverage"]["unreachable"]}
    assert reasons["host-003"] == "its worker died 3 times while reading it"
    assert reasons["host-007"] in (
        "no end after its deadline, and it could not be cut off",
        "its worker died 3 times while reading it",
    )
    assert row(on_postgres.store, run).message == "2 of 10 targets were not read"


def test_a_worker_that_is_told_to_end_leaves_nothing_behind(on_postgres: Deployment, tmp_path: Path) -> None:
    """SIGTERM: it ends in order within seconds, though hosts take long, and holds no shard; the next one goes on."""
    inventory, names = estate_of(tmp_path, 10, after=15.0)
    run = begun(on_postgres.store, inventory)
    worker = on_postgres.worker()
    in_the_middle(on_postgres, len(names))
    send(tree(worker)[:1], signal.SIGTERM)
    assert worker.wait(12) == 0
    with on_postgres.store.reading() as connection:
        table = table_of(Shard)
        assert connection.scalars(select(table.c.state).where(table.c.run == run)).all() == ["pending"]
    estate.write_inventory(tmp_path, dict.fromkeys(names, ""))
    on_postgres.worker()
    on_postgres.wait_over(run)
    assert_whole(on_postgres.store, run, names)


def test_a_worker_that_is_told_to_end_while_it_judges(on_postgres: Deployment, tmp_path: Path) -> None:
    """SIGTERM in the middle of judging: handed back within seconds as no attempt; the next one judges all."""
    inventory, names = estate_of(tmp_path, 60)
    run = begun(on_postgres.store, inventory)
    worker = on_postgres.worker()
    table = table_of(Shard)
    judging = select(table.c.state, table.c["items"]).where(table.c.run == run, table.c.kind == "judge")

    def shard() -> tuple[str, str]:
        with on_postgres.store.reading() as connection:
            found = connection.execute(judging).first()
        return (found[0], found[1]) if found else ("", "")

    on_postgres.wait(lambda: shard()[0] == "running", "judging")
    send([worker.pid], signal.SIGTERM)
    assert worker.wait(20) == 0
    assert shard() == ("pending", '{"returned":1}')
    on_postgres.worker()
    on_postgres.wait_over(run)
    assert_whole(on_postgres.store, run, names)


@pytest.mark.needs_root
def test_the_disk_is_full(simulated: Path, tmp_path: Path) -> None:
    """SQLite on a full disk: nothing is written and nothing is lost; with room again, the run goes to its end."""
    mount, umount = program("mount"), program("umount")
    require(mount and umount, "mount and umount are missing")
    small = tmp_path / "small"
    small.mkdir()
    made = subprocess.run(
        [str(mount), "-t", "tmpfs", "-o", "size=24m,mode=700", "auditor-test", str(small)], check=False
    )
    require(made.returncode == 0, "a file system of a given size needs root")
    try:
        with Deployment(tmp_path, f"sqlite:///{small / 'auditor.sqlite'}") as service:
            inventory, names = estate_of(tmp_path, HOSTS, after=0.5)
            run = begun(service.store, inventory)
            service.scheduler()
            service.worker()
            in_the_middle(service)
            filler = small / "filler"
            try:
                with filler.open("wb") as file:
                    while True:
                        file.write(bytes(4096))
                        file.flush()
            except OSError:
                pass
            service.wait(lambda: "disk is full" in service.logs(500) or "I/O error" in service.logs(500), "full")
            filler.unlink()
            service.wait_over(run)
            assert_whole(service.store, run, names)
            with service.store.reading() as connection:
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    finally:
        subprocess.run([str(umount), "-l", str(small)], check=False)


def test_workers_without_a_broker(sqlite_url: str, simulated: Path, tmp_path: Path) -> None:
    """Two workers that look into one SQLite file share a run; one is killed, and the file is whole."""
    with Deployment(tmp_path, sqlite_url) as service:
        inventory, names = estate_of(tmp_path, HOSTS, after=0.5)
        run = begun(service.store, inventory)
        service.scheduler()
        first = service.worker()
        service.worker()
        in_the_middle(service)
        kill(first)
        service.wait_over(run)
        assert_whole(service.store, run, names)
        with service.store.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
