"""Run the command line as a user does: its own process, its own folder."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    status: int
    out: str
    err: str
    folder: Path

    def audit(self, name: str = "out") -> dict[str, Any]:
        """audit.json of the output folder `name`."""
        data: dict[str, Any] = json.loads((self.folder / name / "audit.json").read_text())
        return data


def auditor(
    folder: Path,
    *arguments: object,
    env: Mapping[str, str] | None = None,
    timeout: float = 120,
    said: str = "",
    fresh: bool = False,
) -> Done:
    """`auditor ARGUMENTS` in `folder`, with a state folder of its own; `said` is its standard input.

    It is a child of a process that has loaded Auditor already (see zygote.py), or with `fresh` a Python of its own.
    """
    environment = {**os.environ, "AUDITOR_STATE": str(folder / ".state"), **(env or {})}
    told = [*map(str, arguments)]
    alone = threading.current_thread() is not threading.main_thread()  # the other one takes a request at a time
    own = any(name.startswith(("PYTHON", "LC_", "LANG")) for name in env or ())  # what Python reads at its start
    if fresh or own or alone:
        command = [sys.executable, "-m", "auditor", *told]
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            input=said,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr, folder)
    with tempfile.TemporaryFile() as in_, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        in_.write(said.encode())
        in_.seek(0)
        status = _begun(told, environment, folder, [in_.fileno(), out.fileno(), err.fileno()], timeout)
        out.seek(0)
        err.seek(0)
        return Done(status, out.read().decode(), err.read().decode(), folder)


def _begun(arguments: list[str], environment: Mapping[str, str], folder: Path, streams: list[int], limit: float) -> int:
    """The status of a command. Raises TimeoutExpired, after ending it."""
    line = _starter(os.getpid())
    asked = {"arguments": arguments, "environment": dict(environment), "folder": str(folder)}
    socket.send_fds(line, [json.dumps(asked).encode() + b"\n"], streams)
    line.settimeout(60)
    number = _number(line)
    line.settimeout(limit)
    try:
        return _number(line)
    except TimeoutError:
        if number > 1:
            os.killpg(number, signal.SIGKILL)
        line.settimeout(60)
        _number(line)
        raise subprocess.TimeoutExpired(arguments, limit) from None


def _number(line: socket.socket) -> int:
    text = b""
    while not text.endswith(b"\n"):
        got = line.recv(1)
        if not got:
            raise ConnectionError("the process that starts commands has ended")
        text += got
    return int(text)


@cache
def _starter(_process: int) -> socket.socket:
    """A connection to the process that starts commands; one for each process of the test run."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "tests.cli.zygote"]
    root = Path(__file__).parents[2]
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH", "")]))
    started: subprocess.Popen[bytes] = subprocess.Popen(
        command, cwd=root, env={**os.environ, "PYTHONPATH": path}, stdin=theirs.fileno()
    )
    theirs.close()

    def end() -> None:
        ours.close()
        started.wait(10)

    atexit.register(end)
    return ours
