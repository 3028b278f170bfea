"""The children of `auditor serve`: one answers over HTTP, one keeps the schedules, the others audit."""

import os
import socket
import threading
from collections.abc import Iterable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from auditor.collectors import KINDS
from workers.supervisor import Child

STUCK = 75  # exit status of a worker with a source that cannot be cut off
# What a child of each kind of work needs, loaded once before the fork. Not what draws reports: it works seldom.
LOADED = {
    "api": ("auditor.api.server", "auditor.web.app"),
    "scheduler": ("auditor.service.clock", "auditor.store.migrate"),
    "worker": ("auditor.service.work", "auditor.service.polling", "auditor.store.migrate", *sorted({*KINDS.values()})),
}


def child(work: str, name: str, told: dict[str, Any], keeps: Sequence[int] = ()) -> Child:
    """A child that does the `work`, "api", "scheduler" or "worker", with what it is `told`."""
    return Child(name, partial(WORKS[work], told), told["log"], keeps)


def load(works: Iterable[str]) -> None:
    """Load what children of these kinds of work share. None of it starts a thread."""
    for module in {module: None for work in works for module in LOADED[work]}:
        import_module(module)


def answer(told: dict[str, Any], stop: threading.Event) -> None:
    """Answer over HTTP on the socket that the parent listens on."""
    from auditor.api.context import Context
    from auditor.api.doorway import doorway
    from auditor.api.server import server
    from auditor.settings import settings
    from auditor.sso.provider import provider
    from auditor.store.engine import Store, make_engine
    from auditor.web.app import make_site

    store = Store(make_engine(told["database"]))  # opened by whoever asks: a database that is away now may come back
    said = settings()
    running = server(make_site(Context(store, told["broker"], door=doorway(said), sso=provider(said))))

    def end() -> None:
        stop.wait()
        running.should_exit = True

    threading.Thread(target=end, name="stop", daemon=True).start()
    running.run(sockets=[socket.socket(fileno=told["listener"])])


def keep_time(told: dict[str, Any], stop: threading.Event) -> None:
    """Keep the schedules, and every run going."""
    from auditor.service import clock
    from auditor.settings import settings
    from auditor.store.going import Policy
    from auditor.store.migrate import ready_store

    said = settings()
    policy = Policy(said.keep_captures, said.keep_reports, said.keep_snapshots, said.keep_downloads)
    publish = None
    if told["broker"]:
        from workers.app import publisher

        publish = publisher(told["broker"])
    clock.keep_time(ready_store(told["database"]), stop, policy, publish, resend=said.lease)


def audit(told: dict[str, Any], stop: threading.Event) -> None:
    """Work on whatever waits in the database."""
    from auditor.service.polling import poll
    from auditor.service.worker import Worker
    from auditor.settings import settings
    from auditor.store import shards
    from auditor.store.migrate import ready_store
    from auditor.store.workers import EVERY, Beat

    said, store = settings(), ready_store(told["database"])
    kinds = told.get("kinds", shards.KINDS)
    worker = Worker(said.lease, said.attempts, stop=stop, stuck=lambda: os._exit(STUCK))
    beat = Beat(store, worker.name, ",".join(sorted(kinds)))

    def tell() -> None:  # also while it works on a shard for long
        while not stop.wait(EVERY):
            beat.now()

    threading.Thread(target=tell, name="beat", daemon=True).start()
    poll(store, worker, kinds)


WORKS = {"api": answer, "scheduler": keep_time, "worker": audit}
