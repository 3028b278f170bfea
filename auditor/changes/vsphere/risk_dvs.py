"""Risks of changes of distributed switches, and of a vCenter's clusters."""

from collections.abc import Iterator

from auditor.changes.model import Risk
from auditor.changes.vsphere.sides import ROLLBACK, Sides
from auditor.domain import Severity


def dvs_risks(sides: Sides) -> Iterator[Risk]:
    """Those of a distributed switch."""
    hosts = len(sides.was("hosts") or ())
    if sides.was("mtu") != sides.will("mtu"):
        lower = (sides.will("mtu") or 0) < (sides.was("mtu") or 0)
        yield Risk(
            "dvs-mtu",
            Severity.HIGH if lower else Severity.MEDIUM,
            "The MTU of the switch is lowered" if lower else "The MTU of the switch is raised",
            f"{sides.was('mtu')} to {sides.will('mtu')} bytes on {hosts} hosts: adapters above it lose packets, and the"
            " physical network must carry what is below it",
            sides.where("mtu"),
        )
    if sides.changes("uplinks"):
        yield Risk(
            "dvs-uplinks",
            Severity.HIGH,
            "The uplinks of the switch change",
            f"policies name them, and {hosts} hosts have adapters on them. {ROLLBACK}",
            sides.where("uplinks"),
        )
    if _unused(sides, ""):
        yield _cut(sides, "teaming", "the default of the switch leaves no uplink active or standby")
    for name in sides.keys("port_groups"):
        yield from _group(sides, name)


def _group(sides: Sides, name: str) -> Iterator[Risk]:
    path = f"port_groups[{name}]"
    if sides.was(path) is None:
        return
    if sides.will(path) is None:
        yield Risk(
            "dvs-group-gone",
            Severity.HIGH,
            "A distributed port group is removed or renamed",
            f"{name}: what is connected to it keeps the vCenter from removing it, or loses its network",
            sides.where(path),
        )
        return
    if _unused(sides, f"{path}."):
        yield _cut(sides, path, f"{name} has no active or standby uplink any more")
    if sides.was(f"{path}.uplink") and any(sides.changes(f"{path}.{part}") for part in ("vlan", "teaming", "blocked")):
        yield Risk(
            "dvs-uplink-policy",
            Severity.HIGH,
            "The policy of the uplinks is changed",
            f"{name} carries the physical uplinks of all member hosts. {ROLLBACK}",
            sides.where(path),
        )
    elif sides.was(f"{path}.vlan") != sides.will(f"{path}.vlan") or sides.open(f"{path}.vlan"):
        shown = " to ".join(_vlan(side(f"{path}.vlan")) for side in (sides.was, sides.will))
        yield Risk(
            "dvs-vlan-changed",
            Severity.HIGH,
            "Machines or VMkernel adapters change their VLAN",
            f"{name}: {shown}. Management, vMotion and storage adapters of hosts may be in it. {ROLLBACK}",
            sides.where(f"{path}.vlan"),
        )
    if sides.becomes(f"{path}.blocked", True):
        yield Risk(
            "dvs-blocked",
            Severity.HIGH,
            "All ports of a group are blocked",
            f"{name}: nothing in it has a network",
            sides.where(f"{path}.blocked"),
        )
    if sides.becomes(f"{path}.teaming.policy", "loadbalance_ip"):
        yield Risk(
            "dvs-ip-hash",
            Severity.MEDIUM,
            "IP hash needs a port channel on the physical switch",
            f"{name} loses packets without one",
            sides.where(f"{path}.teaming.policy"),
        )
    if sides.becomes(f"{path}.teaming.beacon", True) and (sides.will(f"{path}.teaming.uplinks") or 0) < 3:
        yield Risk(
            "dvs-beacon-uplinks",
            Severity.LOW,
            "Beacon probing with fewer than three uplinks",
            f"{name}: it cannot tell which of two has failed",
            sides.where(f"{path}.teaming.beacon"),
        )


def _vlan(data: object) -> str:
    if not isinstance(data, dict):
        return "none"
    return (
        f"trunk {', '.join(data.get('ranges') or ())}"
        if data.get("kind") == "trunk"
        else f"{data.get('kind')} {data.get('id')}"
    )


def _unused(sides: Sides, at: str) -> bool:
    if sides.open(f"{at}teaming.active") or sides.open(f"{at}teaming.standby"):
        return False
    before, after = (
        [*(side(f"{at}teaming.active") or ()), *(side(f"{at}teaming.standby") or ())]
        for side in (sides.was, sides.will)
    )
    return bool(before) and not after


def _cut(sides: Sides, path: str, detail: str) -> Risk:
    return Risk(
        "dvs-no-uplink",
        Severity.HIGH,
        "A distributed network loses all its uplinks",
        f"{detail}. {ROLLBACK}",
        sides.where(f"{path}.teaming", path),
    )


def vcenter_risks(sides: Sides) -> Iterator[Risk]:
    """Those of a vCenter."""
    for name in sides.keys("clusters"):
        for fact, shown in (("ha", "High availability"), ("drs", "DRS")):
            path = f"clusters[{name}].{fact}"
            if sides.becomes(path, False):
                detail = (
                    f"{name}: machines of a host that fails stay down"
                    if fact == "ha"
                    else f"{name}: nothing moves machines"
                )
                yield Risk(
                    f"vcenter-{fact}-off",
                    Severity.MEDIUM,
                    f"{shown} of a cluster is switched off",
                    detail,
                    sides.where(path),
                )
            elif fact == "drs" and sides.becomes(path, True):
                yield Risk("vcenter-drs-on", Severity.LOW, "DRS begins to move machines", name, sides.where(path))
