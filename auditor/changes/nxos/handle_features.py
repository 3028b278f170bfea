"""`feature X`, and its `no`, which deletes every line of X."""

import re

from auditor.changes.nxos.handling import Act, Handler
from auditor.changes.nxos.rows import LEANING, LISTS
from auditor.changes.nxos.state import State
from auditor.changes.nxos.tree import Key

# `show feature` -> the name in the command
ROWS = {
    "telnetServer": "telnet", "sshServer": "ssh", "scpServer": "scp-server", "sftpServer": "sftp-server",
    "dhcp-snooping": "dhcp", "tacacs": "tacacs+",
}  # fmt: skip
_ON = {"ssh": "*", "telnet": "nexus1000v", "http-server": "nexus1000v"}  # on by default, and not shown when on
_TOP: dict[str, tuple[str, ...]] = {  # lines of the first level that belong to a feature
    "tacacs+": ("tacacs-server ", "aaa group server tacacs+ "),
    "dhcp": ("ip dhcp ", "ipv6 dhcp ", "ip arp inspection ", "no ip dhcp "),
    "ospf": ("router ospf ",),
    "ospfv3": ("router ospfv3 ",),
    "bgp": ("router bgp ",),
    "eigrp": ("router eigrp ",),
    "rip": ("router rip ",),
    "isis": ("router isis ",),
    "pim": ("ip pim ",),
    "interface-vlan": ("interface Vlan",),
    "udld": ("udld ",),
    "lldp": ("lldp ",),
    "dot1x": ("dot1x ", "aaa authentication dot1x "),
    "vtp": ("vtp ",),
    "netflow": ("flow ",),
    "nxapi": ("nxapi ",),
    "vpc": ("vpc ",),
    "lacp": ("lacp ",),
    "scheduler": ("scheduler ",),
    "private-vlan": (),
    "ldap": ("ldap-server ", "aaa group server ldap "),
}
_BELOW: dict[str, tuple[str, ...]] = {  # lines under interfaces and port profiles
    "dhcp": ("ip dhcp ", "ipv6 dhcp ", "ip arp inspection ", "ip verify source dhcp-snooping-vlan"),
    "ospf": ("ip router ospf ", "ip ospf ", "no ip ospf "),
    "eigrp": ("ip router eigrp ", "ip authentication mode eigrp", "ip authentication key-chain eigrp",
              "ip passive-interface eigrp", "no ip passive-interface eigrp"),
    "pim": ("ip pim ",),
    "udld": ("udld ",),
    "lldp": ("lldp ", "no lldp "),
    "dot1x": ("dot1x ",),
    "netflow": ("ip flow ",),
    "vpc": ("vpc ",),
    "lacp": ("lacp ",),
}  # fmt: skip
_KNOWN = frozenset((*_TOP, *_ON, "bash-shell", "port-profile-roles", "scp-server", "sftp-server", "ftp-server", "hsrp",
                    "vrrp", "grpc", "wccp", "imp", "tunnel", "bfd", "pbr", "sla", "restconf", "netconf"))  # fmt: skip
_FACTS: dict[str, tuple[str, ...]] = {
    "telnet": ("telnet",),
    "ssh": ("ssh",),
    "http-server": ("http",),
    "nxapi": ("nxapi",),
    "dhcp": ("dhcp_snooping", "arp_inspection", "dhcp_relay", *LEANING),
    "tacacs+": ("aaa", "dangling"),
    "ldap": ("aaa", "dangling"),
    "ospf": ("routing_sessions", "interfaces"),
    "eigrp": ("routing_sessions", "interfaces"),
    "bgp": ("bgp", "bgp_neighbors", "routing_sessions"),
    "pim": ("interfaces",),
    "interface-vlan": (*LEANING, *LISTS, "routing_sessions", "dhcp_relay"),
    "udld": ("interfaces",),
    "lldp": ("interfaces",),
    "dot1x": ("interfaces",),
    "vtp": ("vtp",),
    "netflow": ("flow_exporters",),
    "private-vlan": ("private_vlans", *LEANING),
}


def states_of(text: str) -> dict[str, bool]:
    """Features by the name in the command, from `show feature`."""
    found: dict[str, bool] = {}
    for name, state in re.findall(r"^(\S+) +\d+ +(enabled|disabled)", text, re.MULTILINE):
        known = ROWS.get(name, name)
        found[known] = found.get(known, False) or state == "enabled"
    return found


