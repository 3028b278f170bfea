"""Standard switches and port groups of a host."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from auditor.changes.vsphere import policy as policies
from auditor.changes.vsphere.plan import Refusal
from auditor.changes.vsphere.target import Get, Keys, Set, boolean, choice, inner, members, number, seen, texts

if TYPE_CHECKING:
    from auditor.changes.vsphere.host import Host

_SWITCHES, _GROUPS, _PNIC = "config.network.vswitch", "config.network.portgroup", "key-vim.host.PhysicalNic-"
_BALANCING = ("loadbalance_srcid", "loadbalance_ip", "loadbalance_srcmac", "failover_explicit")
MAX_GROUPS, MAX_SWITCHES = 1000, 128  # bounds of this work; the vendor's maxima of release 8 are not above them
_NEW = "what a new switch begins with depends on the release"
ORDER = "which place the host gives the adapter in the order of adapters is not known"


def all_switches(host: "Host") -> Iterator[dict[str, Any]]:
    """The standard switches in the evidence."""
    return members(host.props.get(_SWITCHES))


def all_groups(host: "Host") -> Iterator[dict[str, Any]]:
    """The standard port groups in the evidence."""
    return members(host.props.get(_GROUPS))


def find_switch(host: "Host", name: str) -> dict[str, Any] | None:
    """A standard switch by its name."""
    return next((one for one in all_switches(host) if one.get("name") == name), None)


def find_group(host: "Host", name: str) -> dict[str, Any] | None:
    """A standard port group by its name."""
    return next((one for one in all_groups(host) if seen(one.get("spec")).get("name") == name), None)


def switch_of(host: "Host", name: str) -> dict[str, Any]:
    """A standard switch. Raises Refusal for one that the host does not have."""
    found = find_switch(host, name)
    if found is None:
        known = ", ".join(str(one.get("name")) for one in all_switches(host))
        raise Refusal(f"the host has no standard switch {name[:60]!r}", f"It has {known or 'none'}.")
    return found


def group_of(host: "Host", name: str) -> dict[str, Any]:
    """A standard port group. Raises Refusal for one that the host does not have."""
    found = find_group(host, name)
    if found is None:
        known = ", ".join(str(seen(one.get("spec")).get("name")) for one in all_groups(host))
        raise Refusal(f"the host has no port group {name[:60]!r}", f"It has {known or 'none'}.")
    return found


def nics_of(switch: Mapping[str, Any]) -> list[str]:
    """The adapters of a switch."""
    bridge = seen(seen(switch.get("spec")).get("bridge"))
    return list(bridge.get("nicDevice") or [str(key).removeprefix(_PNIC) for key in switch.get("pnic") or ()])


def _unread(host: "Host", path: str) -> bool:
    if _SWITCHES in host.props or not seen(host.body.get("errors")).get(_SWITCHES):
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
    if len(host.props.get(_SWITCHES) or ()) >= MAX_SWITCHES:
        raise Refusal(f"a host has no more than {MAX_SWITCHES} standard switches")
    host.props.setdefault(_SWITCHES, []).append(
        {"name": keys[0], "pnic": [], "spec": {"policy": {}, "bridge": {"nicDevice": []}}}
    )
    host.plan.changed(path, "a new switch")
    for name in ("mtu", "ports", "security", "shaping", "discovery_protocol", "discovery_operation"):
        host.plan.vague(f"{path}.{name}", _NEW)
    host.teams |= {(keys[0], part) for part in policies.TEAMING}


def remove_switch(host: "Host", keys: Keys) -> None:
    """A switch goes, and its port groups with it. Raises Refusal while a VMkernel adapter is on it."""
    found = switch_of(host, keys[0])
    for group in [one for one in all_groups(host) if seen(one.get("spec")).get("vswitchName") == keys[0]]:
        remove_group(host, (str(seen(group.get("spec")).get("name")),))
    host.props[_SWITCHES] = [one for one in all_switches(host) if one is not found]
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
    found["pnic"] = [_PNIC + nic for nic in after]
    host.plan.changed(f"{path}.pnics")
    if set(before) != set(after):
        host.teams |= {(keys[0], "active"), (keys[0], "standby")}
        gone = set(before) - set(after)
        for group in all_groups(host):
            order = {*policies.team(seen(seen(group.get("spec")).get("policy")), "active"),
                     *policies.team(seen(seen(group.get("spec")).get("policy")), "standby")}  # fmt: skip
            if seen(group.get("spec")).get("vswitchName") == keys[0] and order & gone:
                _vague_team(host, group, ("active", "standby"))


def _policy_of(item: dict[str, Any]) -> dict[str, Any]:
    return inner(item, "spec", "policy")


def _compute(host: "Host", group: dict[str, Any]) -> None:
    spec = seen(group.get("spec"))
    above = find_switch(host, str(spec.get("vswitchName")))
    switch = seen(seen(seen(above).get("spec")).get("policy"))
    group["computedPolicy"] = policies.computed(switch, seen(spec.get("policy")))


def _reach(host: "Host", switch: str) -> None:
    """The groups of a switch have in force what it sets: computed after the last line."""
    host.reached[switch] = (host.plan.where, host.plan.text)


def _inherit_all(host: "Host") -> None:
    for group in all_groups(host):
        spec = seen(group.get("spec"))
        switch = str(spec.get("vswitchName"))
        if switch in host.reached:
            before = group.get("computedPolicy")
            _compute(host, group)
            if before != group["computedPolicy"]:
                path = f"port_groups[{spec.get('name')}]"
                where, text = host.reached[switch]
                host.plan.because(path, f"it inherits from {switch}", where, text)


def _security(key: str, name: str, on_switch: bool, host: "Host", keys: Keys, value: Any) -> None:
    item = switch_of(host, keys[0]) if on_switch else group_of(host, keys[0])
    inner(_policy_of(item), "security")[key] = boolean(value, name)
    host.plan.changed(f"{'vswitches' if on_switch else 'port_groups'}[{keys[0]}].security.{name}")
    _reach(host, keys[0]) if on_switch else _compute(host, item)


def _shaping(on_switch: bool, host: "Host", keys: Keys, value: Any) -> None:
    item = switch_of(host, keys[0]) if on_switch else group_of(host, keys[0])
    inner(_policy_of(item), "shapingPolicy")["enabled"] = boolean(value, "shaping")
    host.plan.changed(f"{'vswitches' if on_switch else 'port_groups'}[{keys[0]}].shaping")
    _reach(host, keys[0]) if on_switch else _compute(host, item)


def _teaming(name: str, on_switch: bool, host: "Host", keys: Keys, value: Any) -> None:
    item = switch_of(host, keys[0]) if on_switch else group_of(host, keys[0])
    path, own = f"{'vswitches' if on_switch else 'port_groups'}[{keys[0]}].teaming", _policy_of(item)
    if not on_switch and str(seen(item.get("spec")).get("vswitchName")) in host.reached:
        _compute(host, item)
    other: list[str] = []
    if name in ("active", "standby"):
        switch = item if on_switch else find_switch(host, str(seen(item.get("spec")).get("vswitchName")))
        strangers = set(texts(value, name)) - set(nics_of(seen(switch)))
        if strangers and switch is not None:
            nics = ", ".join(nics_of(switch)) or "none"
            raise Refusal(f"{sorted(strangers)[0][:40]} is no uplink of {switch.get('name')}", f"It has {nics}.")
        second = "standby" if name == "active" else "active"
        host.plan.unknown.pop(f"{path}.uplinks", None)
        in_force = own if on_switch else seen(item.get("computedPolicy"))
        shown = policies.team(in_force, second)
        other = [nic for nic in shown if nic not in value]
        if len(other) < len(shown):
            host.plan.note(f"{', '.join(nic for nic in shown if nic in value)}: named as {name}, it leaves {second}")
    elif name == "policy":
        choice(value, "load balancing", *_BALANCING)
    else:
        boolean(value, name)
    policies.set_team(own, name, value, other)
    host.teams.discard((keys[0], name))
    host.plan.changed(f"{path}.{name}")
    _reach(host, keys[0]) if on_switch else _compute(host, item)


def add_group(host: "Host", name: str, switch: str) -> None:
    """A new port group that inherits everything. Raises Refusal."""
    switch_of(host, switch)
    if find_group(host, name) is not None:
        raise Refusal(f"the host has a port group {name[:60]!r} already")
    if len(host.props.get(_GROUPS) or ()) >= MAX_GROUPS:
        raise Refusal(f"a host has no more than {MAX_GROUPS} port groups")
    group = {"spec": {"name": name, "vlanId": 0, "vswitchName": switch, "policy": {}}}
    host.props.setdefault(_GROUPS, []).append(group)
    _compute(host, group)
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
    host.props[_GROUPS] = [one for one in all_groups(host) if one is not found]
    host.plan.changed(f"port_groups[{keys[0]}]", "it is removed")
    host.plan.note(f"port group {keys[0]}: machines that are connected to it keep the host from removing it")


def _vlan(host: "Host", keys: Keys, value: Any) -> None:
    inner(group_of(host, keys[0]), "spec")["vlanId"] = number(value, "the VLAN", 0, 4095)
    host.plan.changed(f"port_groups[{keys[0]}].vlan")


def inherit(host: "Host", group: str, part: str, name: str = "") -> None:
    """A port group has again what its switch has: `security`, `nicTeaming`, `shapingPolicy`, or one field of these."""
    item = group_of(host, group)
    own = _policy_of(item)
    if name:
        seen_part = own.get(part)
        if isinstance(seen_part, dict):
            seen_part.pop(name, None)
    else:
        own.pop(part, None)
    _compute(host, item)
    fact = {"security": "security", "nicTeaming": "teaming", "shapingPolicy": "shaping"}[part]
    host.plan.changed(f"port_groups[{group}].{fact}", "inherited from its switch")


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


def _vague_team(host: "Host", group: Mapping[str, Any], parts: tuple[str, ...]) -> None:
    path = f"port_groups[{seen(group.get('spec')).get('name')}]"
    for part in parts:
        host.plan.vague(f"{path}.teaming.{part}", ORDER)
    if {"active", "standby"} & set(parts):
        host.plan.vague(f"{path}.teaming.uplinks", ORDER)
        host.plan.vague(f"{path}.nic_order", ORDER)


def settle(host: "Host") -> None:
    """Policies in force at groups; what nobody can tell of a switch is not known of those that inherit it either."""
    _inherit_all(host)
    for name, part in sorted(host.teams):
        if find_switch(host, name) is None:
            continue
        host.plan.vague(f"vswitches[{name}].teaming.{part}", ORDER if part in ("active", "standby") else _NEW)
        if part in ("active", "standby"):
            host.plan.vague(f"vswitches[{name}].teaming.uplinks", ORDER)
        for group in all_groups(host):
            spec = seen(group.get("spec"))
            if spec.get("vswitchName") == name and not policies.sets(seen(spec.get("policy")), part):
                _vague_team(host, group, (part,))
    for name in ("security", "shaping"):
        _settle_new(host, name)


def _settle_new(host: "Host", name: str) -> None:
    """Policies of a switch whose beginning nobody knows, at the groups that inherit them."""
    key = "security" if name == "security" else "shapingPolicy"
    for switch in all_switches(host):
        path = f"vswitches[{switch.get('name')}].{name}"
        if path not in host.plan.unknown:
            continue
        for group in all_groups(host):
            spec = seen(group.get("spec"))
            if spec.get("vswitchName") == switch.get("name") and not seen(seen(spec.get("policy")).get(key)):
                host.plan.vague(f"port_groups[{spec.get('name')}].{name}", _NEW)


def _get_pnics(host: "Host", keys: Keys) -> Any:
    found = find_switch(host, keys[0])
    return nics_of(found) if found is not None else None


def _get_switch(host: "Host", keys: Keys) -> Any:
    return seen(seen(find_group(host, keys[0])).get("spec")).get("vswitchName")


_PLACES = ((True, "vswitches[*]"), (False, "port_groups[*]"))
SETS: Mapping[str, Set] = {
    "vswitches[*]": add_switch,
    "vswitches[*].mtu": _mtu,
    "vswitches[*].pnics": _pnics,
    "vswitches[*].discovery_protocol": partial(_discovery, "protocol"),
    "vswitches[*].discovery_operation": partial(_discovery, "operation"),
    "port_groups[*].vswitch": _vswitch,
    "port_groups[*].vlan": _vlan,
    **{f"{at}.shaping": partial(_shaping, switch) for switch, at in _PLACES},
    **{f"{at}.security.{name}": partial(_security, key, name, switch)
       for switch, at in _PLACES for name, key in policies.SECURITY.items()},
    **{f"{at}.teaming.{name}": partial(_teaming, name, switch) for switch, at in _PLACES for name in policies.TEAMING},
}  # fmt: skip
GETS: Mapping[str, Get] = {"vswitches[*].pnics": _get_pnics, "port_groups[*].vswitch": _get_switch}
REMOVES: Mapping[str, Callable[[Any, Keys], None]] = {"vswitches[*]": remove_switch, "port_groups[*]": remove_group}
