"""`auditor worker` and `auditor scheduler`: what `auditor serve` does on one machine, spread over several."""

import signal
import threading
import time
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import EXIT_OK
from auditor.cli.database import BrokerOption, DatabaseOption
from auditor.errors import InputError

if TYPE_CHECKING:
    from auditor.store.engine import Store

PATIENCE, WAIT = 60.0, 2.0  # seconds that a database may take to begin, and between two looks
LogOption = Annotated[str | None, typer.Option(help="Form of the log on standard error: text or json.")]


def worker(
    queue: Annotated[str, typer.Option(help="Kinds of work, a comma list: collect, judge, render.")] = (
        "collect,judge,render"
    ),
    concurrency: Annotated[int | None, typer.Option(min=1, max=1000, help="Processes. Default: 2.")] = None,
    database: DatabaseOption = None,
    broker: BrokerOption = None,
    log: LogOption = None,
) -> int:
    """Work on runs until SIGTERM, told by the broker; without one by looking into the database each second.

    What a worker holds at its end it hands back, within seconds. Status: 0 ended in order, 2 bad input.
    """
    from auditor.logging import start_service_log
    from auditor.settings import addresses, settings
    from workers.app import queues

    said = settings()
    start_service_log(log or said.log or "text")
    try:
        kinds = queues(queue)
    except ValueError as problem:
        raise InputError(f"--queue {problem} is no kind of work", mend="Choose of collect, judge, render.") from None
    url, told = addresses.database_url(said, database), addresses.broker_url(said, broker)
    patient_store(url).close()  # a database that is not ready is told here, and no connection is open at a fork
    count = concurrency or said.workers
    if told is None:
        return _look_for_work(url, kinds, count, log or said.log or "text")
    from workers.celery_worker import run_worker

    return run_worker(told, url, kinds, count, said.lease, said.attempts)


def _look_for_work(url: str, kinds: list[str], count: int, log: str) -> int:
    """Processes that look into the database."""
    from workers.embedded import child, load
    from workers.supervisor import Supervisor

    told = {"database": url, "broker": None, "log": log, "kinds": kinds}
    children = [child("worker", f"worker-{number}", told) for number in range(1, count + 1)]
    supervisor = Supervisor(children)
    _at_end(supervisor.stop)
    load(["worker"])
    supervisor.run()
    return EXIT_OK


def scheduler(database: DatabaseOption = None, broker: BrokerOption = None, log: LogOption = None) -> int:
    """Keep schedules and runs going until SIGTERM: several at once do no harm, and one is enough.

    Status: 0 ended in order, 2 bad input.
    """
    from auditor.logging import start_service_log
    from auditor.service.clock import keep_time
    from auditor.settings import addresses, settings
    from auditor.store.going import Policy

    said = settings()
    start_service_log(log or said.log or "text")
    told = addresses.broker_url(said, broker)
    publish = None
    if told is not None:
        from workers.app import publisher

        publish = publisher(told)
    stop = threading.Event()
    _at_end(stop)
    policy = Policy(said.keep_captures, said.keep_reports, said.keep_snapshots, said.keep_downloads)
    keep_time(patient_store(addresses.database_url(said, database)), stop, policy, publish, resend=said.lease)
    return EXIT_OK


def patient_store(url: str, patience: float = PATIENCE) -> "Store":
    """The database, also when it begins later than we do, as after a loss of power. Raises InputError.

    Only a server that is away is waited for: a wrong database, or a file that cannot be opened, is told at once.
    """
    import structlog

    from auditor.store.engine import StoreError
    from auditor.store.migrate import ready_store

    end = time.monotonic() + patience
    while True:
        try:
            return ready_store(url)
        except StoreError as problem:
            if url.startswith("sqlite") or time.monotonic() > end:
                raise
            structlog.get_logger().warning("waiting for the database", reason=str(problem)[:300])
            time.sleep(WAIT)


def _at_end(stop: threading.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
