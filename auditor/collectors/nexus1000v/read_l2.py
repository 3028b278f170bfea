"""Switching as a whole: profiles, interfaces, VLANs, lists, and what protects the one from the other.

Port security, DHCP snooping, ARP inspection and source guard lean on one another; the derived facts say where one
stands on nothing.
"""

from collections.abc import Mapping
from typing import Any

from auditor.collectors.nexus1000v.read_acls import HEADER, USES, acls_of
from auditor.collectors.nexus1000v.read_ports import PortRecord, Ports, ports_of
from auditor.collectors.nexus1000v.read_routed import finish_interfaces
from auditor.collectors.nexus1000v.reading import Reading
from auditor.collectors.nexus1000v.show import read_features, read_snooped
from auditor.collectors.nexus1000v.tree import Line
from auditor.collectors.nexus1000v.vlans import parse_vlans
from auditor.facts.nxos import Acl, ArpInspection, Dangling, DhcpSnooping, Vlan
from auditor.facts.nxos_ports import Interface, PortProfile

MAX_VLANS = 100_000  # VLAN numbers that `vlan` lines may expand to, all together
MAX_LISTS = 1000  # lines of one VLAN list; NX-OS prints one or a few
_PROTECTED_ACLS = ("ip_acl_in", "ip_acl_out", "mac_acl_in", "mac_acl_out")


def switching(reading: Reading) -> dict[str, Any]:
    """All of it in one pass: the parts need each other."""
    ports = ports_of(reading)
    acls = acls_of(reading)
    _finish_profiles(reading, ports)
    hosts = [record for record in ports.profiles.values() if record.fields["host_facing"]]
    if reading.family != "nexus1000v":
        finish_interfaces(reading, ports, acls)
        hosts += [record for record in ports.interfaces.values() if record.fields.get("host_facing")]
    used = {vlan for record in hosts for vlan in record.vlans} if hosts else set()
    defined = _defined_vlans(reading)
    used_here = {vlan for vlan in used if vlan in defined} | {
        vlan for record in hosts if "trunk" not in record.fields["mode"] for vlan in record.vlans
    }
    for vlan in used_here:
        defined.setdefault(vlan, {})  # no `vlan` line, but ports are in it
    snooping = _snooping(reading, ports, used_here)
    inspection = _inspection(reading, ports, used_here, set(snooping.protected_vlans))
    protected = frozenset(snooping.protected_vlans)
    natives = {record.fields.get("access_vlan") for record in hosts if record.access}
    for record in (*ports.profiles.values(), *ports.interfaces.values()):
        _relate(record, protected, acls, natives, frozenset(defined))
    igmp_off = _igmp_off(reading)
    vlans = {
        str(number): Vlan(
            **said,
            used_by_hosts=number in used_here,
            dhcp_snooping=number in protected,
            arp_inspection=number in inspection.vlans,
            igmp_snooping=number not in igmp_off,
        )
        for number, said in sorted(defined.items())
    }
    applied, dangling = _references(reading, acls, ports)
    reading.memo["ports"] = ports
    return {
        "port_profiles": {name: PortProfile(**record.fields) for name, record in ports.profiles.items()},
        "interfaces": {name: Interface(**record.fields) for name, record in ports.interfaces.items()},
        "vlans": vlans,
        "acls": {name: acl.model_copy(update={"applied": name in applied}) for name, acl in acls.items()},
        "dangling": dangling,
        "dhcp_snooping": snooping,
        "arp_inspection": inspection,
        "unknown_unicast_blocked": _floods_blocked(reading, ports),
        "igmp_snooping": reading.flag("igmp_snooping", "ip igmp snooping") and not igmp_off,
    }


def _floods_blocked(reading: Reading, ports: Ports) -> bool | None:
    """Blocked by the line for the whole switch, and no live profile is exempt from it."""
    blocked = reading.flag("unknown_unicast_blocked", "uufb enable")
    for record in ports.profiles.values() if blocked else ():
        if record.said.said.get("floods") and record.fields["live"]:
            reading.source("unknown_unicast_blocked", record.said.lines.get("floods", record.header))
            return False
    return blocked


