"""A distributed switch: its evidence and its port groups."""

import re
from collections.abc import Mapping
from typing import Any

from auditor.changes.vsphere.plan import Plan, Refusal
from auditor.changes.vsphere.target import Keys, Target, inner, members, seen
from auditor.collectors.vsphere import dvs_policy

TEAM = {"policy": "policy", "notify_switches": "notifySwitches", "failback": "rollingOrder"}
_SPEC = "VmwareDistributedVirtualSwitch{}Spec"
VLANS = {"id": _SPEC.format("VlanId"), "trunk": _SPEC.format("TrunkVlan"), "pvlan": _SPEC.format("Pvlan")}
MAX_GROUPS = 10_000  # vendor's maximum of distributed port groups in a vCenter, release 8
_NEW = "the vCenter chooses it when it makes the group"


class DSwitch(Target):
    """One distributed switch."""

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
            raise Refusal(
                f"the switch is managed by {found['extensionKey']}: vCenter does not change it",
                "Change it on its supervisor (VSM).",
            )
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
        config: dict[str, Any] = {
            "name": name,
            "uplink": False,
            "type": "earlyBinding",
            "policy": {},
            "defaultPortConfig": {"vlan": {"_type": VLANS["id"], "vlanId": 0, "ranges": []}},
        }
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
            holder = {
                "shaping_in": ("inShapingPolicy", "enabled"),
                "shaping_out": ("outShapingPolicy", "enabled"),
                "netflow": ("ipfixEnabled",),
                "blocked": ("blocked",),
                "mac_learning": ("macManagementPolicy", "macLearningPolicy"),
            }[simple[2]]
            inner(setting, *holder)["inherited"] = True
        elif found and found[2] == "security":
            _inherit_security(self, setting, found[3], name)
        elif found:
            team = inner(setting, "uplinkTeamingPolicy")
            for one in [found[3]] if found[3] else [*TEAM, "active", "beacon"]:
                team_part(team, one)["inherited"] = True
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


def team_part(team: dict[str, Any], name: str) -> dict[str, Any]:
    """The part of a teaming policy where a fact stands, made where it is not there."""
    if name in ("active", "standby"):
        return inner(team, "uplinkPortOrder")
    if name == "beacon":
        return inner(team, "failureCriteria", "checkBeacon")
    return inner(team, TEAM.get(name, name))


def level(switch: DSwitch, keys: Keys) -> tuple[str, dict[str, Any]]:
    """(path, own port setting) of a group, or of the switch where no key names one."""
    if keys:
        return f"port_groups[{keys[0]}].", inner(switch.group(keys[0]), "defaultPortConfig")
    return "", inner(switch.config, "defaultPortConfig")


def levels(switch: DSwitch, keys: Keys) -> list[Mapping[str, Any]]:
    """Port settings from the nearest to the switch."""
    above = seen(switch.config.get("defaultPortConfig"))
    return [seen(switch.group(keys[0]).get("defaultPortConfig")), above] if keys else [above]
