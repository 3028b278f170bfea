"""Facts in the answers of show commands: from the text to plain data; what is not there is absent."""

import re
from typing import Any

from auditor.collectors.nexus1000v.vlans import parse_vlans

_FAMILIES = (
    (r"Nexus ?1000V", "nexus1000v"),
    (r"Nexus ?9\d{3}|Nexus9000|N9K", "nexus9000"),
    (r"Nexus ?7\d{3}|Nexus7[07]00|N7[7K]", "nexus7000"),
    (r"Nexus ?6\d{3}", "nexus6000"),
    (r"Nexus ?5\d{3}|N5K", "nexus5000"),
    (r"Nexus ?3\d{3}|N3K", "nexus3000"),
)
_MODULE_COLUMNS = {
    "module-type": "type",
    "model": "model",
    "status": "status",
    "sw": "software",
    "server-ip": "server_ip",
    "server-uuid": "server_uuid",
    "server-name": "server_name",
}
_UPTIME = re.compile(
    r"uptime is (?:(\d+) day\(?s?\)?, *)?(?:(\d+) hour\(?s?\)?, *)?(?:(\d+) minute\(?s?\)?, *)?(\d+) second"
)
_TRAIN = re.compile(r"(?P<train>\d+\.\d+\(\d+[a-z]*\)(?:[A-Z]+\d*)?)")


def find(pattern: str, text: str, flags: int = re.MULTILINE) -> str | None:
    """First group of the first match, stripped; None when nothing matches."""
    found = re.search(pattern, text, flags)
    return found[1].strip()[:200] if found else None


def family_of(text: str) -> str | None:
    """Platform family by the product name in `text`."""
    return next((name for pattern, name in _FAMILIES if re.search(pattern, text, re.IGNORECASE)), None)


def train_of(version: str) -> str | None:
    """5.2(1)SV3(1.5b) -> 5.2(1)SV3."""
    found = _TRAIN.match(version)
    return found["train"] if found else None


def read_version(text: str) -> dict[str, Any]:
    """`show version`: version, train, family, model, serial, uptime (seconds)."""
    version = find(r"^ *(?:NXOS|system): +version (\S+)", text)
    chassis = find(r"^ *cisco (.{1,80}?)(?: Chassis|\r?$| with)", text, re.MULTILINE | re.IGNORECASE)
    found: dict[str, Any] = {
        "version": version,
        "train": train_of(version) if version else None,
        "family": family_of(chassis or ""),
        "model": chassis,
        "serial": find(r"^ *Processor Board ID (\S+)", text, re.MULTILINE | re.IGNORECASE),
        "device_name": find(r"^ *Device name: *(\S+)", text),
    }
    if version and "SV" in version:  # the train of the Nexus 1000V for vSphere
        found["family"] = "nexus1000v"
    if up := _UPTIME.search(text):
        days, hours, minutes, seconds = (int(part or 0) for part in up.groups())
        found["uptime"] = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return {key: value for key, value in found.items() if value is not None}


def read_redundancy(text: str) -> dict[str, Any]:
    """`show system redundancy status`: roles and states, in small letters."""
    parts = re.split(
        r"^(Redundancy role|Redundancy mode|This supervisor.*|Other supervisor.*)$", text, flags=re.MULTILINE
    )
    sections = dict(zip((name.strip() for name in parts[1::2]), parts[2::2], strict=False))
    this = next((body for name, body in sections.items() if name.startswith("This supervisor")), "")
    other = next((body for name, body in sections.items() if name.startswith("Other supervisor")), "")
    found = {
        "administrative_role": find(r"administrative: *(\S.*)", sections.get("Redundancy role", "")),
        "operational_mode": find(r"operational: *(\S.*)", sections.get("Redundancy mode", "")),
        "this_state": find(r"Redundancy state: *(\S.*)", this),
        "other_state": find(r"Supervisor state: *(\S.*)", other) or find(r"Redundancy state: *(\S.*)", other),
        "other_redundancy": find(r"Redundancy state: *(\S.*)", other),
        "this_slot": find(r"^This supervisor *\((\S+)\)", text),
    }
    return {key: value.lower() for key, value in found.items() if value}


def read_features(text: str) -> dict[str, bool]:
    """`show feature`: enabled by name, as printed. A feature with several instances is on when one is."""
    found: dict[str, bool] = {}
    for name, state in re.findall(r"^(\S+) +\d+ +(enabled|disabled)", text, re.MULTILINE):
        found[name] = found.get(name, False) or state == "enabled"
    return found


def _cell(line: str, columns: list[tuple[int, int]], at: int) -> str:
    end = columns[at + 1][0] if at + 1 < len(columns) else None
    return line[columns[at][0] : end].strip()


