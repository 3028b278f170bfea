"""Child processes that are kept alive: started, started again when they die, ended together, never left behind.

A child is told what to do by one line on its standard input, which stays open as long as its parent lives: a child that
reads its end (`workers.child`) ends too, also when the parent was killed by SIGKILL.
"""

import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO

import structlog

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0  # seconds before a child that died is started again
WELL = 60.0  # seconds after which a child counts as one that works
LOOK = 0.1  # seconds between two looks at the children


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep alive. `message`: what it is told; `keeps`: descriptors that it inherits."""

    name: str
    command: Sequence[str]
    message: bytes = field(default=b"", repr=False)  # it may hold a password
    keeps: Sequence[int] = ()


@dataclass(slots=True)
class _Kept:
    child: Child
    process: "subprocess.Popen[bytes] | None" = None
    began: float = 0.0
    deaths: int = 0  # since it last worked well
    due: float = 0.0  # when it is to be started again


class Supervisor:
    """Keeps children alive until `stop` is set; then they have `grace` seconds, or none once `hurry` is set."""

    def __init__(self, children: Sequence[Child], *, grace: float = 20.0) -> None:
        self._kept = [_Kept(child) for child in children]
        self._grace = grace
        self.stop, self.hurry = threading.Event(), threading.Event()
        self._log = structlog.get_logger()

    def run(self) -> None:
        """Returns when `stop` is set and every child has ended."""
        try:
            while not self.stop.is_set():
                for one in self._kept:
                    self._look_after(one)
                self.stop.wait(LOOK)
        finally:
            self._end()

    def pids(self) -> dict[str, int]:
        """The process ids of the children that live."""
        return {one.child.name: one.process.pid for one in self._kept if one.process and one.process.poll() is None}

    def _look_after(self, one: _Kept) -> None:
        now = time.monotonic()
        if one.process is None:
            if now >= one.due:
                self._start(one, now)
            return
        if (status := one.process.poll()) is None:
            return
        if now - one.began >= WELL:
            one.deaths = 0
        _pipe(one.process).close()
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2**one.deaths)
        one.deaths += 1
        one.process, one.due = None, now + wait
        self._log.error("child ended", child=one.child.name, how=how_ended(status), again_in_seconds=wait)

    def _start(self, one: _Kept, now: float) -> None:
        one.began = now
        try:
            process = subprocess.Popen(  # its own group: Ctrl-C at a terminal is for us to pass on, in order
                list(one.child.command),
                stdin=subprocess.PIPE,
                bufsize=0,
                pass_fds=tuple(one.child.keeps),
                process_group=0,
            )
        except OSError as problem:  # no memory or no process to be had now
            one.due = now + LONGEST_WAIT
            self._log.error("child not started", child=one.child.name, reason=str(problem))
            return
        one.process = process
        try:
            _pipe(process).write(one.child.message + b"\n")
        except BrokenPipeError:  # it is dead already: the next look sees it
            pass
        self._log.info("child started", child=one.child.name, pid=process.pid)

    def _end(self) -> None:
        living = [one.process for one in self._kept if one.process is not None]
        for process in living:
            process.send_signal(signal.SIGTERM)  # does nothing to one that has been waited for
        end = time.monotonic() + self._grace
        while any(process.poll() is None for process in living) and time.monotonic() < end:
            if self.hurry.wait(LOOK):
                break
        for one in self._kept:
            if one.process is not None and one.process.poll() is None:
                self._log.warning("child killed: it did not end in time", child=one.child.name)
                one.process.kill()
                one.process.wait()


def _pipe(process: "subprocess.Popen[bytes]") -> IO[bytes]:
    if process.stdin is None:
        raise AssertionError("a pipe was asked for")
    return process.stdin


def how_ended(status: int) -> str:
    """The end of a process in words: its exit status, or the signal that ended it."""
    if status >= 0:
        return f"status {status}"
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"signal {-status}"
