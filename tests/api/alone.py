"""The app in a process of its own: `python -m tests.api.alone`, the database's URL in ALONE_DATABASE."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Alone:
    """The process, where it listens, and its log."""

    process: "subprocess.Popen[str]"
    port: int
    log: Path

    def memory(self) -> int:
        """The most memory that it ever had, in KiB."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))

    def seen_by_others(self) -> bytes:
        """What everybody on the machine may see of it: its arguments; and its environment, which only its user sees."""
        folder = Path(f"/proc/{self.process.pid}")
        return (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()


@contextmanager
def alone(url: str, folder: Path) -> Iterator[Alone]:
    """The app over the database at `url`, with its state in `folder`."""
    log = folder / "service.log"
    environment = {**os.environ, "ALONE_DATABASE": url, "AUDITOR_STATE": str(folder)}
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.api.alone"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
        )
    try:
        assert process.stdout is not None
        yield Alone(process, int(process.stdout.readline()), log)
    finally:
        process.terminate()
        process.communicate(timeout=60)


if __name__ == "__main__":
    from auditor.api.app import make_app
    from auditor.api.context import Context
    from auditor.api.server import server
    from auditor.logging import start_service_log
    from auditor.store.engine import open_store

    start_service_log("json")
    listener = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    server(make_app(Context(open_store(os.environ["ALONE_DATABASE"])))).run(sockets=[listener])
