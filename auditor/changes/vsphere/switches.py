"""Standard switches and port groups of a host in its evidence, found by their names."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from auditor.changes.vsphere.plan import NotRead, Refusal
from auditor.changes.vsphere.target import members, seen

if TYPE_CHECKING:
    from auditor.changes.vsphere.host import Host

SWITCHES, GROUPS, PNIC = "config.network.vswitch", "config.network.portgroup", "key-vim.host.PhysicalNic-"
NEW = "what a new switch begins with depends on the release"


def all_switches(host: "Host") -> Iterator[dict[str, Any]]:
    """The standard switches in the evidence."""
    return members(host.props.get(SWITCHES))


def all_groups(host: "Host") -> Iterator[dict[str, Any]]:
    """The standard port groups in the evidence."""
    return members(host.props.get(GROUPS))


def find_switch(host: "Host", name: str) -> dict[str, Any] | None:
    """A standard switch by its name."""
    return next((one for one in all_switches(host) if one.get("name") == name), None)


def find_group(host: "Host", name: str) -> dict[str, Any] | None:
    """A standard port group by its name."""
    return next((one for one in all_groups(host) if seen(one.get("spec")).get("name") == name), None)


def switch_of(host: "Host", name: str) -> dict[str, Any]:
    """A standard switch. Raises Refusal for one that the host does not have."""
    found = find_switch(host, name)
    if found is None and host.lacks(SWITCHES):
        raise NotRead("vswitches")
    if found is None:
        known = ", ".join(str(one.get("name")) for one in all_switches(host))
        raise Refusal(f"the host has no standard switch {name[:60]!r}", f"It has {known or 'none'}.")
    return found


def group_of(host: "Host", name: str) -> dict[str, Any]:
    """A standard port group. Raises Refusal for one that the host does not have."""
    found = find_group(host, name)
    if found is None and host.lacks(GROUPS):
        raise NotRead("port_groups")
    if found is None:
        known = ", ".join(str(seen(one.get("spec")).get("name")) for one in all_groups(host))
        raise Refusal(f"the host has no port group {name[:60]!r}", f"It has {known or 'none'}.")
    return found


def nics_of(switch: Mapping[str, Any]) -> list[str]:
    """The adapters of a switch."""
    bridge = seen(seen(switch.get("spec")).get("bridge"))
    return list(bridge.get("nicDevice") or [str(key).removeprefix(PNIC) for key in switch.get("pnic") or ()])
