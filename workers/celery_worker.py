"""A Celery worker: a parent that receives messages and children that work."""

import os
from collections.abc import Sequence
from typing import Any

from celery import signals

from auditor.service.worker import worker_name
from workers.app import make_app
from workers.tasks import Child, register


def run_worker(broker: str, database: str, kinds: Sequence[str], concurrency: int, lease: float, attempts: int) -> int:
    """Work until SIGTERM or SIGINT; the exit status. Children hold their shards no longer than seconds after it."""
    told, tell = os.pipe()
    app = make_app(broker)
    child = Child(database, list(kinds), lease, attempts, told)
    register(app, child)

    def begin(**_: Any) -> None:
        os.close(tell)  # else the children would keep each other's pipe open
        child.begin()

    def end(**_: Any) -> None:
        nonlocal tell
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
    worker.start()
    end()
    return int(worker.exitcode or 0)
