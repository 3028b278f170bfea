"""Claims of shards: one holder at a time, a token that tells a late one, a name that allows no second."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from auditor.store import phases, runs, shards
from auditor.store.engine import Store, now, open_store
from auditor.store.phases import Piece
from auditor.store.shards import Key, LostShardError
from auditor.store.sql import table_of
from auditor.store.tables import Shard

SHARD = table_of(Shard)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store."""
    found = open_store(database_url)
    yield found
    found.close()


def run_of(store: Store, *pieces: Piece, name: str = "r") -> int:
    """A run that collects these pieces."""
    with store.writing() as connection:
        run = runs.new_run(connection, name, {}, {})
        phases.add_shards(connection, run, "collect", pieces)
    return run


def claimed(store: Store, key: Key, worker: str = "w", lease: float = 60) -> shards.Claim | None:
    """A claim, committed."""
    with store.writing() as connection:
        return shards.claim(connection, key, worker, lease)


def held(store: Store, key: Key, lease: float = 60) -> shards.Claim:
    """A claim that must be had."""
    found = claimed(store, key, lease=lease)
    assert found is not None
    return found


def state_of(store: Store, key: Key) -> str:
    """The state of a shard."""
    with store.reading() as connection:
        return next(one.state for one in phases.shards_of(connection, key.run, key.kind) if one.number == key.number)


def test_only_one_of_two_gets_a_shard(store: Store) -> None:
    """A claimed shard is nobody else's until its lease has ended; a later claim has a higher token."""
    key = Key(run_of(store, Piece({"sources": ["a"]})), "collect", 0)
    first = held(store, key, lease=-1)
    second = held(store, key)
    assert second.attempt > first.attempt
    assert claimed(store, key) is None
    assert second.items == {"sources": ["a"]}


def test_a_late_worker_cannot_write_finish_or_hand_back(store: Store) -> None:
    """After an overtaking, each statement of the old claim is refused, and what stood in its transaction is gone."""
    key = Key(run_of(store, Piece({})), "collect", 0)
    old = held(store, key, lease=-1)
    new = held(store, key)
    for late in (shards.renew, shards.finish, shards.hand_back):
        with pytest.raises(LostShardError):
            write_late(store, old, late)
    with pytest.raises(LostShardError), store.writing() as connection:
        shards.fail(connection, old, "late")
    with store.writing() as connection:
        shards.finish(connection, new)
    with store.reading() as connection:
        assert phases.run_row(connection, key.run).message == ""


def write_late(store: Store, claim: shards.Claim, late: Callable[[Connection, shards.Claim], None]) -> None:
    """A write in the transaction of a claim that was lost."""
    with store.writing() as connection:
        runs.change_run(connection, claim.key.run, message="written too late")
        late(connection, claim)


def test_a_shard_put_back_by_the_sweep_is_lost_though_its_token_stays(store: Store) -> None:
    """The sweep leaves the token alone: that the shard runs no longer is what refuses the late write."""
    key = Key(run_of(store, Piece({})), "collect", 0)
    old = held(store, key, lease=-1)
    with store.writing() as connection:
        assert shards.expire(connection) == 1
    with pytest.raises(LostShardError), store.writing() as connection:
        shards.renew(connection, old)


def test_a_renewed_lease_does_not_expire(store: Store) -> None:
    """Who renews keeps the shard, though the lease that he began with has ended."""
    key = Key(run_of(store, Piece({})), "collect", 0)
    claim = held(store, key, lease=-1)
    with store.writing() as connection:
        shards.renew(connection, shards.Claim(claim.key, claim.attempt, claim.items, 60))
        assert shards.expire(connection) == 0
    assert claimed(store, key) is None


def test_a_name_allows_no_second_across_runs(store: Store) -> None:
    """Two runs want the same vCenter: the second waits until the first is done, and nobody is told of it before."""
    name = "vcenter:vc.example.org:443"
    one, two = (Key(run_of(store, Piece({}, name), name=run), "collect", 0) for run in "ab")
    with store.reading() as connection:
        assert shards.waiting(connection, ["collect"], 10) == [one]
    first = held(store, one)
    assert claimed(store, two) is None
    with store.reading() as connection:
        assert shards.waiting(connection, ["collect"], 10) == []
    with store.writing() as connection:
        shards.finish(connection, first)
    assert claimed(store, two) is not None


