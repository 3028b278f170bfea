"""Starts commands: a process that has loaded what commands load, and makes a child of itself for each.

What a command does is what it does on its own: own process, working folder, environment, standard streams, and settings
read anew, for none are read here. Only loading is done once. `auditor.cli.main` is what `python -m auditor` calls.

Reads from the socket on descriptor 0 one request a line: {"folder", "environment", "arguments"}, with three descriptors
for the child's standard streams; answers with the number of the child, and later with its status.
"""

import array
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

LARGEST = 1 << 20
PRELOADED = (
    "auditor.cli.app",
    "auditor.library",
    "auditor.pipeline",
    "auditor.reporting.render",
    "auditor.store.migrate",
    "auditor.store.access.users",
    "auditor.document",
    "auditor.selection",
    "auditor.inventory.load",
    "auditor.collectors",
    "auditor.facts.esxi",
    "auditor.facts.linux",
    "auditor.cli.saving",
    "auditor.golden",
    "auditor.service.stored",
)


def preload() -> None:
    """Load modules, and read the shipped rules."""
    import importlib

    for name in PRELOADED:
        with suppress(ImportError):
            importlib.import_module(name)
    from auditor.library import load_baselines
    from auditor.resources import folder

    load_baselines([folder("rules")])


def child(asked: dict[str, Any], streams: list[int]) -> None:
    """Be the command. Never returns."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, 256)
    os.setsid()
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.path[:0] = [one for one in asked["environment"].get("PYTHONPATH", "").split(os.pathsep) if one]
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w", errors="backslashreplace")
    sys.argv = ["auditor", *asked["arguments"]]
    from auditor.cli import main

    status: object = 0
    try:
        main()
    except SystemExit as leave:
        status = leave.code
    except BaseException:
        import traceback

        traceback.print_exc()
        status = 1
    import atexit

    atexit._run_exitfuncs()
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status if isinstance(status, int) else 1 if status else 0)


def serve() -> None:
    """Answer until nobody asks any more."""
    asks = socket.socket(fileno=os.dup(0))
    preload()
    while True:
        numbers = array.array("i")
        text, more, _, _ = asks.recvmsg(LARGEST, socket.CMSG_SPACE(3 * numbers.itemsize))
        if not text:
            return
        for _, kind, data in more:
            if kind == socket.SCM_RIGHTS:
                numbers.frombytes(data)
        while not text.endswith(b"\n"):
            text += asks.recv(LARGEST)
        if (number := os.fork()) == 0:
            asks.close()
            child(json.loads(text), list(numbers))
        for one in numbers:
            os.close(one)
        asks.sendall(b"%d\n" % number)
        _, status = os.waitpid(number, 0)
        asks.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    serve()
