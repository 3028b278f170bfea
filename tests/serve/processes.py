"""Looking at processes of a test, by their id."""

import os
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 60.0  # seconds, on a machine that is busy with other tests


def until(holds: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Wait until something holds. Fails with `what` when it does not."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.05)


def lives(pid: int) -> bool:
    """Whether a process is there and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def children(pid: int) -> set[int]:
    """The ids of a process's children."""
    found = set()
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and int(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found.add(int(entry))
        except FileNotFoundError:
            continue
    return found


def descriptors(pid: int) -> dict[int, str]:
    """The open descriptors of a process and what each is: a path, "pipe:[4711]", "socket:[4712]"."""
    folder, found = f"/proc/{pid}/fd", {}
    for name in os.listdir(folder):
        try:
            found[int(name)] = os.readlink(f"{folder}/{name}")
        except FileNotFoundError:
            continue
    return found
