"""What kind of text a candidate is: lines typed in configuration mode, or a whole configuration; and whose."""

import re
from collections.abc import Sequence

from auditor.changes.candidate import Candidate

_VERSION = re.compile(r"version \d\S*")
_WHOLE = re.compile(r"(?:hostname|switchname|feature|username|interface|vlan|vrf context|line|boot|svs-domain) ?\b")
_FOREIGN = (
    (r"esxcli |vim-cmd |(?i:get|set)-vmhost\b|Connect-VIServer\b|esxcfg-\w+ ", "something for an ESXi host"),
    (r"(?:vmaccepteula|accepteula|rootpw |install --|%firstboot|%pre|%post|clearpart )", "a kickstart"),
    (r"set (?:system|interfaces|protocols|vlans|firewall|policy-options|routing-options|snmp|security) ", "Junos"),
    (r"[a-z]+(?:\.[a-z0-9_-]+)+ *= *\S", "a sysctl.conf"),
    (r"(?:PermitRootLogin|PasswordAuthentication|ClientAliveInterval|Ciphers|AllowUsers) ", "an sshd_config"),
    (r"#!/|(?:apt-get|yum|dnf|systemctl|sed|chmod|chown|sudo) ", "a shell script"),
    (r"-[aweD] (?:always|never|/)|-w /|options \S+ \w+=|blacklist ", "a file of a Linux host"),
    (r"(?:UUID=|/dev/|tmpfs |proc )\S* +/\S* +\w+", "an fstab"),
)
_OURS = re.compile(
    r"(?:no |default )?(?:aaa|access-list|banner|boot|callhome|cdp|class-map|cli|clock|conf(?:igure)?|control-plane|"
    r"copp|copy|crypto|default|end|event|exit|feature|fips|flow|hostname|hardware|int(?:erface)?|ip|ipv6|key|line|"
    r"logging|login|mac|monitor|ntp|nxapi|object-group|password|policy-map|port-channel|port-profile|radius-server|"
    r"resequence|role|route-map|router|scheduler|show|snmp-server|spanning-tree|ssh|svs|svs-domain|switchname|"
    r"switchport|system|tacacs-server|telnet|udld|username|userpassphrase|uufb|vdc|vem|version|vlan|vrf|vtp|write)\b.*"
)
_KINDS = {
    "files": "a folder of files",
    "diff": "a diff of files",
    "ansible": "Ansible's answer for a host",
    "yaml": "settings in YAML",
}
_LOOKED_AT = 4000


def is_full(lines: Sequence[str]) -> bool:
    """A whole configuration: its `version` line in the first column, and sections that every one has."""
    tops = [line for line in lines if line[:1].isalpha()]
    return any(_VERSION.match(line) for line in tops) and len({m[0] for line in tops if (m := _WHOLE.match(line))}) > 2


def refusal(platform: str, candidate: Candidate) -> str:
    """Why this is not meant for an NX-OS switch; "" when it may be."""
    if candidate.kind in ("patch", "golden"):
        return ""
    if candidate.kind != "text":
        what = _KINDS.get(candidate.kind, candidate.kind)
        return f"{candidate.name} is {what}; a change of a {platform} switch is its commands, in a text file"
    lines = [line.strip() for line in candidate.only.lines[:_LOOKED_AT]]
    lines = [line for line in lines if line and not line.startswith("!")]
    ours = sum(1 for line in lines if _OURS.fullmatch(line))
    for pattern, what in _FOREIGN:
        theirs = sum(1 for line in lines if re.match(pattern, line))
        if theirs and theirs > ours:
            return f"{candidate.name} looks like {what}, and {platform} is a switch with NX-OS"
    return ""
