"""What tells a line from the others of its section, where its words alone do not say it."""

import re

from auditor.changes.nxos.arguments import port_name
from auditor.changes.nxos.grammar import Command, Kind, Parsed

_ENTRY = re.compile(
    r"(?:(\d{1,10}) )?((?:permit|deny|remark|host|eq|gt|lt|neq|range)(?: .*)?|[0-9A-Fa-f:.]{2,45}/\d{1,3}|any)"
)
ENTRY = Command(("entry",), (), Kind.SPECIAL, do="entry")
_NAMED = {
    "profile": "port-profile",
    "monitor": "monitor session",
    "hostname": "hostname",
    "vlan": "vlan",
    "vlan_configuration": "vlan configuration",
    "interface": "interface",
}


def entry_of(text: str) -> Parsed | None:
    """A numbered line of a list: `10 permit ip any any`, or one without its number."""
    found = _ENTRY.fullmatch(text)
    if found is None:
        return None
    return Parsed(ENTRY, found[2], (found[1] or "",), (found[2],))


def key_of(parsed: Parsed) -> tuple[str, ...]:
    """The key of a line."""
    do = parsed.command.do
    if do == "entry":
        return ("entry", parsed.ids[0] or "0") if parsed.ids else parsed.key
    if do == "interface":
        return ("interface", _port(parsed.values[0]))
    if do in ("vlan", "vlan_configuration"):
        return (_NAMED[do], parsed.values[0])
    if do in ("snooped", "vlan_list", "validate"):
        return (parsed.command.name, parsed.values[0] if parsed.values else "")
    if do == "trunk" and parsed.values and parsed.values[0].startswith(("add ", "remove ", "except ")):
        return (parsed.command.name, parsed.values[0])
    if do == "hostname":
        return ("hostname",)
    if do in ("profile", "monitor"):
        return (_NAMED[do], parsed.ids[0])
    if do in ("user", "snmp_user", "community", "trap_host"):
        return (parsed.command.name, parsed.ids[0], about(do, parsed.values[0] if parsed.values else ""))
    if do == "no_banner":
        return ("banner", parsed.ids[0])
    if do == "area":
        return (parsed.command.name, _area(parsed.ids[0]), "authentication")
    if do == "neighbor":
        return ("neighbor", parsed.ids[0])
    if do == "ip_address" and "secondary" in parsed.values:
        return ("ip address", parsed.values[0])
    if do in (
        "by_release",
        "ssh_key",
        "pvlan_mode",
        "ospf_keys",
        "mac_list",
        "storm_pps",
        "svs_mode",
        "remote",
        "shut",
    ):
        return (_SHARED.get(do, parsed.command.name), *(parsed.values if do == "by_release" else ()))
    return parsed.key


_SHARED = {
    "pvlan_mode": "switchport mode",
    "ospf_keys": "ip ospf authentication",
    "storm_pps": "storm-control broadcast level",
    "svs_mode": "svs mode",
    "remote": "remote",
    "shut": "shut",
    "ssh_key": "ssh key",
}


def about(do: str, rest: str) -> str:
    """What one of several lines of a user, community or receiver is about."""
    words = rest.split()
    first = words[0] if words else ""
    if do == "user":
        return f"role {words[1]}" if first == "role" and len(words) > 1 else first
    if do == "snmp_user":
        if first.startswith("use-"):
            return "list"
        return f"role {first}" if first and first not in ("auth", "enforcePriv") else "role"
    if do == "community":
        return "list" if first.startswith("use-") else "group"
    return " ".join(word for word in words if word not in ("traps", "trap", "informs", "inform"))


def _port(text: str) -> str:
    try:
        return port_name(text)
    except ValueError:
        return text


def _area(text: str) -> str:
    """0 and 0.0.0.0 are one area."""
    if not (text.isdecimal() and len(text) < 11):
        return text
    return ".".join(str(int(text) >> shift & 255) for shift in (24, 16, 8, 0))
