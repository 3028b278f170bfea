"""Risks of changes of a host's network: management, uplinks, MTU, traffic of the cluster."""

from collections.abc import Iterator
from typing import Any

from auditor.changes.model import Risk
from auditor.changes.vsphere.sides import ROLLBACK, Sides
from auditor.domain import Severity

_ADAPTER = ("ip", "mask", "dhcp", "mtu", "port_group", "dvport_group", "vlan", "services", "netstack")
_CLUSTER = {"vmotion": "vMotion", "vsan": "vSAN", "faultToleranceLogging": "fault tolerance"}
_PLAIN = 1500  # bytes: Ethernet without jumbo frames


def network_risks(sides: Sides) -> Iterator[Risk]:
    """All of them."""
    yield from _management(sides)
    yield from _uplinks(sides)
    yield from _mtu(sides)
    yield from _traffic(sides)
    yield from _groups(sides)
    yield from _storage(sides)


def _carriers(sides: Sides, kind: str) -> list[str]:
    return [device for device, nic in (sides.was("vmkernel") or {}).items() if kind in (nic.get("services") or ())]


def _management(sides: Sides) -> Iterator[Risk]:
    for device in _carriers(sides, "management"):
        nic = sides.was(f"vmkernel[{device}]")
        touched = [f"vmkernel[{device}].{name}" for name in _ADAPTER if sides.changes(f"vmkernel[{device}].{name}")]
        if group := nic.get("port_group"):
            parts = ["vlan", "teaming.active", "teaming.standby", "teaming.policy", "vswitch"]
            touched += [
                f"port_groups[{group}].{part}" for part in parts if sides.changes(f"port_groups[{group}].{part}")
            ]
        if switch := (nic.get("switch") if group else None):
            parts = ["pnics", "mtu"]
            touched += [f"vswitches[{switch}].{part}" for part in parts if sides.changes(f"vswitches[{switch}].{part}")]
        if touched:
            gone = sides.will(f"vmkernel[{device}]") is None or "management" not in (
                sides.will(f"vmkernel[{device}].services") or ()
            )
            others = [
                one
                for one, after in (sides.will("vmkernel") or {}).items()
                if "management" in (after.get("services") or ())
            ]
            only = "" if others else " No other adapter carries management."
            yield Risk(
                "esxi-management-touched",
                Severity.CRITICAL if gone and not others else Severity.HIGH,
                "The network that manages the host is changed",
                f"{device} carries management, and {', '.join(touched)} change.{only} {ROLLBACK}",
                sides.where(*touched),
            )


def _uplinks(sides: Sides) -> Iterator[Risk]:
    for name in sides.keys("vswitches"):
        path = f"vswitches[{name}]"
        if sides.will(path) is None and sides.was(f"{path}.pnics"):
            yield _cut(
                sides, path, f"the switch {name} is removed with its uplinks {_list(sides.was(f'{path}.pnics'))}"
            )
        elif sides.emptied(f"{path}.pnics"):
            yield _cut(sides, path, f"{name} loses {_list(sides.was(f'{path}.pnics'))} and has no uplink left")
        elif _unused(sides, path):
            yield _cut(sides, path, f"no uplink of {name} is active or standby any more")
        elif len(sides.was(f"{path}.pnics") or ()) > 1 and len(sides.will(f"{path}.pnics") or ()) == 1:
            detail = f"{name} keeps {_list(sides.will(f'{path}.pnics'))} alone: one cable or port cuts it"
            yield Risk(
                "esxi-single-uplink", Severity.MEDIUM, "A switch is left with one uplink", detail, sides.where(path)
            )
    for name in sides.keys("port_groups"):
        path = f"port_groups[{name}]"
        if _unused(sides, path):
            yield _cut(sides, path, f"the port group {name} has no active or standby uplink any more")
        for part, words in (("teaming.policy", "loadbalance_ip"),):
            if sides.becomes(f"{path}.{part}", words):
                yield _ip_hash(sides, f"{path}.{part}", name)
    for name in sides.keys("vswitches"):
        if sides.becomes(f"vswitches[{name}].teaming.policy", "loadbalance_ip"):
            yield _ip_hash(sides, f"vswitches[{name}].teaming.policy", name)


def _unused(sides: Sides, path: str) -> bool:
    def used(look: Any) -> bool:
        return bool((look(f"{path}.teaming.active") or []) + (look(f"{path}.teaming.standby") or []))

    if sides.will(path) is None or sides.open(f"{path}.teaming.active") or sides.open(f"{path}.teaming.standby"):
        return False
    return used(sides.was) and not used(sides.will)


