"""A worker without a broker: it looks into the database for shards that wait."""

from collections.abc import Collection

import structlog

from auditor.service.work import work
from auditor.service.worker import Worker
from auditor.store import shards, workers
from auditor.store.engine import Store, StoreError
from auditor.store.shards import KINDS

IDLE = 1.0  # seconds between two looks that found nothing


def poll(store: Store, worker: Worker, kinds: Collection[str] = KINDS, *, idle: float = IDLE) -> None:
    """Work on shards of these kinds until the worker is told to stop."""
    beat = workers.Beat(store, worker.name, ",".join(sorted(kinds)))
    while not worker.stop.is_set():
        try:
            beat.now()
            if look(store, worker, kinds):
                continue
        except StoreError as problem:
            structlog.get_logger().warning("the database is away", reason=str(problem)[:300])
        worker.stop.wait(idle)
    beat.end()


def look(store: Store, worker: Worker, kinds: Collection[str] = KINDS) -> bool:
    """Work on the first shard that is to be had; False when there is none. Raises StoreError."""
    with store.reading() as connection:
        waiting = shards.waiting(connection, kinds, 20)
    return any(work(store, key, worker) != "nothing" for key in waiting)
