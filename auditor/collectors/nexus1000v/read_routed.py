"""What only ports of a physical switch have: layer 3 settings, spanning tree, 802.1X, UDLD, LLDP, link state."""

from collections.abc import Mapping
from typing import Any

from auditor.collectors.nexus1000v.ports import settings
from auditor.collectors.nexus1000v.read_ports import PortRecord, Ports
from auditor.collectors.nexus1000v.read_switch import feature_on
from auditor.collectors.nexus1000v.reading import Reading
from auditor.collectors.nexus1000v.show import read_interface_status
from auditor.facts.nxos import Acl

_LAYER_3 = {  # setting -> its hidden default on NX-OS (DISA RTR STIG; IOS has other ones)
    "directed_broadcast": False,
    "redirects": True,
    "unreachables": False,
    "proxy_arp": False,
    "gratuitous_arp": True,
    "ipv6_suppress_ra": False,
    "pim": False,
}
_PHYSICAL = ("ethernet", "port-channel")


def finish_interfaces(reading: Reading, ports: Ports, acls: Mapping[str, Acl]) -> None:
    """Fill in what a Nexus 1000V does not have. Called for other families only."""
    text = reading.text("show interface status")
    states = read_interface_status(text) if text is not None else {}
    edge = bool(reading.flag("spanning_tree.edge_default", "spanning-tree port type edge default"))
    guarded = bool(reading.flag("spanning_tree.bpduguard_default", "spanning-tree port type edge bpduguard default"))
    udld, lldp = feature_on(reading, "udld"), feature_on(reading, "lldp")
    cdp_off = bool((hit := reading.last("(no )?cdp enable")) and hit.match[1])
    for record in ports.interfaces.values():
        fields, kind = record.fields, record.fields.get("kind")
        if record.path in reading.gaps:
            continue
        shown = settings(reading.all.section(record.header.text)).said if reading.all else {}
        said = {**shown, **record.said.said}
        fields["ip_access_group_out"] = said.get("ip_access_group_out")
        _filtered(fields, acls)
        if kind not in (*_PHYSICAL, "vlan"):
            continue
        fields["routed"] = fields.get("mode") is None
        if fields.get("shutdown") is None:
            fields["shutdown"] = shown.get("shutdown")
        _link(reading, record, states, text)
        fields["known_shut"] = fields.get("shutdown") is True
        fields["cdp"] = not cdp_off and said.get("cdp", True)
        if kind in _PHYSICAL:
            fields["udld"] = udld and said.get("udld") != "disable"
            fields["lldp_transmit"] = lldp and said.get("lldp_transmit", True)
        if fields["routed"]:
            fields |= {field: said.get(field, default) for field, default in _LAYER_3.items()}
            for field in ("urpf", "ipv6_hop_limit", "pim_neighbor_policy"):
                fields[field] = said.get(field)
            fields["ipv6_addresses"] = sorted(said.get("ipv6_addresses", ()))
            continue
        is_host = record.access or fields.get("mode") == "private-vlan host"
        fields["host_facing"] = kind == "ethernet" and is_host and not fields["known_shut"]
        fields["dot1x_control"] = said.get("dot1x_control")
        fields["dot1x_host_mode"] = said.get("dot1x_host_mode")
        fields["spanning_tree_guard"] = said.get("stp_guard")
        own, port_type = said.get("stp_bpduguard"), said.get("stp_type")
        is_edge = port_type.startswith("edge") if port_type else edge
        heard = said.get("stp_bpdufilter") != "enable"  # a filter on the port drops what the guard waits for
        fields["bpdu_guard"] = heard and (own == "enable" if own else guarded and is_edge)


def _filtered(fields: dict[str, Any], acls: Mapping[str, Acl]) -> None:
    inbound = fields.get("ip_access_group_in")
    found = acls.get(inbound) if inbound else None
    fields["filtered_in"] = bool(found and found.entries and not found.permits_everything)
    named = {fields.get("ip_access_group_in"), fields.get("ip_access_group_out")} - {None}
    fields["missing_acls"] = sorted({*fields.get("missing_acls", ()), *(named - acls.keys())})


def _link(reading: Reading, record: PortRecord, states: Mapping[str, str], text: str | None) -> None:
    """Link and administrative state: `show interface status` knows the default of each model."""
    fields, name = record.fields, record.path.removeprefix("interfaces[").removesuffix("]")
    state = states.get(name)
    if state is None:
        if fields.get("kind") == "ethernet" and "." not in name:  # a subinterface has the link of its port
            missing = "`show interface status` does not list it" if text is not None else ""
            reason = missing or reading.why_not("show interface status")
            reading.gap(f"{record.path}.connected", reason)
            if fields.get("shutdown") is None:
                reading.gap(f"{record.path}.shutdown", f"no line sets it, and {reason}")
        return
    fields["connected"] = state in ("connected", "up")
    reading.source(f"{record.path}.connected", None, "show interface status")
    if fields.get("shutdown") is None:
        fields["shutdown"] = state == "disabled"
        reading.source(f"{record.path}.shutdown", None, "show interface status")
