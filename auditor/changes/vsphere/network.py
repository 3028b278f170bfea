"""Standard switches and port groups of a host."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from auditor.changes.vsphere import nicpolicy
from auditor.changes.vsphere import policy as policies
from auditor.changes.vsphere.nicpolicy import compute, inherit, policy_of, settle, vague_team
from auditor.changes.vsphere.plan import Refusal
from auditor.changes.vsphere.switches import (
    GROUPS,
    NEW,
    PNIC,
    SWITCHES,
    all_groups,
    all_switches,
    find_group,
    find_switch,
    group_of,
    nics_of,
    switch_of,
)
from auditor.changes.vsphere.target import Get, Keys, Set, choice, inner, members, number, seen, texts

if TYPE_CHECKING:
    from auditor.changes.vsphere.host import Host

MAX_GROUPS, MAX_SWITCHES = 1000, 128  # bounds of this work; the vendor's maxima of release 8 are not above them


def _unread(host: "Host", path: str) -> bool:
    if not host.lacks(SWITCHES):
        return False
    host.unread(path)
    return True


def add_switch(host: "Host", keys: Keys, _: Any) -> None:
    """A new switch. Raises Refusal where there is one of the name."""
    path = f"vswitches[{keys[0]}]"
    if _unread(host, path):
        return
    if find_switch(host, keys[0]) is not None:
        raise Refusal(f"the host has a standard switch {keys[0][:60]!r} already")
    if len(host.props.get(SWITCHES) or ()) >= MAX_SWITCHES:
        raise Refusal(f"a host has no more than {MAX_SWITCHES} standard switches")
    host.props.setdefault(SWITCHES, []).append(
        {"name": keys[0], "pnic": [], "spec": {"policy": {}, "bridge": {"nicDevice": []}}}
    )
    host.plan.changed(path, "a new switch")
    for name in ("mtu", "ports", "security", "shaping", "discovery_protocol", "discovery_operation"):
        host.plan.vague(f"{path}.{name}", NEW)
    host.teams |= {(keys[0], part) for part in policies.TEAMING}


def remove_switch(host: "Host", keys: Keys) -> None:
    """A switch goes, and its port groups with it. Raises Refusal while a VMkernel adapter is on it."""
    found = switch_of(host, keys[0])
    for group in [one for one in all_groups(host) if seen(one.get("spec")).get("vswitchName") == keys[0]]:
        remove_group(host, (str(seen(group.get("spec")).get("name")),))
    host.props[SWITCHES] = [one for one in all_switches(host) if one is not found]
    host.plan.changed(f"vswitches[{keys[0]}]", "it is removed")


def _mtu(host: "Host", keys: Keys, value: Any) -> None:
    switch_of(host, keys[0])["mtu"] = number(value, "the MTU", 1280, 9216)
    host.plan.changed(f"vswitches[{keys[0]}].mtu")


def _discovery(name: str, host: "Host", keys: Keys, value: Any) -> None:
    among = ("cdp", "lldp") if name == "protocol" else ("none", "listen", "advertise", "both")
    config = inner(switch_of(host, keys[0]), "spec", "bridge", "linkDiscoveryProtocolConfig")
    config[name] = choice(value, f"link discovery {name}", *among)
    config.setdefault("protocol", "cdp")
    host.plan.changed(f"vswitches[{keys[0]}].discovery_{name}")


def _pnics(host: "Host", keys: Keys, value: Any) -> None:
    found, path = switch_of(host, keys[0]), f"vswitches[{keys[0]}]"
    before, after = nics_of(found), texts(value, "the adapters of a switch")
    known = {str(one.get("device")) for one in members(host.props.get("config.network.pnic"))}
    for nic in after:
        if known and nic not in known:
            raise Refusal(f"the host has no adapter {nic[:40]!r}", f"It has {', '.join(sorted(known))}.")
        other = next((one for one in all_switches(host) if one is not found and nic in nics_of(one)), None)
        if other is not None:
            raise Refusal(f"{nic} is an uplink of {other.get('name')} already", "Remove it there first.")
    inner(found, "spec", "bridge")["nicDevice"] = after
    found["pnic"] = [PNIC + nic for nic in after]
    host.plan.changed(f"{path}.pnics")
    if set(before) != set(after):
        host.teams |= {(keys[0], "active"), (keys[0], "standby")}
        gone = set(before) - set(after)
        for group in all_groups(host):
            order = {*policies.team(seen(seen(group.get("spec")).get("policy")), "active"),
                     *policies.team(seen(seen(group.get("spec")).get("policy")), "standby")}  # fmt: skip
            if seen(group.get("spec")).get("vswitchName") == keys[0] and order & gone:
                vague_team(host, group, ("active", "standby"))


def add_group(host: "Host", name: str, switch: str) -> None:
    """A new port group that inherits everything. Raises Refusal."""
    switch_of(host, switch)
    if find_group(host, name) is not None:
        raise Refusal(f"the host has a port group {name[:60]!r} already")
    if len(host.props.get(GROUPS) or ()) >= MAX_GROUPS:
        raise Refusal(f"a host has no more than {MAX_GROUPS} port groups")
    group = {"spec": {"name": name, "vlanId": 0, "vswitchName": switch, "policy": {}}}
    host.props.setdefault(GROUPS, []).append(group)
    compute(host, group)
    host.plan.changed(f"port_groups[{name}]", "a new port group, which inherits everything")


def _vswitch(host: "Host", keys: Keys, value: Any) -> None:
    """The switch of a port group: a new group where there is none of the name."""
    found = find_group(host, keys[0])
    if found is None:
        add_group(host, keys[0], str(value))
        return
    if seen(found.get("spec")).get("vswitchName") != value:
        raise Refusal(f"the port group {keys[0][:60]} is on another switch", "A group stays on its switch.")


def remove_group(host: "Host", keys: Keys) -> None:
    """A port group goes. Raises Refusal while a VMkernel adapter is in it."""
    found = group_of(host, keys[0])
    user = next(
        (one for one in members(host.props.get("config.network.vnic")) if one.get("portgroup") == keys[0]), None
    )
    if user is not None:
        raise Refusal(f"the port group {keys[0][:60]} is in use by {user.get('device')}", "Move the adapter first.")
    host.props[GROUPS] = [one for one in all_groups(host) if one is not found]
    host.plan.changed(f"port_groups[{keys[0]}]", "it is removed")
    host.plan.note(f"port group {keys[0]}: machines that are connected to it keep the host from removing it")


def _vlan(host: "Host", keys: Keys, value: Any) -> None:
    inner(group_of(host, keys[0]), "spec")["vlanId"] = number(value, "the VLAN", 0, 4095)
    host.plan.changed(f"port_groups[{keys[0]}].vlan")


def rename_group(host: "Host", old: str, new: str) -> None:
    """A port group has another name, and adapters in it with it. Raises Refusal."""
    item = group_of(host, old)
    if find_group(host, new) is not None:
        raise Refusal(f"the host has a port group {new[:60]!r} already")
    inner(item, "spec")["name"] = new
    for nic in members(host.props.get("config.network.vnic")):
        if nic.get("portgroup") == old:
            nic["portgroup"] = new
    host.plan.changed(f"port_groups[{old}]", f"it is called {new}")
    host.plan.changed(f"port_groups[{new}]", f"it was called {old}")


def _get_pnics(host: "Host", keys: Keys) -> Any:
    found = find_switch(host, keys[0])
    return nics_of(found) if found is not None else None


def _get_switch(host: "Host", keys: Keys) -> Any:
    return seen(seen(find_group(host, keys[0])).get("spec")).get("vswitchName")


SETS: Mapping[str, Set] = {
    "vswitches[*]": add_switch,
    "vswitches[*].mtu": _mtu,
    "vswitches[*].pnics": _pnics,
    "vswitches[*].discovery_protocol": partial(_discovery, "protocol"),
    "vswitches[*].discovery_operation": partial(_discovery, "operation"),
    "port_groups[*].vswitch": _vswitch,
    "port_groups[*].vlan": _vlan,
    **nicpolicy.SETS,
}  # fmt: skip
GETS: Mapping[str, Get] = {"vswitches[*].pnics": _get_pnics, "port_groups[*].vswitch": _get_switch}
REMOVES: Mapping[str, Callable[[Any, Keys], None]] = {"vswitches[*]": remove_switch, "port_groups[*]": remove_group}
__all__ = [
    "GETS", "REMOVES", "SETS", "add_group", "add_switch", "all_groups", "all_switches", "find_group", "find_switch",
    "group_of", "inherit", "nics_of", "policy_of", "remove_group", "remove_switch", "rename_group", "settle",
    "switch_of",
]  # fmt: skip
