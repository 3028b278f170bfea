"""Network facts of a host: switches, port groups with the policy in force, adapters, firewall, name resolution."""

from collections.abc import Mapping
from typing import Any

from auditor.collectors.vsphere.draft import Draft, Missing, Props, record, rows

_SECURITY = {"promiscuous": "allowPromiscuous", "mac_changes": "macChanges", "forged_transmits": "forgedTransmits"}
NO_MANAGEMENT = "no VMkernel adapter carries management traffic, though one always does: this was not read"
_PNIC_KEY = "key-vim.host.PhysicalNic-"


def read_network(draft: Draft, props: Props) -> None:
    """Everything below HostSystem.config.network, the firewall and the traffic types."""
    draft.part(
        "dns", "HostSystem.config.network.dnsConfig", lambda: _dns(record(props.required("config.network.dnsConfig")))
    )
    firewall = draft.part(
        "firewall", "HostSystem.config.firewall", lambda: _firewall(record(props.required("config.firewall")))
    )
    if firewall and not firewall["rulesets"]:
        draft.gap("firewall.rulesets", "no rule set came back, though every host has some")
    draft.part("pnics", "HostSystem.config.network.pnic", lambda: _pnics(rows(props.required("config.network.pnic"))))
    switches = _switches(props)
    draft.part(
        "vswitches",
        "HostSystem.config.network.vswitch",
        lambda: {name: _switch(item) for name, item in switches().items()},
    )
    services = draft.part("vmkernel", "HostSystem.config.network.vnic", lambda: _vmkernel(draft, props))
    draft.part(
        "port_groups",
        "HostSystem.config.network.portgroup.computedPolicy",
        lambda: _port_groups(draft, props, switches(), services),
    )
    if "vmkernel" in draft.facts:
        draft.sources["vmkernel"] = "HostSystem.config.network.vnic, HostSystem.config.virtualNicManagerInfo"


def _switches(props: Props) -> Any:
    def by_name() -> dict[str, Mapping[str, Any]]:
        # A host whose adapters are all on distributed switches has no standard switch.
        return {str(item["name"]): item for item in rows(props.optional("config.network.vswitch"))}

    return by_name


def security(policy: Mapping[str, Any]) -> dict[str, Any]:
    """The security part of a HostNetworkPolicy."""
    values = record(policy.get("security"))
    return {name: values.get(key) for name, key in _SECURITY.items()}


def teaming(policy: Mapping[str, Any]) -> dict[str, Any]:
    """The teaming part of a HostNetworkPolicy. `rollingOrder` true means no failback."""
    values = record(policy.get("nicTeaming"))
    order = record(values.get("nicOrder"))
    active, standby = list(order.get("activeNic") or []), list(order.get("standbyNic") or [])
    rolling = values.get("rollingOrder")
    return {
        "policy": values.get("policy"),
        "active": active,
        "standby": standby,
        "failback": None if rolling is None else not rolling,
        "notify_switches": values.get("notifySwitches"),
        "beacon": record(values.get("failureCriteria")).get("checkBeacon"),
        "uplinks": len({*active, *standby}),
    }


def _switch(item: Mapping[str, Any]) -> dict[str, Any]:
    spec = record(item.get("spec"))
    policy, bridge = record(spec.get("policy")), record(spec.get("bridge"))
    discovery = record(bridge.get("linkDiscoveryProtocolConfig"))
    devices = bridge.get("nicDevice") or [str(key).removeprefix(_PNIC_KEY) for key in item.get("pnic") or []]
    return {
        "mtu": item.get("mtu"),
        "ports": item.get("numPorts"),
        "pnics": list(devices),
        "security": security(policy),
        "teaming": teaming(policy),
        "shaping": record(policy.get("shapingPolicy")).get("enabled"),
        "discovery_protocol": discovery.get("protocol"),
        "discovery_operation": discovery.get("operation"),
    }


def _port_groups(draft: Draft, props: Props, switches: Mapping[str, Any], vmkernel: Any) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for item in rows(props.optional("config.network.portgroup")):
        spec, computed = record(item.get("spec")), record(item.get("computedPolicy"))
        name, own = str(spec["name"]), record(spec.get("policy"))
        switch = record(record(record(switches.get(str(spec.get("vswitchName")))).get("spec")).get("policy"))
        set_here = security(own)
        in_force = {key: _first(security(computed)[key], set_here[key], security(switch)[key]) for key in _SECURITY}
        for key, value in in_force.items():
            if value is None:
                draft.gap(f"port_groups[{name}].security.{key}", "neither the group nor its switch shows a value")
        members = [device for device, nic in record(vmkernel).items() if nic.get("port_group") == name]
        out[name] = {
            "vswitch": spec.get("vswitchName"),
            "vlan": spec.get("vlanId"),
            "security": in_force,
            "security_inherited": {key: value is None for key, value in set_here.items()},
            "teaming": teaming(computed if computed.get("nicTeaming") else _merged(own, switch)),
            "teaming_inherited": not any(_set(value) for value in record(own.get("nicTeaming")).values()),
            "shaping": _first(
                *(record(policy.get("shapingPolicy")).get("enabled") for policy in (computed, own, switch))
            ),
            "vmkernel": members,
        }
        if vmkernel is None:
            draft.gap(f"port_groups[{name}].is_management", "the VMkernel adapters could not be read")
            draft.gap(f"port_groups[{name}].vmkernel", "the VMkernel adapters could not be read")
        else:
            out[name]["is_management"] = any("management" in vmkernel[device]["services"] for device in members)
            if any(f"vmkernel[{device}].services" in draft.gaps for device in members):
                draft.gap(f"port_groups[{name}].is_management", NO_MANAGEMENT)
    return out


