"""Single distributed ports that differ from their group, as facts."""

from collections.abc import Mapping
from typing import Any

from auditor.collectors.vsphere import dvs_policy as policies
from auditor.collectors.vsphere.draft import Draft, Missing, record, rows

_SOURCE = "DistributedVirtualSwitch.FetchDVPorts"


def read_ports(draft: Draft, config: Mapping[str, Any]) -> None:
    """The `ports` of a switch; a group whose ports were not read is a gap at `ports[GROUP/*]`."""
    draft.part("ports", _SOURCE, lambda: _ports(draft, config))


def _ports(draft: Draft, config: Mapping[str, Any]) -> dict[str, Any]:
    if "port_groups" in draft.gaps:
        raise Missing(draft.gaps["port_groups"])
    found = record(draft.body.get("ports"))
    if draft.facts.get("roles") == ["nexus1000v"]:
        return {}  # its ports belong to the port profiles of the VSM
    configs = [record(record(group.get("props")).get("config")) for group in rows(draft.body.get("groups"))]
    settings = {str(group.get("key")): group for group in configs}
    names = {key: str(group.get("name")) for key, group in settings.items()}
    for key, reason in record(found.get("unread")).items():
        draft.gap(f"ports[{names.get(str(key), key)}/*]", str(reason))
    asked = {str(key) for key in found.get("groups") or []} | {str(key) for key in record(found.get("unread"))}
    for name, group in record(draft.facts.get("port_groups")).items():
        may_differ = overridable(record(group.get("overrides"))) and not group.get("uplink")
        if may_differ and str(group.get("key")) not in asked:
            draft.gap(f"ports[{name}/*]", "its single ports were not read")
    primaries = {e.get("secondaryVlanId"): e.get("primaryVlanId") for e in rows(config.get("pvlanConfig"))}
    switch = record(config.get("defaultPortConfig"))
    bundles = {str(one.get("name")): one.get("uplinkNum") for one in rows(config.get("lacpGroupConfig"))}
    out: dict[str, Any] = {}
    for port in rows(found.get("differing")):
        key = str(port.get("portgroupKey"))
        setting = record(record(port.get("config")).get("setting"))
        levels = [setting, record(settings.get(key, {}).get("defaultPortConfig")), switch]
        name = f"{names.get(key, key)}/{port.get('key')}"
        in_force, _, origin = policies.security(levels)
        for what, value in in_force.items():
            if value is None:
                draft.gap(f"ports[{name}].security.{what}", "neither the port nor its group or switch shows a value")
        vlan = policies.vlan(levels, primaries)
        if vlan.get("kind") == "pvlan" and vlan.get("pvlan_primary") is None:
            draft.gap(f"ports[{name}].vlan.pvlan_primary", "the private VLANs that the switch lists do not have it")
        out[name] = {
            "group": names.get(key, key),
            "connected": bool(port.get("connectee")),
            "own": policies.own(setting),
            "vlan": vlan,
            "security": in_force,
            "security_from": origin,
            "mac_learning": policies.learning(levels),
            "teaming": policies.teaming(levels, bundles),
            "netflow": policies.value(levels, "ipfixEnabled"),
            "traffic_filter": bool(record(setting.get("filterPolicy")).get("filterConfig")),
        }
    return out


JUDGED = ("vlan", "teaming", "security", "mac_management", "netflow", "shaping", "traffic_filter")


def overridable(overrides: Mapping[str, Any]) -> bool:
    """Whether single ports of a group may set something that is judged; blocking one is not."""
    return any(overrides.get(name) is True for name in JUDGED)
