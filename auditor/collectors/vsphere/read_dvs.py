"""A captured distributed switch as facts."""

from collections.abc import Mapping
from typing import Any

from auditor.collectors.vsphere import dvs_policy as policies
from auditor.collectors.vsphere.draft import Draft, Missing, Props, record, rows
from auditor.collectors.vsphere.read_ports import read_ports
from auditor.domain import Capture, Snapshot
from auditor.facts.dvs import Facts

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
_UNLISTED = "the private VLANs that the switch lists do not have it"
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
    read_ports(draft, config)
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
    draft.part("lags", f"{_CONFIG}.lacpGroupConfig", lambda: lags(config))
    draft.part("multicast_filtering", f"{_CONFIG}.multicastFilteringMode", lambda: config.get("multicastFilteringMode"))
    draft.part(
        "mirror_sessions",
        f"{_CONFIG}.vspanSession",
        lambda: sorted(str(s.get("name")) for s in rows(config.get("vspanSession")) if s.get("enabled")),
    )
    draft.part("private_vlans", f"{_CONFIG}.pvlanConfig", lambda: _private(config))
    draft.part("contact", f"{_CONFIG}.contact", lambda: record(config.get("contact")).get("name") or None)
    in_force = draft.part("security", f"{_CONFIG}.defaultPortConfig", lambda: policies.security([record(setting)])[0])
    for key, value in record(in_force).items():
        if value is None:
            draft.gap(f"security.{key}", "the switch shows no value")
    default = f"{_CONFIG}.defaultPortConfig"
    draft.part("mac_learning", f"{default}.macManagementPolicy", lambda: policies.learning([record(setting)]))
    draft.part("teaming", f"{default}.uplinkTeamingPolicy", lambda: policies.teaming([record(setting)], lags(config)))


def lags(config: Mapping[str, Any]) -> dict[str, int]:
    """How many ports each link aggregation group of the switch has."""
    return {str(one.get("name")): int(one.get("uplinkNum") or 0) for one in rows(config.get("lacpGroupConfig"))}


def _private(config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"{e.get('primaryVlanId')}/{e.get('secondaryVlanId')}": {
            "primary": e.get("primaryVlanId"),
            "secondary": e.get("secondaryVlanId"),
            "type": e.get("pvlanType"),
        }
        for e in rows(config.get("pvlanConfig"))
    }


def _groups(draft: Draft, config: Mapping[str, Any]) -> dict[str, Any]:
    body, switch = draft.body, record(config.get("defaultPortConfig"))
    primaries = {e.get("secondaryVlanId"): e.get("primaryVlanId") for e in rows(config.get("pvlanConfig"))}
    lost, bundles = {**record(body.get("unread_groups"))}, lags(config)
    if lost or body.get("ownerless_groups"):
        why = next(iter(lost.values()), "its configuration is hidden from the account")
        raise Missing(f"not every port group could be read: {why}")
    out: dict[str, Any] = {}
    for item in rows(body.get("groups")):
        props = Props(item, "DistributedVirtualPortgroup")
        mine = record(props.required("config"))
        name = str(mine.get("name") or props.required("name"))
        levels, policy = [record(mine.get("defaultPortConfig")), switch], record(mine.get("policy"))
        in_force, inherited, origin = policies.security(levels)
        for key, value in in_force.items():
            if value is None:
                draft.gap(f"port_groups[{name}].security.{key}", "neither the group nor its switch shows a value")
        vlan = policies.vlan(levels, primaries)
        if vlan.get("kind") == "pvlan" and vlan.get("pvlan_primary") is None:
            draft.gap(f"port_groups[{name}].vlan.pvlan_primary", _UNLISTED)
        out[name] = {
            "key": mine.get("key"),
            "uplink": bool(mine.get("uplink")) or item.get("id") in (config.get("uplinkPortgroup") or []),
            "type": mine.get("type") or None,
            "ports": mine.get("numPorts"),
            "auto_expand": mine.get("autoExpand"),
            "vlan": vlan,
            "security": in_force,
            "security_inherited": inherited,
            "security_from": origin,
            "mac_learning": policies.learning(levels),
            "teaming": policies.teaming(levels, bundles),
            "overrides": {fact: policy.get(key) for fact, key in _OVERRIDES.items()},
            "reset_at_disconnect": policy.get("portConfigResetAtDisconnect"),
            "netflow": policies.value(levels, "ipfixEnabled"),
            "blocked": policies.value(levels, "blocked"),
            "shaping_in": policies.value(levels, "inShapingPolicy", "enabled"),
            "shaping_out": policies.value(levels, "outShapingPolicy", "enabled"),
            "traffic_filter": bool(record(levels[0].get("filterPolicy")).get("filterConfig")),
        }
    return out
