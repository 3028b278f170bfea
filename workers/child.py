"""What runs in a child of `auditor serve`: it learns from one line of its standard input what it is to be.

When that input ends, its parent is no more, and the child ends in order, or at once if it does not manage to.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import orjson

GRACE = 20.0  # seconds to end in order
Work = Callable[[dict[str, Any], threading.Event], None]


def main(works: dict[str, Work]) -> None:
    """Read the line, and do the work that it names under `work` until told to stop."""
    told = orjson.loads(sys.stdin.buffer.readline() or b"{}")
    if not told:  # the parent died before it could say anything
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=_watch_parent, args=(stop,), name="parent", daemon=True).start()

    import structlog

    from auditor.errors import AuditorError
    from auditor.logging import bound, start_service_log

    start_service_log(told["log"])
    with bound(process=told["name"]):
        try:
            works[told["work"]](told, stop)
        except AuditorError as problem:  # the log hides secrets, a traceback on standard error would not
            structlog.get_logger().error("cannot go on", reason=str(problem))
            sys.exit(2)
        except Exception:
            structlog.get_logger().exception("a fault in Auditor itself")
            sys.exit(1)


def _watch_parent(stop: threading.Event) -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    stop.set()
    threading.Event().wait(GRACE)
    os._exit(1)
