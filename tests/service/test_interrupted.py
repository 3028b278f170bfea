"""Work that is broken off in order, and gone on with by somebody else, in one process."""

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection

from auditor.service.judging import judge_run
from auditor.service.sweep import sweep
from auditor.service.work import work
from auditor.service.worker import Heart, StoppingError, Worker
from auditor.store import phases, shards
from auditor.store.engine import Store
from auditor.store.shards import Key, LostShardError
from tests.service.nights import assert_whole, begun, estate_of, row, to_the_end
from tests.simulators import estate


def test_a_worker_that_is_to_end_hands_back_what_it_reads(store: Store, tmp_path: Path) -> None:
    """Stopped in the middle, it lets go within seconds; the next one reads only what has no result, uncounted."""
    inventory, names = estate_of(tmp_path, 6, {"host-005": "after=30"})
    run = begun(store, inventory)
    worker = Worker(lease=300)
    outcome: list[str] = []
    thread = threading.Thread(target=lambda: outcome.append(work(store, Key(run, "collect", 0), worker)))
    thread.start()
    while len(estate.contacts(tmp_path)) < len(names) or _stored(store, run) < len(names) - 1:
        time.sleep(0.02)
    worker.stop.set()
    thread.join(20)
    assert outcome == ["returned"]
    estate.write_inventory(tmp_path, dict.fromkeys(names, ""))
    to_the_end(store, run)
    assert_whole(store, run, names)
    asked = estate.contacts(tmp_path)
    assert sorted(asked) == sorted([*names, "host-005"])


def _stored(store: Store, run: int) -> int:
    from auditor.store.collected import sources_of

    with store.reading() as connection:
        return len(sources_of(connection, run))


def test_judging_goes_on_where_it_was_broken_off(store: Store, tmp_path: Path) -> None:
    """A worker loses its shard between two batches of targets; the next one's verdicts stand beside, each once."""
    inventory, names = estate_of(tmp_path, 60)
    run = begun(store, inventory)
    worker = Worker(lease=300)
    while row(store, run).state == "collecting":
        for number in range(3):
            work(store, Key(run, "collect", number), worker)
        sweep(store)
    with store.writing() as connection:
        claim = shards.claim(connection, Key(run, "judge", 0), "one that dies", -1)
    assert claim is not None
    batches = 0

    def fence(connection: Connection) -> None:
        nonlocal batches
        batches += 1
        if batches > 1:
            raise LostShardError

    with pytest.raises(LostShardError):
        judge_run(store, claim, fence)
    assert row(store, run).head is None
    to_the_end(store, run)
    assert_whole(store, run, names)


def test_sweeps_at_the_same_time_take_a_run_further_once(store: Store, tmp_path: Path) -> None:
    """Six threads sweep while one works: no phase is begun twice, and each shard is told of once."""
    inventory, names = estate_of(tmp_path, 10)
    run = begun(store, inventory, formats=["json", "csv"])
    told: list[tuple[str, int, int]] = []
    stop = threading.Event()

    def publish(kind: str, run: int, number: int) -> bool:
        told.append((kind, run, number))
        return True

    def sweeps() -> None:
        while not stop.is_set():
            sweep(store, publish, resend=3600)

    threads = [threading.Thread(target=sweeps) for _ in range(6)]
    for thread in threads:
        thread.start()
    try:
        worker = Worker(lease=300)
        done: set[tuple[str, int, int]] = set()
        end = time.monotonic() + 120
        while row(store, run).state in phases.OPEN and time.monotonic() < end:
            for kind, which, number in set(told) - done:
                done.add((kind, which, number))
                work(store, Key(which, kind, number), worker)
            time.sleep(0.01)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert_whole(store, run, names)
    assert sorted(told) == [("collect", run, 0), ("judge", run, 0), ("render", run, 0), ("render", run, 1)]


def test_a_broker_that_is_away_loses_no_shard(store: Store, tmp_path: Path) -> None:
    """What was not taken is told of by the next sweep; a client that raises is a broker that is away."""
    inventory, _ = estate_of(tmp_path, 60)
    run = begun(store, inventory)
    told: list[int] = []

    def away(kind: str, run: int, number: int) -> bool:
        if number:
            raise ConnectionError
        return True

    def back(kind: str, run: int, number: int) -> bool:
        told.append(number)
        return True

    assert sweep(store, away, resend=3600)[2:] == (1, 2)
    assert sweep(store, back, resend=3600)[2:] == (2, 0)
    assert told == [1, 2]
    assert run


def test_a_shard_that_kills_every_worker_ends_with_that_as_its_reason(store: Store, tmp_path: Path) -> None:
    """Judging that dies with each of its workers ends the run as failed, and says what happened."""
    inventory, _ = estate_of(tmp_path, 2)
    run = begun(store, inventory)
    worker = Worker(lease=300, attempts=2)
    work(store, Key(run, "collect", 0), worker)
    sweep(store)
    for _ in range(6):
        with store.writing() as connection:
            assert shards.claim(connection, Key(run, "judge", 0), "one that dies", -1) is not None
    assert work(store, Key(run, "judge", 0), worker) == "failed"
    sweep(store)
    ended = row(store, run)
    assert (ended.state, ended.message) == ("failed", "its worker died 6 times while judging")


def test_a_transaction_that_takes_longer_than_the_lease_keeps_the_shard(store: Store, tmp_path: Path) -> None:
    """The lease that a long write leaves behind has not ended when it is committed: no sweep takes the shard away."""
    inventory, _ = estate_of(tmp_path, 2)
    run = begun(store, inventory)
    with store.writing() as connection:
        claim = shards.claim(connection, Key(run, "collect", 0), "w", 0.05)
    assert claim is not None
    heart = Heart(store, claim, Worker(lease=0.05), lambda: None)
    with store.writing() as connection:
        heart.fence(connection)
        time.sleep(0.2)
    assert sweep(store).expired == 0


def test_an_end_in_the_middle_of_a_reading_is_no_failure_of_a_host(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to end while a capture is read, where every fault becomes a reason: it ends, and makes no finding of it."""
    inventory, names = estate_of(tmp_path, 3)
    run = begun(store, inventory)
    worker = Worker(lease=300)
    work(store, Key(run, "collect", 0), worker)
    sweep(store)

    def end(_capture: object) -> None:
        raise StoppingError

    with monkeypatch.context() as patched:
        patched.setattr("auditor.collectors.linux.read", end)
        assert work(store, Key(run, "judge", 0), worker) == "returned"
    to_the_end(store, run)
    assert_whole(store, run, names)
