"""Nights of a large estate, written and asked for: ours (intervals and snapshots) beside one row per finding per night.

30 nights x 1,000 hosts x 150 rules, about 0.5 % of the findings changing each night, 661 facts for each host. Ours
goes through the store's own functions, 50 targets in a transaction, as the service does it, and keeps the facts too;
the other side (`_rows`) keeps findings alone. Each side has a process and a database of its own. All must give the same
answers, which is checked. A night is timed from results in memory to the last commit; judging is timed by `rules`.
"""

import argparse
import hashlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from auditor.store import blobs, past, runs, standing
from auditor.store.engine import Store, open_store
from auditor.store.history import moment_of, record_targets, time_of
from auditor.store.size import database_bytes
from benchmarks._estate import FIRST, read_night, result_at, write_nights
from benchmarks._rows import Rows
from tests.servers.postgres import Postgres

AT_ONCE = 50  # targets in a transaction, as in auditor.service.saving
SIDES = ("ours", "ours, volatile facts", "rows")
DATABASES = ("sqlite", "postgresql")
HEADER = """
MB: the database, of that before the first night, growth of each of the last ten nights. s: the first night; the median
of the others by the clock, CPU of the client, CPU of the server. Peak MB, of that before the first write. ms: median of
five: what failed in the second, the middle and the last run; the history of one host; the state as of the middle.
"""
COLUMNS = ("MB", "empty", "night", "first s", "wall s", "CPU s", "server s", "peak MB", "base MB")
ASKED = ("old ms", "middle", "new", "host", "state")


class Ours:
    """The store of this project."""

    def __init__(self, store: Store) -> None:
        self.store, self.run, self.series = store, 0, 0
        SQLModel.metadata.create_all(store.engine)

    def begin(self, connection: Connection, night: int) -> None:
        """A new run."""
        self.run = runs.new_run(connection, f"night-{night}", {"baselines": ["esxi-8"]}, {})
        self.series = runs.series_of(connection, self.run)
        runs.change_run(connection, self.run, rules=blobs.put_json(connection, {}), state="done")

    def write(self, connection: Connection, _run: int, results: Any) -> None:
        """The findings and facts of some targets."""
        record_targets(connection, self.run, self.series, results)

    def failing(self, connection: Connection, run: int) -> list[Any]:
        """As `Rows.failing`."""
        return [(one.shown, one.rule, one.subject, one.severity) for one in standing.failing_of_run(connection, run)]

    def history(self, connection: Connection, name: str) -> list[Any]:
        """As `Rows.history`, with moments in place of runs."""
        target = connection.execute(text("SELECT id FROM target WHERE name = :name"), {"name": name}).scalar_one()
        found = standing.history_of(connection, self.series, target)
        return [(one.rule, one.subject, one.status, one.first, one.last) for one in found]

    def state(self, connection: Connection, moment: int) -> list[Any]:
        """As `Rows.state`."""
        seen = past.targets_at(connection, self.series, time_of(moment))
        found = standing.standing_of(connection, seen)
        return [(one.shown, one.rule, one.subject, one.status) for one in found]