def read_modules(text: str) -> dict[str, dict[str, str]]:
    """`show module`: type, model, status, software, server_ip, server_name by slot."""
    found: dict[str, dict[str, str]] = {}
    columns: list[tuple[int, int]] = []
    heads: list[str] = []
    previous = ""
    for line in text.split("\n"):
        if re.match(r"-{2,}(?: +-+)+ *$", line):
            columns = [match.span() for match in re.finditer(r"-+", line)]
            heads = [_cell(previous, columns, at).lower() for at in range(len(columns))]
        elif columns and (slot := re.match(r"(\d{1,3}) ", line)):
            for at, head in enumerate(heads[1:], 1):
                name = _MODULE_COLUMNS.get(head)
                if name and (value := _cell(line, columns, at)) and not (name == "server_uuid" and value == "NA"):
                    found.setdefault(slot[1], {})[name] = value.lower() if name == "server_uuid" else value
        elif not line.strip():
            columns = []
        previous = line
    return found


def read_svs_connections(text: str) -> dict[str, dict[str, str]]:
    """`show svs connections`: what stands behind each label, labels in small letters, by connection."""
    found: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in text.split("\n"):
        if head := re.match(r"connection (\S+?):? *$", line):
            current = found.setdefault(head[1], {})
        elif ":" in line and line.startswith(" "):
            label, _, value = line.partition(":")
            current[label.strip().lower()] = value.strip()
    return found


def read_snooped(text: str) -> list[int] | None:
    """`show ip dhcp snooping`: VLANs on which it is operational; None when the text does not say."""
    if re.search(r"DHCP snooping is disabled", text, re.IGNORECASE):
        return []
    head = re.search(r"operational on the following VLANs?:[ \n]*", text, re.IGNORECASE)
    if head is None:
        return None
    listed = re.match(r"none\b|(?:[\d,\- ]+(?:\n(?=\d)|$)?)+", text[head.end() :], re.IGNORECASE | re.MULTILINE)
    # A list may go on in the next line. Where none stands, the next sentence follows: it works nowhere.
    return sorted(parse_vlans(re.sub(r"[\s]+", "", listed[0]).strip(",").lower())) if listed else []


def read_ssh_keys(text: str) -> dict[str, int]:
    """`show ssh key`: bits by key type."""
    found: dict[str, int] = {}
    kind = ""
    for line in text.split("\n"):
        if head := re.match(r"(\w+) Keys generated", line):
            kind = head[1].lower()
        elif kind and (bits := re.match(r"bitcount *: *(\d{1,6}) *$", line)):
            found[kind] = int(bits[1])
    return found


def is_saved(text: str) -> bool | None:
    """`show running-config diff`: nothing but headers and time stamps means that both configurations are equal.

    None when it holds a line that no such listing has: then it says something else.
    """
    if re.search(r"^[^-+!* \n]", text, re.MULTILINE):
        return None
    changed = re.findall(r"^(?:[+\-!] +|[+-](?![+-]))(\S.*)$", text, re.MULTILINE)  # with a blank, or unified
    return all(line.startswith(("!Time", "!Command", "!Running", "!Startup")) for line in changed)


_SHORT_PORTS = {
    "Eth": "Ethernet",
    "Po": "port-channel",
    "Lo": "loopback",
    "Vlan": "Vlan",
    "mgmt": "mgmt",
    "Tunnel": "Tunnel",
}


def read_interface_status(text: str) -> dict[str, str]:
    """`show interface status`: the Status column in small letters, by the interface's long name."""
    found: dict[str, str] = {}
    column: tuple[int, int] | None = None
    for line in text.split("\n"):
        if line.startswith("Port") and " Status" in line and " Vlan" in line:
            column = line.index(" Status") + 1, line.index(" Vlan") + 1
        elif column and (port := re.match(r"([A-Z]?[a-z]+)(\d[\d/.]*) ", line)) and port[1] in _SHORT_PORTS:
            state = line[column[0] : column[1]].strip().lower()
            if state:
                found[_SHORT_PORTS[port[1]] + port[2]] = state
    return found


def read_guestshell(text: str) -> str | None:
    """`show guestshell detail`: the state of the virtual service, in small letters; None when it names none."""
    state = find(r"^ *State *: *(\S[^\n]*)", text)
    return state.lower() if state else None


def read_copp(text: str) -> str | None:
    """`show copp status`: the policy map attached to the control plane; "none" when it says so; None when silent."""
    name = find(r"^ *Policy-map attached to the control-plane: *(\S*)", text)
    return name if name is None or name else "none"


_DEBUG_HEAD = re.compile(
    r"(?:Debug level is set to|default for new sessions|Output forwarded to|Debug log ?file|Debugs? running)\b.*|-+",
    re.IGNORECASE,
)
_DEBUG_ON = re.compile(r"debug \S.*|.* (?:is|are) (?:on|enabled)\.?|.*debugging:? (?:is )?on\.?", re.IGNORECASE)


def read_debugs(text: str) -> tuple[list[str], str]:
    """`show debug`: debugs that run, and the first line that is neither one nor a known heading ("" when none is)."""
    running, odd = [], ""
    for line in text.split("\n"):
        words = line.strip()[:200]
        if not words or _DEBUG_HEAD.fullmatch(words):
            continue
        if _DEBUG_ON.fullmatch(words):
            running.append(words)
        else:
            odd = odd or words
    return sorted(set(running))[:100], odd
