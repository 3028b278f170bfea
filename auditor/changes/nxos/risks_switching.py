"""What traffic stands on: management ports, VLANs of supervisor and modules, uplinks, profiles, snooping."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from auditor.changes.nxos.sight import Risk, Severity, Sight, listed
from auditor.collectors.nexus1000v.vlans import format_vlans, parse_vlans


def management(sight: Sight) -> Iterator[Risk]:
    """The port that we talk to."""
    old, new = sight.old("interfaces", "mgmt0") or {}, sight.new("interfaces", "mgmt0") or {}
    changed = sorted(name for name in {*old, *new} - {"description"} if old.get(name) != new.get(name))
    number = (sight.meta.get("addressed") or {}).get("mgmt0")
    shut = (sight.meta.get("shut") or {}).get("interfaces[mgmt0]")
    reset = (sight.meta.get("ports_default") or {}).get("mgmt0")
    if shut or number or reset or "ip_address" in changed or "shutdown" in changed:
        yield Risk("nxos-management-interface", Severity.HIGH, "The management interface itself is changed",
                   f"mgmt0: {listed(changed) or 'its lines are set anew'}. A session through it ends where the line "
                   "stands.", sight.line(shut or number or reset) if shut or number or reset else
                   sight.where("interfaces[mgmt0]"))  # fmt: skip
    source = sight.old("logging", "source_interface")
    before, after = sight.named("interfaces", old=True), sight.named("interfaces")
    for name, said in before.items():
        if name == "mgmt0" or not said.get("ip_address"):
            continue
        gone = name not in after
        now = after.get(name, {})
        if gone or (now.get("shutdown") is True and said.get("shutdown") is not True) or not now.get("ip_address"):
            what = "is removed" if gone else "is shut" if now.get("shutdown") is True else "loses its address"
            more = "; logs are sent from it" if source and str(source).lower() == name.lower() else ""
            yield Risk("nxos-routed-interface", Severity.MEDIUM, "An interface with an address goes down",
                       f"{name} ({said['ip_address']}) {what}{more}. See that the switch is not managed through it.",
                       sight.where(f"interfaces[{name}]"))  # fmt: skip


def inside(sight: Sight, *, old: bool = False) -> set[int]:
    """VLANs in which supervisor and modules talk."""
    svs = (sight.old("svs") if old else sight.new("svs")) or {}
    if svs.get("mode") == "L3":
        profiles = sight.named("port_profiles", old=old).values()
        found = {one.get("access_vlan") for one in profiles if one.get("l3_control")}
    else:
        found = {svs.get("control_vlan"), svs.get("packet_vlan")}
    return {vlan for vlan in found if isinstance(vlan, int) and vlan}


def control(sight: Sight) -> Iterator[Risk]:
    """The way between supervisor and modules."""
    old, new = sight.old("svs") or {}, sight.new("svs") or {}
    names = ("mode", "control_vlan", "packet_vlan", "l3_interface", "domain_id", "l3_control_profile")
    changed = [name for name in names if old.get(name) != new.get(name)]
    if sight.vsm and changed:
        words = "; ".join(f"{name} {old.get(name)} to {new.get(name)}" for name in changed)
        yield Risk("nxos-control-path", Severity.HIGH, "The way between supervisor and modules is changed",
                   f"{words}. Modules that no longer reach the supervisor keep the policy they have.",
                   sight.where("svs", *(f"svs.{name}" for name in changed)))  # fmt: skip
    if sight.meta.get("svs_connection"):
        yield Risk("nxos-vcenter-connection", Severity.MEDIUM, "The connection to vCenter is changed",
                   "While it is away, port groups do not follow port profiles.",
                   sight.line(sight.meta["svs_connection"]))  # fmt: skip
    talking = inside(sight, old=True)
    for vlan in sorted(talking & set(sight.meta.get("removed_vlans") or {})):
        yield Risk("nxos-control-vlan-removed", Severity.HIGH, "A VLAN in which modules and supervisor talk is removed",
                   f"VLAN {vlan}.", sight.line(sight.meta["removed_vlans"][vlan]))  # fmt: skip
    for name, before, after in _profiles(sight, "ethernet"):
        lost = (_carried(before) - _carried(after)) & talking
        if lost:
            yield Risk("nxos-control-vlan-cut", Severity.HIGH, "An uplink no longer carries a VLAN of the control path",
                       f"{name}: VLAN {format_vlans(lost)}.", sight.where(f"port_profiles[{name}]"))  # fmt: skip


def _profiles(sight: Sight, kind: str) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    after = sight.named("port_profiles")
    for name, before in sight.named("port_profiles", old=True).items():
        if before.get("type") == kind and name in after:
            yield name, before, after[name]


def _carried(port: Mapping[str, Any]) -> set[int]:
    if port.get("mode") == "access":
        return {vlan for vlan in (port.get("access_vlan"),) if isinstance(vlan, int)}
    listed_vlans = port.get("trunk_vlans")
    return set(parse_vlans(listed_vlans)) if isinstance(listed_vlans, str) else set()


def system_vlans(sight: Sight) -> Iterator[Risk]:
    """VLANs that forward while the supervisor is away."""
    for name, before, after in _profiles(sight, "ethernet"):
        where = sight.where(f"port_profiles[{name}]")
        lost = set(before.get("system_vlans") or ()) - set(after.get("system_vlans") or ())
        if lost:
            yield Risk("nxos-system-vlan-removed", Severity.HIGH, "An uplink profile loses a system VLAN",
                       f"{name}: VLAN {format_vlans(lost)}. A host that starts without its supervisor then has no way "
                       "to it, or to its storage.", where)  # fmt: skip
        idle = set(after.get("system_vlans_not_allowed") or ()) - set(before.get("system_vlans_not_allowed") or ())
        if idle:
            yield Risk("nxos-system-vlan-not-allowed", Severity.HIGH, "A system VLAN is not carried by its own uplink",
                       f"{name}: VLAN {format_vlans(idle)} is not in its allowed VLANs.", where)  # fmt: skip


def profiles(sight: Sight) -> Iterator[Risk]:
    """Profiles that machines are in."""
    for name, (number, ports) in (sight.meta.get("profiles_gone") or {}).items():
        if not ports:
            continue
        machines = [port for port in ports if port.startswith("Vethernet")]
        yield Risk("nxos-port-profile-removed", Severity.HIGH, "A port profile in use is removed",
                   f"{name}: {len(machines)} ports of machines and {len(ports) - len(machines)} others go to "
                   f"quarantine ({listed(ports)}).", sight.line(number))  # fmt: skip
    before, after = sight.named("port_profiles", old=True), sight.named("port_profiles")
    users = sight.named("interfaces", old=True)
    for name, said in before.items():
        now = after.get(name)
        if now is None or not (said.get("live") and not now.get("live")):
            continue
        ports = [port for port, one in users.items() if one.get("profile") == name]
        if ports:
            yield Risk("nxos-port-profile-off", Severity.HIGH, "A port profile in use is shut or disabled",
                       f"{name}: {len(ports)} ports ({listed(ports)}).",
                       sight.where(f"port_profiles[{name}]"))  # fmt: skip


def vlans(sight: Sight) -> Iterator[Risk]:
    """VLANs with ports in them."""
    ports = sight.named("interfaces", old=True)
    for vlan, number in (sight.meta.get("removed_vlans") or {}).items():
        within = [
            name for name, said in ports.items() if said.get("access_vlan") == vlan and said.get("mode") == "access"
        ]
        if within or sight.old("vlans", str(vlan), "used_by_hosts"):
            yield Risk("nxos-vlan-in-use-removed", Severity.HIGH, "A VLAN with ports in it is removed",
                       f"VLAN {vlan}: {listed(within) or 'machines are in it'}. Its ports pass nothing until it is "
                       "back.", sight.line(number))  # fmt: skip


def snooping(sight: Sight) -> Iterator[Risk]:
    """Protection that stands before what it leans on."""
    old, new = set(sight.old("dhcp_snooping", "protected_vlans") or ()), set(
        sight.new("dhcp_snooping", "protected_vlans") or ())  # fmt: skip
    fresh = new - old
    ports = [*sight.named("interfaces").values(), *sight.named("port_profiles").values()]
    trusted: set[int] = set().union(*(_carried(one) for one in ports if one.get("dhcp_trust")))
    blind = fresh - trusted
    if blind and not sight.vsm:
        yield Risk("nxos-snooping-untrusted", Severity.HIGH, "DHCP snooping begins before an uplink is trusted",
                   f"VLAN {format_vlans(blind)}: no trusted port carries it, so answers of DHCP servers are dropped.",
                   sight.where("dhcp_snooping", "dhcp_snooping.vlans"))  # fmt: skip
    elif blind:
        yield Risk("nxos-snooping-untrusted", Severity.LOW, "DHCP snooping begins on VLANs without a trusted profile",
                   f"VLAN {format_vlans(blind)}: uplinks are trusted, a DHCP server that is a machine here is not.",
                   sight.where("dhcp_snooping"))  # fmt: skip
    inspected = set(sight.new("arp_inspection", "vlans") or ()) - set(sight.old("arp_inspection", "vlans") or ())
    bare = inspected - old
    if bare:
        yield Risk("nxos-inspection-before-bindings", Severity.HIGH, "ARP inspection begins before bindings exist",
                   f"VLAN {format_vlans(bare)}: DHCP snooping did not work there before, so its table is empty, and "
                   "every untrusted machine is cut off until it asks DHCP again.",
                   sight.where("arp_inspection", "arp_inspection.vlans"))  # fmt: skip
    late = (set(sight.new("arp_inspection", "vlans") or ()) - new) & old
    if late:
        yield Risk("nxos-inspection-without-snooping", Severity.HIGH, "ARP inspection is left without its bindings",
                   f"VLAN {format_vlans(late)}: DHCP snooping goes, ARP inspection stays.",
                   sight.where("dhcp_snooping"))  # fmt: skip


def uplinks(sight: Sight) -> Iterator[Risk]:
    """All ways out of a switch, or of a channel."""
    before, after = sight.named("interfaces", old=True), sight.named("interfaces")
    out = [name for name, said in before.items() if name.startswith("Ethernet") and _goes_out(said)]
    is_open = [name for name in out if before[name].get("shutdown") is not True]
    shut = [name for name in is_open if after.get(name, {}).get("shutdown") is True]
    if shut and len(shut) == len(is_open):
        yield Risk("nxos-all-uplinks", Severity.HIGH, "All uplinks of the switch are shut",
                   listed(shut), sight.where(*(f"interfaces[{name}]" for name in shut)))  # fmt: skip
    channels: dict[str, list[str]] = {}
    for name in is_open:
        group = str(before[name].get("channel_group") or "").split()
        if group and group[0].isdecimal():
            channels.setdefault(group[0], []).append(name)
    for number, members in channels.items():
        if len(members) > 0 and all(name in shut for name in members):
            yield Risk("nxos-channel-members", Severity.HIGH, "All members of a port channel are shut",
                       f"port-channel{number}: {listed(members)}.",
                       sight.where(*(f"interfaces[{name}]" for name in members)))  # fmt: skip
    for subject, number in (sight.meta.get("shut") or {}).items():
        if subject.startswith("interfaces[port-channel"):
            yield Risk("nxos-channel-shut", Severity.HIGH, "A port channel is shut",
                       f"{subject.removeprefix('interfaces[').rstrip(']')}: all its members pass nothing.",
                       sight.line(number))  # fmt: skip


def _goes_out(said: Mapping[str, Any]) -> bool:
    return bool(said.get("mode") == "trunk" or said.get("channel_group") or (said.get("routed") and
                said.get("ip_address")))  # fmt: skip


NOTES: tuple[Callable[[Sight], Iterator[Risk]], ...] = (
    management, control, system_vlans, profiles, vlans, snooping, uplinks,
)  # fmt: skip
