"""Synthetic estates of ESXi hosts that are alike, but for what a test plants in some of them."""

from datetime import UTC, datetime
from typing import Any

from auditor.domain import Snapshot
from auditor.facts import FoldedDict

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def facts(n: int, groups: int = 6) -> dict[str, Any]:
    """Facts of host number `n`: what is its own by nature, three planted values of its own, and the rest alike."""
    name = f"esx-{n:04}"
    return {
        "name": f"{name}.example.test",
        "hardware": {"serial": f"S{n}", "model": "Rack 2U", "memory_bytes": 137438953472 - 4096 * (n % 7)},
        "advanced": FoldedDict(
            {**{f"Group{i % 9}.Option{i}": i for i in range(40)}, "Planted.Tag": f"rack-{n}", "Mem.Size": n * 3}
        ),
        "services": {key: {"running": key == "ntpd", "policy": "on"} for key in ("ntpd", "TSM", "TSM-SSH")},
        "time": {"ntp_servers": ["ntp1.example.test", "ntp2.example.test"]},
        "datastores": ["shared-1", "shared-2", f"{name}-local"],
        "port_groups": {f"group-{i}": {"vswitch": "vSwitch0", "vlan": 100 + i} for i in range(groups)},
        "vmkernel": {"vmk0": {"ip": f"10.0.{n >> 8}.{n & 255}", "mtu": 1500}},
    }


def host(n: int, changed: dict[str, Any] | None = None, **more: Any) -> Snapshot:
    """The snapshot of host number `n`. `changed` are whole top-level facts."""
    more.setdefault("sources", {"": "synthetic"})
    return Snapshot(f"esx-{n:04}.example.test", "esxi", "s", WHEN, {**facts(n), **(changed or {})}, **more)


# What the three planted fields and nature make of these hosts: name -> path.
OWN = {
    "advanced[Mem.Size]",
    "advanced[Planted.Tag]",
    "datastores",
    "hardware.serial",
    "name",
    "vmkernel[vmk0].ip",
}
