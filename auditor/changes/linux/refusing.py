"""Why a candidate cannot be meant for a Linux host."""

import re

from auditor.changes.candidate import Candidate

_ESXI = re.compile(r"^\s*(?:esxcli|vim-cmd|esxcfg-\w+|Get-VMHost|Set-VMHost|vmaccepteula)\b", re.M)
_NXOS = re.compile(
    r"^(?:configure terminal|conf t|feature \S+|interface (?:Ethernet|mgmt|Vethernet|port-channel)\S*|port-profile |"
    r"copy running-config startup-config|vlan \d+|hostname \S+|snmp-server |ntp server \S+ use-vrf)",
    re.M | re.I,
)
_KINDS = ("files", "diff", "ansible", "yaml")
USE_AS = "say which file of the host this text is to become (--as /etc/...), or give a folder laid out like its root"


def refusal(platform: str, candidate: Candidate) -> str:
    """Why the candidate cannot be meant for this platform; "" when it can."""
    if platform not in ("linux",):
        return f"this predictor knows Linux hosts, not {platform}"
    if candidate.kind == "text":
        head = "\n".join(candidate.only.lines[:2000])
        if _ESXI.search(head):
            return "its lines are commands for ESXi"
        if _NXOS.search(head):
            return "its lines are NX-OS configuration"
        return USE_AS
    if candidate.kind not in (*_KINDS, "golden", "patch"):
        return f"a candidate of kind {candidate.kind} does not say what becomes of a Linux host"
    if candidate.kind == "yaml":
        data = getattr(candidate.data, "data", candidate.data)
        if not isinstance(data, dict) or not {"services", "packages"} & set(data):
            return "a YAML candidate for Linux has the keys services and packages; files go by folder, --as or diff"
    for file in candidate.files if candidate.kind == "files" else ():
        if not re.match(r"/[A-Za-z0-9._-]", file.target_path):
            return f"{file.name} is no file of a Linux host"
        if _NXOS.search("\n".join(file.lines[:200])) and not file.target_path.startswith(("/etc/", "/usr/", "/root/")):
            return f"{file.name} holds NX-OS configuration"
    return ""
