"""What a child of a Celery worker does with a message: work on the shard that it names, if that is to be had."""

import os
import signal
import threading
from dataclasses import dataclass, field
from typing import Any

import structlog
from celery import Celery

from auditor.errors import InputError
from auditor.service.work import work
from auditor.service.worker import Worker
from auditor.store.engine import Store, make_engine
from auditor.store.shards import Key
from auditor.store.workers import EVERY, Beat
from workers.app import TASK, key_of

STUCK = 75  # exit status of a process with a source that cannot be cut off
GRACE = 20.0  # seconds that a child has after its parent has gone


@dataclass(slots=True)
class Child:
    """A process that works. It is told to stop by the end of a pipe, which also comes when its parent was killed."""

    url: str = field(repr=False)
    kinds: list[str]
    lease: float
    attempts: int
    told: int  # descriptor of the pipe
    worker: Worker = field(init=False)
    store: Store = field(init=False)
    busy: bool = False

    def begin(self) -> None:
        """After the fork: a database of its own, that may be away for now, and threads that tell and listen.

        The parent has looked whether it has our tables.
        """
        self.store = Store(make_engine(self.url))
        self.worker = Worker(self.lease, self.attempts, stuck=lambda: os._exit(STUCK))
        signal.signal(signal.SIGTERM, self._terminated)
        threading.Thread(target=self._listen, name="parent", daemon=True).start()
        threading.Thread(target=self._tell, name="beat", daemon=True).start()

    def work(self, key: Key) -> str:
        """Work on a shard; what came of it."""
        self.busy = True
        try:
            return work(self.store, key, self.worker)
        except InputError as problem:  # the database is away: the sweep tells of the shard again
            structlog.get_logger().warning("not begun", reason=str(problem)[:300])
            return "nothing"
        finally:
            self.busy = False

    def _terminated(self, _number: int, _frame: object) -> None:
        self.worker.stop.set()
        if not self.busy:
            raise SystemExit(0)

    def _listen(self) -> None:
        try:
            while os.read(self.told, 1):
                pass
        except OSError:
            pass
        self.worker.stop.set()
        threading.Event().wait(GRACE)
        if os.getppid() == 1:
            os._exit(1)

    def _tell(self) -> None:
        beat = Beat(self.store, self.worker.name, ",".join(sorted(self.kinds)))
        while not self.worker.stop.is_set():
            beat.now()
            self.worker.stop.wait(EVERY)
        beat.end()


def register(app: Celery, child: Child) -> None:
    """Make the one task known to the application."""

    @app.task(name=TASK)  # type: ignore[untyped-decorator]
    def work_on(kind: Any, run: Any, number: Any) -> None:
        try:
            named, which, place = key_of(kind, run, number)
        except ValueError as problem:
            structlog.get_logger().warning("message left", reason=str(problem))
            return
        child.work(Key(which, named, place))
