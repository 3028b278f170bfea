"""A captured distributed switch as facts."""

from collections.abc import Mapping
from typing import Any

from auditor.collectors.vsphere.draft import Draft, Missing, Props, record, rows
from auditor.domain import Capture, Snapshot
from auditor.facts.dvs import Facts

_SECURITY = {"promiscuous": "allowPromiscuous", "mac_changes": "macChanges", "forged_transmits": "forgedTransmits"}
_OVERRIDES = {
    "vlan": "vlanOverrideAllowed",
    "teaming": "uplinkTeamingOverrideAllowed",
    "security": "securityPolicyOverrideAllowed",
    "mac_management": "macManagementOverrideAllowed",
    "netflow": "ipfixOverrideAllowed",
    "shaping": "shapingOverrideAllowed",
    "vendor_config": "vendorConfigOverrideAllowed",
    "network_resource_pool": "networkResourcePoolOverrideAllowed",
    "traffic_filter": "trafficFilterOverrideAllowed",
    "block": "blockOverrideAllowed",
    "live_port_moving": "livePortMovingAllowed",
}
_HEALTH = {"VMwareDVSVlanMtuHealthCheckConfig": "vlan_mtu", "VMwareDVSTeamingHealthCheckConfig": "teaming"}
_CONFIG = "DistributedVirtualSwitch.config"


def read_dvs(capture: Capture) -> Snapshot:
    """Pure; raises nothing."""
    draft = Draft(capture, Facts)
    props = Props(draft.body, "DistributedVirtualSwitch")
    draft.part("name", "DistributedVirtualSwitch.name", lambda: props.required("name"))
    draft.part("uuid", "DistributedVirtualSwitch.uuid", lambda: props.required("uuid"))
    draft.part("hosts", "DistributedVirtualSwitch.summary.hostMember", lambda: _hosts(draft, props))
    try:
        config = record(props.required("config"))
    except (Missing, TypeError) as problem:
        for name in Facts.model_fields:
            if name not in ("name", "uuid", "hosts"):
                draft.gap(name, str(problem))
        return draft.snapshot("")
    _identity(draft, config)
    _switch(draft, config)
    draft.part("port_groups", "DistributedVirtualPortgroup.config.defaultPortConfig", lambda: _groups(draft, config))
    return draft.snapshot(str(draft.facts.get("version") or ""))


def _hosts(draft: Draft, props: Props) -> list[str]:
    props.optional("summary")
    return [str(name) for name in draft.body.get("hosts") or []]


def _identity(draft: Draft, config: Mapping[str, Any]) -> None:
    def about() -> Mapping[str, Any]:
        summary = record(record(draft.body.get("props")).get("summary"))
        return {**record(summary.get("productInfo")), **record(config.get("productInfo"))}

    def nexus() -> bool:
        signs = (
            f"{config.get('extensionKey') or ''} {about().get('vendor') or ''} {about().get('name') or ''}".casefold()
        )
        return "cisco" in signs or "nexus" in signs

    draft.part("vendor", f"{_CONFIG}.productInfo", lambda: about().get("vendor"))
    draft.part("product", f"{_CONFIG}.productInfo", lambda: about().get("name"))
    draft.part("version", f"{_CONFIG}.productInfo", lambda: about().get("version"))
    draft.part("managed_by", f"{_CONFIG}.extensionKey", lambda: config.get("extensionKey") or None)
    draft.part("nexus1000v", f"{_CONFIG}.extensionKey, productInfo", nexus)
    draft.part("roles", "derived", lambda: ["nexus1000v" if nexus() else "vmware"])


