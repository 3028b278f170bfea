"""Lines of a port profile or an interface as settings. Later lines win; `no` takes a setting back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from auditor.collectors.nexus1000v.tree import Line
from auditor.collectors.nexus1000v.vlans import ALL, edit_trunk, parse_vlans

Take = Callable[[dict[str, Any], str, bool], None]


@dataclass(slots=True)
class Settings:
    """What the lines said, and the line behind each setting."""

    said: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)


def _flag(name: str) -> Take:
    def take(said: dict[str, Any], rest: str, on: bool) -> None:
        if not rest:
            said[name] = on

    return take


def _value(name: str, convert: Callable[[str], Any] = str) -> Take:
    def take(said: dict[str, Any], rest: str, on: bool) -> None:
        if not on:
            said.pop(name, None)
        elif rest:
            said[name] = convert(rest)

    return take


def _number(text: str) -> int:
    word = text.split()[0]
    if not (word.isdecimal() and len(word) < 10):
        raise ValueError(f"not a number: {word[:20]!r}")
    return int(word)


def _trunk(said: dict[str, Any], rest: str, on: bool) -> None:
    said["trunk_vlans"] = edit_trunk(said.get("trunk_vlans", ALL), rest) if on and rest else ALL


def _acl(kind: str) -> Take:
    def take(said: dict[str, Any], rest: str, on: bool) -> None:
        name, _, way = rest.partition(" ")
        key = f"{kind}_{'out' if way.strip() == 'out' else 'in'}"
        if on and name:
            said[key] = name
        else:
            said.pop(key, None)

    return take


def _sticky(said: dict[str, Any], rest: str, on: bool) -> None:
    if on and "." in rest:
        said["sticky_macs"] = said.get("sticky_macs", 0) + 1


def _listed(name: str) -> Take:
    def take(said: dict[str, Any], rest: str, on: bool) -> None:
        if on and ":" in rest:
            said[name] = (*said.get(name, ()), rest.split()[0][:60])

    return take


def _either(name: str) -> Take:
    """A flag that may have arguments, which are of no account here."""

    def take(said: dict[str, Any], rest: str, on: bool) -> None:
        said[name] = on

    return take


def _storm(said: dict[str, Any], rest: str, on: bool) -> None:
    """`level 40.00 [lower]` in percent, or `level pps 1000` on some models."""
    words = rest.split()
    said.pop("storm_broadcast", None)
    said.pop("storm_broadcast_pps", None)
    if on and words[:1] == ["pps"]:
        said["storm_broadcast_pps"] = _number(" ".join(words[1:]) or "none")
    elif on and words:
        said["storm_broadcast"] = float(words[0])


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.replace(",", " ").split() if word.isdecimal() and len(word) < 5)


COMMANDS: dict[str, Take] = {
    "description": _value("description", lambda text: text[:500]),
    "shutdown": _flag("shutdown"),
    "switchport": _flag("switchport"),
    "switchport mode": _value("mode"),
    "switchport access vlan": _value("access_vlan", _number),
    "switchport trunk allowed vlan": _trunk,
    "switchport trunk native vlan": _value("native_vlan", _number),
    "switchport private-vlan host-association": _value("private_vlans", _numbers),
    "switchport private-vlan mapping": _value("private_vlans", _numbers),
    "switchport block unicast": _flag("block_unicast"),
    "switchport uufb disable": _flag("floods"),
    "switchport port-security": _flag("port_security"),
    "switchport port-security maximum": _value("ps_maximum", _number),
    "switchport port-security violation": _value("ps_violation"),
    "switchport port-security aging time": _value("ps_aging", _number),
    "switchport port-security mac-address": _sticky,
    "ip dhcp snooping trust": _flag("dhcp_trust"),
    "ip dhcp snooping limit rate": _value("dhcp_rate", _number),
    "ip arp inspection trust": _flag("arp_trust"),
    "ip verify source dhcp-snooping-vlan": _flag("source_guard"),
    "ip port access-group": _acl("ip_acl"),
    "mac port access-group": _acl("mac_acl"),
    "ip access-group": _acl("ip_access_group"),
    "ip address": _value("ip_address", lambda text: text.split()[0]),
    "ipv6 address": _listed("ipv6_addresses"),
    "ip directed-broadcast": _either("directed_broadcast"),
    "ip redirects": _flag("redirects"),
    "ip unreachables": _flag("unreachables"),
    "ip proxy-arp": _flag("proxy_arp"),
    "ip arp gratuitous request": _flag("gratuitous_arp"),
    "ip verify unicast source reachable-via": _value("urpf", lambda text: text.split()[0]),
    "ipv6 nd suppress-ra": _flag("ipv6_suppress_ra"),
    "ipv6 nd hop-limit": _value("ipv6_hop_limit", _number),
    "ip pim sparse-mode": _flag("pim"),
    "ip pim neighbor-policy": _value("pim_neighbor_policy"),
    "vrf member": _value("vrf"),
    "ip router ospf": _value("ospf"),
    "ip ospf authentication": lambda said, rest, on: said.__setitem__("ospf_authentication", rest if on else "null"),
    "ip ospf passive-interface": _flag("ospf_passive"),
    "ip router eigrp": _value("eigrp"),
    "ip authentication mode eigrp": _value("eigrp_mode"),
    "ip passive-interface eigrp": _either("eigrp_passive"),
    "dot1x port-control": _value("dot1x_control"),
    "dot1x host-mode": _value("dot1x_host_mode"),
    "spanning-tree bpduguard": _value("stp_bpduguard"),
    "spanning-tree bpdufilter": _value("stp_bpdufilter"),
    "spanning-tree port type": _value("stp_type"),
    "spanning-tree guard": _value("stp_guard"),
    "udld": _value("udld"),
    "lldp transmit": _flag("lldp_transmit"),
    "cdp enable": _flag("cdp"),
    "storm-control broadcast level": _storm,
    "mtu": _value("mtu", _number),
    "channel-group": _value("channel_group"),
    "state enabled": _flag("enabled"),
    "system vlan": _value("system_vlans", parse_vlans),
    "capability l3control": _flag("l3_control"),
    "capability iscsi-multipath": _flag("iscsi"),
    "pinning id": _value("pinning"),
    "max-ports": _value("max_ports", _number),
    "vmware port-group": lambda said, rest, on: said.__setitem__("port_group", (rest or "") if on else None),
    "service-port": _value("service_domain"),
    "inherit port-profile": _value("profile"),
}
_LONGEST = max(command.count(" ") for command in COMMANDS) + 1


def settings(lines: Iterable[Line]) -> Settings:
    """The settings of a port. Raises ValueError when a line that matters cannot be understood."""
    found = Settings()
    for line in lines:
        words = line.text.split()
        on = words[0] != "no" if words else True
        if not on:
            del words[0]
        for length in range(min(_LONGEST, len(words)), 0, -1):
            command = " ".join(words[:length])
            if take := COMMANDS.get(command):
                before = dict(found.said)
                take(found.said, " ".join(words[length:]), on)
                for name in found.said:
                    if name not in before or found.said[name] is not before[name]:
                        found.lines[name] = line
                break
    return found
