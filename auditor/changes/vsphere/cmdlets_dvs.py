"""Cmdlets of distributed switches and their port groups."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from auditor.changes.vsphere.dswitch import DSwitch
from auditor.changes.vsphere.host import Host
from auditor.changes.vsphere.ps import Call, everything, own_name, put
from auditor.changes.vsphere.selection import OPEN, Chosen, Open, any_match, listed, matches, picked
from auditor.changes.vsphere.target import members

_OPERATIONS = {"listen": "listen", "advertise": "advertise", "both": "both", "disabled": "none"}


def _get_switch(call: Call) -> Chosen:
    if isinstance(call.piped, Chosen) and call.piped.kind not in ("server",):
        return Chosen("vdswitch", None if call.piped.hit is not False else False)
    names = listed(call.first("name"))
    own = own_name(call.target, "vdswitch")
    if not isinstance(call.target, DSwitch):
        return Chosen("vdswitch", True, call.names("name"))
    return Chosen("vdswitch", any_match(own, names) if names else True, about=", ".join(str(one) for one in names)[:80])


def get_group(call: Call) -> Chosen:
    """`Get-VDPortgroup`."""
    outer = call.piped if isinstance(call.piped, Chosen) else call.get("vdswitch")
    if isinstance(outer, str):
        own = own_name(call.target, "vdswitch")
        hit = any_match(own, (outer,)) if isinstance(call.target, DSwitch) else True
        outer = Chosen("vdswitch", hit, (outer,), about=outer[:80])
    names, is_open = call.names("name"), call.open_names("name")
    hit = outer.hit if isinstance(outer, Chosen) else True
    if isinstance(call.target, DSwitch) and outer is None and names is not None:
        there = [one for one in names if any(matches(group, one) for group in call.target.groups)]
        hit = bool(there)  # a group of another switch
        names = tuple(there) if there else names
    about = ", ".join(names)[:80] if names and not (isinstance(outer, Chosen) and outer.about) else ""
    return Chosen("vdportgroup", None if is_open else hit, names, outer if isinstance(outer, Chosen) else None, about)


def for_switch(call: Call, *names: str) -> tuple[DSwitch | None, Chosen]:
    """(this switch, when the line is for it, and what the line chose)."""
    chosen = call.piped if isinstance(call.piped, Chosen) else call.first(*names)
    if isinstance(chosen, list) and len(chosen) == 1:
        chosen = chosen[0]
    if isinstance(chosen, str) and names and names[0] == "vdswitch":
        chosen = _get_switch(replace(call, piped=None, given={"name": chosen}, places=[]))
    elif isinstance(chosen, str):
        chosen = get_group(replace(call, piped=None, given={"name": chosen}, places=[]))
    found = chosen if isinstance(chosen, Chosen) else Chosen("?", None)
    if not isinstance(call.target, DSwitch):
        if not isinstance(call.target, Host):
            call.plan.note(f"{call.name} is for distributed switches; here it changes nothing")
        return None, found
    return (call.target if call.hits(found, *everything("dvs")) else None), found


def groups_of(switch: DSwitch, chosen: Chosen) -> list[str]:
    """Names of the groups that are chosen."""
    return picked(switch.groups, chosen.names)


def _set_switch(call: Call) -> Any:
    switch, chosen = for_switch(call, "vdswitch")
    if switch is None:
        return chosen
    given = call.given
    if "mtu" in given:
        put(call, "mtu", given["mtu"])
    if "linkdiscoveryprotocol" in given:
        put(call, "discovery.protocol", _low(given["linkdiscoveryprotocol"]))
    if "linkdiscoveryprotocoloperation" in given:
        value = given["linkdiscoveryprotocoloperation"]
        put(call, "discovery.operation", _OPERATIONS.get(str(value).lower(), value))
    if "contactname" in given:
        put(call, "contact", given["contactname"])
    if "numuplinkports" in given:
        call.plan.vague("uplinks", "how the vCenter names uplinks that are added is not known")
    if "name" in given:
        call.plan.vague("name", "the switch has another name from here on, by which it is another target")
    if "version" in given:
        for path in ("version", "product", "security", "port_groups"):
            call.plan.vague(path, "an upgrade of the switch changes where its policies stand")
    return chosen


def _low(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _set_group(call: Call) -> Any:
    _on_host(call)
    switch, chosen = for_switch(call, "vdportgroup")
    for name in groups_of(switch, chosen) if switch is not None else ():
        _vlan(call, name)
        if "numports" in call.given:
            put(call, f"port_groups[{name}].ports", call.given["numports"])
        if "portbinding" in call.given:
            kinds = {"static": "earlyBinding", "dynamic": "lateBinding", "ephemeral": "ephemeral"}
            put(call, f"port_groups[{name}].type", kinds.get(str(call.given["portbinding"]).lower(), OPEN))
        new = call.given.get("name")
        if isinstance(new, str) and switch is not None and not call.plan.doubt:
            switch.rename_group(name, new)
        elif new is not None:
            call.plan.vague("port_groups", "the new name of a group is open")
    return chosen


def _vlan(call: Call, name: str) -> None:
    place, given = f"port_groups[{name}].vlan", call.given
    if given.get("disablevlan") is True:
        put(call, f"{place}.kind", "id")
        put(call, f"{place}.id", 0)
    if "vlanid" in given:
        put(call, f"{place}.kind", "id")
        put(call, f"{place}.id", given["vlanid"])
    if "vlantrunkrange" in given:
        value = given["vlantrunkrange"]
        spans = [part.strip() for one in listed(value) for part in str(one).split(",")]
        put(call, f"{place}.ranges", OPEN if isinstance(value, Open) else spans)
    if "privatevlanid" in given:
        put(call, f"{place}.kind", "pvlan")
        put(call, f"{place}.id", given["privatevlanid"])


def _set_vlan(call: Call) -> Any:
    _on_host(call)
    switch, chosen = for_switch(call, "vdportgroup")
    for name in groups_of(switch, chosen) if switch is not None else ():
        _vlan(call, name)
    return chosen


def _on_host(call: Call) -> None:
    """A host shows the VLAN of the distributed groups that its VMkernel adapters are in."""
    chosen = call.piped if isinstance(call.piped, Chosen) else call.first("vdportgroup")
    if not isinstance(call.target, Host):
        return
    groups = call.target.body.get("dv_groups")
    used = {key: one for key, one in groups.items() if isinstance(one, dict)} if isinstance(groups, dict) else {}
    if isinstance(chosen, str):
        chosen = Chosen("vdportgroup", True, (chosen,))
    touched = [
        one
        for one in used.values()
        if not isinstance(chosen, Chosen)
        or (
            chosen.hit is not False
            and str(one.get("name")) in picked([str(one.get("name"))], getattr(chosen, "names", None))
        )
    ]
    nics = [
        str(one.get("device"))
        for one in members(call.target.props.get("config.network.vnic"))
        if not one.get("portgroup")
    ]
    if touched and nics:
        for device in nics:
            for name in ("vlan", "network", "on_vlans", "on_networks"):
                call.plan.vague(f"vmkernel[{device}].{name}", "the distributed port group that it may be in changes")
    else:
        call.plan.note("this line is for a distributed switch; here it changes nothing")


def _new_group(call: Call) -> Any:
    switch, chosen = for_switch(call, "vdswitch")
    name = call.get("name") or (call.places[0] if call.places else None)
    if switch is None:
        return OPEN
    if not isinstance(name, str) or call.plan.doubt:
        call.plan.vague("port_groups", call.plan.doubt or "the name of the group is open")
        return OPEN
    if "referenceportgroup" in call.given:
        call.plan.vague(f"port_groups[{name}]", "what it takes over of another group is not foretold")
    ports = call.given.get("numports")
    switch.add_group(name, ports if isinstance(ports, int) else None)
    _vlan(call, name)
    return Chosen("vdportgroup", True, (name,), chosen)


def _remove_group(call: Call) -> Any:
    switch, chosen = for_switch(call, "vdportgroup")
    for name in groups_of(switch, chosen) if switch is not None else ():
        call.target.remove(f"port_groups[{name}]")
    return OPEN


def _new_private(call: Call) -> Any:
    switch, _ = for_switch(call, "vdswitch")
    if switch is not None:
        key = f"{call.get('primaryvlanid')}/{call.get('secondaryvlanid')}"
        put(call, f"private_vlans[{key}].type", _low(call.get("privatevlantype")))
    return OPEN


def _unread(*paths: str) -> Callable[[Call], Any]:
    def act(call: Call) -> Any:
        switch, _ = for_switch(call, "vdswitch")
        for path in paths if switch is not None else ():
            call.plan.vague(path, f"what {call.name} leaves is not foretold")
        return OPEN

    return act


HANDLERS: Mapping[str, Callable[[Call], Any]] = {
    "get-vdswitch": _get_switch,
    "set-vdswitch": _set_switch,
    "get-vdportgroup": get_group,
    "set-vdportgroup": _set_group,
    "set-vdvlanconfiguration": _set_vlan,
    "new-vdportgroup": _new_group,
    "remove-vdportgroup": _remove_group,
    "new-vdswitchprivatevlan": _new_private,
    "remove-vdswitchprivatevlan": _unread("private_vlans", "port_groups"),
    "add-vdswitchvmhost": _unread("hosts"),
    "remove-vdswitchvmhost": _unread("hosts"),
    "add-vdswitchphysicalnetworkadapter": _unread(),
    "remove-vdswitchphysicalnetworkadapter": _unread(),
}
