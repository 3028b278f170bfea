"""Work on one shard, from its claim to its end: what a message, or a look into the database, leads to."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import structlog
from sqlalchemy import Connection

from auditor.errors import InputError
from auditor.service.collecting import collect_shard
from auditor.service.judging import judge_run
from auditor.service.rendering import render_report
from auditor.service.sweep import advance
from auditor.service.worker import Heart, StoppingError, Worker, persist
from auditor.store import shards
from auditor.store.engine import Store, StoreError
from auditor.store.shards import Claim, Key, LostShardError

AGAIN = 5.0  # seconds until a shard is tried again that the database could not serve
PATIENT = 3  # times as many deaths as over a source: a run is lost with this shard, and any fault may have hit it
LONGEST = 7200.0  # seconds of judging or rendering
DOING = {"judge": "judging", "render": "rendering"}


def work(store: Store, key: Key, worker: Worker) -> str:
    """Claim the shard and work on it; what came of it.

    nothing: it is not to be had (done, claimed, not yet due, no such shard) · done · failed · returned: somebody is to
    go on with it · lost: somebody else has it. Raises StoreError when the database is away before anything was claimed.
    """
    if worker.stop.is_set():
        return "nothing"
    with store.writing() as connection:
        claim = shards.claim(connection, key, worker.name, worker.lease)
    if claim is None:
        return "nothing"
    with structlog.contextvars.bound_contextvars(run=key.run, shard=f"{key.kind}-{key.number}", attempt=claim.attempt):
        outcome = _worked(store, claim, worker)
        structlog.get_logger().info("shard ended", outcome=outcome)
        if outcome in ("done", "failed"):
            advance(store, key.run)
    return outcome


def _worked(store: Store, claim: Claim, worker: Worker) -> str:
    try:
        if claim.key.kind == "collect":
            return collect_shard(store, claim, worker)
        return _alone(store, claim, worker, {"judge": judge_run, "render": render_report}[claim.key.kind])
    except LostShardError:
        return "lost"
    except StoreError as problem:
        structlog.get_logger().error("the database failed", reason=str(problem)[:300])
        return _put_back(store, claim, AGAIN, counted=False)
    except Exception as problem:
        structlog.get_logger().exception("a fault in Auditor itself")
        reason = f"a fault in Auditor itself: {type(problem).__name__}: {problem}"
        return _end(store, partial(shards.fail, claim=claim, error=reason[:600]), "failed")


def _alone(
    store: Store, claim: Claim, worker: Worker, step: Callable[[Store, Claim, Callable[[Connection], None]], None]
) -> str:
    """Judge or render, in this thread, interrupted when the worker is to stop."""
    died = claim.attempt - 1 - claim.returned
    if died >= worker.attempts * PATIENT:
        error = f"its worker died {died} times while {DOING[claim.key.kind]}"
        return _end(store, partial(shards.fail, claim=claim, error=error), "failed")
    try:
        with _interruptible() as interrupt, Heart(store, claim, worker, interrupt) as heart:
            heart.when_overdue(lambda _: _too_long(store, claim))
            heart.watch(claim.key.kind, LONGEST)
            step(store, claim, heart.fence)
        return _end(store, partial(shards.finish, claim=claim), "done")
    except StoppingError:
        return "lost" if heart.lost else _put_back(store, claim, 0.0, counted=False)
    except StoreError:
        raise
    except InputError as problem:
        return _end(store, partial(shards.fail, claim=claim, error=str(problem)), "failed")
    except OSError as problem:  # no room for a report's file
        structlog.get_logger().error("not written", reason=str(problem)[:300])
        return _put_back(store, claim, AGAIN, counted=True)


def _too_long(store: Store, claim: Claim) -> None:
    with store.writing() as connection:
        shards.fail(connection, claim, f"{DOING[claim.key.kind]} took more than {LONGEST:.0f} s")


def _end(store: Store, change: Callable[[Connection], None], outcome: str) -> str:
    persist(store, change)
    return outcome


def _put_back(store: Store, claim: Claim, after: float, *, counted: bool) -> str:
    """Hand the shard back; where the database does not take even that, its lease ends by itself."""
    try:
        with store.writing() as connection:
            shards.hand_back(connection, claim, after, counted=counted)
    except (LostShardError, StoreError):
        return "lost"
    return "returned"


_armed = threading.Event()


def _interrupted(_number: int, _frame: object) -> None:
    if _armed.is_set():
        _armed.clear()
        raise StoppingError


@contextmanager
def _interruptible() -> Iterator[Callable[[], None]]:
    """A function that makes this thread raise StoppingError wherever it is; only a main thread can be told so.

    Elsewhere the next write notices. The handler stays: a signal that comes late must not end the process.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    main = threading.main_thread().ident or 0
    signal.signal(signal.SIGUSR2, _interrupted)
    _armed.set()
    try:
        yield lambda: signal.pthread_kill(main, signal.SIGUSR2)
    finally:
        _armed.clear()