def _merged(own: Mapping[str, Any], switch: Mapping[str, Any]) -> dict[str, Any]:
    """Teaming of a group without computed policy: its own values over its switch's; null inherits."""
    mine = {key: value for key, value in record(own.get("nicTeaming")).items() if value is not None}
    return {"nicTeaming": {**record(switch.get("nicTeaming")), **mine}}


def _vmkernel(draft: Draft, props: Props) -> dict[str, Any]:
    services: dict[str, set[str]] = {}
    for config in rows(record(props.required("config.virtualNicManagerInfo")).get("netConfig")):
        devices = {str(nic.get("key")): str(nic.get("device")) for nic in rows(config.get("candidateVnic"))}
        for key in config.get("selectedVnic") or []:
            device = devices.get(str(key)) or str(key).rpartition("-")[2]
            services.setdefault(device, set()).add(str(config.get("nicType")))
    vlans = {
        str(record(item.get("spec")).get("name")): record(item.get("spec")).get("vlanId")
        for item in rows(props.optional("config.network.portgroup"))
    }
    out: dict[str, Any] = {}
    for nic in rows(props.required("config.network.vnic")):
        spec = record(nic.get("spec"))
        ip, port = record(spec.get("ip")), record(spec.get("distributedVirtualPort"))
        addresses = rows(record(ip.get("ipV6Config")).get("ipV6Address"))
        device = str(nic["device"])
        group = nic.get("portgroup") or None
        out[device] = {
            "ip": ip.get("ipAddress"),
            "mask": ip.get("subnetMask"),
            "dhcp": ip.get("dhcp"),
            "ipv6": sorted(f"{a.get('ipAddress')}/{a.get('prefixLength')}" for a in addresses),
            "mtu": spec.get("mtu"),
            "mac": spec.get("mac"),
            "port_group": group,
            "dvport_group": port.get("portgroupKey"),
            "dvs_uuid": port.get("switchUuid"),
            "vlan": vlans.get(str(group)) if group else None,
            "services": sorted(services.get(device, ())),
            "netstack": spec.get("netStackInstanceKey"),
        }
    if not out:
        raise Missing("no VMkernel adapter came back, though every host has one")
    if not any("management" in nic["services"] for nic in out.values()):
        for device in out:  # every host is managed through one: what adapters carry was not read
            draft.gap(f"vmkernel[{device}].services", NO_MANAGEMENT)
    return out


def _pnics(nics: list[Mapping[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for nic in nics:
        link = record(nic.get("linkSpeed"))
        key = str(nic.get("pci") or nic["device"])
        if key in out:
            key = f"{key} {nic['device']}"
        out[key] = {
            "device": nic["device"],
            "driver": nic.get("driver"),
            "driver_version": nic.get("driverVersion"),
            "firmware": nic.get("firmwareVersion"),
            "speed_mbps": link.get("speedMb"),
            "full_duplex": link.get("duplex"),
            "auto_negotiate": record(nic.get("spec")).get("linkSpeed") is None,
            "mac": nic.get("mac"),
            "link_up": bool(link),
        }
    return out


def _dns(dns: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "servers": dns.get("address", []),
        "search": dns.get("searchDomain", []),
        "hostname": dns.get("hostName"),
        "domain": dns.get("domainName"),
        "dhcp": dns.get("dhcp"),
    }


def _firewall(firewall: Mapping[str, Any]) -> dict[str, Any]:
    policy = record(firewall.get("defaultPolicy"))
    return {
        "incoming_blocked": policy.get("incomingBlocked"),
        "outgoing_blocked": policy.get("outgoingBlocked"),
        "rulesets": {str(item["key"]): _ruleset(item) for item in rows(firewall.get("ruleset"))},
    }


def _ruleset(item: Mapping[str, Any]) -> dict[str, Any]:
    hosts = record(item.get("allowedHosts"))
    networks = [f"{net.get('network')}/{net.get('prefixLength')}" for net in rows(hosts.get("ipNetwork"))]
    ports = []
    for rule in rows(item.get("rule")):
        first, last = rule.get("port"), rule.get("endPort")
        span = f"{first}-{last}" if last and last != first else str(first)
        ports.append(f"{rule.get('direction')}/{rule.get('protocol')}/{span}")
    return {
        "enabled": item.get("enabled"),
        "all_ips": hosts.get("allIp"),
        "allowed": sorted([*(str(ip) for ip in hosts.get("ipAddress") or []), *networks]),
        "ports": sorted(ports),
        "label": item.get("label"),
        "service": item.get("service") or None,
        "required": item.get("required"),
        "user_controllable": item.get("userControllable"),
        "ip_list_configurable": item.get("ipListUserConfigurable"),
    }


def _set(value: Any) -> bool:
    return any(_set(part) for part in value.values()) if isinstance(value, Mapping) else value not in (None, [])


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
