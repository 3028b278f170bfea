"""Collecting from the simulated switch in one line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.nexus1000v import Options, fetch, read
from auditor.domain import Capture, Credential, Failure, Secret, Snapshot, Source
from tests.simulators.nxos.agent import Agent
from tests.simulators.nxos.device import Device


def source_of(device: Device, known_hosts: Path, agent: Agent | None = None, **changes: Any) -> Source:
    """The source of a device, with the right password unless `password` says otherwise."""
    ssh = {"credential": "ssh", "known_hosts": str(known_hosts), "port": device.port, **changes.pop("ssh", {})}
    snmp = {"credential": "snmp", "port": agent.port, **changes.pop("snmp", {})} if agent else None
    credentials = {
        "ssh": Credential("ssh", device.username, {"password": Secret(changes.pop("password", device.password))}),
    }
    if agent:
        keys = {"auth_key": Secret(agent.auth_key), "priv_key": Secret(agent.priv_key)}
        credentials["snmp"] = Credential("snmp", agent.username, keys)
    options = Options.model_validate({"ssh": ssh, **({"snmp": snmp} if snmp else {}), **changes.pop("options", {})})
    settings: dict[str, Any] = {"kind": "nexus1000v", "timeout": 10.0, **changes}
    return Source("vsm", address="127.0.0.1", options=options, credentials=credentials, **settings)


async def collect(
    device: Device, folder: Path, agent: Agent | None = None, *, deadline: float = 60.0, **changes: Any
) -> Capture | Failure:
    """What `fetch` yields for a running device: one item."""
    known_hosts = changes.pop("known_hosts", None) or device.known_hosts(folder)
    found = [item async for item in fetch(source_of(device, known_hosts, agent, **changes), deadline)]
    assert len(found) == 1
    return found[0]


async def captured(device: Device, folder: Path, agent: Agent | None = None, **changes: Any) -> Capture:
    """As `collect`, for a device that can be read."""
    found = await collect(device, folder, agent, **changes)
    assert isinstance(found, Capture), found
    return found


async def seen(device: Device, folder: Path, agent: Agent | None = None, **changes: Any) -> Snapshot:
    """Facts of a device that can be read, through fetch and read."""
    return read(await captured(device, folder, agent, **changes))


async def failed(device: Device, folder: Path, **changes: Any) -> Failure:
    """As `collect`, for a device that cannot be read."""
    found = await collect(device, folder, **changes)
    assert isinstance(found, Failure), found
    return found


def at(facts: Any, path: str) -> Any:
    """The value at a rule path below plain facts; raises KeyError when it is absent."""
    from auditor.rulebook.paths import getter, parse_path

    value = getter(parse_path(path))(facts)
    if type(value).__name__ == "Absent":
        raise KeyError(path)
    return value


Folder = Callable[[], Path]
__all__ = ["at", "captured", "collect", "failed", "pytest", "seen", "source_of"]