def _cut(sides: Sides, path: str, detail: str) -> Risk:
    return Risk(
        "esxi-no-uplink",
        Severity.HIGH,
        "A network of the host loses all its uplinks",
        f"{detail}. {ROLLBACK}",
        sides.where(path),
    )


def _ip_hash(sides: Sides, path: str, name: str) -> Risk:
    detail = f"{name} balances by IP hash: without a static port channel on the physical switch, it loses packets"
    return Risk(
        "esxi-ip-hash",
        Severity.MEDIUM,
        "IP hash needs a port channel on the physical switch",
        detail,
        sides.where(path),
    )


def _mtu(sides: Sides) -> Iterator[Risk]:
    for device, nic in (sides.will("vmkernel") or {}).items():
        switch, mtu = nic.get("switch"), nic.get("mtu")
        below = sides.will(f"vswitches[{switch}].mtu") if switch and nic.get("port_group") else None
        paths = (f"vmkernel[{device}].mtu", f"vswitches[{switch}].mtu")
        if mtu and below and mtu > below and any(sides.changes(path) for path in paths):
            detail = f"{device} sends frames of {mtu} bytes into {switch}, which takes {below}: large packets are lost"
            yield Risk(
                "esxi-mtu-mismatch",
                Severity.HIGH,
                "An adapter has a larger MTU than its switch",
                detail,
                sides.where(*paths),
            )
        elif mtu and mtu > _PLAIN and mtu > (sides.was(paths[0]) or 0) and sides.was(paths[0]):
            detail = f"{device} goes to {mtu} bytes: every switch and peer must take them (vmkping -d -s {mtu - 28})"
            yield Risk(
                "esxi-mtu-raised",
                Severity.MEDIUM,
                "The physical network must carry larger frames",
                detail,
                sides.where(paths[0]),
            )


def _traffic(sides: Sides) -> Iterator[Risk]:
    for kind, shown in _CLUSTER.items():
        for device in _carriers(sides, kind):
            parts = [f"vmkernel[{device}].{name}" for name in ("ip", "mask", "vlan", "port_group", "services", "mtu")]
            touched = [path for path in parts if sides.changes(path)]
            if touched:
                detail = f"{device} carries {shown}, and {', '.join(touched)} change"
                title = f"{shown} of the host is touched"
                more = ": vMotion fails or moves machines meanwhile, and DRS acts on it" if kind == "vmotion" else ""
                yield Risk(f"esxi-{kind.lower()}-touched", Severity.MEDIUM, title, detail + more, sides.where(*touched))


def _groups(sides: Sides) -> Iterator[Risk]:
    for name in sides.keys("port_groups"):
        path = f"port_groups[{name}]"
        if sides.was(path) is not None and sides.will(path) is None:
            detail = f"machines connected to {name} cannot be started or moved here by vMotion afterwards"
            yield Risk(
                "esxi-port-group-gone", Severity.MEDIUM, "A port group is removed or renamed", detail, sides.where(path)
            )
        elif sides.was(path) is not None and sides.was(f"{path}.vlan") != sides.will(f"{path}.vlan"):
            old, new = sides.was(f"{path}.vlan"), sides.will(f"{path}.vlan")
            detail = f"{name} goes from VLAN {old} to {new} with all its machines"
            yield Risk(
                "esxi-vlan-changed",
                Severity.MEDIUM,
                "Machines change their network",
                detail,
                sides.where(f"{path}.vlan"),
            )
        if sides.becomes(f"{path}.teaming.beacon", True) and (sides.will(f"{path}.teaming.uplinks") or 0) < 3:
            detail = f"{name} has fewer than three uplinks: beacon probing cannot tell which of two has failed"
            yield Risk(
                "esxi-beacon-uplinks",
                Severity.LOW,
                "Beacon probing with fewer than three uplinks",
                detail,
                sides.where(path),
            )


def _storage(sides: Sides) -> Iterator[Risk]:
    if where := sides.said(
        "iscsi networkportal", "iscsi software set", "swiscsi nic", "iscsi adapter discovery", "IScsiHbaTarget"
    ):
        detail = "the binding of iSCSI changes: paths to disks may go; rescan, and count paths before and after"
        yield Risk("esxi-iscsi-binding", Severity.HIGH, "iSCSI port binding or targets are touched", detail, where)
    for disk in sides.keys("multipath"):
        if sides.changes(f"multipath[{disk}].policy") and not sides.open(f"multipath[{disk}].policy"):
            detail = f"{disk} goes to {sides.will(f'multipath[{disk}].policy')}: see that the array supports it"
            yield Risk(
                "esxi-path-policy",
                Severity.LOW,
                "A path policy changes on a disk in use",
                detail,
                sides.where(f"multipath[{disk}]"),
            )


def _list(names: Any) -> str:
    return ", ".join(str(name) for name in names or ()) or "none"
