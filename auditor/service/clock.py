"""What must happen by itself while the service runs: due schedules, the sweep, notifications, once a day the tidying.
Any number of processes may do it at the same time.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from auditor.errors import InputError
from auditor.service.scheduling import tick
from auditor.service.sweep import RESEND, Publish, sweep
from auditor.service.telling import keep_telling
from auditor.service.worker import worker_name
from auditor.store import workers
from auditor.store.engine import Store, now
from auditor.store.going import Policy
from auditor.store.retention import retain

ROLE = "scheduler"
TICK, SWEEP, TIDY = 20.0, 1.0, 24 * 3600.0  # seconds between two
FIRST_TIDY = 600.0  # seconds: not while a service that was just begun has its hands full
FORGET = timedelta(days=1)  # after which a worker that ended without a word is no longer told of
LOOK = 0.2
ON_ITS_WAY = 10.0  # seconds that a message may still take when the service ends


@dataclass(slots=True)
class _Habit:
    """Something done every so often; what goes wrong with it is told, and it is done again the next time."""

    name: str
    every: float
    act: Callable[[], object]
    due: float = 0.0

    def now(self) -> None:
        """Do it, if it is time to."""
        if time.monotonic() < self.due:
            return
        self.due = time.monotonic() + self.every
        try:
            self.act()
        except InputError as problem:  # the database is away, or a definition in it is none
            structlog.get_logger().warning("not done", what=self.name, reason=str(problem)[:300])
        except Exception:
            structlog.get_logger().exception("a fault in Auditor itself", what=self.name)


def keep_time(
    store: Store,
    stop: threading.Event,
    policy: Policy,
    publish: Publish | None = None,
    *,
    sweep_every: float = SWEEP,
    resend: float = RESEND,
) -> None:
    """Do all of it until `stop` is set. `publish` tells workers through a broker; without it they look themselves.

    A shard that nobody has begun `resend` seconds after it was told of is told of again.
    """
    beat = workers.Beat(store, f"{ROLE}:{worker_name()}", ROLE)
    habits = [
        _Habit("tick", TICK, lambda: tick(store)),
        _Habit("sweep", sweep_every, lambda: sweep(store, publish, resend=resend)),
    ]
    tidying = threading.Thread(target=_tidy, args=(store, stop, policy), name="tidy", daemon=True)
    tidying.start()  # daemon: what it has not removed when the service ends goes another day
    telling = threading.Thread(target=keep_telling, args=(store, stop), name="tell", daemon=True)
    telling.start()  # daemon: a message that is on its way for too long when the service ends is sent again
    while not stop.is_set():
        beat.now()
        for habit in habits:
            habit.now()
        stop.wait(LOOK)
    telling.join(ON_ITS_WAY)
    beat.end()


def _tidy(store: Store, stop: threading.Event, policy: Policy) -> None:
    def tidy() -> None:
        with store.writing() as connection:
            at = now(connection)
            workers.forget(connection, at - FORGET)
        found = retain(store, policy, at)
        structlog.get_logger().info("tidied", captures=found.captures, reports=found.reports, bytes=found.bytes)

    habit = _Habit("retention", TIDY, tidy, time.monotonic() + FIRST_TIDY)
    while not stop.wait(1.0):
        habit.now()