def _switch(draft: Draft, config: Mapping[str, Any]) -> None:
    setting = config.get("defaultPortConfig")
    discovery, flow = config.get("linkDiscoveryProtocolConfig"), config.get("ipfixConfig")
    draft.part("mtu", f"{_CONFIG}.maxMtu", lambda: config.get("maxMtu"))
    draft.part(
        "uplinks",
        f"{_CONFIG}.uplinkPortPolicy",
        lambda: record(config.get("uplinkPortPolicy")).get("uplinkPortName", []),
    )
    draft.part(
        "discovery",
        f"{_CONFIG}.linkDiscoveryProtocolConfig",
        lambda: {"protocol": record(discovery).get("protocol"), "operation": record(discovery).get("operation")},
    )
    draft.part(
        "netflow",
        f"{_CONFIG}.ipfixConfig",
        lambda: {
            "collector": record(flow).get("collectorIpAddress") or None,
            "port": record(flow).get("collectorPort"),
            "internal_only": record(flow).get("internalFlowsOnly"),
        },
    )
    draft.part(
        "health_check",
        f"{_CONFIG}.healthCheckConfig",
        lambda: {
            _HEALTH.get(str(check.get("_type")), str(check.get("_type"))): bool(check.get("enable"))
            for check in rows(config.get("healthCheckConfig"))
        },
    )
    draft.part(
        "nioc", f"{_CONFIG}.networkResourceManagementEnabled", lambda: config.get("networkResourceManagementEnabled")
    )
    draft.part("lacp_api", f"{_CONFIG}.lacpApiVersion", lambda: config.get("lacpApiVersion"))
    draft.part("multicast_filtering", f"{_CONFIG}.multicastFilteringMode", lambda: config.get("multicastFilteringMode"))
    draft.part(
        "mirror_sessions",
        f"{_CONFIG}.vspanSession",
        lambda: sorted(str(s.get("name")) for s in rows(config.get("vspanSession")) if s.get("enabled")),
    )
    draft.part("private_vlans", f"{_CONFIG}.pvlanConfig", lambda: _private(config))
    draft.part("contact", f"{_CONFIG}.contact", lambda: record(config.get("contact")).get("name") or None)
    in_force = draft.part("security", f"{_CONFIG}.defaultPortConfig", lambda: security(record(setting), {})[0])
    for key, value in record(in_force).items():
        if value is None:
            draft.gap(f"security.{key}", "the switch shows no value")
    draft.part("mac_learning", f"{_CONFIG}.defaultPortConfig.macManagementPolicy", lambda: _learning(record(setting)))
    draft.part("teaming", f"{_CONFIG}.defaultPortConfig.uplinkTeamingPolicy", lambda: _teaming(record(setting), {}))


def _private(config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"{e.get('primaryVlanId')}/{e.get('secondaryVlanId')}": {
            "primary": e.get("primaryVlanId"),
            "secondary": e.get("secondaryVlanId"),
            "type": e.get("pvlanType"),
        }
        for e in rows(config.get("pvlanConfig"))
    }


def security(
    setting: Mapping[str, Any], switch: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], str | None]:
    """(values in force, which are inherited, the policy they come from).

    From switch version 6.6 the macManagementPolicy shadows the securityPolicy. A value that is not there, or marked as
    inherited, is the switch's; vCenter fills in inherited values, so what it shows stands in where the switch has none.
    """
    mac = record(setting.get("macManagementPolicy"))
    shadowed = any(mac.get(key) is not None for key in _SECURITY.values())
    old = record(setting.get("securityPolicy"))
    values: dict[str, Any] = {}
    inherited: dict[str, Any] = {}
    above = security(switch, {})[0] if switch else {}
    for name, key in _SECURITY.items():
        item = {"value": mac.get(key), "inherited": mac.get("inherited")} if shadowed else record(old.get(key))
        from_switch = item.get("inherited") is True or item.get("value") is None
        values[name] = above.get(name) if from_switch and above.get(name) is not None else item.get("value")
        inherited[name] = from_switch
    return values, inherited, "macManagementPolicy" if shadowed else "securityPolicy" if old else None


def _learning(setting: Mapping[str, Any]) -> Any:
    return record(record(setting.get("macManagementPolicy")).get("macLearningPolicy")).get("enabled")


def _value(policy: Any, above: Any = None) -> Any:
    item, default = record(policy), record(above).get("value")
    return default if item.get("inherited") is True and default is not None else item.get("value", default)


