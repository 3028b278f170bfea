"""Child processes that are kept alive: forked, forked again when they die, ended together, never left behind.

A child shares what its parent has loaded, in time and in memory. It learns that its parent lives from a pipe, and ends
when that ends (`workers.child`): also when the parent was killed by SIGKILL. At a fork the parent has one thread and no
open database: what another thread holds, a child would wait for in vain.
"""

import gc
import multiprocessing
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkProcess

import structlog

from workers import child as in_child
from workers.child import SIGNALS, Work, close_all, descriptors

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0  # seconds before a child that died is started again
WELL = 60.0  # seconds after which a child counts as one that works
LOOK = 0.1  # seconds between two looks at the children
# Not os.fork alone: with this a child ends without what its parent has yet to do, after its own threads and children,
# and has a pipe that tells of the parent's end.
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep alive. `log`: the form of its log; `keeps`: descriptors that it inherits."""

    name: str
    work: Work = field(repr=False)  # it may hold a password
    log: str = "text"
    keeps: Sequence[int] = ()


@dataclass(slots=True)
class _Kept:
    child: Child
    process: ForkProcess | None = None
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
        """Returns when `stop` is set and every child has ended. For the main thread, with no other one beside it."""
        gc.freeze()  # what is loaded now is looked at by no child's garbage collection: its pages stay shared
        try:
            while not self.stop.is_set():
                for one in self._kept:
                    self._look_after(one)
                self.stop.wait(LOOK)
        finally:
            self._end()

    def pids(self) -> dict[str, int]:
        """The process ids of the children that live."""
        living = {one.child.name: one.process for one in self._kept if one.process and one.process.exitcode is None}
        return {name: process.pid for name, process in living.items() if process.pid}

    def _look_after(self, one: _Kept) -> None:
        now = time.monotonic()
        if one.process is None:
            if now >= one.due:
                self._start(one, now)
            return
        if (status := one.process.exitcode) is None:
            return
        if now - one.began >= WELL:
            one.deaths = 0
        one.process.close()
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2**one.deaths)
        one.deaths += 1
        one.process, one.due = None, now + wait
        self._log.error("child ended", child=one.child.name, how=how_ended(status), again_in_seconds=wait)

    def _start(self, one: _Kept, now: float) -> None:
        one.began, told = now, one.child
        process = FORK.Process(target=in_child.main, name=told.name, args=(told.name, told.log, told.work, told.keeps))
        before: set[int] = set()
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # a child gets none before it knows what to do about it
        try:
            before = descriptors()
            process.start()
        except OSError as problem:  # no memory or no process to be had now
            if before:
                close_all(descriptors() - before)  # pipes that multiprocessing leaves open then
            one.due = now + LONGEST_WAIT
            self._log.error("child not started", child=told.name, reason=str(problem))
            return
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        one.process = process
        self._log.info("child started", child=told.name, pid=process.pid)

    def _end(self) -> None:
        living = [one.process for one in self._kept if one.process is not None]
        for process in living:
            process.terminate()  # does nothing to one that has been waited for
        end = time.monotonic() + self._grace
        while any(process.exitcode is None for process in living) and time.monotonic() < end:
            if self.hurry.wait(LOOK):
                break
        for one in self._kept:
            if one.process is not None and one.process.exitcode is None:
                self._log.warning("child killed: it did not end in time", child=one.child.name)
                one.process.kill()
                one.process.join()


def how_ended(status: int) -> str:
    """The end of a process in words: its exit status, or the signal that ended it."""
    if status >= 0:
        return f"status {status}"
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"signal {-status}"
