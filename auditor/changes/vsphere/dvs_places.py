"""Where the facts of a distributed switch stand in its evidence."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from auditor.changes.vsphere.dswitch import TEAM, VLANS, DSwitch, level, levels, team_part
from auditor.changes.vsphere.plan import Refusal
from auditor.changes.vsphere.target import Get, Keys, Remove, Set, boolean, choice, inner, members, number, seen, texts
from auditor.collectors.vsphere import dvs_policy
from auditor.collectors.vsphere.read_dvs import _OVERRIDES as OVERRIDES

_BALANCING = (
    "loadbalance_srcid", "loadbalance_ip", "loadbalance_srcmac", "loadbalance_loadbased", "failover_explicit",
)  # fmt: skip
_HEALTH = {"vlan_mtu": "VMwareDVSVlanMtuHealthCheckConfig", "teaming": "VMwareDVSTeamingHealthCheckConfig"}


def _security(name: str, key: str, switch: DSwitch, keys: Keys, value: Any) -> None:
    path, setting = level(switch, keys)
    before = dvs_policy.security(levels(switch, keys))[0]
    policy = inner(setting, "securityPolicy")
    for one in dvs_policy.SECURITY.values():  # the mark of the whole would count for what has none of its own
        if policy.get("inherited") is True:
            inner(policy, one).setdefault("inherited", True)
    policy["inherited"] = False
    policy[key] = {"inherited": False, "value": boolean(value, name)}
    mac = setting.get("macManagementPolicy")
    if isinstance(mac, dict) and any(mac.get(one) is not None for one in dvs_policy.SECURITY.values()):
        whole = mac.get("inherited") is True
        mac["inherited"] = False
        for fact, one in dvs_policy.SECURITY.items():
            if whole or mac.get(one) is None:
                mac[one] = before[fact]
        mac[key] = value
        switch.plan.note(
            "taken as set in the security policy and in the MAC management policy, as the vSphere Client does"
        )
        if whole and keys:
            reason = "the MAC management policy is inherited as a whole, or not at all"
            switch.plan.vague(f"{path}security_inherited", reason)
    switch.plan.changed(f"{path}security.{name}")


def _learning(switch: DSwitch, keys: Keys, value: Any) -> None:
    path, setting = level(switch, keys)
    inner(setting, "macManagementPolicy", "macLearningPolicy").update(
        inherited=False, enabled=boolean(value, "mac_learning")
    )
    switch.plan.changed(f"{path}mac_learning")


def _teaming(name: str, switch: DSwitch, keys: Keys, value: Any) -> None:
    path, setting = level(switch, keys)
    team = inner(setting, "uplinkTeamingPolicy")
    if name in ("active", "standby"):
        known = {*seen(switch.config.get("uplinkPortPolicy")).get("uplinkPortName", ()),
                 *(str(one.get("name")) for one in members(switch.config.get("lacpGroupConfig")))}  # fmt: skip
        strangers = [one for one in texts(value, name) if known and one not in known]
        if strangers:
            raise Refusal(f"the switch has no uplink {strangers[0][:60]!r}", f"It has {', '.join(sorted(known))}.")
        shown = dvs_policy.teaming(levels(switch, keys), {})
        second = "standby" if name == "active" else "active"
        order = {name: list(value), second: [one for one in shown[second] if one not in value]}
        team["uplinkPortOrder"] = {
            "inherited": False,
            "activeUplinkPort": order["active"],
            "standbyUplinkPort": order["standby"],
        }
    elif name == "policy":
        team_part(team, name).update(inherited=False, value=choice(value, "load balancing", *_BALANCING))
    else:
        on = boolean(value, name)
        team_part(team, name).update(inherited=False, value=not on if name == "failback" else on)
    switch.plan.changed(f"{path}teaming.{name}")


def _flag(fact: str, names: Keys, switch: DSwitch, keys: Keys, value: Any) -> None:
    _, setting = level(switch, keys)
    if len(names) > 1 and inner(setting, names[0]).get("inherited") is True:
        inner(setting, names[0])["inherited"] = False
    inner(setting, *names).update(inherited=False, value=boolean(value, fact))
    switch.plan.changed(f"port_groups[{keys[0]}].{fact}")


def _vlan(switch: DSwitch, keys: Keys) -> dict[str, Any]:
    setting = inner(switch.group(keys[0]), "defaultPortConfig")
    found = inner(setting, "vlan")
    found["inherited"] = False
    return found


def _vlan_kind(switch: DSwitch, keys: Keys, value: Any) -> None:
    kind = choice(value, "the kind of a VLAN", *VLANS)
    found = _vlan(switch, keys)
    if found.get("_type") != VLANS[kind]:
        found.clear()
        found.update({"_type": VLANS[kind], "inherited": False, "ranges": []})
        if kind == "id":
            found["vlanId"] = 0
    switch.plan.changed(f"port_groups[{keys[0]}].vlan")


def _vlan_id(switch: DSwitch, keys: Keys, value: Any) -> None:
    found = _vlan(switch, keys)
    if found.get("_type") == VLANS["trunk"]:
        raise Refusal(f"{keys[0][:60]} is a trunk: a single VLAN needs the kind id first", "Write kind: id beside it.")
    private = found.get("_type") == VLANS["pvlan"]
    listed = {one.get("secondaryVlanId") for one in members(switch.config.get("pvlanConfig"))}
    if private and value not in listed:
        raise Refusal(f"the switch lists no private VLAN {str(value)[:20]}", "Add it to the switch first.")
    found["pvlanId" if private else "vlanId"] = number(value, "the VLAN", 0, 4094)
    switch.plan.changed(f"port_groups[{keys[0]}].vlan")


def _ranges(switch: DSwitch, keys: Keys, value: Any) -> None:
    _vlan_kind(switch, keys, "trunk")
    spans = []
    for one in value if isinstance(value, list) else [value]:
        found = re.fullmatch(r"\s*(\d{1,4})(?:\s*-\s*(\d{1,4}))?\s*", str(one))
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (-1, -1)
        if not 0 <= first <= last <= 4094:
            raise Refusal(f"{str(one)[:40]!r} is no range of VLANs", "Write FIRST-LAST, from 0 to 4094.")
        spans.append([first, last])
    _vlan(switch, keys)["ranges"] = spans
    switch.plan.changed(f"port_groups[{keys[0]}].vlan")


def _group_field(fact: str, key: str, switch: DSwitch, keys: Keys, value: Any) -> None:
    config = switch.group(keys[0])
    if fact == "type":
        config[key] = choice(value, "the binding of a group", "earlyBinding", "lateBinding", "ephemeral")
    else:
        config[key] = boolean(value, fact) if fact == "auto_expand" else number(value, "ports", 0, 8192)
    switch.plan.changed(f"port_groups[{keys[0]}].{fact}")


def _override(fact: str, key: str, switch: DSwitch, keys: Keys, value: Any) -> None:
    policy = inner(switch.group(keys[0]), "policy")
    before, policy[key] = policy.get(key), boolean(value, fact)
    switch.plan.changed(f"port_groups[{keys[0]}].{fact}")
    if value and not before and fact not in ("overrides.block", "reset_at_disconnect"):
        switch.plan.note(f"{keys[0]}: single ports may now differ; none does until somebody sets one")
        asked = inner(switch.body, "ports").setdefault("groups", [])
        if isinstance(asked, list) and switch.group(keys[0]).get("key") not in asked:
            asked.append(switch.group(keys[0]).get("key"))


def _remove_group(switch: DSwitch, keys: Keys) -> None:
    config = switch.group(keys[0])
    if config.get("uplink") is True:
        raise Refusal(f"{keys[0][:60]} carries the uplinks: it cannot be removed")
    item = switch.groups.pop(keys[0])
    switch.body["groups"] = [one for one in members(switch.body.get("groups")) if one is not item]
    differing = seen(switch.body.get("ports")).get("differing")
    if isinstance(differing, list):
        differing[:] = [one for one in members(differing) if one.get("portgroupKey") != config.get("key")]
    switch.plan.changed(f"port_groups[{keys[0]}]", "it is removed")
    switch.plan.note(f"port group {keys[0]}: what is connected to it keeps the vCenter from removing it")


def _plain(fact: str, way: Keys, kind: str, switch: DSwitch, _: Keys, value: Any) -> None:
    holder = inner(switch.config, *way[:-1])
    if kind == "bool":
        holder[way[-1]] = boolean(value, fact)
    elif kind == "int":
        holder[way[-1]] = number(value, fact, 1, 65535)
    elif kind == "list":
        holder[way[-1]] = texts(value, fact)
    else:
        holder[way[-1]] = str(value)
    switch.plan.changed(fact)


def _mtu(switch: DSwitch, _: Keys, value: Any) -> None:
    switch.config["maxMtu"] = number(value, "the MTU", 1280, 9190)
    switch.plan.changed("mtu")


def _discovery(name: str, switch: DSwitch, _: Keys, value: Any) -> None:
    among = ("cdp", "lldp") if name == "protocol" else ("none", "listen", "advertise", "both")
    inner(switch.config, "linkDiscoveryProtocolConfig")[name] = choice(value, f"discovery.{name}", *among)
    switch.plan.changed(f"discovery.{name}")


def _health(switch: DSwitch, keys: Keys, value: Any) -> None:
    kind = _HEALTH.get(keys[0])
    if kind is None:
        raise Refusal(f"there is no health check {keys[0][:40]!r}", f"Known are {', '.join(_HEALTH)}.")
    checks = switch.config.setdefault("healthCheckConfig", [])
    found = next((one for one in members(checks) if one.get("_type") == kind), None)
    if found is None:
        found = {"_type": kind}
        checks.append(found)
    found["enable"] = boolean(value, f"health_check[{keys[0]}]")
    switch.plan.changed(f"health_check[{keys[0]}]")


def _mirrors(switch: DSwitch, _: Keys, value: Any) -> None:
    switch.config["vspanSession"] = [{"name": one, "enabled": True} for one in texts(value, "mirror_sessions")]
    switch.plan.changed("mirror_sessions")


def _private(switch: DSwitch, keys: Keys, value: Any) -> None:
    found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", keys[0])
    if not found:
        raise Refusal(f"{keys[0][:40]!r} is no PRIMARY/SECONDARY")
    kind = choice(value, "a private VLAN", "promiscuous", "isolated", "community")
    entries = [one for one in members(switch.config.get("pvlanConfig"))
               if (one.get("primaryVlanId"), one.get("secondaryVlanId")) != (int(found[1]), int(found[2]))]  # fmt: skip
    if len(entries) >= 4096:
        raise Refusal("more private VLANs than there are numbers")
    entries.append({"primaryVlanId": int(found[1]), "secondaryVlanId": int(found[2]), "pvlanType": kind})
    switch.config["pvlanConfig"] = entries
    switch.plan.changed(f"private_vlans[{keys[0]}]")


def _remove_private(switch: DSwitch, keys: Keys) -> None:
    entries = list(members(switch.config.get("pvlanConfig")))
    kept = [one for one in entries if f"{one.get('primaryVlanId')}/{one.get('secondaryVlanId')}" != keys[0]]
    if len(kept) == len(entries):
        raise Refusal(f"the switch has no private VLAN {keys[0][:40]}")
    switch.config["pvlanConfig"] = kept
    switch.plan.changed(f"private_vlans[{keys[0]}]", "it is removed")


def _get_mirrors(switch: DSwitch, _: Keys) -> Any:
    return [str(one.get("name")) for one in members(switch.config.get("vspanSession")) if one.get("enabled")]


_AT = ("", "port_groups[*].")
_POLICY = {
    "netflow": ("ipfixEnabled",),
    "blocked": ("blocked",),
    "shaping_in": ("inShapingPolicy", "enabled"),
    "shaping_out": ("outShapingPolicy", "enabled"),
}
SETS: Mapping[str, Set] = {
    "mtu": _mtu,
    "uplinks": partial(_plain, "uplinks", ("uplinkPortPolicy", "uplinkPortName"), "list"),
    "nioc": partial(_plain, "nioc", ("networkResourceManagementEnabled",), "bool"),
    "contact": partial(_plain, "contact", ("contact", "name"), "text"),
    "multicast_filtering": partial(_plain, "multicast_filtering", ("multicastFilteringMode",), "text"),
    "netflow.collector": partial(_plain, "netflow.collector", ("ipfixConfig", "collectorIpAddress"), "text"),
    "netflow.port": partial(_plain, "netflow.port", ("ipfixConfig", "collectorPort"), "int"),
    "netflow.internal_only": partial(_plain, "netflow.internal_only", ("ipfixConfig", "internalFlowsOnly"), "bool"),
    "discovery.protocol": partial(_discovery, "protocol"),
    "discovery.operation": partial(_discovery, "operation"),
    "health_check[*]": _health,
    "mirror_sessions": _mirrors,
    "private_vlans[*].type": _private,
    "port_groups[*].vlan.kind": _vlan_kind,
    "port_groups[*].vlan.id": _vlan_id,
    "port_groups[*].vlan.ranges": _ranges,
    "port_groups[*].type": partial(_group_field, "type", "type"),
    "port_groups[*].ports": partial(_group_field, "ports", "numPorts"),
    "port_groups[*].auto_expand": partial(_group_field, "auto_expand", "autoExpand"),
    "port_groups[*].reset_at_disconnect": partial(_override, "reset_at_disconnect", "portConfigResetAtDisconnect"),
    **{
        f"port_groups[*].overrides.{fact}": partial(_override, f"overrides.{fact}", key)
        for fact, key in OVERRIDES.items()
    },
    **{f"port_groups[*].{fact}": partial(_flag, fact, names) for fact, names in _POLICY.items()},
    **{f"{at}mac_learning": _learning for at in _AT},
    **{
        f"{at}security.{name}": partial(_security, name, key) for at in _AT for name, key in dvs_policy.SECURITY.items()
    },
    **{f"{at}teaming.{name}": partial(_teaming, name) for at in _AT for name in ("active", "standby", "beacon", *TEAM)},
}
GETS: Mapping[str, Get] = {"mirror_sessions": _get_mirrors}
REMOVES: Mapping[str, Remove] = {"port_groups[*]": _remove_group, "private_vlans[*]": _remove_private}


class Placed(DSwitch):
    """A distributed switch whose facts have their places."""

    SETS = SETS
    GETS = GETS
    REMOVES = REMOVES
