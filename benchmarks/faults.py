"""Runs of simulated hosts through real Celery workers, with faults at random moments; what was lost or double.

Each run has two schedulers, two workers of two processes (the wall clock of one is set by hours while it works), Redis
without persistence, and SQLite and PostgreSQL in turn. Three hosts are dead. After each run every target must be in it
exactly once, no finding double or missing, the run over, and the dead hosts told with their reason: a run where that is
not so is printed and counted. Peers come from tests/servers; a full disk needs root, and is left out without it.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from auditor import collectors
from auditor.store import runs
from auditor.store.engine import StoreError
from tests.conftest import program
from tests.servers.postgres import Postgres
from tests.servers.redis_server import RedisServer
from tests.service.nights import assert_whole, begun, estate_of
from tests.simulators import estate
from tests.workers.deployment import LEASE, Deployment, kill, kill_a_child, send, tree
from tests.workers.test_faults import CLOCK

DEAD = 3  # hosts of each run
FAULTS = 6  # of each run
ATTEMPTS = 3  # deaths over one host, after which it is left unread: the default of the worker
KILLING = ("worker tree killed", "one child killed", "worker stopped past its lease", "PostgreSQL killed and started")


@dataclass(slots=True)
class Night:
    """One run and what is done to it."""

    service: Deployment
    redis: RedisServer
    postgres: Postgres | None
    dice: random.Random
    small: Path | None  # a file system that can be filled, with the database in it
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    clock: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)  # what went wrong while faults were made

    def faults(self) -> dict[str, Callable[[], None]]:
        """What can be done, by name."""
        found: dict[str, Callable[[], None]] = {
            "worker tree killed": self.tree,
            "one child killed": lambda: kill_a_child(self.dice.choice(self.workers), self.dice),
            "worker stopped past its lease": self.stop,
            "Redis killed and wiped": self.wipe,
            "scheduler killed": self.scheduler,
            "worker told to end": self.end,
        }
        if self.postgres:
            found["PostgreSQL killed and started"] = self.database
        if self.small:
            found["disk full"] = self.fill
        return found

    def tree(self) -> None:
        kill(self.workers.pop(self.dice.randrange(len(self.workers))))
        self.worker()

    def end(self) -> None:
        ending = self.workers.pop(self.dice.randrange(len(self.workers)))
        send([ending.pid], signal.SIGTERM)
        ending.wait(60)
        self.worker()

    def worker(self) -> None:
        self.workers.append(self.service.worker(more=self.clock if len(self.workers) == 1 else None))

    def stop(self) -> None:
        pids = tree(self.dice.choice(self.workers))
        send(pids, signal.SIGSTOP)
        time.sleep(LEASE + 1 + self.dice.random() * 2)
        send(pids, signal.SIGCONT)

    def wipe(self) -> None:
        self.redis.kill()
        time.sleep(self.dice.random() * 2)
        self.redis.start()

    def scheduler(self) -> None:
        old = next(one for one in self.service.processes if one.args[4] == "scheduler" and one.poll() is None)  # type: ignore[index]
        kill(old)
        self.service.scheduler()

    def database(self) -> None:
        assert self.postgres
        self.postgres.kill()
        time.sleep(self.dice.random() * 2)
        self.postgres.start()

    def fill(self) -> None:
        assert self.small
        filler = self.small / "filler"
        try:
            with filler.open("wb") as file:
                while True:
                    file.write(bytes(65536))
        except OSError:
            time.sleep(1 + self.dice.random() * 2)
        finally:
            filler.unlink()

    def go(self, targets: int, folder: Path) -> tuple[float, int, int]:
        """One run with its faults: (seconds, hosts asked again, late workers refused). Raises AssertionError."""
        odd = {f"host-{number:03d}": "dead" for number in self.dice.sample(range(targets), DEAD)}
        inventory, names = estate_of(folder, targets, odd, after=2.5)
        self.worker()
        self.worker()
        self.service.scheduler()
        self.service.scheduler()
        begin = time.monotonic()
        run = begun(self.service.store, inventory, tries=1, formats=["json"])
        thread = threading.Thread(target=self._strike, args=(run,), daemon=True)
        thread.start()
        wrong = self.wrong
        self.service.wait(lambda: self.service.over(run), "over", 600)
        seconds = time.monotonic() - begin
        thread.join()
        assert not wrong, wrong
        given_up = self.given_up()
        deaths = sum(self.done[name] for name in KILLING)  # the first strikes all of a shard, the others one host each
        if given_up and 1 + len(given_up) * (ATTEMPTS - 1) > deaths:
            raise AssertionError(f"given up without so many deaths: {sorted(given_up)}")
        self.done["host given up, with its reason"] += len(given_up)
        assert_whole(self.service.store, run, names, lambda name: name in odd or name in given_up)
        late = self.service.logs(100_000).count("outcome='lost'")
        return seconds, self.service.contacts() - targets, late

    def given_up(self) -> set[str]:
        """Hosts that the run says are not read because workers died while reading them."""
        store = self.service.store
        with store.reading() as connection:
            (run,) = runs.list_runs(connection, 1)
            seen = runs.targets_of_run(connection, run.id)
        return {one.name for one in seen if one.reason.startswith(f"its worker died {ATTEMPTS} times")}

    def message(self) -> str:
        """What the run says of itself, and of each target that was not read."""
        store = self.service.store
        with store.reading() as connection:
            (run,) = runs.list_runs(connection, 1)
            reasons = Counter(one.reason for one in runs.targets_of_run(connection, run.id) if one.reason)
        return f"{run.state}: {run.message} {dict(reasons)}"

    def _strike(self, run: int) -> None:
        self.service.wait(lambda: self.service.contacts() > 0, "begun")
        for _ in range(FAULTS):
            time.sleep(self.dice.expovariate(1 / 2.0))
            try:
                if self.service.over(run):
                    return
            except StoreError:
                pass  # the database is away, which is what this is about
            name = self.dice.choice(sorted(self.faults()))
            self.done[name] += 1
            try:
                self.faults()[name]()
            except Exception as problem:
                self.wrong.append(f"{name}: {problem!r}")
                return


def small_disk(folder: Path, stack: ExitStack) -> Path | None:
    """A file system of 96 MiB, None where none can be mounted."""
    mount, umount = program("mount"), program("umount")
    if not (mount and umount):
        return None
    folder.mkdir()
    command = [mount, "-t", "tmpfs", "-o", "size=96m,mode=700", "auditor-bench", str(folder)]
    if subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode:
        return None
    stack.callback(subprocess.run, [umount, "-l", str(folder)], check=False)
    return folder


def one_night(number: int, targets: int, seed: int) -> tuple[str, Counter[str], tuple[float, int, int] | str]:
    """A run of its own: (database, faults done, what came of it or what was wrong)."""
    dice = random.Random(seed * 1000 + number)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="auditor-faults-")))
        redis = stack.enter_context(RedisServer())
        server = stack.enter_context(Postgres()) if number % 2 else None
        small = None if server else small_disk(folder / "small", stack)
        place = (small or folder) / "auditor.sqlite"
        url = server.new_database() if server else f"sqlite:///{place}"
        service = stack.enter_context(Deployment(folder, url, redis.url))
        (folder / "clock").mkdir()
        (folder / "clock" / "sitecustomize.py").write_text(CLOCK)
        clock = {
            "PYTHONPATH": f"{folder / 'clock'}:{service.environment['PYTHONPATH']}",
            "TEST_CLOCK_STEP": str(dice.choice([-1, 1]) * dice.randrange(3600, 8 * 3600)),
        }
        night = Night(service, redis, server, dice, small, clock=clock)
        try:
            result: tuple[float, int, int] | str = night.go(targets, folder)
        except AssertionError as wrong:
            last = traceback.extract_tb(wrong.__traceback__)[-1]
            result = f"{last.line} {wrong} (the run says: {night.message()})"
        return ("postgresql" if server else "sqlite"), night.done, result


def main() -> int:
    """Print a line for each run, then the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--targets", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also in the background: what was started is ended
    with tempfile.TemporaryDirectory() as plugin:
        sys.path.insert(0, str(estate.announce(Path(plugin))))
        collectors._modules.cache_clear()
        counts: Counter[str] = Counter()
        wrong = 0
        times: list[float] = []
        again = late = 0
        for number in range(asked.runs):
            database, done, result = one_night(number, asked.targets, asked.seed)
            counts += done
            told = ", ".join(f"{name} x{count}" for name, count in sorted(done.items()))
            if isinstance(result, str):
                wrong += 1
                print(f"run {number:2} {database:10} WRONG: {result[:4000]}\n   {told}", flush=True)
                continue
            times.append(result[0])
            again, late = again + result[1], late + result[2]
            line = f"over after {result[0]:5.1f} s, {result[1]:3} hosts asked again, {result[2]} late workers refused"
            print(f"run {number:2} {database:10} {line}: {told}", flush=True)
    print(f"\n{'fault':32} times")
    for name, count in sorted(counts.items()):
        print(f"{name:32} {count:5}")
    print(f"{'clock of a worker set by hours':32} {asked.runs:5}")
    print(f"{'two schedulers':32} {asked.runs:5}")
    print(
        f"\n{asked.runs} runs of {asked.targets} targets: {wrong} wrong (a target or finding lost or double, run open)"
    )
    if times:
        print(
            f"seconds a run: {min(times):.1f} to {max(times):.1f}; asked again: {again}; late workers refused: {late}"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
