"""`auditor serve` as a process of its own, and what a test asks of it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from auditor.store import phases
from auditor.store.engine import Store, open_store
from tests.api.serving import ready
from tests.serve.processes import children, lives, until


class Service:
    """A service that was begun in `folder`, with its own state folder there."""

    def __init__(self, folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AUDITOR_")}
        self.environment = {**clean, "AUDITOR_STATE": str(folder / "state"), "AUDITOR_LEASE": "3s", **(env or {})}
        self.url = self.environment.get("AUDITOR_DATABASE", f"sqlite:///{folder}/state/auditor.sqlite")
        self.errors = folder / "errors.log"
        with self.errors.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "auditor", "serve", "--port", "0", *arguments],
                cwd=folder,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.said: list[str] = []
        self.port_line = r"http://127\.0\.0\.1:(\d+) "

    @property
    def port(self) -> int:
        """Where it listens; waits until it has said so."""
        while not self.said or not self.said[0].startswith("Auditor "):
            line = self._line()
            assert line, f"the service ended: {self.log()}"
            self.said.append(line)
        found = re.search(self.port_line, self.said[0])
        assert found, self.said
        return int(found[1])

    def greeting(self) -> str:
        """All that it said at its start; waits for it to be there."""
        _ = self.port
        while not self.said[-1].startswith("schedules") and "schedule add" not in self.said[-1]:
            self.said.append(self._line())
        return "\n".join(self.said)

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def log(self) -> str:
        """All that it logged."""
        return self.errors.read_text()

    def store(self) -> Store:
        """Its database; waits until it is made."""
        _ = self.port
        return open_store(self.url)

    def until_ready(self) -> None:
        """Wait until everything that audits need is there."""
        port = self.port
        until(lambda: ready(port)[0] == 200, "the service to be ready")

    def workers(self) -> set[int]:
        """The process ids of its workers."""
        return {pid for pid in children(self.process.pid) if self.role(pid).startswith("worker")}

    def role(self, pid: int) -> str:
        """What a child of it said that it is, in its log."""
        found = re.findall(rf"child='?(\S+?)'? pid={pid} ", self.log())
        return found[-1] if found else ""

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; its exit status. No child is left."""
        family = children(self.process.pid)
        self.process.send_signal(number)
        status = self.process.wait(60)
        until(lambda: not any(map(lives, family)), "the end of every child")
        return status


@contextmanager
def service(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Iterator[Service]:
    """A service; ended in order when the test is over, if it still lives."""
    made = Service(folder, *arguments, env=env)
    try:
        yield made
    finally:
        if made.process.poll() is None:
            made.end()
        if made.process.stdout:
            made.process.stdout.close()


def state(store: Store, run: int) -> str:
    """The state of a run."""
    with store.reading() as connection:
        return str(phases.run_row(connection, run).state)


def until_over(store: Store, run: int) -> None:
    """Wait until a run has ended."""
    until(lambda: state(store, run) not in phases.OPEN, f"the end of run {run}", 120)
