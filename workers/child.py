"""What runs in a child of `auditor serve`, from the fork to its end.

When its parent is no more, the child ends in order, or at once if it does not manage to.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

GRACE = 20.0  # seconds to end in order
SIGNALS = (signal.SIGTERM, signal.SIGINT)  # told to a child: to end; its parent holds them back while it forks
Work = Callable[[threading.Event], None]


def main(name: str, log: str, work: Work, keeps: Collection[int]) -> None:
    """Do `work` until told to stop, in a process that was just forked. Leaves by SystemExit: 1 a fault, 2 bad input."""
    stop = threading.Event()
    parent = _apart(name, keeps)
    signal.set_wakeup_fd(-1)
    for number in SIGNALS:
        signal.signal(number, lambda *_: stop.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    threading.Thread(target=_watch_parent, args=(parent, stop), name="parent", daemon=True).start()

    import structlog

    from auditor.errors import AuditorError
    from auditor.garbage import look_seldom
    from auditor.logging import bound, start_service_log

    look_seldom()
    start_service_log(log)
    with bound(process=name):
        try:
            work(stop)
        except AuditorError as problem:  # the log hides secrets, a traceback on standard error would not
            structlog.get_logger().error("cannot go on", reason=str(problem))
            sys.exit(2)
        except Exception:
            structlog.get_logger().exception("a fault in Auditor itself")
            sys.exit(1)


def descriptors() -> set[int]:
    """The descriptors that are open in this process."""
    found = {int(name) for name in os.listdir("/proc/self/fd")}
    return {one for one in found if Path(f"/proc/self/fd/{one}").is_symlink()}  # without that of the listing itself


def close_all(those: Collection[int]) -> None:
    """Close descriptors; one that is closed already is no fault."""
    for one in those:
        with suppress(OSError):
            os.close(one)


def _apart(name: str, keeps: Collection[int]) -> int:
    """Leave to the parent what is its own; the descriptor that ends with it.

    A group of its own: Ctrl-C at a terminal is for the parent to pass on, in order. No descriptor beyond those that it
    `keeps`: neither a port that it does not answer on nor what tells its siblings that the parent lives.
    """
    os.setpgid(0, 0)
    with suppress(OSError):  # what `ps` and `top` call it
        Path("/proc/self/comm").write_text(name)
    parent = multiprocessing.parent_process()
    if parent is None or not isinstance(parent.sentinel, int):
        raise AssertionError("this is no child")
    close_all(descriptors() - {0, 1, 2, parent.sentinel, *keeps})
    if 0 not in keeps:
        nothing = os.open(os.devnull, os.O_RDONLY)
        if nothing:
            os.dup2(nothing, 0)
            os.close(nothing)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for the life of the process
    return parent.sentinel


def _watch_parent(parent: int, stop: threading.Event) -> None:
    """Nothing ever comes from the parent but the end."""
    with suppress(OSError):
        while os.read(parent, 4096):
            pass
    stop.set()
    threading.Event().wait(GRACE)
    os._exit(1)
