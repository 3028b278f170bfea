"""A distributed switch: its evidence, set by the paths of its facts."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from auditor.changes.vsphere.plan import Plan, Refusal
from auditor.changes.vsphere.target import (
    Get,
    Keys,
    Remove,
    Set,
    Target,
    boolean,
    choice,
    inner,
    members,
    number,
    seen,
    texts,
)
from auditor.collectors.vsphere import dvs_policy
from auditor.collectors.vsphere.read_dvs import _OVERRIDES as OVERRIDES

TEAM = {"policy": "policy", "notify_switches": "notifySwitches", "failback": "rollingOrder"}
_BALANCING = (
    "loadbalance_srcid", "loadbalance_ip", "loadbalance_srcmac", "loadbalance_loadbased", "failover_explicit",
)  # fmt: skip
_SPEC = "VmwareDistributedVirtualSwitch{}Spec"
_VLANS = {"id": _SPEC.format("VlanId"), "trunk": _SPEC.format("TrunkVlan"), "pvlan": _SPEC.format("Pvlan")}
_HEALTH = {"vlan_mtu": "VMwareDVSVlanMtuHealthCheckConfig", "teaming": "VMwareDVSTeamingHealthCheckConfig"}
MAX_GROUPS = 10_000  # vendor's maximum of distributed port groups in a vCenter, release 8
_NEW = "the vCenter chooses it when it makes the group"


class DSwitch(Target):
    """One distributed switch."""

    SETS: ClassVar[Mapping[str, Set]]
    GETS: ClassVar[Mapping[str, Get]]
    REMOVES: ClassVar[Mapping[str, Remove]]

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.groups: dict[str, dict[str, Any]] = {}
        for item in members(self.body.get("groups")):
            props = item.get("props")
            config = props.get("config") if isinstance(props, dict) else None
            if isinstance(props, dict) and isinstance(config, dict):
                self.groups[str(config.get("name") or props.get("name"))] = item

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.props.get("name") or "")

    @property
    def config(self) -> dict[str, Any]:
        """Its configuration. Raises Refusal where it is not vCenter's to change, or was not read."""
        found = self.props.get("config")
        if not isinstance(found, dict):
            raise Refusal("the configuration of the switch could not be read", "Collect it again.")
        if found.get("extensionKey"):
            raise Refusal(f"the switch is managed by {found['extensionKey']}: vCenter does not change it",
                          "Change it on its supervisor (VSM).")  # fmt: skip
        return found

    def group(self, name: str) -> dict[str, Any]:
        """Configuration of a port group. Raises Refusal for one that the switch does not have."""
        self.config  # noqa: B018 - whether it may be changed at all
        found = self.groups.get(name)
        if found is None:
            known = ", ".join(sorted(self.groups)[:30])
            raise Refusal(f"the switch has no port group {name[:60]!r}", f"It has {known or 'none'}.")
        return inner(found, "props", "config")

    def add_group(self, name: str, ports: int | None = None) -> None:
        """A new port group that inherits everything. Raises Refusal where there is one of the name."""
        self.config  # noqa: B018
        if name in self.groups:
            raise Refusal(f"the switch has a port group {name[:60]!r} already")
        if len(self.groups) >= MAX_GROUPS:
            raise Refusal(f"a vCenter has no more than {MAX_GROUPS} distributed port groups")
        config: dict[str, Any] = {"name": name, "uplink": False, "type": "earlyBinding", "policy": {},
                                  "defaultPortConfig": {"vlan": {"_type": _VLANS["id"], "vlanId": 0, "ranges": []}}}  # fmt: skip
        if ports is not None:
            config["numPorts"] = ports
        item = {"id": f"new {name}", "props": {"name": name, "config": config}, "errors": {}}
        self.body.setdefault("groups", []).append(item)
        self.groups[name] = item
        path = f"port_groups[{name}]"
        self.plan.changed(path, "a new port group, which inherits everything")
        for field in ("key", "overrides", "auto_expand", "reset_at_disconnect", *(("ports",) if ports is None else ())):
            self.plan.vague(f"{path}.{field}", _NEW)
        self.plan.vague(f"ports[{name}/*]", "ports of a group that is still to come")

    def rename_group(self, old: str, new: str) -> None:
        """A port group has another name. Raises Refusal."""
        config = self.group(old)
        if new in self.groups:
            raise Refusal(f"the switch has a port group {new[:60]!r} already")
        config["name"] = new
        self.groups[new] = self.groups.pop(old)
        inner(self.groups[new], "props")["name"] = new
        self.plan.changed(f"port_groups[{old}]", f"it is called {new}")
        self.plan.changed(f"port_groups[{new}]", f"it was called {old}")
        self.plan.changed("ports", f"they are called by their group, {new}")

    def inherit(self, path: str) -> None:
        """A port group has again what its switch has. Raises Refusal."""
        found = re.fullmatch(r"port_groups\[([^\]]+)\]\.(security|teaming)(?:\.(\w+))?", path)
        simple = re.fullmatch(r"port_groups\[([^\]]+)\]\.(netflow|blocked|shaping_in|shaping_out|mac_learning)", path)
        if found is None and simple is None:
            raise Refusal(f"{path} has nothing to inherit")
        name = (found or simple or ("", ""))[1]
        setting = inner(self.group(name), "defaultPortConfig")
        if simple:
            holder = {"shaping_in": ("inShapingPolicy", "enabled"), "shaping_out": ("outShapingPolicy", "enabled"),
                      "netflow": ("ipfixEnabled",), "blocked": ("blocked",),
                      "mac_learning": ("macManagementPolicy", "macLearningPolicy")}[simple[2]]  # fmt: skip
            inner(setting, *holder)["inherited"] = True
        elif found and found[2] == "security":
            _inherit_security(self, setting, found[3], name)
        elif found:
            team = inner(setting, "uplinkTeamingPolicy")
            for one in [found[3]] if found[3] else [*TEAM, "active", "beacon"]:
                _team_part(team, one)["inherited"] = True
        self.plan.changed(path, "inherited from the switch")