def server_cpu(pid: int | None) -> float:
    """CPU seconds of a server's process so far."""
    if pid is None:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Clock:
    """Sums of wall, client CPU and server CPU seconds."""

    def __init__(self, pid: int | None) -> None:
        self.pid, self.sums = pid, [0.0, 0.0, 0.0]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what happens inside."""
        before = (time.perf_counter(), time.process_time(), server_cpu(self.pid))
        yield
        after = (time.perf_counter(), time.process_time(), server_cpu(self.pid))
        self.sums = [total + b - a for total, a, b in zip(self.sums, before, after, strict=True)]


def tidy(store: Store) -> int:
    """Bytes of the database after a checkpoint, on PostgreSQL after a vacuum too."""
    with store.engine.connect() as connection:
        if store.is_sqlite:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            alone.exec_driver_sql("VACUUM ANALYZE")
    return database_bytes(store)


def asked(store: Store, question: Callable[[Connection], list[Any]]) -> tuple[float, list[Any]]:
    """Milliseconds by the clock, median of five after a first one, and the answer."""
    times, answer = [], []
    for _ in range(6):
        with store.reading() as connection:
            begun = time.perf_counter()
            answer = question(connection)
            times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times[1:]), answer


def told(answer: list[Any]) -> str:
    """A hash of an answer, whatever its order."""
    return hashlib.sha256(repr(sorted(map(repr, answer))).encode()).hexdigest()


def measure(side: str, url: str, folder: Path, nights: int, hosts: int) -> dict[str, Any]:
    """One side on one database, in this process."""
    store = open_store(url)
    kept: Any = Rows(store) if side == "rows" else Ours(store)
    packed: dict[int, bytes] = {}
    night_costs, sizes = [], [tidy(store)]
    peak_before = 0
    for night in range(nights):
        packed.update(read_night(folder, night))
        with store.engine.connect() as connection:
            pid = None if store.is_sqlite else connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        clock = Clock(pid)  # the pool hands out the same connection again
        if side != "rows":
            with clock.running(), store.writing() as connection:
                kept.begin(connection, night)
        for first in range(0, hosts, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, hosts))
            results = [result_at(packed[n], night, n, with_volatile=side == SIDES[1]) for n in numbers]
            peak_before = peak_before or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            with clock.running(), store.writing() as connection:
                kept.write(connection, night + 1, results)
        night_costs.append(clock.sums)
        if night + 1 in (1, 2, nights - 10, nights):
            sizes.append(tidy(store))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    questions: dict[str, tuple[float, list[Any]]] = {}
    for name, run in {"old": 2, "middle": nights // 2, "new": nights}.items():
        questions[f"failing, {name}"] = asked(store, partial(kept.failing, run=run))
    questions["host"] = asked(store, partial(kept.history, name=f"esx{hosts // 2:05d}.example.org"))
    moment = moment_of(FIRST + timedelta(days=nights // 2, hours=12))
    questions["state"] = asked(store, partial(kept.state, moment=moment))
    store.close()
    return {
        "costs": night_costs,
        "sizes": sizes,
        "peak": (peak // 1024, peak_before // 1024),
        "ms": {name: ms for name, (ms, _) in questions.items()},
        "answers": {name: len(a) if name == "host" else told(a) for name, (_, a) in questions.items()},
        "rows": {name: len(answer) for name, (_, answer) in questions.items()},
    }


def separately(side: str, url: str, folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    """`measure` in a process of its own."""
    command = [sys.executable, __file__, "--side", side, "--folder", str(folder)]
    command += ["--nights", str(args.nights), "--hosts", str(args.hosts)]
    variables = {**os.environ, "BENCH_DATABASE": url}  # a password stands in it: not for the list of processes
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def line(side: str, database: str, found: dict[str, Any], nights: int) -> str:
    """A side in one line."""
    sizes, asked = [size / 1e6 for size in found["sizes"]], [f"{ms:8.1f}" for ms in found["ms"].values()]
    growth = (sizes[-1] - sizes[-2]) / 10 if nights > 12 else float("nan")
    costs = [found["costs"][0][0], *(statistics.median(one[n] for one in found["costs"][1:]) for n in range(3))]
    figures = [f"{one:8.2f}" for one in (sizes[-1], sizes[0], growth, *costs)]
    return " ".join([f"{side:20} {database:10}", *figures, *(f"{one:8}" for one in found["peak"]), *asked])


def machine() -> str:
    """Processor, memory and versions."""
    models = [one for one in Path("/proc/cpuinfo").read_text().splitlines() if one.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = models[0].partition(": ")[2] if models else platform.machine()
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores of {name}, {memory:.0f} GiB, Python {platform.python_version()}, load {load:.1f}"


def main() -> None:
    """Measure all sides and print a line for each."""
    cli = argparse.ArgumentParser()
    cli.add_argument("--nights", type=int, default=30)
    cli.add_argument("--hosts", type=int, default=1000)
    cli.add_argument("--rules", type=int, default=150)
    cli.add_argument("--drift", type=float, default=0.005, help="share of host x rule that changes each night")
    cli.add_argument("--database", choices=DATABASES, help="this one alone")
    cli.add_argument("--only", choices=SIDES, help="this side alone")
    cli.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    cli.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = cli.parse_args()
    if args.side:
        print(json.dumps(measure(args.side, os.environ["BENCH_DATABASE"], args.folder, args.nights, args.hosts)))
        return
    print(machine())
    with tempfile.TemporaryDirectory(prefix="auditor-nights-") as name, Postgres(durable=True) as server:
        folder = Path(name)
        changed = write_nights(folder, args.nights, args.hosts, args.rules, args.drift)
        share = 100 * statistics.mean(changed) / (args.hosts * args.rules) if changed else 0.0
        print(
            f"{args.nights} nights x {args.hosts} hosts x {args.rules} rules, {share:.2f} % changed a night, measured"
        )
        print(HEADER + " ".join([" " * 31, *(f"{name:>8}" for name in COLUMNS + ASKED)]))
        for database in [args.database] if args.database else DATABASES:
            answers = set()
            for side in [args.only] if args.only else SIDES:
                file = folder / f"{side.replace(', ', '-').replace(' ', '-')}.sqlite"
                url = f"sqlite:///{file}" if database == "sqlite" else server.new_database()
                found = separately(side, url, folder, args)
                answers.add(json.dumps([found["answers"], found["rows"]]))
                print(line(side, database, found, args.nights), flush=True)
                if database == "postgresql":
                    server.drop_database(url)
            if len(answers) > 1:
                raise SystemExit(f"the sides disagree: {answers}")


if __name__ == "__main__":
    main()
