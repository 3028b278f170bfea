"""What is read of other targets: whoever asks about a few of a large estate needs no more of the rest. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from auditor.domain import Snapshot, root_of

# The facts, by platform, that something is compared or joined with. tests/relate holds that nothing else is read.
READ: Mapping[str, frozenset[str]] = {
    "esxi": frozenset({
        "advanced", "cluster", "dns", "hardware", "image", "multipath", "port_groups", "power_policy", "product",
        "syslog", "time", "vmkernel",
    }),
    "vm": frozenset({"instance_uuid", "nics"}),
    "linux": frozenset({"kvm"}),
    "dvs": frozenset({"hosts", "nexus1000v", "uuid"}),
    "nexus1000v": frozenset({"modules", "svs"}),
    "vcenter": frozenset(),
}  # fmt: skip
_ADDRESSES = frozenset({"esxi", "linux", "vcenter", "vm"})
_SWITCHES = frozenset({"dvs", "esxi", "nexus1000v", "vcenter"})
_ABOUT: Mapping[str, frozenset[str]] = {
    "esxi": _ADDRESSES | _SWITCHES,
    "vm": _ADDRESSES,
    "linux": _ADDRESSES,
    "dvs": _SWITCHES,
    "nexus1000v": _SWITCHES,
}


def neighbours(platforms: Collection[str]) -> frozenset[str]:
    """The platforms of targets that say something about targets of `platforms`."""
    return frozenset().union(*(_ABOUT.get(one, frozenset()) for one in platforms))


def trimmed(snapshot: Snapshot) -> Snapshot:
    """The snapshot with no more than others are compared with."""
    wanted = READ.get(snapshot.platform, frozenset())
    facts = {name: value for name, value in snapshot.facts.items() if name in wanted}
    gaps = {path: why for path, why in snapshot.gaps.items() if root_of(path) in wanted}
    return replace(snapshot, facts=facts, sources={}, gaps=gaps, warnings=())
