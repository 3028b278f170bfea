"""Lines that nobody knows: which facts they may touch, by their first words."""

from auditor.changes.nxos.state import Place, State
from auditor.changes.nxos.statements import Statement

EVERYTHING = (
    "hostname", "features", "telnet", "ssh", "http", "nxapi", "banners", "lines", "management_access", "users",
    "admin_users", "password_policy", "aaa", "snmp", "ntp", "logging", "vlans", "acls", "dangling", "dhcp_snooping",
    "arp_inspection", "unknown_unicast_blocked", "igmp_snooping", "port_profiles", "interfaces", "svs", "modules",
    "monitor_sessions", "flow_exporters", "call_home", "source_routing", "config.unsaved", "login_block", "clock",
    "fips_mode", "poap", "guestshell", "debugs", "copp", "trustpoints", "vtp", "spanning_tree", "tags_native_vlan",
    "dhcp_relay", "private_vlans", "key_chains", "routing_sessions", "bgp", "bgp_neighbors", "jobs", "vems",
)  # fmt: skip
_SWITCHING = ("vlans", "dhcp_snooping", "arp_inspection", "interfaces", "port_profiles")
_LISTS = ("acls", "dangling", "management_access")
_ROUTING = ("routing_sessions", "bgp", "bgp_neighbors", "interfaces")
_BY_WORD: dict[str, tuple[str, ...]] = {
    "aaa": ("aaa", "dangling"),
    "banner": ("banners",),
    "boot": ("poap",),
    "callhome": ("call_home",),
    "cdp": ("interfaces", "port_profiles"),
    "clock": ("clock",),
    "copp": ("copp",),
    "control-plane": ("copp",),
    "crypto": ("trustpoints",),
    "event": ("jobs",),
    "scheduler": ("jobs",),
    "cli": ("jobs",),
    "feature": ("features", "telnet", "http", "nxapi", "ssh", "dhcp_snooping"),
    "fips": ("fips_mode",),
    "flow": ("flow_exporters",),
    "http-server": ("http",),
    "igmp": ("igmp_snooping",),
    "interface": ("interfaces",),
    "key": ("key_chains",),
    "ldap-server": ("aaa",),
    "line": ("lines", "management_access"),
    "logging": ("logging",),
    "login": ("login_block", "logging"),
    "mac": (*_LISTS, "interfaces"),
    "monitor": ("monitor_sessions",),
    "ntp": ("ntp",),
    "nxapi": ("nxapi",),
    "password": ("password_policy", "users"),
    "port-profile": ("port_profiles", "interfaces"),
    "radius-server": ("aaa",),
    "router": _ROUTING,
    "snmp-server": ("snmp", "users"),
    "spanning-tree": ("spanning_tree", "interfaces"),
    "ssh": ("ssh",),
    "svs": ("svs", "modules"),
    "svs-domain": ("svs", "modules"),
    "tacacs-server": ("aaa",),
    "telnet": ("telnet", "features"),
    "username": ("users", "admin_users", "snmp"),
    "userpassphrase": ("users", "password_policy"),
    "uufb": ("unknown_unicast_blocked",),
    "vem": ("vems", "modules"),
    "vlan": ("vlans", "private_vlans", "tags_native_vlan", *_SWITCHING),
    "vtp": ("vtp",),
    # Nothing that is read stands in these.
    "hardware": (), "system": ("interfaces", "login_block"), "power": (), "role": ("users",), "vrf": (), "qos": (),
    "class-map": _LISTS, "policy-map": _LISTS, "route-map": _LISTS, "sflow": (), "errdisable": (), "snmp": ("snmp",),
}  # fmt: skip
_IP: dict[str, tuple[str, ...]] = {
    "dhcp": ("dhcp_snooping", "dhcp_relay", "vlans", "arp_inspection", "interfaces"),
    "arp": ("arp_inspection", "vlans"),
    "access-list": _LISTS,
    "igmp": ("igmp_snooping", "vlans"),
    "source-route": ("source_routing",),
    "http": ("http",),
    "ssh": ("ssh",),
}
_OF_MODE: dict[str, tuple[str, ...]] = {
    "line": ("lines", "management_access"),
    "vlan": ("vlans", "private_vlans", "igmp_snooping"),
    "vlan-configuration": ("vlans", "igmp_snooping"),
    "router": _ROUTING,
    "peer": _ROUTING,
    "family": _ROUTING,
    "key-chain": ("key_chains",),
    "key": ("key_chains",),
    "matching": _LISTS,
    "acl": _LISTS,
    "numbered": _LISTS,
    "callhome": ("call_home",),
    "control-plane": ("copp",),
    "svs-domain": ("svs", "modules"),
    "svs-connection": ("svs",),
    "exporter": ("flow_exporters",),
    "vrf": (),
}


def touched(text: str) -> tuple[str, ...]:
    """The top-level facts that a line of the configuration mode may touch, by its first words."""
    words = text.split()
    while words and words[0] in ("no", "default"):
        del words[0]
    if not words:
        return ()
    if words[0] in ("ip", "ipv6"):
        return _IP.get(words[1] if len(words) > 1 else "", EVERYTHING)
    return _BY_WORD.get(words[0], EVERYTHING)


def unknown_line(state: State, places: list[Place], at: Statement, *, flat: bool, mode: str) -> None:
    """A line that is not known: what it may touch cannot be foretold."""
    paths: list[str] = []
    if places:
        paths += [place.subject for place in places if place.subject]
        paths += _OF_MODE.get(mode, ())
        if mode in ("interface", "profile"):
            paths += _of_port(at.text)
        if mode == "profile":
            paths += ["interfaces"]
    if not places or flat:
        paths += touched(at.text)
    state.because(*paths)
    words = "this line is not known, so what it does cannot be foretold"
    state.cannot_tell(words, *(path for path in dict.fromkeys(paths) if path != "config.unsaved"), blanket=True)
    state.doubt()
    state.meta.setdefault("unknown_lines", []).append(at.number)


def _of_port(text: str) -> tuple[str, ...]:
    words = [word for word in text.split() if word not in ("no", "default")]
    first = words[0] if words else ""
    if first in ("switchport", "inherit", "channel-group", "state", "system", "capability", "vmware", "private-vlan"):
        return ("vlans", "dhcp_snooping", "arp_inspection", "private_vlans")
    if first in ("ip", "ipv6", "mac"):
        return ("acls", "dangling", "management_access", "routing_sessions", "dhcp_relay", "dhcp_snooping",
                "arp_inspection")  # fmt: skip
    return ()
