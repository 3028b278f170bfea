"""What the tests of doctor share: asking it, finding what it named, and doing to the letter what its mend says."""

import asyncio
import shlex
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from auditor.doctor.examine import Wanted, addressed_checks
from auditor.doctor.model import Check
from auditor.doctor.sources import inventory_checks, source_checks
from auditor.runners import ConcurrentRunner, Silent
from auditor.settings import settings
from tests.cli.running import auditor
from tests.simulators.nxos.device import Device, running

TROUBLE = ("wrong", "warn")


def troubles(checks: Iterable[Check]) -> list[Check]:
    """What is not well, in plain text as people get it. The clock of this machine is no matter of a test."""
    return [one.plain() for one in checks if one.state in TROUBLE and (one.area, one.name) != ("time", "clock")]


def only(checks: Iterable[Check]) -> Check:
    """The one trouble there is."""
    (one,) = troubles(checks)
    return one


def addressed() -> list[Check]:
    """Database and broker, as the settings of the test name them."""
    return list(addressed_checks(settings(), Wanted()))


def sources(inventory: Path) -> list[Check]:
    """The inventory, and every source of it that can be asked."""
    found, checks = inventory_checks(inventory)
    return [*checks, *(source_checks(found, ConcurrentRunner(), Silent()) if found else ())]


def commands(mend: str) -> list[str]:
    """The commands of a mend."""
    return [line.removeprefix("$ ") for line in mend.splitlines() if line.startswith("$ ")]


def follow(mend: str, folder: Path, env: Mapping[str, str] | None = None) -> str:
    """Run every command of a mend in `folder`, which must work; what they said."""
    told = ""
    found = commands(mend)
    assert found, f"no command in {mend!r}"
    for command in found:
        if command.startswith("auditor "):
            done = auditor(folder, *shlex.split(command)[1:], env=env)
            assert done.status == 0, done.err
            told += done.out
            continue
        ran = subprocess.run(
            ["sh", "-c", command], cwd=folder, env=env and {**env}, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, f"{command}: {ran.stderr}"
        told += ran.stdout
    return told


@contextmanager
def switch(device: Device) -> Iterator[Device]:
    """The device, served by a thread of its own, so that a test may wait for a command meanwhile."""
    begun, loop, end = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with running(device):
            begun.set()
            await end.wait()

    def work() -> None:
        loop.run_until_complete(serve())
        loop.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert begun.wait(30)
        yield device
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(30)
