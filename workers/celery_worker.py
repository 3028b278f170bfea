"""A Celery worker: a parent that receives messages and children that work."""

import os
import sys
import time
from collections.abc import Sequence
from typing import Any

import structlog
from celery import signals

from auditor.service.worker import worker_name
from workers.app import make_app
from workers.tasks import Child, register

PAUSE = 2.0  # seconds before a worker that ended by itself begins again


def run_worker(broker: str, database: str, kinds: Sequence[str], concurrency: int, lease: float, attempts: int) -> int:
    """Work until SIGTERM or SIGINT; the exit status. Children hold their shards no longer than seconds after it."""
    told, tell = os.pipe()
    app = make_app(broker)
    child = Child(database, list(kinds), lease, attempts, told)
    register(app, child)

    def begin(**_: Any) -> None:
        os.close(tell)  # else the children would keep each other's pipe open
        child.begin()

    asked = False

    def end(**_: Any) -> None:
        nonlocal tell, asked
        asked = True
        if tell >= 0:
            os.close(tell)
            tell = -1

    def no_logging(**_: Any) -> None:
        """Celery leaves logging alone when somebody says so: ours stands."""

    signals.setup_logging.connect(no_logging, weak=False)
    signals.worker_process_init.connect(begin, weak=False)
    signals.worker_shutting_down.connect(end, weak=False)
    worker = app.Worker(
        hostname=f"auditor@{worker_name()}",
        queues=",".join(kinds),
        concurrency=concurrency,
        pool="prefork",
        optimization="fair",
        without_mingle=True,
        without_gossip=True,
        without_heartbeat=True,
        quiet=True,
    )
    try:
        worker.start()
    except Exception:
        structlog.get_logger().exception("the Celery worker broke off")
    if not asked:
        _again()
    end()
    return int(worker.exitcode or 0)


def _again() -> None:
    """Begin anew in this process: kombu can break off for good when its broker dies (5.7: an AttributeError while it
    gives messages back), and nobody may be there to start us. The children see the end of their pipe.
    """
    structlog.get_logger().error("the Celery worker ended by itself: it begins again")
    time.sleep(PAUSE)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - no shell is wanted