def _teaming(setting: Mapping[str, Any], switch: Mapping[str, Any]) -> dict[str, Any]:
    mine, above = record(setting.get("uplinkTeamingPolicy")), record(switch.get("uplinkTeamingPolicy"))
    order = record(mine.get("uplinkPortOrder"))
    if above.get("uplinkPortOrder") and (not order or order.get("inherited") is True):
        order = record(above.get("uplinkPortOrder"))
    active, standby = list(order.get("activeUplinkPort") or []), list(order.get("standbyUplinkPort") or [])
    rolling = _value(mine.get("rollingOrder"), above.get("rollingOrder"))
    beacon = (
        record(mine.get("failureCriteria")).get("checkBeacon"),
        record(above.get("failureCriteria")).get("checkBeacon"),
    )
    return {
        "policy": _value(mine.get("policy"), above.get("policy")),
        "active": active,
        "standby": standby,
        "failback": None if rolling is None else not rolling,
        "notify_switches": _value(mine.get("notifySwitches"), above.get("notifySwitches")),
        "beacon": _value(*beacon),
        "uplinks": len(active) + len(standby),
    }


def _groups(draft: Draft, config: Mapping[str, Any]) -> dict[str, Any]:
    body, switch = draft.body, record(config.get("defaultPortConfig"))
    primaries = {e.get("secondaryVlanId"): e.get("primaryVlanId") for e in rows(config.get("pvlanConfig"))}
    lost = {**record(body.get("unread_groups"))}
    if lost or body.get("ownerless_groups"):
        why = next(iter(lost.values()), "its configuration is hidden from the account")
        raise Missing(f"not every port group could be read: {why}")
    out: dict[str, Any] = {}
    for item in rows(body.get("groups")):
        props = Props(item, "DistributedVirtualPortgroup")
        mine = record(props.required("config"))
        name = str(mine.get("name") or props.required("name"))
        setting, policy = record(mine.get("defaultPortConfig")), record(mine.get("policy"))
        in_force, inherited, origin = security(setting, switch)
        for key, value in in_force.items():
            if value is None:
                draft.gap(f"port_groups[{name}].security.{key}", "neither the group nor its switch shows a value")
        shaping = [record(record(setting.get(way)).get("enabled")) for way in ("inShapingPolicy", "outShapingPolicy")]
        out[name] = {
            "key": mine.get("key"),
            "uplink": bool(mine.get("uplink")) or item.get("id") in (config.get("uplinkPortgroup") or []),
            "type": mine.get("type") or None,
            "ports": mine.get("numPorts"),
            "auto_expand": mine.get("autoExpand"),
            "vlan": _vlan(setting.get("vlan"), switch.get("vlan"), primaries),
            "security": in_force,
            "security_inherited": inherited,
            "security_from": origin,
            "mac_learning": _learning(setting),
            "teaming": _teaming(setting, switch),
            "overrides": {fact: policy.get(key) for fact, key in _OVERRIDES.items()},
            "reset_at_disconnect": policy.get("portConfigResetAtDisconnect"),
            "netflow": _value(setting.get("ipfixEnabled"), switch.get("ipfixEnabled")),
            "blocked": _value(setting.get("blocked"), switch.get("blocked")),
            "shaping_in": _value(shaping[0]),
            "shaping_out": _value(shaping[1]),
            "traffic_filter": bool(record(setting.get("filterPolicy")).get("filterConfig")),
        }
    return out


def _vlan(mine: Any, above: Any, primaries: Mapping[Any, Any]) -> dict[str, Any]:
    vlan = record(mine) or record(above)
    kind = str(vlan.get("_type", ""))
    if kind.endswith("TrunkVlanSpec"):
        spans = sorted((int(first), int(last)) for first, last in vlan.get("ranges") or [])
        return {
            "kind": "trunk",
            "ranges": [f"{first}-{last}" for first, last in spans],
            "count": sum(last - first + 1 for first, last in spans),
        }
    if kind.endswith("PvlanSpec"):
        return {"kind": "pvlan", "id": vlan.get("pvlanId"), "pvlan_primary": primaries.get(vlan.get("pvlanId"))}
    return {"kind": "id", "id": vlan.get("vlanId")} if kind.endswith("VlanIdSpec") else {}
