"""Cmdlets of standard switches, port groups and VMkernel adapters."""

from collections.abc import Callable, Mapping
from typing import Any

from auditor.changes.vsphere import network
from auditor.changes.vsphere.cmdlets_host import host
from auditor.changes.vsphere.host import Host
from auditor.changes.vsphere.ps import Call, chosen_host, flag, put
from auditor.changes.vsphere.selection import OPEN, Chosen, Open, listed, picked
from auditor.changes.vsphere.target import members, seen

_CARRIES = {
    "vmotionenabled": "vmotion",
    "managementtrafficenabled": "management",
    "vsantrafficenabled": "vsan",
    "faulttoleranceloggingenabled": "faultToleranceLogging",
}
_WIDE = ("vswitches", "port_groups", "vmkernel")


def _get(kind: str, *names: str) -> Callable[[Call], Chosen]:
    """A choice of switches, groups or adapters, by name, of a host or of another choice."""

    def act(call: Call) -> Chosen:
        outer = (
            call.piped if isinstance(call.piped, Chosen) else call.get("virtualswitch", "vmhost", "virtualportgroup")
        )
        if isinstance(outer, str):
            outer = Chosen("vswitch", True, (outer,)) if "virtualswitch" in call.given else _host(call)
        if not isinstance(outer, Chosen):
            outer = Chosen("host") if outer is None else Chosen("host", None)
        hit = None if call.open_names(*names) else outer.hit
        return Chosen(kind, hit if outer.hit is not False else False, call.names(*names), outer)

    return act


def _host(call: Call) -> Chosen:
    call.piped = None
    return chosen_host(call)


def chosen_of(call: Call, *names: str) -> Chosen:
    """What a changing cmdlet is for: piped, or named by one of its parameters."""
    found = call.piped if isinstance(call.piped, Chosen) else call.first(*names)
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    return found if isinstance(found, Chosen) else Chosen("?", None)


def switches_of(found: Host, chosen: Chosen) -> list[str]:
    """Names of the switches that are chosen."""
    return picked((str(one.get("name")) for one in network.all_switches(found)), chosen.names)


def groups_of(found: Host, chosen: Chosen) -> list[str]:
    """Names of the port groups that are chosen."""
    switches = switches_of(found, chosen.of) if chosen.of is not None and chosen.of.kind == "vswitch" else None
    known = [seen(one.get("spec")) for one in network.all_groups(found)]
    names = [str(one.get("name")) for one in known if switches is None or one.get("vswitchName") in switches]
    return picked(names, chosen.names)


def _nics(found: Host, chosen: Chosen) -> list[str]:
    nics = list(members(found.props.get("config.network.vnic")))
    if chosen.of is not None and chosen.of.kind == "portgroup" and chosen.names is None:
        groups = groups_of(found, chosen.of)
        return [str(one.get("device")) for one in nics if one.get("portgroup") in groups]
    return picked((str(one.get("device")) for one in nics), chosen.names)


def _set_switch(call: Call) -> Any:
    chosen = chosen_of(call, "virtualswitch")
    found = host(call, chosen, *_WIDE)
    for name in switches_of(found, chosen) if found is not None else ():
        if "mtu" in call.given:
            put(call, f"vswitches[{name}].mtu", call.given["mtu"])
        if "nic" in call.given:
            put(call, f"vswitches[{name}].pnics", listed(call.given["nic"]))
        if "numports" in call.given:
            call.plan.note("-NumPorts is without effect from release 5.5 on")
    return chosen


def _new_switch(call: Call) -> Any:
    chosen = chosen_host(call)
    found, name = host(call, chosen, *_WIDE), call.first("name")
    if found is None or not isinstance(name, str):
        if found is not None:
            call.plan.vague("vswitches", "the name of the switch is open")
        return OPEN
    put(call, f"vswitches[{name}]", {})
    if "nic" in call.given:
        put(call, f"vswitches[{name}].pnics", listed(call.given["nic"]))
    if "mtu" in call.given:
        put(call, f"vswitches[{name}].mtu", call.given["mtu"])
    return Chosen("vswitch", True, (name,), chosen)


def _remove_switch(call: Call) -> Any:
    chosen = chosen_of(call, "virtualswitch")
    found = host(call, chosen, *_WIDE)
    for name in switches_of(found, chosen) if found is not None else ():
        found.remove(f"vswitches[{name}]") if found is not None else None
    return OPEN


def _set_group(call: Call) -> Any:
    chosen = chosen_of(call, "virtualportgroup")
    found = host(call, chosen, *_WIDE)
    for name in groups_of(found, chosen) if found is not None else ():
        if "vlanid" in call.given:
            put(call, f"port_groups[{name}].vlan", call.given["vlanid"])
        new = call.given.get("name")
        if isinstance(new, str) and found is not None and not call.plan.doubt:
            network.rename_group(found, name, new)
        elif new is not None:
            call.plan.vague("port_groups", "the new name of a group is open")
    return chosen


