"""Sources and collections for the tests of vSphere collection."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from auditor.collectors import collector_for
from auditor.collectors.vsphere.options import Options
from auditor.domain import Capture, Credential, Failure, Secret, Snapshot, Source
from tests.simulators.vsphere.sim import Sim

Item = Capture | Failure
GUARD = 90.0  # seconds after which a hanging collection fails its test


def source_of(sim: Sim, *, kind: str = "vcenter", password: str = "", **options: Any) -> Source:
    """The source an inventory would give for this simulator, verified by its CA unless `tls` says otherwise."""
    options.setdefault("tls", {"ca_file": str(sim.ca_file)})
    checked = Options.model_validate(options)
    credential = Credential("test", sim.username, {"password": Secret(password or sim.password)})
    return Source("vc01", kind, sim.host, sim.port, checked, {"": credential}, warnings=checked.warnings())


def at(host: str, port: int, **options: Any) -> Source:
    """A source at an address where perhaps no vCenter is."""
    options.setdefault("tls", {"verify": False})
    credential = Credential("test", "nobody", {"password": Secret("not-to-be-sent-3141592653")})
    return Source("vc01", "vcenter", host, port, Options.model_validate(options), {"": credential})


def collect(source: Source, deadline: float = 60.0) -> list[Item]:
    """All that one `fetch` yields."""

    async def run() -> list[Item]:
        return [item async for item in collector_for(source.kind).fetch(source, deadline)]

    return asyncio.run(asyncio.wait_for(run(), GUARD))


def captures(items: Iterable[Item], platform: str = "esxi") -> dict[str, Capture]:
    """Captures of one platform by target."""
    return {item.target: item for item in items if isinstance(item, Capture) and item.platform == platform}


def failures(items: Iterable[Item]) -> dict[str | None, Failure]:
    """Failures by target; None is the whole source."""
    return {item.target: item for item in items if isinstance(item, Failure)}


def snapshots(items: Iterable[Item], platform: str = "esxi") -> dict[str, Snapshot]:
    """What `read` makes of the captures of one platform, by target."""
    return {name: collector_for("vcenter").read(capture) for name, capture in captures(items, platform).items()}


def with_timeout(source: Source, seconds: float) -> Source:
    """The source with another limit for a single call."""
    return replace(source, timeout=seconds)
