"""Who works on a shard, and what keeps the shard his: the heartbeat, the stop, the end of what stands still."""

import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeVar

import structlog
from sqlalchemy import Connection

from auditor.store import shards
from auditor.store.engine import Store, StoreError
from auditor.store.shards import Claim, LostShardError

T = TypeVar("T")
WRITING = 30.0  # seconds that one transaction may take beyond the lease
PATIENCE = 60.0  # seconds that a result waits for the database


class StoppingError(BaseException):
    """The worker was told to end: what it holds is handed back.

    No Exception: it may come up anywhere, and whoever turns faults into findings must not make one of it.
    """


def worker_name() -> str:
    """The name of this process among workers."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that works. `stuck` is called when a source cannot be cut off: the process is of no more use."""

    lease: float = 120.0  # seconds, less than an hour (`shards.FAR`)
    attempts: int = 3  # claims that may die over one source, or one judging or rendering
    name: str = field(default_factory=worker_name)
    stop: threading.Event = field(default_factory=threading.Event)
    stuck: Callable[[], None] = _nothing

    def __post_init__(self) -> None:
        object.__setattr__(self, "lease", min(self.lease, 0.9 * shards.FAR.total_seconds()))


class Heart:
    """Renews the lease of a claim from a thread of its own, while what is watched keeps to its time.

    `interrupt` is called once, from that thread, when the shard was lost or the worker is to stop.
    """

    def __init__(self, store: Store, claim: Claim, worker: Worker, interrupt: Callable[[], None]) -> None:
        self._store, self.claim, self._worker, self._interrupt = store, claim, worker, interrupt
        self._ends: dict[str, float] = {}  # by source, on the monotonic clock
        self._overdue: Callable[[list[str]], None] = lambda names: None
        self._over, self._told = threading.Event(), False
        self.lost = False
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)

    def watch(self, name: str, seconds: float) -> None:
        """From now on `name` has so much time."""
        self._ends[name] = time.monotonic() + seconds

    def done(self, name: str) -> None:
        """`name` has ended."""
        self._ends.pop(name, None)

    def when_overdue(self, act: Callable[[list[str]], None]) -> None:
        """What to do about names whose time is over; it runs in the heart's thread."""
        self._overdue = act

    def check(self) -> None:
        """Raises LostShardError or StoppingError when the work is to end."""
        if self.lost:
            raise LostShardError(f"shard {self.claim.key} was lost")
        if self._worker.stop.is_set():
            raise StoppingError

    def fence(self, connection: Connection) -> None:
        """The first call in each transaction: renews the lease. Raises LostShardError or StoppingError."""
        self.check()
        shards.renew(connection, self.claim, WRITING)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()

    def _beat(self) -> None:
        every = max(0.05, self._worker.lease / 3)
        due = time.monotonic() + every
        while not self._over.wait(min(0.25, every)):
            now = time.monotonic()
            if self._worker.stop.is_set():
                self._tell()
            if late := [name for name, end in self._ends.items() if end < now]:
                self._give_up(late)
                return
            if now >= due:
                due = now + every
                if not self._renewed():
                    return

    def _renewed(self) -> bool:
        try:
            with self._store.writing() as connection:
                if not self._over.is_set():
                    shards.renew(connection, self.claim)
        except LostShardError:
            if not self._over.is_set():
                self.lost = True
                self._tell()
            return False
        except StoreError as problem:  # it may come back before the lease ends
            structlog.get_logger().warning("lease not renewed", shard=list(self.claim.key), reason=str(problem)[:300])
        return True

    def _give_up(self, late: list[str]) -> None:
        structlog.get_logger().error("a source stands still", shard=list(self.claim.key), sources=late)
        try:
            self._overdue(late)
        except (LostShardError, StoreError) as problem:
            structlog.get_logger().warning("not told", shard=list(self.claim.key), reason=str(problem)[:300])
        self.lost = True
        self._tell()
        self._worker.stuck()

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            self._interrupt()


def persist(
    store: Store, write: Callable[[Connection], T], check: Callable[[], None] = _nothing, patience: float = PATIENCE
) -> T:
    """What `write` gives, done in a transaction, again while the database is away or full, for at most `patience` s.

    Raises StoreError when that was not enough; whatever else `write` raises, or `check` before each try, comes at once.
    """
    end, wait = time.monotonic() + patience, 0.1
    while True:
        check()
        try:
            with store.writing() as connection:
                return write(connection)
        except StoreError as problem:
            if time.monotonic() + wait > end:
                raise
            structlog.get_logger().warning("not written, trying again", reason=str(problem)[:300])
            time.sleep(wait)
            wait = min(wait * 2, 5.0)