def test_claims_under_one_name_at_the_same_time_give_one(store: Store) -> None:
    """Eight threads claim eight shards of one name at once: one is had."""
    run = run_of(store, *[Piece({}, "vcenter:a:443") for _ in range(8)])
    had: list[shards.Claim] = []
    gate = threading.Barrier(8)

    def try_it(number: int) -> None:
        gate.wait()
        if (found := claimed(store, Key(run, "collect", number))) is not None:
            had.append(found)

    threads = [threading.Thread(target=try_it, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(had) == 1


def test_claims_of_one_shard_at_the_same_time_give_one(store: Store) -> None:
    """Eight threads claim one shard at once: one has it."""
    key = Key(run_of(store, Piece({})), "collect", 0)
    had: list[shards.Claim] = []
    gate = threading.Barrier(8)

    def try_it() -> None:
        gate.wait()
        if (found := claimed(store, key)) is not None:
            had.append(found)

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.attempt for one in had] == [1]


def test_each_due_shard_is_given_to_one_sweep_and_again_when_its_message_was_lost(store: Store) -> None:
    """A shard is told of once; again when nobody came in time, or when the message did not go out."""
    run = run_of(store, Piece({}), Piece({}))
    with store.writing() as connection:
        assert len(shards.take_due(connection, resend=60)) == 2
        assert shards.take_due(connection, resend=60) == []
        shards.unsend(connection, [Key(run, "collect", 1)])
        assert shards.take_due(connection, resend=60) == [Key(run, "collect", 1)]
        assert len(shards.take_due(connection, resend=-1)) == 2


def test_a_shard_handed_back_counts_as_no_attempt_and_waits_its_time(store: Store) -> None:
    """What is handed back in order can be had again, after the wait that was asked for."""
    key = Key(run_of(store, Piece({"sources": ["a"]})), "collect", 0)
    with store.writing() as connection:
        shards.hand_back(connection, held_in(connection, key), after=3600)
    assert claimed(store, key) is None
    with store.writing() as connection:
        connection.execute(update(SHARD).values(not_before=None))
    again = held(store, key)
    assert (again.attempt, again.returned) == (2, 1)


def held_in(connection: Connection, key: Key) -> shards.Claim:
    """A claim within a transaction."""
    found = shards.claim(connection, key, "w", 60)
    assert found is not None
    return found


def test_a_clock_that_was_set_back_keeps_no_shard_waiting(store: Store) -> None:
    """Times far ahead are of before the step: the lease of a worker that died, a message, a wait count as over."""
    run = run_of(store, Piece({}, "vcenter:a:443"), Piece({}, "vcenter:a:443"), Piece({}))
    first = Key(run, "collect", 0)
    held(store, first)
    with store.writing() as connection:
        assert len(shards.take_due(connection, resend=60)) == 1
        ahead = now(connection) + timedelta(hours=5)
        connection.execute(update(SHARD).where(SHARD.c.number == 0).values(lease=ahead))
        connection.execute(update(SHARD).where(SHARD.c.number == 2).values(sent=ahead, not_before=ahead))
    with store.writing() as connection:
        assert Key(run, "collect", 2) in shards.take_due(connection, resend=60)
        assert shards.expire(connection) == 1
    assert claimed(store, Key(run, "collect", 2)) is not None
    assert claimed(store, first) is not None


def test_a_phase_is_left_once_and_not_while_a_shard_is_open(store: Store) -> None:
    """Two sweeps end a phase: one of them does."""
    run = run_of(store, Piece({}))
    key = Key(run, "collect", 0)
    with store.writing() as connection:
        assert not phases.leave_phase(connection, run, "collect", "collecting", "judging")
        shards.finish(connection, held_in(connection, key))
        assert phases.leave_phase(connection, run, "collect", "collecting", "judging")
        assert not phases.leave_phase(connection, run, "collect", "collecting", "judging")


def test_closing_a_run_takes_its_shards_from_their_workers(store: Store) -> None:
    """A cancelled run ends at once, and who still works for it cannot write."""
    key = Key(run_of(store, Piece({}), Piece({})), "collect", 0)
    claim = held(store, key)
    with store.writing() as connection:
        assert phases.close_run(connection, key.run, "cancelled", "nobody wants it")
        assert not phases.close_run(connection, key.run, "cancelled", "twice")
    with pytest.raises(LostShardError), store.writing() as connection:
        shards.renew(connection, claim)
    assert state_of(store, key) == "failed"
    with store.reading() as connection:
        row = phases.run_row(connection, key.run)
    assert (row.state, row.message, row.finished_at is None) == ("cancelled", "nobody wants it", False)
