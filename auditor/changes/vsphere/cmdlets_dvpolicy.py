"""Cmdlets of the policies of distributed switches and port groups."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from auditor.changes.vsphere.cmdlets_dvs import for_switch, get_group, groups_of
from auditor.changes.vsphere.cmdlets_nicpolicy import BALANCING
from auditor.changes.vsphere.dswitch import DSwitch, levels
from auditor.changes.vsphere.ps import Call, put
from auditor.changes.vsphere.selection import OPEN, Chosen, listed
from auditor.collectors.vsphere import dvs_policy

_SECURITY = {"allowpromiscuous": "promiscuous", "macchanges": "mac_changes", "forgedtransmits": "forged_transmits"}
_OVERRIDES = {
    "vlanoverrideallowed": "overrides.vlan",
    "uplinkteamingoverrideallowed": "overrides.teaming",
    "securityoverrideallowed": "overrides.security",
    "trafficshapingoverrideallowed": "overrides.shaping",
    "netflowoverrideallowed": "overrides.netflow",
    "blockoverrideallowed": "overrides.block",
    "resetportconfigatdisconnect": "reset_at_disconnect",
}


def _policy(call: Call) -> Chosen:
    if not isinstance(call.target, DSwitch):
        return Chosen("vdpolicy", True, of=call.piped if isinstance(call.piped, Chosen) else None)
    chosen = call.piped if isinstance(call.piped, Chosen) else call.first("vdportgroup", "vdswitch")
    if isinstance(chosen, str):
        chosen = get_group(replace(call, piped=None, given={"name": chosen}, places=[]))
    outer = chosen if isinstance(chosen, Chosen) else Chosen("?", None)
    direction = str(call.get("direction") or "")
    return Chosen("vdpolicy", outer.hit, (direction.lower(),) if direction else None, outer)


def _places(call: Call, chosen: Chosen) -> list[str]:
    """Prefixes of the facts that a policy belongs to."""
    of = chosen.of
    if of is not None and of.kind == "vdportgroup" and isinstance(call.target, DSwitch):
        return [f"port_groups[{name}]." for name in groups_of(call.target, of)]
    if of is not None and of.kind == "vdswitch":
        return [""]
    for path in ("security", "teaming", "port_groups", "ports"):
        call.plan.vague(path, "of which switch or group the policy is set is not known")
    return []


def _set_security(call: Call) -> Any:
    switch, chosen = for_switch(call, "policy")
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
    switch, chosen = for_switch(call, "policy")
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
    if not isinstance(call.target, DSwitch):
        return
    keys = (at[len("port_groups[") : -2],) if at else ()
    shown = dvs_policy.teaming(levels(call.target, keys), {})
    for fact in ("active", "standby"):
        if set(shown[fact]) & unused:
            put(call, f"{at}teaming.{fact}", [one for one in shown[fact] if one not in unused])


def _set_overrides(call: Call) -> Any:
    switch, chosen = for_switch(call, "policy")
    for at in _places(call, chosen) if switch is not None else ():
        for fact, value in call.flags(**_OVERRIDES):
            put(call, f"{at}{fact}", value)
    return OPEN


def _set_shaping(call: Call) -> Any:
    switch, chosen = for_switch(call, "policy")
    fact = {"in": "shaping_in", "out": "shaping_out"}.get((chosen.names or ("",))[0])
    for at in _places(call, chosen) if switch is not None else ():
        if not at or fact is None:
            call.plan.vague("port_groups", "in which direction the line shapes is not known")
            continue
        for _, value in call.flags(enabled="enabled"):
            put(call, f"{at}{fact}", value)
    return OPEN


def _set_blocked(call: Call) -> Any:
    switch, chosen = for_switch(call, "policy")
    for at in _places(call, chosen) if switch is not None else ():
        for _, value in call.flags(blocked="blocked"):
            put(call, f"{at}blocked", value) if at else call.plan.vague(
                "port_groups", "the whole switch is blocked, or freed"
            )
    return OPEN


HANDLERS: Mapping[str, Callable[[Call], Any]] = {
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
}
