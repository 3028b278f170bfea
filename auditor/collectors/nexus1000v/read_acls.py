"""Access lists: what they permit, and whether anything uses them."""

import re

from auditor.collectors.nexus1000v.reading import Reading
from auditor.facts.nxos import Acl

HEADER = re.compile(r"(?:(ip|ipv6|mac) )access-list (\S+)")
_ENTRY = re.compile(r"(?:\d+ )?(permit|deny) (.*)")
_ANY = re.compile(r"\b0\.0\.0\.0(?:/0| 255\.255\.255\.255)|(?<!\S)::/0")
# Where a list is put to work: (pattern of any line, group with its name).
USES = re.compile(
    r"(?:(?:ip|ipv6) )?(?:access-class|access-group) (?P<a>\S+) (?:in|out)|"
    r"(?:ip|ipv6|mac) port access-group (?P<b>\S+)(?: (?:in|out))?|"
    r"ipv6 (?:port )?traffic-filter (?P<g>\S+) (?:in|out)|"
    r"snmp-server (?:community|user) \S+ use-(?:acl|ipv4acl|ipv6acl) (?P<c>\S+)(?: use-ipv6acl (?P<d>\S+))?|"
    r"ntp access-group (?:peer|serve|serve-only|query-only) (?P<e>\S+)|"
    r"match (?:ip |ipv6 |mac )?(?:address|access-group name) (?P<f>\S+)"
)


def acls_of(reading: Reading) -> dict[str, Acl]:
    """Access lists by name, `applied` not yet known."""
    found: dict[str, Acl] = {}
    wide = _wide_groups(reading)
    for line in reading.config.top:
        if head := HEADER.fullmatch(line.text):
            children = reading.config.section(line.text)
            entries = [entry for child in children if (entry := _ENTRY.fullmatch(child.text))]
            found[head[2]] = Acl.model_validate(
                {
                    "kind": head[1],
                    "entries": len(entries),
                    "permits_any_source": any(e[1] == "permit" and _from_any(head[1], e[2], wide) for e in entries),
                    "ends_with_logged_deny": bool(entries) and _logged_deny(head[1], entries[-1]),
                    "unlogged_denies": 0 if head[1] == "mac" else sum(map(_silent_deny, entries)),
                    "permits_everything": any(
                        e[1] == "permit" and re.match(r"(?:ipv?[46]? )?any any(?: log)?$", _ANY.sub("any", e[2]))
                        for e in entries
                    ),
                }
            )
            reading.source(f"acls[{head[2]}]", line)
    return found


def _wide_groups(reading: Reading) -> set[str]:
    """Names of address groups that hold every address."""
    return {
        line.text.split()[-1]
        for line in reading.config.starting("object-group ip address ", "object-group ipv6 address ")
        for child in reading.config.section(line.text)
        if _ANY.search(child.text) or child.text.split()[-1] == "any"
    }


def _from_any(kind: str, entry: str, wide: set[str]) -> bool:
    """The source of a permit is everybody: `any`, a prefix of length 0 or a group with one. Ping is let off."""
    words = entry.split()
    if kind != "mac" and words[:1] in (["icmp"], ["icmpv6"]):
        return False
    source = words[:2] if kind == "mac" else words[1:3]
    if source[:1] == ["addrgroup"]:
        return source[-1] in wide
    return source[:1] in (["any"], ["0.0.0.0/0"], ["::/0"]) or source[1:] == ["255.255.255.255"]


def _silent_deny(entry: re.Match[str]) -> bool:
    return entry[1] == "deny" and not re.search(r" log(?:-input)?$", entry[2])


def _logged_deny(kind: str, entry: re.Match[str]) -> bool:
    whole = {"ip": "ip any any", "ipv6": "ipv6 any any", "mac": "any any"}[kind]
    return entry[1] == "deny" and bool(re.fullmatch(rf"{whole} log(?:-input)?", entry[2]))  # all of it, no fragments
