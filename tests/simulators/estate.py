"""A kind of source that costs nothing: it answers with a recorded Linux host, after a while, or in a bad way.

What it does stands in its address, words separated by blanks: `after=SECONDS`, and one of `dead` (nobody answers),
`refused` (a wrong password), `heals=N` (nobody answers the first N times), `kills` (its reader dies by SIGKILL),
`stuck` (its reader cannot be cut off). Each contact is one line, `NAME PID`, of the file `ledger`, in order of time.

Workers in processes of their own know the kind by an entry point: `announce` makes a folder for their PYTHONPATH.
"""

import asyncio
import fcntl
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from auditor.collectors import OptionModel, collector_for
from auditor.domain import Capture, Failure, Snapshot, Source
from auditor.evidence.captures import read_capture, read_index

PLATFORM = "linux"
SAMPLES = Path(__file__).parents[2] / "auditor" / "samples" / "rhel"
KIND = "simulated"


class Options(OptionModel):
    """Keys of a simulated source."""

    ledger: Path


async def fetch(source: Source, deadline: float) -> AsyncIterator[Capture | Failure]:
    """One capture, or how it failed."""
    words = dict(word.partition("=")[::2] for word in source.address.split())
    contacts = _note(source.options.ledger, source.name)
    await asyncio.sleep(float(words.get("after", 0)))
    if "kills" in words:
        os.kill(os.getpid(), signal.SIGKILL)
    if "stuck" in words:
        time.sleep(3600)  # noqa: ASYNC251 - this is what it is for
    if "refused" in words:
        yield Failure(source.name, "the login was refused", kind="refused")
    elif "dead" in words or contacts <= int(words.get("heals", 0)):
        yield Failure(source.name, "nobody answers", kind="unreachable")
    else:
        yield replace(_recorded(), source=source.name, target=source.name, taken_at=datetime.now(UTC))


def read(capture: Capture) -> Snapshot:
    """The snapshot, by the reader of the capture's platform."""
    return collector_for(capture.platform).read(capture)


def _note(ledger: Path, name: str) -> int:
    """Write a contact down; how many there were with this name."""
    with ledger.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(f"{name} {os.getpid()}\n")
        file.flush()
        file.seek(0)
        return sum(line.split()[0] == name for line in file)


@cache
def _recorded() -> Capture:
    index = read_index(SAMPLES)
    capture = read_capture(SAMPLES, next(one for one in index.captures if "rhel-9-poor" in one.file))
    if not isinstance(capture, Capture):
        raise AssertionError(capture.reason)
    return capture


def announce(folder: Path) -> Path:
    """A folder that, on PYTHONPATH, makes this kind known to a process."""
    info = folder / "auditor_estate-0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: auditor-estate\nVersion: 0\n")
    (info / "entry_points.txt").write_text(f"[auditor.collectors]\n{KIND} = {__name__}\n")
    return folder


def write_inventory(folder: Path, addresses: dict[str, str], more: str = "") -> Path:
    """An inventory of simulated sources by name; `more` is YAML after it."""
    lines = ["defaults: {deadline: 20s}", "sources:"]
    ledger = folder / "ledger"
    ledger.touch()
    for name, address in addresses.items():
        lines.append(f"  - {{name: {name}, kind: {KIND}, address: '{address or 'fine'}', ledger: {ledger}}}")
    path = folder / "inventory.yaml"
    path.write_text("\n".join(lines) + "\n" + more)
    return path


def contacts(folder: Path) -> list[str]:
    """The names of who was asked, in the order of time."""
    return [line.split()[0] for line in (folder / "ledger").read_text().splitlines()]