def _feature(act: Act) -> None:
    state = act.state
    name = _named(state, act.parsed.ids[0])
    facts = (f"features[{name}]", *_FACTS.get(name, ()))
    known = name in _KNOWN or name in state.features or ("feature", name) in state.running.entries
    if not known:
        act.cannot_tell(f"no feature {name[:40]} is known", f"features[{name}]")
        return
    default = _ON.get(name) in ("*", state.family)
    was, on = state.on(name), not act.negated
    if act.reset:
        on = default
    key: Key = ("feature", name)
    if on == default:
        state.drop(state.top, key)
    else:
        state.put(state.top, key, f"feature {name}" if on else f"no feature {name}", act.parsed.command)
    _shown(state, name, on)
    if was is not None and was == on:
        return
    state.changed()
    state.because(*facts)
    if not on:
        gone = _lines_of(state, name)
        state.deleted.setdefault(name, []).extend(gone)
        state.meta.setdefault("features_off", {})[name] = state.at.number
        if gone:
            state.say(f"`no feature {name}` deletes {len(gone)} lines: {'; '.join(gone[:5])[:300]}")
        _orphans(state, name)
    elif was is None and name not in _ON and name not in state.features and state.features:
        state.cannot_tell("`show feature` did not list it", f"features[{name}]")


def _named(state: State, typed: str) -> str:
    names = {*_KNOWN, *state.features}
    if typed in names:
        return typed
    found = [name for name in names if name.startswith(typed)] if len(typed) > 2 else []
    return found[0] if len(found) == 1 else typed


def _shown(state: State, name: str, on: bool) -> None:
    """The row of `show feature`, and what `show http-server` says."""
    state.features[name] = on
    rows = {row for row, known in ROWS.items() if known == name} | {name}
    lines = state.texts.get("show feature", "").split("\n")
    for at, line in enumerate(lines):
        found = re.match(r"(\S+)( +\d+ +)(enabled|disabled)\S*", line)
        if found and found[1] in rows:
            lines[at] = f"{found[1]}{found[2]}{'enabled' if on else 'disabled'}"
    state.edit_text("show feature", "\n".join(lines))
    if name == "http-server":
        state.edit_text("show http-server", f"http-server {'enabled' if on else 'disabled'}\n")


def _lines_of(state: State, name: str) -> list[str]:
    gone: list[str] = []
    top = _TOP.get(name, ())
    for key, entry in list(state.running.entries.items()):
        if top and entry.text.startswith(top):
            gone.append(entry.text)
            state.drop(state.top, key)
            continue
        if not _has(entry.text, name):
            continue
        gone += _below(state, key, entry.text, name)
    return gone


def _has(header: str, name: str) -> bool:
    if name == "private-vlan":
        return header.startswith("vlan ")
    return name in _BELOW and header.startswith(("interface ", "port-profile "))


def _below(state: State, key: Key, header: str, name: str) -> list[str]:
    wanted = ("private-vlan ",) if name == "private-vlan" else _BELOW[name]
    entry = state.running.entries[key]
    if entry.section is None and not any(line.text.startswith(wanted) for line in entry.lines):
        return []
    place = state.place(key)
    if place is None:
        return []
    gone = []
    for below, line in list(place.running.entries.items()):
        if line.text.startswith(wanted):
            gone.append(f"{header} / {line.text}")
            state.drop(place, below)
    return gone


def _orphans(state: State, name: str) -> None:
    """What leaned on lines that are gone: what a device makes of it differs."""
    if name in ("tacacs+", "ldap"):
        lists_without_groups(state)


def lists_without_groups(state: State) -> None:
    """Method lists that name a group which is gone: whether the device keeps them is not known."""
    groups = {key[2] for key in state.running.like("aaa group server") if len(key) > 2} | {"radius", "tacacs+"}
    if state.on("tacacs+") is False:
        groups.discard("tacacs+")
    for words, path in METHODS.items():
        text = state.running.text(words)
        named = [word for word in text.removeprefix(words).split() if word not in ("group", "local", "none")]
        missing = [group for group in named if group not in groups]
        if text and missing:
            paths = [f"aaa.{path}", *(f"dangling[aaa group {group}]" for group in missing)]
            if path == "login_default":
                paths.append("aaa.login_console")
            state.because(*paths)
            state.cannot_tell("a list of methods names a group that is gone", *paths)


METHODS = {
    "aaa authentication login default": "login_default",
    "aaa authentication login console": "login_console",
    "aaa accounting default": "accounting_default",
    "aaa authorization commands default": "authorization_commands",
    "aaa authorization config-commands default": "authorization_config_commands",
}


def _telnet(act: Act) -> None:
    act.cannot_tell("what this line does beside `feature telnet` depends on the release", "telnet", "features[telnet]")


HANDLERS: dict[str, Handler] = {"feature": _feature, "telnet": _telnet}
