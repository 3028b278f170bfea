"""`auditor serve`: API, scheduler and workers on this machine, without set-up. With a broker, workers are Celery's."""

import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from auditor import __version__
from auditor.cli import EXIT_OK
from auditor.cli.audit import InventoryFile
from auditor.cli.database import BrokerOption, DatabaseOption
from auditor.cli.output import one_line

if TYPE_CHECKING:
    from auditor.store.engine import Store
    from workers.supervisor import Child, Supervisor

IMPATIENT = 1.0  # seconds between two signals that are meant to be two
SHOWN = 10  # schedules told at the start


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes a free one. Default: 8000.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=1000, help="Worker processes. Default: 2.")] = None,
    database: DatabaseOption = None,
    broker: BrokerOption = None,
    inventory: InventoryFile = None,
    schedules: Annotated[
        bool, typer.Option("--schedules/--no-schedules", help="Also keep schedules, as `auditor scheduler` does.")
    ] = True,
    log: Annotated[str | None, typer.Option(help="Form of the log on standard error: text or json.")] = None,
) -> int:
    """Run the service: health and metrics over HTTP, schedules, audits. Ends in order at SIGTERM or Ctrl-C.

    Without a broker this machine works alone. Status: 0 ended in order, 2 bad input or a port in use.
    """
    from auditor.api.doorway import doorway
    from auditor.api.sockets import listening
    from auditor.logging import start_service_log
    from auditor.settings import addresses, settings
    from auditor.sso.configured import relying
    from auditor.store.migrate import ready_store
    from workers.embedded import load
    from workers.supervisor import Supervisor

    said = settings()
    form = log or said.log or "text"
    start_service_log(form)
    told = {
        "log": form,
        "database": addresses.database_url(said, database),
        "broker": addresses.broker_url(said, broker),
    }
    file = inventory or said.inventory
    if file is not None:
        _check(file)
    doorway(said)
    relying(said)
    store = ready_store(told["database"] or "")
    count = 0 if told["broker"] else workers or said.workers
    with listening(host or said.host, said.port if port is None else port) as listener:
        supervisor = Supervisor(list(_children(told, listener, count, schedules)))
        with _signals(supervisor):
            _greet(store, listener, told["broker"], count, file, said.public_url)
            store.close()
            load(["api", *["scheduler"] * schedules, *["worker"] * min(count, 1)])
            supervisor.run()
    return EXIT_OK


def _check(inventory: Path) -> None:
    """Raises InputError for an inventory that no audit could use; its secrets are not looked at."""
    from auditor.inventory.load import load_inventory

    load_inventory(inventory, secrets=False)


def _children(told: dict[str, Any], listener: socket.socket, workers: int, schedules: bool) -> "Iterator[Child]":
    from workers.embedded import child

    yield child("api", "api", {**told, "listener": listener.fileno()}, [listener.fileno()])
    if schedules:
        yield child("scheduler", "scheduler", told)
    for number in range(1, workers + 1):
        yield child("worker", f"worker-{number}", told)


@contextmanager
def _signals(supervisor: "Supervisor") -> Iterator[None]:
    """SIGTERM and SIGINT end the service; one more, a while later, ends it at once (some senders send each twice)."""
    first = 0.0

    def end(_number: int, _frame: object) -> None:
        nonlocal first
        if not supervisor.stop.is_set():
            first = time.monotonic()
            supervisor.stop.set()
        elif time.monotonic() - first > IMPATIENT:
            supervisor.hurry.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _greet(
    store: "Store", listener: socket.socket, broker: str | None, workers: int, inventory: Path | None, public: str
) -> None:
    """Say where the service listens, what it works with, and what it will do by itself."""
    from auditor.api.sockets import address_of
    from auditor.settings.addresses import shown

    address = address_of(listener)
    alone = f"{workers} process{'es' if workers != 1 else ''} on this machine, no broker"
    lines = [
        f"Auditor {__version__} listens on {address}  (/health/ready, /metrics)",
        f"database   {store.place}",
        f"workers    {f'`auditor worker`, through {shown(broker)}' if broker else alone}",
        *_first_admin(store, address),
        *_schedules(store, inventory),
    ]
    if not public and not ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback:
        lines.insert(
            1, "           on a network, in plain text: nobody signs in until public_url names an address with TLS"
        )
    sys.stdout.write("".join(f"{one_line(line, 400)}\n" for line in lines))
    sys.stdout.flush()


def _first_admin(store: "Store", address: str) -> list[str]:
    """Where nobody could sign in: a token to make the first admin with, printed this once."""
    from auditor.store.access.acting import local_actor
    from auditor.store.access.onetime import setup_token

    with store.writing() as connection:
        secret = setup_token(connection, local_actor())
    if secret is None:
        return []
    return [
        "users      none: nobody can sign in. `auditor user add NAME --role admin`, or send",
        f"             this token, a name and a password to {address}/api/v1/setup. It is good once, until a restart:",
        f"             {secret}",
    ]


def _schedules(store: "Store", inventory: Path | None) -> list[str]:
    from auditor.cli.schedule_text import told_next
    from auditor.store import schedules
    from auditor.store.engine import now

    with store.reading() as connection:
        at, found = now(connection), schedules.listed(connection)
    if not found:
        file = inventory or "inventory.yaml"
        return [
            "schedules  none: nothing is audited by itself. Add one:",
            f"             auditor schedule add nightly --cron '0 2 * * *' --zone UTC -i {file}",
        ]
    lines = [f"{one.name}: {one.paused or told_next(one.schedule, at)}" for one in found[:SHOWN]]
    more = [f"and {len(found) - SHOWN} more: `auditor schedule list`"] if len(found) > SHOWN else []
    return [f"{'schedules' if n == 0 else '':9}  {line}" for n, line in enumerate([*lines, *more])]
