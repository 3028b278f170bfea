"""What only a Nexus 1000V has: its domain, its vCenter connections, the supervisor pair, the modules on the hosts."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from auditor.collectors.nexus1000v.commands import RUNNING
from auditor.collectors.nexus1000v.reading import Reading, last_of
from auditor.collectors.nexus1000v.show import read_modules, read_redundancy, read_svs_connections
from auditor.facts.nxos_ports import Module, Redundancy, Svs, SvsConnection
from auditor.facts.nxos_switch import Vem

_SHOWN = {  # label of `show svs connections`, in small letters: field
    "vc-uuid": "vcenter_uuid",
    "version": "vcenter_version",
    "certificate": "certificate",
    "ip address": "host",
}
_CONNECTION = re.compile(r"svs connection (\S{1,64})")


def svs(reading: Reading) -> dict[str, Any]:
    """The svs domain and its connections, configured and operational."""
    if reading.family != "nexus1000v":
        return {}
    found: dict[str, Any] = {}
    if reading.running is None:
        for name in ("domain_id", "mode", "control_vlan", "packet_vlan", "l3_interface", "l3_control_profile"):
            reading.gap(f"svs.{name}", reading.why_not("show running-config"))
    else:
        found = _domain(reading)
    shown = reading.text("show svs connections")
    states = read_svs_connections(shown) if shown is not None else {}
    why = reading.why_not("show svs connections")
    if shown is not None and shown.strip() and not states:
        shown, why = None, "`show svs connections` is not understood"
    connections = _configured(reading)
    for name in states:
        connections.setdefault(name, {})
    if shown is None:
        reading.gap("svs.connected", why)
        for name in connections:
            for field in ("config_status", "operational_status", "sync_status", "connected"):
                reading.gap(f"svs.connections[{name}].{field}", why)
        if reading.running is None:
            reading.gap("svs.connections", why)
    else:
        reading.source("svs.connected", None, "show svs connections")
        for name, state in states.items():
            connections[name] |= _state(state)
            reading.source(f"svs.connections[{name}].connected", None, "show svs connections")
        for connection in connections.values():
            connection.setdefault("connected", False)
        found["connected"] = any(connection["connected"] for connection in connections.values())
    for name, connection in connections.items():
        if "certificate" not in connection:
            reading.gap(f"svs.connections[{name}].certificate", "`show svs connections` does not tell")
        if "port" not in connection:
            reading.gap(f"svs.connections[{name}].port", "no line names it, and the default depends on the release")
    found["connections"] = {name: SvsConnection(**said) for name, said in connections.items()}
    return {"svs": Svs(**found)}


def _domain(reading: Reading) -> dict[str, Any]:
    own = reading.config.section("svs-domain")
    everything = reading.all.section("svs-domain") if reading.all else []
    found: dict[str, Any] = {}
    for field, pattern in (
        ("domain_id", r"domain id (\d{1,5})"),
        ("control_vlan", r"control vlan (\d{1,4})"),
        ("packet_vlan", r"packet vlan (\d{1,4})"),
        ("mode", r"svs mode (L[23])(?: .*)?"),
        ("l3_interface", r"svs mode L3 interface (\S+)"),
    ):
        if hit := last_of(own, everything, pattern):
            found[field] = int(hit.match[1]) if hit.match[1].isdecimal() else hit.match[1]
            reading.sources[f"svs.{field}"] = hit.source
    if "mode" not in found:
        found["mode"] = "L2"  # published: the factory configuration
        reading.sources["svs.mode"] = "hidden default of nexus1000v (published)"
    for line in reading.config.starting("port-profile type vethernet "):
        texts = [child.text for child in reading.config.section(line.text)]
        if "capability l3control" in texts and any(text.startswith("system vlan ") for text in texts):
            found["l3_control_profile"] = line.text.split()[-1]
            reading.source("svs.l3_control_profile", line)
    return found


def _configured(reading: Reading) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    if reading.running is None:
        return found
    for line in reading.config.top:
        if not (head := _CONNECTION.fullmatch(line.text)):
            continue
        said = found.setdefault(head[1], {})
        reading.source(f"svs.connections[{head[1]}]", line)
        for child in reading.config.section(line.text):
            if remote := re.fullmatch(r"remote (?:ip address|hostname) (\S+)(?: port (\d{1,5}))?.*", child.text):
                said["host"] = remote[1]
                if remote[2]:
                    said["port"] = int(remote[2])
            elif port := re.fullmatch(r"remote port (\d{1,5})", child.text):
                said["port"] = int(port[1])
            elif child.text.startswith("protocol "):
                said["protocol"] = child.text.removeprefix("protocol ")[:60]
            elif uuid := re.fullmatch(r'vmware dvs uuid "([^"]{1,80})".*', child.text):
                said["dvs_uuid"] = uuid[1]
            elif child.text in ("connect", "no connect"):
                said["connect"] = child.text == "connect"
    return found


def _state(shown: dict[str, str]) -> dict[str, Any]:
    """Operational state, and from the same answer what the configuration leaves to defaults."""
    states = {name: shown.get(f"{name} status", "") for name in ("config", "operational", "sync")}
    said: dict[str, Any] = {f"{name}_status": value or None for name, value in states.items()}
    said["connected"] = [value.lower() for value in states.values()] == ["enabled", "connected", "complete"]
    port = shown.get("remote port", "")
    if port.isdecimal() and len(port) < 6:
        said["port"] = int(port)
    if shown.get("dvs uuid"):
        said["dvs_uuid"] = shown["dvs uuid"][:80]
    for label, field in _SHOWN.items():
        if value := shown.get(label, "").strip("-"):
            said[field] = value[:80]
    if shown.get("protocol"):
        said["protocol"] = shown["protocol"][:60]
    return said


def redundancy(reading: Reading) -> dict[str, Any]:
    """The pair of supervisors, which is not in the configuration."""
    text = reading.text("show system redundancy status")
    if text is None:
        reading.gap("redundancy", reading.why_not("show system redundancy status"))
        return {}
    found = read_redundancy(text)
    if not found:
        reading.gap("redundancy", "`show system redundancy status` holds no state")
        return {}
    reading.source("redundancy", None, "show system redundancy status")
    ready = found.get("other_state", "") in ("ha standby", "standby", "ha-standby")
    available = found.get("operational_mode") == "ha" and found.get("this_state") == "active" and ready
    names = ("administrative_role", "operational_mode", "this_state", "other_state")
    said = {name: found.get(name) for name in names}
    both = found.get("this_state") == "active" and "active" in (found.get("other_redundancy"), found.get("other_state"))
    return {"redundancy": Redundancy(**said, high_available=available, dual_active=both)}


def modules(reading: Reading) -> dict[str, Any]:
    """Supervisors and Virtual Ethernet Modules, and which host owns which slot."""
    if reading.family != "nexus1000v" and "show module" not in reading.answers:
        return {}
    text = reading.text("show module")
    found = read_modules(text) if text is not None else {}
    bound = _bindings(reading, found)
    if not found:
        reading.gap("modules", "`show module` lists none" if text is not None else reading.why_not("show module"))
        return bound
    reading.source("modules", None, "show module")
    vems = {slot for slot, said in found.items() if "Virtual Ethernet" in said.get("type", "")}
    releases = Counter(found[slot]["software"] for slot in sorted(vems) if "software" in found[slot])
    commonest = releases.most_common(1)[0][0] if releases else None
    result = {}
    for slot, said in found.items():
        release = said.get("software")
        same = release == commonest if slot in vems and release else None
        if slot in vems and not release:
            reading.gap(f"modules[{slot}].same_software", "`show module` names no release for it")
        result[slot] = Module.model_validate({**said, "vem": slot in vems, "same_software": same})
    return {"modules": result, **bound}


def _bindings(reading: Reading, modules: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """`vem N` sections: slots that belong to a host, also while its module is away."""
    if reading.family != "nexus1000v":
        return {}
    if reading.running is None:
        reading.gap("vems", reading.why_not(RUNNING))
        return {}
    found: dict[str, Vem] = {}
    reading.sources["vems"] = RUNNING
    for line in reading.config.top:
        if not (head := re.fullmatch(r"vem (\d{1,4})", line.text)):
            continue
        slot, uuid = head[1], None
        for child in line.children:
            if named := re.fullmatch(r"host (?:vmware )?id (\S{1,64})", child.text):
                uuid = named[1].lower()
        shown = modules.get(slot)
        there = (shown or {}).get("server_uuid")
        found[slot] = Vem(
            host_uuid=uuid,
            present=shown is not None if modules else None,
            uuid_matches=there == uuid if there and uuid else None,
        )
        reading.source(f"vems[{slot}]", line)
        if not modules:
            reading.gap(f"vems[{slot}].present", reading.why_not("show module"))
        if there is None or uuid is None:
            why = "`show module` names no host for this slot" if modules else reading.why_not("show module")
            reading.gap(f"vems[{slot}].uuid_matches", why if uuid else "its section names no host")
    return {"vems": found}
