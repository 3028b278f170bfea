"""Port profiles and interfaces with effective settings: inherited lines, then own ones, then hidden defaults."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.collectors.nexus1000v.ports import Settings, settings
from auditor.collectors.nexus1000v.reading import Reading
from auditor.collectors.nexus1000v.tree import Line
from auditor.collectors.nexus1000v.vlans import ALL, format_vlans

PROFILE = re.compile(r"port-profile (?:type (?P<type>\S+) )?(?P<name>\S+)")
SYSTEM_MADE = re.compile(r"Unused_Or_Quarantine_\w+")
MAX_PORTS = 20_000  # profiles and interfaces of one switch; a VSM ends at about 10,000
MAX_DEPTH = 16  # levels of inheritance; NX-OS itself takes four
_KINDS = ("vethernet", "ethernet", "port-channel", "mgmt", "vlan", "loopback", "control")
_DEFAULTED = ("dhcp_trust", "arp_trust", "source_guard", "block_unicast", "cdp", "storm_broadcast", "mtu")
_SWITCHED = ("vethernet", "ethernet", "port-channel")


@dataclass(slots=True)
class PortRecord:
    """A port while it is being read. `vlans` are all the VLANs it carries."""

    path: str
    header: Line
    fields: dict[str, Any]
    said: Settings
    vlans: frozenset[int] = frozenset()
    access: bool = False


@dataclass(slots=True)
class Ports:
    """All profiles and interfaces of a switch."""

    profiles: dict[str, PortRecord] = field(default_factory=dict)
    interfaces: dict[str, PortRecord] = field(default_factory=dict)


def ports_of(reading: Reading) -> Ports:
    """Every port profile and interface. A port that cannot be understood becomes a gap of its own."""
    found = Ports()
    headers = {match["name"]: (line, match["type"]) for line in reading.config.top if (match := _profile_head(line))}
    if len(headers) > MAX_PORTS:
        raise ValueError(f"more than {MAX_PORTS} port profiles")
    for name, (line, kind) in headers.items():
        path = f"port_profiles[{name}]"
        reading.source(path, line)
        try:
            found.profiles[name] = _profile(reading, path, line, kind or "vethernet", headers)
        except ValueError as problem:
            found.profiles[name] = _unreadable(reading, path, line, problem)
            found.profiles[name].fields |= {"type": kind or "vethernet", "live": False, "infrastructure": False}
    interfaces = {line.text.removeprefix("interface "): line for line in reading.config.starting("interface ")}
    if len(interfaces) > MAX_PORTS:
        raise ValueError(f"more than {MAX_PORTS} interfaces")
    for name, line in interfaces.items():
        path = f"interfaces[{name}]"
        reading.source(path, line)
        try:
            found.interfaces[name] = _interface(reading, path, line, headers)
        except ValueError as problem:
            found.interfaces[name] = _unreadable(reading, path, line, problem)
    return found


def _unreadable(reading: Reading, path: str, line: Line, problem: ValueError) -> PortRecord:
    """A port that stays in the list, so that rules see it, under a gap, so that none of them passes."""
    reading.gap(path, f"could not be understood: {problem}")
    return PortRecord(path, line, {}, Settings())


def _profile_head(line: Line) -> re.Match[str] | None:
    return None if line.text.startswith("port-profile default ") else PROFILE.fullmatch(line.text)


def _inherited(reading: Reading, own: list[Line], headers: dict[str, Any]) -> list[Line]:
    """Lines of the profiles above, outermost first. A loop ends where it closes."""
    chain: list[list[Line]] = []
    seen: set[str] = set()
    lines: Sequence[Line] = own
    while True:
        name = next(
            (line.text.split()[-1] for line in reversed(lines) if line.text.startswith("inherit port-profile ")), ""
        )
        if not name or name in seen or name not in headers:
            break
        seen.add(name)
        if len(seen) > MAX_DEPTH:
            raise ValueError(f"more than {MAX_DEPTH} levels of inherited profiles")
        lines = reading.config.section(headers[name][0].text)
        chain.append(list(lines))
    return [line for lines in reversed(chain) for line in lines]


def _everything(reading: Reading, header: str) -> list[Line]:
    return reading.all.section(header) if reading.all else []


def _profile(reading: Reading, path: str, header: Line, kind: str, headers: dict[str, Any]) -> PortRecord:
    own = reading.config.section(header.text)
    above = _inherited(reading, own, headers)
    said = settings([*above, *own])
    only_own = settings(own)
    fields: dict[str, Any] = {
        "type": kind,
        "enabled": only_own.said.get("enabled", False),
        "shutdown": said.said.get("shutdown", True),
        "system_made": bool(SYSTEM_MADE.fullmatch(header.text.split()[-1])),
        "inherits": only_own.said.get("profile"),
        "l3_control": only_own.said.get("l3_control", False),
        # Only by its own lines: rules for machines must not lose a profile for what one above it is for.
        "infrastructure": bool(only_own.said.get("l3_control") or only_own.said.get("iscsi")),
        "on_control_vlan": None,
        "system_vlans": sorted(said.said.get("system_vlans", ())),
    }
    for name in ("pinning", "max_ports", "service_domain"):
        fields[name] = said.said.get(name)
    if (group := only_own.said.get("port_group")) is not None:
        fields["port_group"] = group or header.text.split()[-1]
    fields["live"] = fields["enabled"] and not fields["shutdown"]
    record = PortRecord(path, header, fields, said)
    _switched(reading, record, _everything(reading, header.text), remember=True)
    fields["system_vlans_not_allowed"] = sorted(set(fields["system_vlans"]) - record.vlans)
    if len(fields["system_vlans"]) > 256:
        raise ValueError("more than 256 system VLANs")
    return record


def _interface(reading: Reading, path: str, header: Line, headers: dict[str, Any]) -> PortRecord:
    own = reading.config.section(header.text)
    name = header.text.removeprefix("interface ")
    kind = next((kind for kind in _KINDS if name.lower().startswith(kind)), "")
    own_said = settings(own)
    said = settings([*_inherited(reading, own, headers), *own])
    profile = own_said.said.get("profile")
    overriding = set(own_said.said) - {"profile", "description", "shutdown", "sticky_macs"}
    fields: dict[str, Any] = {
        "kind": kind,
        "profile": profile,
        "quarantined": bool(profile and SYSTEM_MADE.fullmatch(profile)),
        "sticky_macs": said.said.get("sticky_macs", 0),
        "overrides_profile": bool(profile and overriding),
        "shutdown": own_said.said.get("shutdown"),
        "ip_access_group_in": said.said.get("ip_access_group_in"),
        "ipv6_addresses": sorted(said.said.get("ipv6_addresses", ())),
        "ip_address": said.said.get("ip_address"),
    }
    record = PortRecord(path, header, fields, said)
    if kind in _SWITCHED and _is_switched(reading, header, said.said):
        _switched(reading, record, _everything(reading, header.text), remember=False)
    else:
        fields |= {name: said.said.get(name) for name in ("description", "mtu", "cdp")}
    return record


def _is_switched(reading: Reading, header: Line, said: dict[str, Any]) -> bool:
    """A layer 2 port: its own line, else the one with all defaults, else the line for all ports, else the family."""
    if said.get("switchport") is not None:
        return bool(said["switchport"])
    if "ip_address" in said or "." in header.text:  # a subinterface is routed
        return False
    if reading.family == "nexus1000v":
        return True
    shown = settings(_everything(reading, header.text)).said
    if shown.get("switchport") is not None:
        return bool(shown["switchport"])
    if "switched" not in reading.memo:  # once for all ports: there may be thousands
        hit = reading.last("(no )?system default switchport")
        reading.memo["switched"] = not hit.match[1] if hit else reading.family != "nexus7000"
    return bool(reading.memo["switched"])


def _cdp_off(reading: Reading) -> bool:
    if "cdp_off" not in reading.memo:
        hit = reading.last("(no )?cdp enable")
        reading.memo["cdp_off"] = bool(hit and hit.match[1])
    return bool(reading.memo["cdp_off"])


def _switched(reading: Reading, record: PortRecord, everything: list[Line], *, remember: bool) -> None:
    """Settings of a switch port, into `record.fields`, with the VLANs it carries."""
    said, shown = record.said.said, settings(everything)
    fields = record.fields

    def effective(name: str, said_as: str, path: str = "") -> Any:
        where = f"{record.path}.{path or name}"
        if said_as in said:
            if remember and (line := record.said.lines.get(said_as)):
                reading.source(where, line)
            return said[said_as]
        if said_as in shown.said:
            return shown.said[said_as]
        return reading.default(where, path or name, remember=remember)

    fields["description"] = said.get("description")
    fields["mode"] = mode = effective("mode", "mode")
    trunk = "trunk" in str(mode)
    record.access = mode == "access"
    if record.access:
        fields["access_vlan"] = access = effective("access_vlan", "access_vlan")
        record.vlans = frozenset((access,))
        fields["carries_vlan_1"] = access == 1
    elif "private-vlan" in str(mode):
        record.vlans = frozenset(said.get("private_vlans", ())[:1])  # the primary: what protects it, protects the rest
        if "private_vlans" in said:
            fields["carries_vlan_1"] = 1 in said["private_vlans"]
    elif trunk:
        record.vlans = said.get("trunk_vlans", shown.said.get("trunk_vlans", ALL))
        fields["trunk_vlans"] = format_vlans(record.vlans)
        fields["native_vlan"] = effective("native_vlan", "native_vlan")
        fields["carries_vlan_1"] = 1 in record.vlans
        if "trunk_vlans" in record.said.lines and remember:
            reading.source(f"{record.path}.trunk_vlans", record.said.lines["trunk_vlans"])
            reading.source(f"{record.path}.carries_vlan_1", record.said.lines["trunk_vlans"])
    for name in _DEFAULTED:
        fields[name] = effective(name, name)
    if _cdp_off(reading):
        fields["cdp"] = False
    if "storm_broadcast_pps" in said:
        fields["storm_broadcast"], fields["storm_broadcast_pps"] = None, said["storm_broadcast_pps"]
    for name in ("dhcp_rate", "ip_acl_in", "ip_acl_out", "mac_acl_in", "mac_acl_out", "channel_group"):
        fields[name] = said.get(name)
        if remember and (line := record.said.lines.get(name)):
            reading.source(f"{record.path}.{name}", line)
    secured = bool(effective("port_security", "port_security")) if "port_security" in {**shown.said, **said} else False
    security: dict[str, Any] = {"enabled": secured, "aging_minutes": said.get("ps_aging")}
    if secured:
        security["maximum"] = effective("", "ps_maximum", "port_security.maximum")
        security["violation"] = effective("", "ps_violation", "port_security.violation")
    fields["port_security"] = security
