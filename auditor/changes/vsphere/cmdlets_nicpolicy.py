"""Cmdlets of the policies of standard switches and port groups."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from auditor.changes.vsphere import network
from auditor.changes.vsphere.cmdlets_host import host
from auditor.changes.vsphere.cmdlets_net import chosen_of, groups_of, switches_of
from auditor.changes.vsphere.host import Host
from auditor.changes.vsphere.policy import SECURITY
from auditor.changes.vsphere.ps import Call, put
from auditor.changes.vsphere.selection import OPEN, Chosen, Open

BALANCING = {
    "loadbalancesrcid": "loadbalance_srcid",
    "loadbalanceip": "loadbalance_ip",
    "loadbalancesrcmac": "loadbalance_srcmac",
    "explicitfailover": "failover_explicit",
    "loadbalanceloadbased": "loadbalance_loadbased",
}


def _policy(kind: str) -> Callable[[Call], Chosen]:
    def act(call: Call) -> Chosen:
        outer = chosen_of(call, "virtualswitch", "virtualportgroup")
        return Chosen(kind, outer.hit, of=outer)

    return act


def _places(call: Call, found: Host, chosen: Chosen) -> Iterator[tuple[str, bool]]:
    """(path, whether it is a group) of what a policy belongs to."""
    of = chosen.of
    if of is not None and of.kind == "portgroup":
        yield from ((f"port_groups[{name}]", True) for name in groups_of(found, of))
    elif of is not None and of.kind == "vswitch":
        yield from ((f"vswitches[{name}]", False) for name in switches_of(found, of))
    else:
        for path in ("vswitches", "port_groups"):
            call.plan.vague(path, "of which switch or group the policy is set is not known")


def _set_security(call: Call) -> Any:
    chosen = chosen_of(call, "virtualswitchpolicy", "virtualportgrouppolicy")
    found = host(call, chosen, "vswitches", "port_groups")
    if found is None:
        return OPEN
    facts = {"allowpromiscuous": "promiscuous", "macchanges": "mac_changes", "forgedtransmits": "forged_transmits"}
    for path, is_group in _places(call, found, chosen):
        for fact, value in call.flags(**facts):
            put(call, f"{path}.security.{fact}", value)
        for fact, value in call.flags(**{f"{name}inherited": fact for name, fact in facts.items()}):
            if is_group and value is True and not call.plan.doubt:
                network.inherit(found, path[len("port_groups[") : -1], "security", SECURITY[fact])
            elif is_group and isinstance(value, Open):
                call.plan.vague(f"{path}.security.{fact}", "whether it is inherited is open")
    return OPEN


def _set_teaming(call: Call) -> Any:
    chosen = chosen_of(call, "virtualswitchpolicy", "virtualportgrouppolicy")
    found = host(call, chosen, "vswitches", "port_groups")
    if found is None:
        return OPEN
    for path, _ in _places(call, found, chosen):
        for fact, value in call.flags(failbackenabled="failback", notifyswitches="notify_switches"):
            put(call, f"{path}.teaming.{fact}", value)
        if "loadbalancingpolicy" in call.given:
            policy = BALANCING.get(str(call.given["loadbalancingpolicy"]).lower(), call.given["loadbalancingpolicy"])
            put(call, f"{path}.teaming.policy", policy)
        if "networkfailoverdetectionpolicy" in call.given:
            detection = str(call.given["networkfailoverdetectionpolicy"]).lower()
            put(call, f"{path}.teaming.beacon", detection == "beaconprobing")
        moved = set(call.given) & {"makenicactive", "makenicstandby", "makenicunused"}
        inherits = {name for name in call.given if name.startswith("inherit")}
        if moved or inherits:
            for part in ("active", "standby", "uplinks") if moved or "inheritfailoverorder" in inherits else ():
                call.plan.vague(f"{path}.teaming.{part}", "the order that the line leaves is not known")
            for part in (
                ("policy", "beacon", "failback", "notify_switches") if inherits - {"inheritfailoverorder"} else ()
            ):
                call.plan.vague(f"{path}.teaming.{part}", "it is inherited from here on, or no longer")
            if path.startswith("vswitches["):
                found.teams |= {(path[len("vswitches[") : -1], part) for part in ("active", "standby") if moved}
            else:
                call.plan.vague(f"{path}.teaming_inherited", "it is inherited from here on, or no longer")
    return OPEN


HANDLERS: Mapping[str, Callable[[Call], Any]] = {
    "get-securitypolicy": _policy("policy"),
    "set-securitypolicy": _set_security,
    "get-nicteamingpolicy": _policy("policy"),
    "set-nicteamingpolicy": _set_teaming,
    "get-vmhostnetwork": _policy("network"),
}
