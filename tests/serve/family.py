"""A supervisor at work, as a process of its own: `python -m tests.serve.family` and what a test asks of it.

It forks from its one thread, as `auditor serve` does: a test itself may have others.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from auditor.logging import start_service_log
from tests.serve.processes import children, lives, until
from workers import supervisor
from workers.supervisor import Child, Supervisor

ROOT = Path(__file__).parents[2]


class Family:
    """A supervisor that was begun in `folder`. `said`: its children by name, see `_work`, and how it works itself."""

    def __init__(self, folder: Path, said: Mapping[str, Any]) -> None:
        self.folder, self._errors = folder, folder / "errors.log"
        with self._errors.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.serve.family", str(folder)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdin is not None
        with self.process.stdin as told:
            json.dump(said, told)

    def log(self) -> str:
        """All that it and its children logged."""
        return self._errors.read_text()

    def notes(self, name: str, what: str) -> list[Path]:
        """What children of that name left in the folder: that they have `begun`, or `ended` in order."""
        return list(self.folder.glob(f"{name}.*.{what}"))

    def pids(self) -> dict[str, int]:
        """The children that live, by their name in the log."""
        named = {int(pid): name for name, pid in re.findall(r"child='?(\w+)'? pid=(\d+) ", self.log())}
        return {named[pid]: pid for pid in children(self.process.pid) if lives(pid) and pid in named}

    def until_begun(self, *names: str) -> None:
        """Wait until each has begun its work."""
        until(lambda: all(self.notes(name, "begun") for name in names), f"the begin of {names}")

    def end(self) -> int:
        """Tell it to end; its exit status. No child is left."""
        family = children(self.process.pid)
        self.process.terminate()
        status = self.process.wait(60)
        assert not any(map(lives, family))
        return status


@contextmanager
def family(folder: Path, children: Mapping[str, Any], **more: Any) -> Iterator[Family]:
    """A supervisor at work; ended at the end, in order, if it still lives."""
    made = Family(folder, {"children": children, **more})
    try:
        yield made
    finally:
        if made.process.poll() is None:
            assert made.end() == 0


def _work(folder: Path, name: str, said: Mapping[str, Any], stop: threading.Event) -> None:
    """What a child does: note that it runs, and at its end that it ended in order."""
    if "fault" in said:
        raise RuntimeError(said["fault"])
    (folder / f"{name}.{os.getpid()}.begun").touch()
    if said.get("thread"):  # one that the child's end has to wait for
        threading.Thread(target=_be_late, args=(folder / f"{name}.{os.getpid()}.late", stop)).start()
    stop.wait()
    if said.get("deaf"):
        threading.Event().wait()
    (folder / f"{name}.{os.getpid()}.ended").touch()


def _be_late(note: Path, stop: threading.Event) -> None:
    stop.wait()
    threading.Event().wait(0.5)
    note.touch()


def _main(folder: Path) -> None:
    said = json.load(sys.stdin)
    start_service_log("text")
    supervisor.FIRST_WAIT = said.get("first_wait", supervisor.FIRST_WAIT)
    supervisor.LONGEST_WAIT = said.get("longest_wait", supervisor.LONGEST_WAIT)
    made = Supervisor(
        [Child(name, partial(_work, folder, name, one)) for name, one in said["children"].items()],
        grace=said.get("grace", 20.0),
    )
    signal.signal(signal.SIGTERM, lambda *_: made.stop.set())
    signal.signal(signal.SIGUSR1, lambda *_: made.hurry.set())
    if failing := said.get("failing_forks"):
        _fail(failing)
    try:
        made.run()
    finally:
        (folder / f"parent.{os.getpid()}.finally").touch()  # what no child may do
        assert made.pids() == {}


def _fail(times: int) -> None:
    """The next forks find no process to be had, as where a limit of the machine is reached."""
    real, left = os.fork, iter(range(times))

    def fork() -> int:
        if next(left, None) is not None:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return real()

    os.fork = fork


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