def _finish_profiles(reading: Reading, ports: Ports) -> None:
    inside: set[int] = set()
    layer_3 = False
    for line in reading.config.section("svs-domain"):
        words = line.text.split()
        if words[:2] in (["control", "vlan"], ["packet", "vlan"]) and words[-1].isdecimal():
            inside.add(int(words[-1]))
        layer_3 = layer_3 or words[:3] == ["svs", "mode", "L3"]
    if layer_3:  # control and packet VLANs are idle then; modules talk where the l3control profiles are
        controls = (record for record in ports.profiles.values() if record.fields.get("l3_control"))
        inside = {vlan for record in controls if record.access for vlan in record.vlans}
    used = {record.fields.get("profile") for record in ports.interfaces.values()}
    for name, record in ports.profiles.items():
        fields = record.fields
        if not layer_3 and record.access and fields.get("access_vlan") in inside & set(fields.get("system_vlans", ())):
            fields["infrastructure"] = True
        if record.fields.get("mode") is not None:
            fields["on_control_vlan"] = bool(record.vlans & (inside - {0}))
        fields["host_facing"] = (
            fields["type"] == "vethernet"
            and fields["live"]
            and not fields["system_made"]
            and not fields["infrastructure"]
        )
        fields["in_use"] = name in used


def _defined_vlans(reading: Reading) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {1: {}}
    expanded = 0
    for line in reading.config.starting("vlan "):
        listed = line.text.removeprefix("vlan ")
        if not listed[:1].isdecimal():
            continue  # `vlan configuration`, `vlan dot1q`, `vlan access-map`
        numbers = parse_vlans(listed)
        expanded += len(numbers)
        if expanded > MAX_VLANS:
            raise ValueError("more VLAN lines than a switch can have")
        for number in numbers:
            said = found.setdefault(number, {})
            reading.source(f"vlans[{number}]", line)
            for child in line.children:
                if child.text.startswith("name "):
                    said["name"] = child.text[5:][:64]
                elif child.text.startswith("private-vlan ") and len(child.text.split()) == 2:
                    said["private_vlan"] = child.text.split()[1]
    return found


def _listed(reading: Reading, command: str) -> tuple[set[int], Line | None]:
    """The union of all `COMMAND LIST` lines, and the last such line."""
    found: set[int] = set()
    last = None
    hits = reading.hits(rf"(no )?{command} ([\d,\- ]+)")
    if len(hits) > MAX_LISTS:
        raise ValueError(f"more than {MAX_LISTS} lines `{command}`")
    for hit in hits:
        listed = parse_vlans(hit.match[2].replace(" ", ""))
        found = found - listed if hit.match[1] else found | listed
        last = hit.line
    return found, last


def _snooping(reading: Reading, ports: Ports, used: set[int]) -> DhcpSnooping:
    shown = reading.text("show feature")
    states = read_features(shown) if shown else {}
    feature = next((states[name] for name in ("dhcp-snooping", "dhcp") if name in states), None)
    if feature is not None:
        reading.source("dhcp_snooping.feature", None, "show feature")
    else:
        hit = reading.last(r"(no )?feature dhcp")
        feature = not hit.match[1] if hit else reading.default("dhcp_snooping.feature", "dhcp")
        if hit:
            reading.sources["dhcp_snooping.feature"] = hit.source
    switch = reading.last(r"(no )?ip dhcp snooping")
    enabled = bool(switch and not switch.match[1])
    if switch:
        reading.sources["dhcp_snooping.enabled"] = switch.source
    configured, line = _listed(reading, "ip dhcp snooping vlan")
    if line:
        reading.source("dhcp_snooping.vlans", line)
    protected = configured if feature and enabled else set()
    operational = None
    if (text := reading.text("show ip dhcp snooping")) is not None:
        operational = read_snooped(text)
        reading.source("dhcp_snooping.operational_vlans", None, "show ip dhcp snooping")
    if operational is None:
        reading.gap("dhcp_snooping.operational_vlans", reading.why_not("show ip dhcp snooping"))
    else:
        protected = protected & set(operational)
    trusted = [name for name, record in ports.profiles.items() if _trusts(record, "dhcp_trust")]
    return DhcpSnooping(
        feature=feature,
        enabled=enabled,
        vlans=sorted(configured),
        protected_vlans=sorted(protected),
        operational_vlans=operational,
        unprotected_vlans=sorted(used - protected),
        trusted_profiles=sorted(trusted),
    )


