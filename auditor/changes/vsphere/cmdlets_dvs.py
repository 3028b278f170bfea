"""Cmdlets of distributed switches and their port groups."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from auditor.changes.vsphere.cmdlets_net import BALANCING
from auditor.changes.vsphere.dswitch import DSwitch
from auditor.changes.vsphere.host import Host
from auditor.changes.vsphere.ps import Call, everything, own_name, put
from auditor.changes.vsphere.selection import OPEN, Chosen, Open, any_match, listed, matches, picked
from auditor.changes.vsphere.target import members

_SECURITY = {"allowpromiscuous": "promiscuous", "macchanges": "mac_changes", "forgedtransmits": "forged_transmits"}
_OVERRIDES = {
    "vlanoverrideallowed": "overrides.vlan", "uplinkteamingoverrideallowed": "overrides.teaming",
    "securityoverrideallowed": "overrides.security", "trafficshapingoverrideallowed": "overrides.shaping",
    "netflowoverrideallowed": "overrides.netflow", "blockoverrideallowed": "overrides.block",
    "resetportconfigatdisconnect": "reset_at_disconnect",
}  # fmt: skip
_OPERATIONS = {"listen": "listen", "advertise": "advertise", "both": "both", "disabled": "none"}


def _get_switch(call: Call) -> Chosen:
    if isinstance(call.piped, Chosen) and call.piped.kind not in ("server",):
        return Chosen("vdswitch", None if call.piped.hit is not False else False)
    names = listed(call.first("name"))
    own = own_name(call.target, "vdswitch")
    if not isinstance(call.target, DSwitch):
        return Chosen("vdswitch", True, call.names("name"))
    return Chosen("vdswitch", any_match(own, names) if names else True, about=", ".join(str(one) for one in names)[:80])


def _get_group(call: Call) -> Chosen:
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


def _for_switch(call: Call, *names: str) -> tuple[DSwitch | None, Chosen]:
    chosen = call.piped if isinstance(call.piped, Chosen) else call.first(*names)
    if isinstance(chosen, list) and len(chosen) == 1:
        chosen = chosen[0]
    if isinstance(chosen, str) and names and names[0] == "vdswitch":
        chosen = _get_switch(replace(call, piped=None, given={"name": chosen}, places=[]))
    elif isinstance(chosen, str):
        chosen = _get_group(replace(call, piped=None, given={"name": chosen}, places=[]))
    found = chosen if isinstance(chosen, Chosen) else Chosen("?", None)
    if not isinstance(call.target, DSwitch):
        if not isinstance(call.target, Host):
            call.plan.note(f"{call.name} is for distributed switches; here it changes nothing")
        return None, found
    return (call.target if call.hits(found, *everything("dvs")) else None), found


def _groups(switch: DSwitch, chosen: Chosen) -> list[str]:
    return picked(switch.groups, chosen.names)


def _set_switch(call: Call) -> Any:
    switch, chosen = _for_switch(call, "vdswitch")
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
    switch, chosen = _for_switch(call, "vdportgroup")
    for name in _groups(switch, chosen) if switch is not None else ():
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
    switch, chosen = _for_switch(call, "vdportgroup")
    for name in _groups(switch, chosen) if switch is not None else ():
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
    touched = [one for one in used.values() if not isinstance(chosen, Chosen) or (chosen.hit is not False
               and str(one.get("name")) in picked([str(one.get("name"))], getattr(chosen, "names", None)))]  # fmt: skip
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
    switch, chosen = _for_switch(call, "vdswitch")
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
    switch, chosen = _for_switch(call, "vdportgroup")
    for name in _groups(switch, chosen) if switch is not None else ():
        call.target.remove(f"port_groups[{name}]")
    return OPEN


def _policy(call: Call) -> Chosen:
    if not isinstance(call.target, DSwitch):
        return Chosen("vdpolicy", True, of=call.piped if isinstance(call.piped, Chosen) else None)
    chosen = call.piped if isinstance(call.piped, Chosen) else call.first("vdportgroup", "vdswitch")
    if isinstance(chosen, str):
        chosen = _get_group(replace(call, piped=None, given={"name": chosen}, places=[]))
    outer = chosen if isinstance(chosen, Chosen) else Chosen("?", None)
    direction = str(call.get("direction") or "")
    return Chosen("vdpolicy", outer.hit, (direction.lower(),) if direction else None, outer)


def _places(call: Call, chosen: Chosen) -> list[str]:
    """Prefixes of the facts that a policy belongs to."""
    of = chosen.of
    if of is not None and of.kind == "vdportgroup" and isinstance(call.target, DSwitch):
        return [f"port_groups[{name}]." for name in _groups(call.target, of)]
    if of is not None and of.kind == "vdswitch":
        return [""]
    for path in ("security", "teaming", "port_groups", "ports"):
        call.plan.vague(path, "of which switch or group the policy is set is not known")
    return []


def _set_security(call: Call) -> Any:
    switch, chosen = _for_switch(call, "policy")
    for at in _places(call, chosen) if switch is not None else ():
        for fact, value in call.flags(**_SECURITY):
            put(call, f"{at}security.{fact}", value)
        inherited = dict(call.flags(**{f"{name}inherited": fact for name, fact in _SECURITY.items()}))
        if at and switch is not None and inherited and all(value is True for value in inherited.values()):
            every = [""] if len(inherited) == len(_SECURITY) else [f".{fact}" for fact in inherited]
            for part in every:
                switch.inherit(f"{at}security{part}") if not call.plan.doubt else call.plan.vague(
                    f"{at}security", call.plan.doubt
                )
        elif inherited:
            call.plan.vague(f"{at}security", "what is inherited from here on is not known")
    return OPEN


def _set_teaming(call: Call) -> Any:
    switch, chosen = _for_switch(call, "policy")
    for at in _places(call, chosen) if switch is not None else ():
        given = call.given
        for parameter, fact in (("activeuplinkport", "active"), ("standbyuplinkport", "standby")):
            if parameter in given:
                put(call, f"{at}teaming.{fact}", listed(given[parameter]))
        if "unuseduplinkport" in given:
            unused = set(map(str, listed(given["unuseduplinkport"])))
            _leave_out(call, at, unused)
        if "loadbalancingpolicy" in given:
            put(call, f"{at}teaming.policy", BALANCING.get(str(given["loadbalancingpolicy"]).lower(), OPEN))
        if "failoverdetectionpolicy" in given:
            put(call, f"{at}teaming.beacon", str(given["failoverdetectionpolicy"]).lower() == "beaconprobing")
        for fact, value in call.flags(enablefailback="failback", notifyswitches="notify_switches"):
            put(call, f"{at}teaming.{fact}", value)
        if any(name.endswith("inherited") for name in given):
            call.plan.vague(f"{at}teaming", "what is inherited from here on is not known")
    return OPEN


def _leave_out(call: Call, at: str, unused: set[str]) -> None:
    from auditor.changes.vsphere.dswitch import levels
    from auditor.collectors.vsphere import dvs_policy

    if not isinstance(call.target, DSwitch):
        return
    keys = (at[len("port_groups[") : -2],) if at else ()
    shown = dvs_policy.teaming(levels(call.target, keys), {})
    for fact in ("active", "standby"):
        if set(shown[fact]) & unused:
            put(call, f"{at}teaming.{fact}", [one for one in shown[fact] if one not in unused])


def _set_overrides(call: Call) -> Any:
    switch, chosen = _for_switch(call, "policy")
    for at in _places(call, chosen) if switch is not None else ():
        for fact, value in call.flags(**_OVERRIDES):
            put(call, f"{at}{fact}", value)
    return OPEN


def _set_shaping(call: Call) -> Any:
    switch, chosen = _for_switch(call, "policy")
    fact = {"in": "shaping_in", "out": "shaping_out"}.get((chosen.names or ("",))[0])
    for at in _places(call, chosen) if switch is not None else ():
        if not at or fact is None:
            call.plan.vague("port_groups", "in which direction the line shapes is not known")
            continue
        for _, value in call.flags(enabled="enabled"):
            put(call, f"{at}{fact}", value)
    return OPEN


def _set_blocked(call: Call) -> Any:
    switch, chosen = _for_switch(call, "policy")
    for at in _places(call, chosen) if switch is not None else ():
        for _, value in call.flags(blocked="blocked"):
            put(call, f"{at}blocked", value) if at else call.plan.vague(
                "port_groups", "the whole switch is blocked, or freed"
            )
    return OPEN


def _new_private(call: Call) -> Any:
    switch, _ = _for_switch(call, "vdswitch")
    if switch is not None:
        key = f"{call.get('primaryvlanid')}/{call.get('secondaryvlanid')}"
        put(call, f"private_vlans[{key}].type", _low(call.get("privatevlantype")))
    return OPEN


def _unread(*paths: str) -> Callable[[Call], Any]:
    def act(call: Call) -> Any:
        switch, _ = _for_switch(call, "vdswitch")
        for path in paths if switch is not None else ():
            call.plan.vague(path, f"what {call.name} leaves is not foretold")
        return OPEN

    return act


HANDLERS: Mapping[str, Callable[[Call], Any]] = {
    "get-vdswitch": _get_switch,
    "set-vdswitch": _set_switch,
    "get-vdportgroup": _get_group,
    "set-vdportgroup": _set_group,
    "set-vdvlanconfiguration": _set_vlan,
    "new-vdportgroup": _new_group,
    "remove-vdportgroup": _remove_group,
    "get-vdsecuritypolicy": _policy,
    "set-vdsecuritypolicy": _set_security,
    "get-vduplinkteamingpolicy": _policy,
    "set-vduplinkteamingpolicy": _set_teaming,
    "get-vdportgroupoverridepolicy": _policy,
    "set-vdportgroupoverridepolicy": _set_overrides,
    "get-vdtrafficshapingpolicy": _policy,
    "set-vdtrafficshapingpolicy": _set_shaping,
    "get-vdblockedpolicy": _policy,
    "set-vdblockedpolicy": _set_blocked,
    "new-vdswitchprivatevlan": _new_private,
    "remove-vdswitchprivatevlan": _unread("private_vlans", "port_groups"),
    "add-vdswitchvmhost": _unread("hosts"),
    "remove-vdswitchvmhost": _unread("hosts"),
    "add-vdswitchphysicalnetworkadapter": _unread(),
    "remove-vdswitchphysicalnetworkadapter": _unread(),
}
