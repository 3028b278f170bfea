"""This machine, read live: facts are compared with what Python sees by itself."""

import contextlib
import os
from pathlib import Path

import pytest

from auditor.collectors import linux
from auditor.collectors.linux.transport import Stream, run
from auditor.domain import Capture
from tests.collectors.linux.helpers import collect, local_source, snapshot

pytestmark = pytest.mark.asyncio


def text(path: str) -> str:
    return Path(path).read_text()


async def test_the_machine_is_identified() -> None:
    """Kernel, architecture and host name are those of uname, the version that of os-release."""
    found = await snapshot(local_source())
    name = os.uname()
    assert (found.facts["kernel"], found.facts["architecture"]) == (name.release, name.machine)
    assert found.facts["hostname"] == name.nodename
    assert f'VERSION_ID="{found.version}"' in text("/etc/os-release")


async def test_parameters_are_those_of_the_kernel() -> None:
    """A network parameter is what /proc/sys shows, as a number."""
    found = await snapshot(local_source())
    value = text("/proc/sys/net/ipv4/ip_forward")
    assert found.facts["sysctl"]["net.ipv4.ip_forward"]["runtime"] == int(value)


async def test_modes_are_those_of_the_file_system() -> None:
    """Mode and owner of a file are what stat(2) says."""
    found = await snapshot(local_source())
    file, status = found.facts["files"]["/etc/passwd"], os.stat("/etc/passwd")
    assert file["mode"] == f"{status.st_mode & 0o7777:04o}"
    assert file["owner"] == "root"


async def test_accounts_are_all_there() -> None:
    """Each line of /etc/passwd is an account."""
    found = await snapshot(local_source())
    names = {line.split(":")[0] for line in text("/etc/passwd").splitlines() if line}
    assert set(found.facts["accounts"]) == names


async def test_the_secret_of_tcp_fast_open_is_not_read() -> None:
    """A key in /proc/sys is a gap and never a value, for root too."""
    item = await collect(local_source())
    assert isinstance(item, Capture)
    found = linux.read(item)
    assert found.gaps["sysctl[net.ipv4.tcp_fastopen_key].runtime"] == "a secret: never read"
    assert "tcp_fastopen_key" not in item.body["records"]["sysctl"]["out"]


@pytest.mark.needs_root
async def test_no_hash_is_in_the_capture() -> None:
    """Root's capture has the state of each password and none of the hashes."""
    item = await collect(local_source())
    assert isinstance(item, Capture)
    stored = [line.split(":")[1] for line in text("/etc/shadow").splitlines() if ":" in line]
    whole = str(item.body)
    assert all(secret not in whole for secret in stored if len(secret) > 5)
    assert linux.read(item).facts["accounts"]["root"]["password"]["state"] in ("hash", "locked", "empty")


async def test_reading_is_pure() -> None:
    """The same capture gives the same snapshot, always."""
    item = await collect(local_source())
    assert isinstance(item, Capture)
    assert linux.read(item) == linux.read(item)


def running() -> str:
    """The command lines of all processes."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(file.read_bytes().decode("utf-8", "replace"))
    return "\n".join(found)


async def test_nothing_runs_on_after_the_deadline() -> None:
    """A command that outlasts the deadline is ended with all that belongs to it, and holds the answer up no longer."""
    stream, mark = Stream(bytearray()), f"left-behind-{os.getpid()}"
    program = f"printf '\\0BEGIN\\0'; timeout 60 sh -c 'sleep 50; : {mark}'; echo late".encode()
    await run(local_source(), linux.Options(connection="local"), program, stream, 1)
    assert stream.kind == "timeout"
    assert bytes(stream.data) == b"\0BEGIN\0"
    assert mark not in running()