def _trusts(record: PortRecord, name: str) -> bool:
    return record.fields["type"] == "vethernet" and record.fields["live"] and record.fields.get(name) is True


def _inspection(reading: Reading, ports: Ports, used: set[int], snooped: set[int]) -> ArpInspection:
    vlans, line = _listed(reading, "ip arp inspection vlan")
    if line:
        reading.source("arp_inspection.vlans", line)
    checks = {word for hit in reading.hits(r"ip arp inspection validate (.+)") for word in hit.match[1].split()}
    return ArpInspection(
        vlans=sorted(vlans),
        unprotected_vlans=sorted(used - vlans),
        vlans_without_snooping=sorted(vlans - snooped),
        trusted_profiles=sorted(name for name, record in ports.profiles.items() if _trusts(record, "arp_trust")),
        validate_checks=sorted(checks),
    )


def _igmp_off(reading: Reading) -> set[int]:
    found: set[int] = set()
    for line in reading.config.starting("vlan "):  # older trains have it in the section of the VLAN itself
        listed = line.text.removeprefix("vlan ").removeprefix("configuration ")
        if listed[:1].isdecimal() and any(child.text == "no ip igmp snooping" for child in line.children):
            found |= parse_vlans(listed)
    return found


def _relate(
    record: PortRecord, snooped: frozenset[int], acls: Mapping[str, Acl], natives: set[Any], defined: frozenset[int]
) -> None:
    fields = record.fields
    if fields.get("mode") is None:
        return
    carried = record.vlans if record.access else record.vlans & defined
    guard = fields.get("source_guard")
    if guard is not None:
        fields["source_guard_effective"] = bool(guard and carried and carried <= snooped)
    if "native_vlan" in fields:
        fields["native_vlan_is_access_vlan"] = fields["native_vlan"] in natives
    named = {fields[name] for name in _PROTECTED_ACLS if fields.get(name)}
    fields["missing_acls"] = sorted({*fields.get("missing_acls", ()), *(named - acls.keys())})


def _references(reading: Reading, acls: Mapping[str, Acl], ports: Ports) -> tuple[set[str], dict[str, Dangling]]:
    """Lists that something uses, and names that nothing defines. `referenced_by` names the section's first line."""
    missing: dict[str, tuple[str, set[str]]] = {}
    applied: set[str] = set()
    for top in reading.config.top:
        if HEADER.fullmatch(top.text):
            continue
        for line in (top, *top.walk()):
            used = USES.fullmatch(line.text)
            for name in (value for value in used.groups() if value) if used else ():
                applied.add(name)
                if name not in acls:
                    missing.setdefault(f"acl {name}", ("acl", set()))[1].add(_where(top))
                    reading.sources.setdefault(f"dangling[acl {name}]", f"show running-config:{line.number}")
    for records in (ports.profiles, ports.interfaces):
        for record in records.values():
            name = record.fields.get("inherits") or record.fields.get("profile")
            if name and name not in ports.profiles and f"port_profiles[{name}]" not in reading.gaps:
                missing.setdefault(f"port-profile {name}", ("port-profile", set()))[1].add(_where(record.header))
                reading.source(f"dangling[port-profile {name}]", record.header)
    _missing_groups(reading, missing)
    return applied, {
        name: Dangling(kind=kind, referenced_by=sorted(places)[:50]) for name, (kind, places) in missing.items()
    }


def _missing_groups(reading: Reading, missing: dict[str, tuple[str, set[str]]]) -> None:
    defined = {line.text.split()[-1] for line in reading.config.starting("aaa group server ")} | {"tacacs+", "radius"}
    for hit in reading.hits(
        r"aaa (?:authentication login|accounting|authorization \S+) (?:default|console) group (.+)"
    ):
        for name in hit.match[1].split():
            if name not in defined and name not in ("local", "none", "group"):
                missing.setdefault(f"aaa group {name}", ("aaa group", set()))[1].add(hit.line.text[:60])
                reading.sources.setdefault(f"dangling[aaa group {name}]", hit.source)


def _where(line: Line) -> str:
    return line.text[:80]
