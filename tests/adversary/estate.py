"""An inventory written source by source, the peers behind it, and a run of the command line over both, measured."""

import asyncio
import gzip
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

T = TypeVar("T")
KEY = "a key that only these tests use 0123"


class Loop:
    """An event loop on a thread of its own, for peers that must answer while a command runs."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._stack = AsyncExitStack()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.call(asyncio.wait_for(self._stack.aclose(), 20))
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def enter(self, peer: AbstractAsyncContextManager[T]) -> T:
        """What the context manager gives; it is left with the loop."""
        return self.call(self._stack.enter_async_context(peer))


@dataclass
class Estate:
    """A folder with an inventory in the making. Every secret is remembered, to be looked for later."""

    folder: Path
    sources: dict[str, str] = field(default_factory=dict)
    credentials: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    def credential(self, name: str, username: str, **secrets: str) -> str:
        """A credential whose secrets stand in files of their own; its name."""
        parts = [f"username: '{username}'"]
        for kind, text in secrets.items():
            if kind == "key_file":
                parts.append(f"key_file: '{text}'")
                continue
            (self.folder / f"{name}.{kind}").write_text(text)
            self.secrets.add(text)
            parts.append(f"{kind}: {{file: {name}.{kind}}}")
        self.credentials.append(f"  {name}: {{{', '.join(parts)}}}\n")
        return name

    def add(self, name: str, kind: str, rest: str) -> None:
        """A source at 127.0.0.1."""
        self.sources[name] = f"  - {{name: {name}, kind: {kind}, address: 127.0.0.1, {rest}}}\n"

    def inventory(self, file: str, *names: str, head: str = "defaults: {timeout: 10s, deadline: 20s}\n") -> str:
        """Write an inventory of the named sources, or of all; its file name."""
        chosen = [text for name, text in self.sources.items() if not names or name in names]
        text = head + "credentials:\n" + "".join(self.credentials) + "sources:\n" + "".join(chosen)
        (self.folder / file).write_text(text)
        return file


@dataclass(frozen=True)
class Measured:
    """What a command left behind. `peak` is its largest resident size in bytes, `seconds` its wall time."""

    status: int
    out: bytes
    err: bytes
    peak: int
    seconds: float
    folder: Path

    def audit(self, name: str) -> dict[str, Any]:
        """audit.json of the output folder `name`."""
        found: dict[str, Any] = json.loads((self.folder / name / "audit.json").read_bytes())
        return found


# A process starts with the peak of the one that started it: one that is small itself starts the measured one.
WATCH = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[2:]).returncode
with open(sys.argv[1], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)
"""


def measured(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Measured:
    """`auditor ARGUMENTS` in `folder`, as a process of its own whose memory is measured."""
    environment = {**os.environ, "AUDITOR_STATE": str(folder / ".state"), "AUDITOR_HMAC_KEY": KEY, **(env or {})}
    begun = time.monotonic()
    with (folder / ".out").open("wb") as out, (folder / ".err").open("wb") as err:
        command = [sys.executable, "-c", WATCH, ".peak", sys.executable, "-m", "auditor", *arguments]
        status = subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err, check=False
        ).returncode
    return Measured(
        status,
        (folder / ".out").read_bytes(),
        (folder / ".err").read_bytes(),
        int((folder / ".peak").read_text()) << 10,
        time.monotonic() - begun,
        folder,
    )


def written(*folders: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below the folders with its content; packed ones unpacked."""
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            content = path.read_bytes()
            yield path, gzip.decompress(content) if path.suffix == ".gz" else content


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that is taken and refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def mute_port() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
