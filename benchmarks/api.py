"""The service's pages and lists over a large estate, at 8 clients; and a whole run by it beside `auditor audit`.

50,000 targets and 150,000 open findings (`_filling`) on SQLite and PostgreSQL, in turn. The service runs in a process
of its own, the clients are threads of this one, each with a connection that stays open, signed in. Beside it, in the
same process and over the same tables, the usual way: OFFSET, count(*), dicts as JSON by FastAPI (`_serving`).

A row: ms of the first answer, alone; p50 and p95 at 8 clients; answers a second; ms of CPU of the server for each one
(on PostgreSQL without the database's). Parts: `pages`, `overhead`.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from auditor.store import runs
from auditor.store.engine import Store
from benchmarks._filling import fill
from benchmarks._overhead import by_command, by_service
from benchmarks._questions import limited, questions, usual
from benchmarks._readers import Asked, Connection, ask
from benchmarks._serving import Served, serving
from benchmarks.nights import machine
from tests.api.caller import signed_in
from tests.api.rows import made
from tests.servers.postgres import Postgres

GOAL = 300.0  # ms, of p95
DATABASES = ("sqlite", "postgresql")
PARTS = ("pages", "overhead")
HEADER = f"{'what':34} {'first':>8} {'p50 ms':>8} {'p95 ms':>8} {'a second':>8} {'CPU ms':>7} {'kB':>5}"


def row(name: str, asked: Asked) -> str:
    """A line of the table; `!` where p95 misses the goal."""
    speed, cpu = len(asked.times) / asked.wall, 1000 * asked.cpu / len(asked.times)
    figures = f"{asked.first:8.1f} {asked.share(0.5):8.1f} {asked.share(0.95):8.1f} {speed:8.1f} {cpu:7.1f}"
    return f"{name:34} {figures} {asked.size / 1000:5.0f}{' !' if asked.share(0.95) > GOAL else ''}"


def table(served: Served, cookie: str, asks: Mapping[str, Sequence[str]], args: argparse.Namespace) -> dict[str, Asked]:
    """Ask all of these, and print a line for each."""
    found = {}
    for name, paths in asks.items():
        if args.only in name and paths:
            found[name] = ask(served, cookie, paths, args.clients, args.seconds)
            print(row(name, found[name]), flush=True)
    return found


def pages(store: Store, url: str, folder: Path, args: argparse.Namespace) -> None:
    """Fill the database, and ask."""
    begun = time.perf_counter()
    fill(store, args.targets, args.nights)
    print(f"filled in {time.perf_counter() - begun:.0f} s")
    with store.reading() as connection:
        run = str(runs.list_runs(connection, 1)[0].name)
    with serving(url, folder) as served:
        lead, ams = (signed_in(served.port, store, name).cookie for name in ("lead", "ams-lead"))
        connection_ = Connection(served.port, lead)
        begun = time.perf_counter()
        connection_.get("/targets")
        print(f"the first page of all, which works out the state: {time.perf_counter() - begun:.1f} s")
        asks = questions(connection_, args.targets, run)
        print(HEADER)
        ours = table(served, lead, asks, args)
        mixed = [path for paths in asks.values() for path in paths[:4]]
        table(served, lead, {"all of these, in turn": mixed * 7 + mixed[:1]}, args)
        table(served, ams, limited(run), args)
        peak = served.peak()
        beside = table(served, lead, {f"beside: {name}": paths for name, paths in usual(args.targets).items()}, args)
        for name, other in beside.items():
            mine = ours.get(name.removeprefix("beside: "))
            if mine:
                cpu = (other.cpu / len(other.times)) / (mine.cpu / len(mine.times))
                late = other.share(0.95) / mine.share(0.95)
                print(f"{name}: {cpu:.1f} times the CPU, {late:.1f} times the p95 of the page")
        print(f"peak memory of the service {peak:.0f} MB; {machine()}")


def overhead(args: argparse.Namespace) -> None:
    """A whole run."""
    costs = {}
    for name in ("auditor audit", "auditor audit --save"):
        with tempfile.TemporaryDirectory(prefix="auditor-api-") as folder:
            costs[name] = by_command(Path(folder), args.hosts, save=name.endswith("save"))
    with tempfile.TemporaryDirectory(prefix="auditor-api-") as folder:
        costs["service, first run"], costs["service, second run"] = by_service(Path(folder), args.hosts)
    for name, cost in costs.items():
        wall, cpu = (here / first for here, first in zip(cost, costs["auditor audit"], strict=True))
        print(f"{name:22} {cost.wall:6.1f} s, {cost.cpu:6.1f} s of CPU: {wall:.2f} and {cpu:.2f} times")
    print(f"{args.hosts} hosts; {machine()}")


def main() -> None:
    """Measure what is asked for."""
    cli = argparse.ArgumentParser()
    cli.add_argument("--part", choices=PARTS, help="this part alone")
    cli.add_argument("--database", choices=DATABASES, help="this one alone")
    cli.add_argument("--targets", type=int, default=50_000)
    cli.add_argument("--nights", type=int, default=2)
    cli.add_argument("--hosts", type=int, default=300, help="of the whole run")
    cli.add_argument("--clients", type=int, default=8)
    cli.add_argument("--seconds", type=float, default=0.8, help="for each line")
    cli.add_argument("--only", default="", help="lines with this in their name")
    args = cli.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended
    print(machine())
    if args.part in (None, "overhead"):
        overhead(args)
    for database in DATABASES if args.part in (None, "pages") else ():
        if args.database in (None, database):
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="auditor-api-")))
                url = f"sqlite:///{folder}/api.sqlite"
                if database == "postgresql":
                    url = stack.enter_context(Postgres(durable=True)).new_database()
                print(f"\n{database}: {args.targets} targets, {args.targets * 3} open findings, {args.clients} clients")
                store = made(url)
                stack.callback(store.close)
                pages(store, url, folder, args)


if __name__ == "__main__":
    main()
