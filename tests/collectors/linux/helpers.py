"""What the Linux tests share: sources for real peers, and evidence written by hand for single sections."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor.collectors import linux
from auditor.collectors.linux.frame import Record, parse
from auditor.collectors.linux.wanted import AUDIT_CONF, CONF, UNITS
from auditor.domain import Capture, Credential, Failure, Secret, Snapshot, Source

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
META = "uid=0\nuser=root\nkernel=6.1.0\narch=x86_64\nhostname=host\nnow=1767225600\nbecome=\npid1=systemd\n"
OS = 'ID=debian\nVERSION_ID="12"\n'
VIRT = "container=none\nany=kvm\nchroot=no\n"


def ssh_source(
    address: str, port: int, known_hosts: Path, key: Path, user: str = "root", *, become: str | None = None
) -> Source:
    """A source that logs in by key."""
    options = linux.Options.model_validate({"known_hosts": str(known_hosts), "become": become})
    credential = Credential("key", user, {"key_file": Secret(str(key))})
    return Source("host", "linux", address, port, options, {"": credential}, timeout=20, deadline=60)


def local_source() -> Source:
    """This machine."""
    return Source("here", "linux", options=linux.Options(connection="local"))


async def collect(source: Source, deadline: float = 60) -> Capture | Failure:
    """The one item that a Linux source yields."""
    (item,) = [item async for item in linux.fetch(source, deadline)]
    return item


async def snapshot(source: Source) -> Snapshot:
    """What is read from a source that must answer."""
    item = await collect(source)
    assert isinstance(item, Capture), item
    return linux.read(item)


def read_stream(raw: bytes) -> Snapshot:
    """What is read from a recorded stream."""
    answer = parse(raw)
    records = {key: asdict(record) for key, record in answer.records.items()}
    return linux.read(capture({"records": records, "complete": answer.complete, "lost": "the stream was cut"}))


def capture(body: Mapping[str, Any]) -> Capture:
    """A capture with this body."""
    return Capture("host", "host", "linux", MOMENT, body, synthetic=True)


def read_records(**records: Record | str) -> Snapshot:
    """What is read from records written by hand; a bare text is the output of a probe that succeeded."""
    asked = "\n".join([*UNITS, *CONF, *AUDIT_CONF])
    base: dict[str, Record | str] = {"meta": META, "os": OS, "virt": VIRT, "asked": asked}
    whole = {k: r if isinstance(r, Record) else Record(r, 0, "") for k, r in (base | records).items()}
    return linux.read(capture({"records": {k: asdict(r) for k, r in whole.items()}, "complete": True}))


def lines(**files: str) -> str:
    """Files as the grep of the program prints them; `__` in a name stands for a slash, `_DOT_` for a dot."""
    found = []
    for name, text in files.items():
        path = "/" + name.replace("__", "/").replace("_DOT_", ".").replace("_DASH_", "-")
        found += [f"{path}:{number}:{line}" for number, line in enumerate(text.splitlines(), 1)]
    return "\n".join(found) + "\n"


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every fact with its path; empty lists and mappings count as facts."""
    if isinstance(value, Mapping) and value:
        for key, part in value.items():
            yield from leaves(part, f"{path}.{key}" if path == "" or str(key).isidentifier() else f"{path}[{key}]")
    else:
        yield path.removeprefix("."), value


def differences(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """(path, value, other value) where two plain facts differ; a key that is missing counts as None."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted({*one, *other}):
            name = f"{path}[{key}]" if path and not str(key).isidentifier() else f"{path}.{key}".removeprefix(".")
            yield from differences(one.get(key), other.get(key), name)
    elif one != other:
        yield path, one, other
