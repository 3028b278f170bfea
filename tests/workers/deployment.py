"""A service of real processes: workers and schedulers as they are started by hand, and what can happen to them."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from auditor.store import phases
from auditor.store.engine import StoreError
from tests.servers.process import children
from tests.service.nights import new_store
from tests.simulators import estate

ROOT = Path(__file__).parents[2]
PATIENCE = 180.0  # seconds for a run to end, on a machine that is busy with other tests
LEASE = 3.0


class Deployment:
    """A database and, maybe, a broker, with processes that use them. All of them are gone at its end."""

    def __init__(self, folder: Path, database: str, broker: str | None = None, *, lease: float = LEASE) -> None:
        self.folder, self.store, self._logs = folder, new_store(database), folder / "logs"
        self._logs.mkdir(exist_ok=True)
        plugin = estate.announce(folder / "plugin")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": f"{plugin}{os.pathsep}{ROOT}",
            "AUDITOR_STATE": str(folder / "state"),
            "AUDITOR_DATABASE": database,
            "AUDITOR_LEASE": f"{lease}s",
            "AUDITOR_HMAC_KEY": "a key of this test alone, long enough",
            **({"AUDITOR_BROKER": broker} if broker else {}),
        }
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str, more: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
        """Start `auditor` with these words."""
        log = self._logs / f"{len(self.processes):02d}-{words[0]}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "auditor", *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**self.environment, **(more or {})},
                cwd=self.folder,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def worker(self, concurrency: int = 2, *words: str, **more: Any) -> "subprocess.Popen[bytes]":
        """Start a worker."""
        return self.start("worker", "--concurrency", str(concurrency), *words, **more)

    def scheduler(self, **more: Any) -> "subprocess.Popen[bytes]":
        """Start a scheduler."""
        return self.start("scheduler", **more)

    def wait(self, done: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Return when `done`; a database that is away for a moment is no answer."""
        end = time.monotonic() + patience
        while True:
            try:
                if done():
                    return
            except StoreError:
                pass
            if any(process.poll() == 2 for process in self.processes):
                raise AssertionError(f"a process was given bad input\n{self.logs()}")
            if time.monotonic() > end:
                raise AssertionError(f"not {what} after {patience:.0f} s\n{self.logs()}")
            time.sleep(0.1)

    def over(self, run: int) -> bool:
        """Whether a run has ended."""
        with self.store.reading() as connection:
            return phases.run_row(connection, run).state not in phases.OPEN

    def wait_over(self, run: int) -> None:
        """Return when the run has ended."""
        self.wait(lambda: self.over(run), "over")

    def contacts(self) -> int:
        """How often any source was asked."""
        return len(estate.contacts(self.folder))

    def logs(self, lines: int = 30) -> str:
        """The last lines of what every process said."""
        out = []
        for log in sorted(self._logs.iterdir()):
            out.append(f"--- {log.name}")
            out += log.read_text(errors="replace").splitlines()[-lines:]
        return "\n".join(out)

    def close(self) -> None:
        """End every process that is left, and the store's connections."""
        for process in self.processes:
            if process.poll() is None:
                kill(process)
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def tree(process: "subprocess.Popen[bytes]") -> list[int]:
    """The ids of a process and of all that come from it."""
    found = [process.pid]
    for pid in found:
        found += children(pid)
    return found


def send(pids: Sequence[int], number: signal.Signals) -> None:
    """Send a signal to processes that may have ended meanwhile."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def kill(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL a process and all that come from it."""
    send(tree(process), signal.SIGKILL)
    process.wait(60)


def kill_a_child(process: "subprocess.Popen[bytes]", dice: random.Random) -> None:
    """SIGKILL one of the processes that come from it, not itself."""
    if found := tree(process)[1:]:
        send([dice.choice(found)], signal.SIGKILL)


@contextmanager
def stopped(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """All of a worker stands still (SIGSTOP); at the end it goes on."""
    pids = tree(process)
    send(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        send(pids, signal.SIGCONT)
