"""How a server of the tests is run: a folder of its own, a user without rights, an end by process id."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 60.0  # seconds for a server to begin or to end, on a machine that is busy with other tests

MEMORY = Path("/dev/shm")
ROOM = 6 << 30  # bytes; a server takes up to half a gigabyte

# Ends a server when its tests are gone without having ended it: when nobody holds the other end of its input any more.
WATCH = 'read -r _; kill -KILL "$1"; rm -rf -- "$2"'


class NotStartedError(RuntimeError):
    """A server did not begin to answer; its log is in the message."""


def unprivileged() -> pwd.struct_passwd | None:
    """Whom servers run as when the tests run as root: `postgres`, else `nobody`. None: as whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def free_port() -> int:
    """A TCP port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory() -> Path | None:
    """A file system in memory with room for the servers of all workers; None where there is none.

    To make a database there costs a tenth of what it costs on a disk: it is three hundred small files.
    """
    if not os.access(MEMORY, os.W_OK | os.X_OK):
        return None
    found = re.search(r"^MemAvailable:\s+(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    available = int(found[1]) * 1024 if found else 0
    return MEMORY if min(available, shutil.disk_usage(MEMORY).free) >= ROOM else None


class ServerFolder:
    """A folder with a short name (a unix socket's path is at most 107 bytes), owned by the servers' user, 0700."""

    def __init__(self, name: str, *, on_disk: bool = False) -> None:
        self.owner = unprivileged()
        self.path = Path(tempfile.mkdtemp(prefix=f"auditor-{name}-", dir=None if on_disk else memory()))
        self._watch: subprocess.Popen[bytes] | None = None
        self._give(self.path)

    def write_secret(self, name: str, text: str) -> Path:
        """A file that only the server's user reads."""
        path = self.path / name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        self._give(path)
        return path

    def run(self, command: list[str]) -> None:
        """Run a command as the server's user, to its end."""
        with (self.path / "setup.log").open("ab") as log:
            result = self._popen(command, log.fileno()).wait()
        if result:
            raise NotStartedError(f"{command[0]} ended with {result}: {self.log('setup.log')}")

    def begin(self, command: list[str]) -> "subprocess.Popen[bytes]":
        """Start a server as its user. It does not outlive the tests, even if they are killed."""
        with (self.path / "server.log").open("ab") as log:
            process = self._popen(command, log.fileno())
        watch = ["sh", "-c", WATCH, "sh", str(process.pid), str(self.path)]
        self._watch = subprocess.Popen(
            watch, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        return process

    def ends(self) -> None:
        """To be said before a server is ended: its process id may soon be somebody else's."""
        if (watch := self._watch) is not None:
            watch.kill()
            watch.wait(PATIENCE)
            assert watch.stdin
            watch.stdin.close()
            self._watch = None

    def log(self, name: str = "server.log") -> str:
        """The last lines of what it said."""
        file = self.path / name
        return file.read_text(errors="replace")[-2000:] if file.exists() else ""

    def remove(self) -> None:
        """Take the folder away with all that is in it."""
        self.ends()
        shutil.rmtree(self.path, ignore_errors=True)

    def _give(self, path: Path) -> None:
        if self.owner:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def _popen(self, command: list[str], log: int) -> "subprocess.Popen[bytes]":
        owner = self.owner
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.path,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            start_new_session=True,  # an interrupt of the tests at the keyboard is not the server's
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
        )


def wait_until(
    answers: Callable[[], bool], process: "subprocess.Popen[bytes]", folder: ServerFolder, what: str
) -> None:
    """Return when `answers` does; raise `NotStartedError` when the process has ended, or after a minute."""
    deadline = time.monotonic() + PATIENCE
    while not answers():
        if process.poll() is not None:
            raise NotStartedError(f"{what} ended with {process.returncode}: {folder.log()}")
        if time.monotonic() > deadline:
            raise NotStartedError(f"{what} does not answer: {folder.log()}")
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    """The processes that this one started and that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = stat.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue  # it ended meanwhile
        if int(parent) == pid:
            found.append(int(stat.parent.name))
    return found


def kill_tree(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL a server and all that it started, and wait until none of them runs."""
    tree = children(process.pid)
    process.kill()
    process.wait(PATIENCE)
    for pid in tree:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    deadline = time.monotonic() + PATIENCE
    while any(_runs(pid) for pid in tree):
        if time.monotonic() > deadline:
            raise RuntimeError(f"some of {tree} outlived SIGKILL")
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
