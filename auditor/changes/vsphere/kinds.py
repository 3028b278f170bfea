"""What a candidate is: commands of a host's shell, PowerCLI, a kickstart, settings; or nothing for these platforms."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from auditor.changes.candidate import Candidate, File
from auditor.changes.vsphere.spec import KEYS, SECTIONS

_SHELL = re.compile(
    r"(?:/\S*/)?(?:esxcli|localcli|vim-cmd|esxcfg-[a-z]+|vmkfstools|vmkload_mod|services\.sh|auto-backup\.sh|"
    r"domainjoin-cli|generate-certificates|dcui|chkconfig|reboot|poweroff|service|firewall-cmd)\b|/etc/init\.d/\S"
)
CMDLET = re.compile(
    r"(?:Get|Set|New|Remove|Add|Start|Stop|Restart|Connect|Disconnect|Move|Import|Export|Install|Invoke|Enable|Disable|"
    r"ForEach|Where|Select|Write|Out|Test|Update|Mount|Dismount|Suspend|Read|Start|Wait)-[A-Z][A-Za-z]+\b"
)
_VARIABLE = re.compile(
    r"\$[A-Za-z_]\w*(?:\.|\s*=|\[|$)|(?:foreach|if|function|param|while|try|switch)\s*[({]?.*\$", re.IGNORECASE
)
_INSTALL = re.compile(
    r"(?:vm)?accepteula\b|%(?:pre|post|firstboot)\b|rootpw\s|install\s+--|clearpart\s|network\s+--bootproto="
)
_NXOS = re.compile(
    r"(?:interface\s+(?:ethernet|vethernet|mgmt|port-channel|vlan|loopback)|vlan\s+\d|feature\s+\w|port-profile\s|"
    r"switchname\s|svs[ -]|vrf\s+context|no\s+feature|switchport\s|hostname\s+\S+$|spanning-tree\s|snmp-server\s|"
    r"ntp\s+server\s|logging\s+server\s|username\s+\S+\s+password|line\s+vty|ip\s+access-list|boot\s+(?:kickstart|system)\s)",
    re.IGNORECASE,
)
_SYSCTL = re.compile(r"-?[a-z_]+(?:[./][\w-]+)+\s*=\s*\S")
_LINUX = re.compile(
    r"(?:apt(?:-get)?|yum|dnf|systemctl|sysctl|useradd|usermod|ufw|iptables|nft|auditctl|sed|augenrules)\s"
)
_FOREIGN = (
    (_NXOS, "it looks like a configuration of NX-OS"),
    (_SYSCTL, "it looks like settings of Linux (sysctl.d)"),
    (_LINUX, "it looks like commands of Linux"),
)
LOOKED = 2_000  # lines that tell what a text is
WANTED = "commands of esxcli, esxcfg or vim-cmd, PowerCLI, a kickstart, a golden profile, or settings as YAML"


def text_kind(lines: Sequence[str]) -> str:
    """powercli | kickstart | shell, or "" for a text that has no line of any of them."""
    said = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    head = said
    if any(_INSTALL.match(line) for line in head):
        return "kickstart"
    cmdlets = sum(bool(CMDLET.search(line) or _VARIABLE.match(line)) for line in head if not _SHELL.match(line))
    shell = sum(bool(_SHELL.search(line)) for line in head)
    if any(CMDLET.search(line) for line in head) and cmdlets:
        return "powercli"
    return "shell" if shell else ""


def parted(file: File) -> list[tuple[str, File]]:
    """A text of PowerCLI that also has lines for a host's own shell, in runs: (powercli | shell, the run)."""
    if not any(_SHELL.match(line.strip()) for line in file.lines):
        return [("powercli", file)]
    runs: list[tuple[str, int, list[str]]] = []
    for number, line in enumerate(file.lines):
        kind = "shell" if _SHELL.match(line.strip()) else "powercli"
        if not runs or (runs[-1][0] != kind and line.strip()):
            runs.append((kind, number, []))
        runs[-1][2].append(line)
    return [
        (kind, replace(file, lines=tuple(lines), first=file.first + number))
        for kind, number, lines in runs
        if any(line.strip() for line in lines)
    ]


def refusal(platform: str, candidate: Candidate) -> str:
    """Why a candidate cannot be meant for a target of this platform; "" when it can."""
    if candidate.kind in ("files", "diff"):
        return f"files and diffs are for Linux; {platform} takes {WANTED}"
    if candidate.kind == "ansible":
        return f"what Ansible prints is for Linux; {platform} takes {WANTED}"
    data = getattr(candidate.data, "data", None)
    if candidate.kind == "golden":
        wanted = data.get("for") if isinstance(data, dict) else None
        meant = wanted.get("platform") if isinstance(wanted, dict) else None
        return f"the profile is for {meant}" if meant not in (platform, None) else ""
    if candidate.kind == "yaml":
        return _settings(platform, data)
    kind = text_kind(candidate.only.lines)
    if kind in ("shell", "kickstart") and platform != "esxi":
        return f"it holds commands of a host's own shell, and {platform} takes PowerCLI or settings as YAML"
    return "" if kind else f"{_looks(candidate.only.lines)}; {platform} takes {WANTED}"


def _settings(platform: str, data: object) -> str:
    keys = {str(key) for key in data} if isinstance(data, dict) else set()
    if keys & KEYS[platform]:
        return ""
    others = sorted(other for other, known in KEYS.items() if keys & known)
    if others:
        return f"its keys are those of {', '.join(others)}"
    close = any(_near(key, known) for key in keys for known in SECTIONS)
    return "" if close else f"none of its keys is known for {platform}: {', '.join(sorted(KEYS[platform]))}"


def _near(key: str, known: str) -> bool:
    return key.casefold().replace("-", "_").rstrip("s") == known.rstrip("s")


def _looks(lines: Sequence[str]) -> str:
    head = list(islice((line.strip() for line in lines if line.strip()), LOOKED))
    for pattern, what in _FOREIGN:
        if any(pattern.match(line) for line in head):
            return what
    return "no line of it is a command that a host or its vCenter knows"