def _new_group(call: Call) -> Any:
    chosen = call.piped if isinstance(call.piped, Chosen) else call.get("virtualswitch")
    if isinstance(chosen, str):
        chosen = Chosen("vswitch", chosen_host(call).hit if call.get("vmhost") else None, (chosen,))
    outer = chosen if isinstance(chosen, Chosen) else Chosen("vswitch", None)
    found, name = host(call, outer, *_WIDE), call.first("name")
    if found is None or not isinstance(name, str):
        return OPEN
    for switch in switches_of(found, outer):
        if call.plan.doubt:
            call.plan.vague(f"port_groups[{name}]", call.plan.doubt)
        else:
            network.add_group(found, name, switch)
        if "vlanid" in call.given:
            put(call, f"port_groups[{name}].vlan", call.given["vlanid"])
    return Chosen("portgroup", True, (name,), outer)


def _remove_group(call: Call) -> Any:
    chosen = chosen_of(call, "virtualportgroup")
    found = host(call, chosen, *_WIDE)
    for name in groups_of(found, chosen) if found is not None else ():
        call.target.remove(f"port_groups[{name}]")
    return OPEN


def _uplink(adds: bool) -> Callable[[Call], Any]:
    def act(call: Call) -> Any:
        nic = call.get("vmhostphysicalnic", "vmhostnetworkadapter") or (call.piped if not adds else None)
        switch = call.get("virtualswitch") or (call.piped if adds else None)
        chosen = switch if isinstance(switch, Chosen) else nic if isinstance(nic, Chosen) else Chosen("?", None)
        found = host(call, chosen, *_WIDE)
        names = nic.names if isinstance(nic, Chosen) else tuple(one for one in listed(nic) if isinstance(one, str))
        if found is None:
            return OPEN
        if not names:
            call.plan.vague("vswitches", "which adapters the line names is not known")
            call.plan.vague("port_groups", "which adapters the line names is not known")
            return OPEN
        known = switches_of(found, chosen) if chosen.kind == "vswitch" else switches_of(found, Chosen("vswitch"))
        for name in known:
            before = found.get(f"vswitches[{name}].pnics") or []
            after = [*before, *names] if adds else [one for one in before if one not in names]
            if after != before:
                put(call, f"vswitches[{name}].pnics", after)
        return OPEN

    return act


def _set_adapter(call: Call) -> Any:
    chosen = chosen_of(call, "virtualnic")
    found = host(call, chosen, "vmkernel", "port_groups", "pnics")
    for device in _nics(found, chosen) if found is not None else ():
        if device.startswith("vmnic"):
            call.plan.vague("pnics", "the settings of a physical adapter follow its link")
            continue
        for parameter, fact in (("mtu", "mtu"), ("ip", "ip"), ("subnetmask", "mask"), ("dhcp", "dhcp")):
            if parameter in call.given:
                put(call, f"vmkernel[{device}].{fact}", call.given[parameter])
        if isinstance(call.given.get("portgroup"), str):
            put(call, f"vmkernel[{device}].port_group", call.given["portgroup"])
        _carried(call, found, device)
    return chosen


def _carried(call: Call, found: Host | None, device: str) -> None:
    given = {kind: flag(call.given[name], name) for name, kind in _CARRIES.items() if name in call.given}
    if not given or found is None:
        return
    if any(isinstance(one, Open) for one in given.values()):
        call.plan.vague(f"vmkernel[{device}].services", "its value is open: no line before gives it")
        return
    before = set(found.get(f"vmkernel[{device}].services") or ())
    after = (before | {kind for kind, on in given.items() if on}) - {kind for kind, on in given.items() if not on}
    put(call, f"vmkernel[{device}].services", sorted(after))


def _remove_adapter(call: Call) -> Any:
    chosen = chosen_of(call, "nic", "virtualnic")
    found = host(call, chosen, *_WIDE)
    for device in _nics(found, chosen) if found is not None else ():
        call.target.remove(f"vmkernel[{device}]")
    return OPEN


def _set_network(call: Call) -> Any:
    chosen = chosen_of(call, "network", "vmhostnetwork")
    found = host(call, chosen, "dns")
    if found is None:
        return OPEN
    for parameter, fact in (("dnsaddress", "servers"), ("searchdomain", "search")):
        if parameter in call.given:
            put(call, f"dns.{fact}", listed(call.given[parameter]))
    for parameter, fact in (("hostname", "hostname"), ("domainname", "domain"), ("dnsfromdhcp", "dhcp")):
        if parameter in call.given:
            put(
                call, f"dns.{fact}", flag(call.given[parameter], parameter) if fact == "dhcp" else call.given[parameter]
            )
    return OPEN


HANDLERS: Mapping[str, Callable[[Call], Any]] = {
    "get-virtualswitch": _get("vswitch", "name"),
    "set-virtualswitch": _set_switch,
    "new-virtualswitch": _new_switch,
    "remove-virtualswitch": _remove_switch,
    "get-virtualportgroup": _get("portgroup", "name"),
    "set-virtualportgroup": _set_group,
    "new-virtualportgroup": _new_group,
    "remove-virtualportgroup": _remove_group,
    "get-vmhostnetworkadapter": _get("vmk", "name"),
    "set-vmhostnetworkadapter": _set_adapter,
    "remove-vmhostnetworkadapter": _remove_adapter,
    "set-vmhostnetwork": _set_network,
    "add-virtualswitchphysicalnetworkadapter": _uplink(adds=True),
    "remove-virtualswitchphysicalnetworkadapter": _uplink(adds=False),
}
