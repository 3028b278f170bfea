"""`read`: a capture becomes a snapshot, section by section. A section that cannot be understood becomes a gap."""

from collections.abc import Callable
from typing import Any, NamedTuple

from auditor.collectors.nexus1000v import (
    accounting,
    read_aaa,
    read_device,
    read_l2,
    read_login,
    read_routing,
    read_services,
    read_snmp,
    read_switch,
    read_vsm,
)
from auditor.collectors.nexus1000v.commands import RUNNING
from auditor.collectors.nexus1000v.reading import Reading
from auditor.domain import Capture, Snapshot
from auditor.facts import plain
from auditor.facts.nxos import Facts


class Section(NamedTuple):
    """Top-level facts that are read together."""

    paths: tuple[str, ...]
    needs_config: bool
    read: Callable[[Reading], dict[str, Any]]


SECTIONS = (
    Section(("software",), False, read_device.software),
    Section(("hostname",), False, read_device.hostname),
    Section(("features", "telnet", "http", "nxapi"), False, read_device.features),
    Section(("ssh",), False, read_device.ssh),
    Section(("config",), False, read_device.config),
    Section(("banners",), True, read_login.banners),
    Section(("lines", "management_access"), True, read_login.lines),
    Section(("users", "admin_users", "password_policy"), True, read_login.users),
    Section(("aaa",), True, read_aaa.aaa),
    Section(("snmp",), False, read_snmp.snmp),
    Section(("ntp",), True, read_services.ntp),
    Section(("logging",), True, read_services.logs),
    Section(("monitor_sessions", "flow_exporters", "call_home", "source_routing"), True, read_services.others),
    Section(
        (
            "port_profiles",
            "interfaces",
            "vlans",
            "acls",
            "dangling",
            "dhcp_snooping",
            "arp_inspection",
            "unknown_unicast_blocked",
            "igmp_snooping",
        ),
        True,
        read_l2.switching,
    ),
    Section(
        (
            "clock",
            "trustpoints",
            "jobs",
            "private_vlans",
            "dhcp_relay",
            "login_block",
            "fips_mode",
            "poap",
            "tags_native_vlan",
            "spanning_tree",
            "vtp",
        ),
        True,
        read_switch.settings,
    ),
    Section(("key_chains", "routing_sessions", "bgp", "bgp_neighbors"), True, read_routing.routing),
    Section(("debugs",), False, read_switch.debugs),
    Section(("svs",), False, read_vsm.svs),
    Section(("redundancy",), False, read_vsm.redundancy),
    Section(("modules", "vems"), False, read_vsm.modules),
)
SWITCH_ONLY = Section(("guestshell", "copp"), False, read_switch.shells)  # a Nexus 1000V has neither
WISHED = Section(("activity",), False, accounting.activity)  # not there, and no gap, unless a source wishes it
_FROM_CONFIG = {path: RUNNING for section in SECTIONS if section.needs_config for path in section.paths}


def read(capture: Capture) -> Snapshot:
    """The facts of a Nexus capture. Pure; never raises for what a capture holds."""
    reading = Reading(capture)
    facts: dict[str, Any] = {}
    sections = (*SECTIONS, WISHED) if reading.family == "nexus1000v" else (*SECTIONS, SWITCH_ONLY, WISHED)
    for section in sections:
        if section.needs_config and reading.running is None:
            for path in section.paths:
                reading.gap(path, reading.why_not(RUNNING))
            continue
        try:
            found = section.read(reading)
        except Exception as problem:  # hostile content: whatever it broke, only this section is lost
            for path in section.paths:
                reading.gap(path, f"could not be understood: {type(problem).__name__}: {str(problem)[:120]}")
            continue
        facts |= {name: value for name, value in found.items() if value is not None}
    model = Facts(**facts)
    return Snapshot(
        target=capture.target,
        platform=capture.platform,
        source=capture.source,
        taken_at=capture.taken_at,
        facts=plain(model),
        sources={path: RUNNING for section in SECTIONS if section.needs_config for path in section.paths}
        | reading.sources,
        gaps=reading.gaps,
        version=(model.software.version if model.software else None) or "",
        labels=capture.labels,
        synthetic=capture.synthetic,
        warnings=capture.warnings,
    )