def _inherit_security(switch: DSwitch, setting: dict[str, Any], name: str | None, group: str) -> None:
    mac, policy = seen(setting.get("macManagementPolicy")), inner(setting, "securityPolicy")
    shown = [name] if name else list(dvs_policy.SECURITY)
    for one in shown:
        inner(policy, dvs_policy.SECURITY.get(one, one))["inherited"] = True
    if not name:
        policy["inherited"] = True
    if mac and not name:
        inner(setting, "macManagementPolicy")["inherited"] = True
    elif mac:
        path = f"port_groups[{group}]"
        switch.plan.vague(f"{path}.security.{name}", "the MAC management policy is inherited as a whole, or not at all")
        switch.plan.vague(
            f"{path}.security_inherited", "the MAC management policy is inherited as a whole, or not at all"
        )


def _team_part(team: dict[str, Any], name: str) -> dict[str, Any]:
    if name in ("active", "standby"):
        return inner(team, "uplinkPortOrder")
    if name == "beacon":
        return inner(team, "failureCriteria", "checkBeacon")
    return inner(team, TEAM.get(name, name))


def _level(switch: DSwitch, keys: Keys) -> tuple[str, dict[str, Any]]:
    """(path, own port setting) of a group, or of the switch where no key names one."""
    if keys:
        return f"port_groups[{keys[0]}].", inner(switch.group(keys[0]), "defaultPortConfig")
    return "", inner(switch.config, "defaultPortConfig")


def _levels(switch: DSwitch, keys: Keys) -> list[Mapping[str, Any]]:
    above = seen(switch.config.get("defaultPortConfig"))
    return [seen(switch.group(keys[0]).get("defaultPortConfig")), above] if keys else [above]


def _security(name: str, key: str, switch: DSwitch, keys: Keys, value: Any) -> None:
    path, setting = _level(switch, keys)
    before = dvs_policy.security(_levels(switch, keys))[0]
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
        if whole and keys:
            reason = "the MAC management policy is inherited as a whole, or not at all"
            switch.plan.vague(f"{path}security_inherited", reason)
    switch.plan.changed(f"{path}security.{name}")


def _learning(switch: DSwitch, keys: Keys, value: Any) -> None:
    path, setting = _level(switch, keys)
    inner(setting, "macManagementPolicy", "macLearningPolicy").update(
        inherited=False, enabled=boolean(value, "mac_learning")
    )
    switch.plan.changed(f"{path}mac_learning")


def _teaming(name: str, switch: DSwitch, keys: Keys, value: Any) -> None:
    path, setting = _level(switch, keys)
    team = inner(setting, "uplinkTeamingPolicy")
    if name in ("active", "standby"):
        known = {*seen(switch.config.get("uplinkPortPolicy")).get("uplinkPortName", ()),
                 *(str(one.get("name")) for one in members(switch.config.get("lacpGroupConfig")))}  # fmt: skip
        strangers = [one for one in texts(value, name) if known and one not in known]
        if strangers:
            raise Refusal(f"the switch has no uplink {strangers[0][:60]!r}", f"It has {', '.join(sorted(known))}.")
        shown = dvs_policy.teaming(_levels(switch, keys), {})
        second = "standby" if name == "active" else "active"
        order = {name: list(value), second: [one for one in shown[second] if one not in value]}
        team["uplinkPortOrder"] = {
            "inherited": False,
            "activeUplinkPort": order["active"],
            "standbyUplinkPort": order["standby"],
        }
    elif name == "policy":
        _team_part(team, name).update(inherited=False, value=choice(value, "load balancing", *_BALANCING))
    else:
        on = boolean(value, name)
        _team_part(team, name).update(inherited=False, value=not on if name == "failback" else on)
    switch.plan.changed(f"{path}teaming.{name}")


def _flag(fact: str, names: Keys, switch: DSwitch, keys: Keys, value: Any) -> None:
    _, setting = _level(switch, keys)
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
    kind = choice(value, "the kind of a VLAN", *_VLANS)
    found = _vlan(switch, keys)
    if found.get("_type") != _VLANS[kind]:
        found.clear()
        found.update({"_type": _VLANS[kind], "inherited": False, "ranges": []})
        if kind == "id":
            found["vlanId"] = 0
    switch.plan.changed(f"port_groups[{keys[0]}].vlan")


def _vlan_id(switch: DSwitch, keys: Keys, value: Any) -> None:
    found = _vlan(switch, keys)
    if found.get("_type") == _VLANS["trunk"]:
        raise Refusal(f"{keys[0][:60]} is a trunk: a single VLAN needs the kind id first", "Write kind: id beside it.")
    private = found.get("_type") == _VLANS["pvlan"]
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
DSwitch.SETS = {
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
DSwitch.GETS = {"mirror_sessions": _get_mirrors}
DSwitch.REMOVES = {"port_groups[*]": _remove_group, "private_vlans[*]": _remove_private}
